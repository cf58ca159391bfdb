"""Whisper through faster-whisper: the second pass over a finished utterance, from local files only."""

from __future__ import annotations

import logging
import math
import os
import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from resources.errors import UserError
from speech.engines.base import SAMPLE_RATE, Decoded, Samples

log = logging.getLogger(__name__)

# The model hub's client reads this when it is imported: nothing here may ever ask the network.
os.environ["HF_HUB_OFFLINE"] = "1"

BEAM = 5
DIGITS = "号码 1 5 2 2 0 0 8 8 6 6 0"
"""Read before a number, this makes the model write every digit that it hears."""
TOKENS_PER_SECOND = 16
MOST_TOKENS = 200
HOT_WORDS_LENGTH = 100
NO_SPEECH = 0.6
POOR = 0.45
REPEATS = 4
UNSURE = math.exp(-1.0)
REPETITIVE = 2.4
WINDOW_S = 15.0
QUIET_S = 4.0
SKIM_QUIET_S = 3.0
"""Quiet after the audio. The model was trained on 30 s: with none it rambles at the end, with more
than some seconds it takes longer and hears no better. With hot words it wants a window of half that."""
_FRAMES_PER_SECOND = 100
_MOST_FRAMES = 3_000
_CREDITS = re.compile(
    r"字幕(?:由|製作|制作|志愿者|by)|amara\.?org|(?:请|請)不吝|点赞.*订阅|點贊.*訂閱"
    r"|明镜|明鏡|(?:谢谢|謝謝|感谢|感謝)(?:大家)?(?:观看|收看|觀看)|优优独播|优优独|独播剧场"
    r"|中文字幕|下期再见|下期再見",
    re.IGNORECASE,
)


EARLY_S = 0.078
"""The model looks for a character so much before it begins (measured; ADR 0116)."""


