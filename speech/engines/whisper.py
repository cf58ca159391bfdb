"""Whisper through faster-whisper: the second pass over a finished utterance, from local files only."""

from __future__ import annotations

import logging
import math
import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from resources.errors import UserError
from speech.engines.base import SAMPLE_RATE, Decoded, Samples

log = logging.getLogger(__name__)

# The model hub's client reads this when it is imported: nothing here may ever ask the network.
os.environ["HF_HUB_OFFLINE"] = "1"

BEAM = 5
TEMPERATURES = (0.0, 0.4)
TOKENS_PER_SECOND = 16
MOST_TOKENS = 200
HOT_WORDS_LENGTH = 100
NO_SPEECH = 0.6
POOR = 0.45
REPEATS = 4
_CREDITS = re.compile(
    r"字幕(?:由|製作|制作|志愿者|by)|amara\.?org|(?:请|請)不吝|点赞.*订阅|點贊.*訂閱"
    r"|明镜|明鏡|(?:谢谢|謝謝|感谢|感謝)(?:大家)?(?:观看|收看|觀看)|优优独播|优优独|独播剧场"
    r"|中文字幕|下期再见|下期再見",
    re.IGNORECASE,
)


class WhisperEngine:
    """A CTranslate2 Whisper model in a folder, int8 on the CPU.

    Raises ``UserError("MODEL_BROKEN")`` when the folder cannot be loaded.
    """

    def __init__(self, path: Path, name: str, language: str = "zh", threads: int = 0) -> None:
        from faster_whisper import WhisperModel

        self.name = name
        self._language = language
        # Without its own tokeniser file the library would ask the network for one.
        if not (path / "tokenizer.json").is_file():
            raise UserError("MODEL_BROKEN", name=name, path=path)
        try:
            self._model = WhisperModel(
                str(path),
                device="cpu",
                compute_type="int8",
                cpu_threads=threads or min(4, os.cpu_count() or 1),
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            log.warning("%s does not load: %s", path, error)
            raise UserError("MODEL_BROKEN", name=name, path=path) from error

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        """Read one utterance of up to 30 s. Text that the model made up out of noise is left out.

        ``hot_words`` past ``HOT_WORDS_LENGTH`` characters are not used: a long prompt costs
        accuracy and time.
        """
        seconds = len(samples) / SAMPLE_RATE
        if not samples.any():
            return Decoded("", no_speech=1.0)
        segments, _info = self._model.transcribe(
            samples.astype(np.float32) / 32768.0,
            language=self._language,
            beam_size=BEAM,
            best_of=2,
            temperature=list(TEMPERATURES),
            without_timestamps=True,
            condition_on_previous_text=False,
            no_speech_threshold=NO_SPEECH,
            max_new_tokens=min(MOST_TOKENS, 16 + int(TOKENS_PER_SECOND * seconds)),
            hotwords=_prompt(hot_words),
        )
        found = list(segments)
        if not found:
            return Decoded("", no_speech=1.0)
        text = "".join(segment.text for segment in found).strip()
        no_speech = max(segment.no_speech_prob for segment in found)
        confidence = math.exp(min(0.0, min(segment.avg_logprob for segment in found)))
        if invented(text, confidence, no_speech):
            log.info("left out as invented: %d characters", len(text))
            text = ""
        return Decoded(text, confidence=confidence, no_speech=no_speech)


def _prompt(hot_words: Sequence[str]) -> str | None:
    prompt = ""
    for word in hot_words:
        if len(prompt) + len(word) >= HOT_WORDS_LENGTH:
            break
        prompt += word + " "
    return prompt.strip() or None


def invented(text: str, confidence: float, no_speech: float) -> bool:
    """Whether Whisper made the text up: out of silence, by going round in circles, or film credits."""
    letters = "".join(c for c in text if unicodedata.category(c)[0] in "LN")
    if not letters or (no_speech > NO_SPEECH and confidence < POOR):
        return True
    if _CREDITS.search(text) and (no_speech > 0.2 or confidence < 0.7):
        return True
    return _circles(letters)


def _circles(letters: str) -> bool:
    """The same few characters over and over fill most of the text. Digits may repeat."""
    loop = re.search(rf"(\D{{1,12}}?)\1{{{REPEATS - 1},}}", letters)
    if loop is None or re.fullmatch(r"[零〇一二三四五六七八九十百千万两幺]+", loop[1]):
        return False
    return len(loop[0]) >= 8 and len(loop[0]) > 0.6 * len(letters)
