"""Vosk (Kaldi): the first pass that hears while the speaker speaks. Runs on one thread per stream."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from resources.errors import UserError
from speech.engines.base import SAMPLE_RATE, Decoded, EngineStream, Samples
from speech.utterance import Word

WARM_UP_S = 2
_NO_WORD = re.compile(r"[\[<].*[\]>]|")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")


class VoskEngine:
    """A Vosk model. Raises ``UserError("MODEL_BROKEN")`` when Kaldi cannot read the folder."""

    def __init__(self, path: Path, name: str) -> None:
        import vosk

        vosk.SetLogLevel(-1)
        self.name = name
        try:
            self._model = vosk.Model(str(path))
        except Exception as error:  # the library raises nothing more precise
            raise UserError("MODEL_BROKEN", name=name, path=path) from error
        # The first second takes several times as long as any later one: not when a caller speaks.
        noise = np.random.default_rng(0).normal(0, 500, WARM_UP_S * SAMPLE_RATE)
        self.decode(noise.astype(np.int16))

    def stream(self, hot_words: Sequence[str] = ()) -> EngineStream:
        """A new recogniser on the shared model; Vosk's models take no hot words."""
        return _VoskStream(self._model)

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        """Read a whole utterance, so that this engine can stand in as the second pass too.

        Vosk's models take no hot words.
        """
        stream = self.stream()
        stream.feed(samples)
        return stream.finish()


class _VoskStream:
    """One speaker's recogniser. Its own endpoints inside a stretch are joined again."""

    def __init__(self, model: Any) -> None:
        import vosk

        self._recogniser = vosk.KaldiRecognizer(model, SAMPLE_RATE)
        self._recogniser.SetWords(True)
        self._fed = self._begin = 0
        self._words: list[Word] = []

    def feed(self, samples: Samples) -> str:
        self._fed += len(samples)
        if self._recogniser.AcceptWaveform(samples.tobytes()):
            self._words += self._read(self._recogniser.Result())
            partial = ""
        else:
            partial = json.loads(self._recogniser.PartialResult())["partial"]
        return join_words([word.text for word in self._words] + _real_words(partial.split()))

    def finish(self) -> Decoded:
        words = tuple(self._words + self._read(self._recogniser.FinalResult()))
        self._words, self._begin = [], self._fed
        known = [word.confidence for word in words if word.confidence is not None]
        return Decoded(
            join_words([word.text for word in words]),
            words,
            sum(known) / len(known) if known else None,
        )

    def _read(self, result: str) -> list[Word]:
        """The words of a result; the recogniser's clock runs on, ours starts with the stretch."""
        begin = self._begin / SAMPLE_RATE
        return [
            Word(item["word"], item["start"] - begin, item["end"] - begin, item.get("conf"))
            for item in json.loads(result).get("result", ())
            if _real_words([item["word"]])
        ]


def _real_words(words: list[str]) -> list[str]:
    """Without the model's marks for noise and unknown words (``[1]``, ``<UNK>``)."""
    return [word for word in words if not _NO_WORD.fullmatch(word)]


def join_words(words: Sequence[str]) -> str:
    """One text: no space where two Chinese words meet, one space elsewhere."""
    text = ""
    for word in words:
        together = not text or (_HAN.match(text[-1]) and _HAN.match(word[0]))
        text += word if together else " " + word
    return text