class WhisperEngine:
    """A CTranslate2 Whisper model in a folder, int8 on the CPU.

    ``threads`` work on one reading. One is quickest up to the size of Whisper small: a step of the
    decoder is so little work that more threads mostly wait for each other. Two readings of the
    same audio run side by side. Raises ``UserError("MODEL_BROKEN")`` when the folder cannot be loaded.
    """

    def __init__(self, path: Path, name: str, language: str = "zh", threads: int = 1) -> None:
        from faster_whisper import WhisperModel
        from faster_whisper.tokenizer import Tokenizer

        self.name = name
        self._language = language
        self._newest: tuple[Samples, Any] | None = None
        # Without its own tokeniser file the library would ask the network for one.
        if not (path / "tokenizer.json").is_file():
            raise UserError("MODEL_BROKEN", name=name, path=path)
        try:
            self._model = WhisperModel(
                str(path),
                device="cpu",
                compute_type="int8",
                cpu_threads=threads,
                num_workers=min(2, os.cpu_count() or 1),
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            log.warning("%s does not load: %s", path, error)
            raise UserError("MODEL_BROKEN", name=name, path=path) from error
        self._tokenizer = Tokenizer(
            self._model.hf_tokenizer,
            self._model.model.is_multilingual,
            task="transcribe",
            language=language,
        )

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        """Read one utterance of up to 30 s. Text that the model made up out of noise is left out.

        ``hot_words`` past ``HOT_WORDS_LENGTH`` characters are not used: a long prompt costs
        accuracy and time.
        """
        if not samples.any():
            return Decoded("", no_speech=1.0)
        encoded = self._encoded(samples)
        prompt = self._prompt(hot_words)
        # Hot words sometimes send the model round in circles: the next try is without.
        tries = [(prompt, 0.0), *([(self._prompt(), 0.0)] if hot_words else []), (self._prompt(), 0.4)]
        readings = []
        for words, temperature in tries:
            readings.append(self._generate(encoded, samples, words, BEAM, temperature))
            if not _poor(readings[-1]):
                break
        best = max(readings, key=lambda reading: (not _poor(reading), reading.confidence or 0.0))
        return _believed(best)

    def reread(self, samples: Samples) -> tuple[str, ...]:
        """Two more readings for the digits in it: without hot words, and expecting digits."""
        if not samples.any():
            return ()
        encoded = self._encoded(samples)
        begun = [
            self._begin(encoded, samples, self._prompt(before=before), BEAM, 0.0)
            for before in ("", DIGITS)
        ]
        return tuple(self._read(one).text for one in begun)

    def skim(self, samples: Samples, hot_words: Sequence[str] = ()) -> str:
        """Read an utterance greedily: several times faster than ``decode``, and less well."""
        if not samples.any():
            return ""
        encoded = self._encode(samples, SKIM_QUIET_S)
        return _believed(self._generate(encoded, samples, self._prompt(hot_words), 1, 0.0)).text

    def attention(self, samples: Samples, characters: str) -> tuple[float, ...] | None:
        """Where in the audio the model looks for each of these characters, seconds; ``None`` when its
        pieces of text do not give them back one by one."""
        tokens = self._tokenizer.encode(characters)
        if not tokens or not samples.any():
            return None
        frames = len(samples) * _FRAMES_PER_SECOND // SAMPLE_RATE
        (found,) = self._model.find_alignment(self._tokenizer, [tokens], self._encoded(samples), frames)
        starts = [
            piece["start"] + (piece["end"] - piece["start"]) * number / len(word)
            for piece in found
            if (word := piece["word"].strip())
            for number in range(len(word))
        ]
        if len(starts) != len(characters):
            return None
        return tuple(float(start) + EARLY_S for start in starts)

    def _encoded(self, samples: Samples) -> Any:
        """The window for a whole reading; kept, since the same samples are often read again next."""
        if self._newest is None or self._newest[0] is not samples:
            window = self._encode(samples, max(QUIET_S, WINDOW_S - len(samples) / SAMPLE_RATE))
            self._newest = (samples, window)
        return self._newest[1]

    def _encode(self, samples: Samples, quiet_s: float) -> Any:
        """What the encoder makes of the audio and ``quiet_s`` of quiet after it, up to 30 s in all."""
        features = self._model.feature_extractor(samples.astype(np.float32) / 32768.0)
        length = features.shape[-1] + int(quiet_s * _FRAMES_PER_SECOND)
        window = np.zeros((len(features), min(_MOST_FRAMES, length // 2 * 2)), dtype=np.float32)
        window[:, : features.shape[-1]] = features[:, : window.shape[1]]
        return self._model.encode(window)

    def _prompt(self, hot_words: Sequence[str] = (), before: str = "") -> list[int]:
        """The tokens in front of the text; ``before`` = what was said before, as far as it knows."""
        tokens: list[int] = self._model.get_prompt(
            self._tokenizer,
            self._tokenizer.encode(" " + before) if before else [],
            without_timestamps=True,
            hotwords=_joined(hot_words),
        )
        return tokens

    def _generate(
        self, encoded: Any, samples: Samples, prompt: list[int], beam: int, temperature: float
    ) -> Decoded:
        return self._read(self._begin(encoded, samples, prompt, beam, temperature))

    def _begin(
        self, encoded: Any, samples: Samples, prompt: list[int], beam: int, temperature: float
    ) -> Any:
        """Set the decoder going; what it returns is read with ``_read``."""
        tokens = 16 + int(TOKENS_PER_SECOND * len(samples) / SAMPLE_RATE)
        chosen = (
            {
                "beam_size": 1,
                "num_hypotheses": 2,
                "sampling_topk": 0,
                "sampling_temperature": temperature,
            }
            if temperature
            else {"beam_size": beam}
        )
        return self._model.model.generate(
            encoded,
            [prompt],
            asynchronous=True,
            max_length=len(prompt) + min(MOST_TOKENS, tokens),
            return_scores=True,
            return_no_speech_prob=True,
            **chosen,
        )[0]

    def _read(self, begun: Any) -> Decoded:
        result = begun.result()
        found = result.sequences_ids[0]
        confidence = math.exp(min(0.0, result.scores[0] * len(found) / (len(found) + 1)))
        text = str(self._tokenizer.decode(found)).strip()
        return Decoded(text, confidence=confidence, no_speech=result.no_speech_prob)


def _poor(reading: Decoded) -> bool:
    """Whether another try may do better: the model was unsure, or goes round in circles."""
    silent = reading.no_speech is not None and reading.no_speech > NO_SPEECH
    if reading.confidence is not None and reading.confidence < UNSURE:
        return not silent
    raw = reading.text.encode()
    return len(raw) > REPETITIVE * len(zlib.compress(raw))


def _believed(reading: Decoded) -> Decoded:
    """The reading, without text that the model made up."""
    if not invented(reading.text, reading.confidence or 0.0, reading.no_speech or 0.0):
        return reading
    log.info("left out as invented: %d characters", len(reading.text))
    return replace(reading, text="")


def _joined(hot_words: Sequence[str]) -> str | None:
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
