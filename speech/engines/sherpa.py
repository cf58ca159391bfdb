"""sherpa-onnx, an optional package: streaming zipformer and paraformer; SenseVoice for final text.

The library ends the whole program when it does not like a model, so a folder is looked at before it
gets there.
"""

from __future__ import annotations

import importlib
import logging
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from resources.errors import UserError
from speech.engines.base import SAMPLE_RATE, Decoded, EngineStream, Samples
from speech.utterance import Word

log = logging.getLogger(__name__)

TAIL_S = 0.66
"""Quiet that a streaming network wants before it gives its last words."""
SHORTEST_S = 0.1
SURE = 1.0
_PARTS = {
    "sherpa-zipformer": ("encoder", "decoder", "joiner"),
    "sherpa-paraformer": ("encoder", "decoder"),
    "sherpa-sense-voice": ("model",),
}
_STATED = {
    ("sherpa-zipformer", "encoder"): ("model_type", "T", "decode_chunk_len"),
    ("sherpa-zipformer", "decoder"): ("context_size", "vocab_size"),
    ("sherpa-zipformer", "joiner"): ("joiner_dim",),
    ("sherpa-paraformer", "encoder"): ("vocab_size", "encoder_output_size", "neg_mean", "inv_stddev"),
    ("sherpa-sense-voice", "model"): ("vocab_size", "lang_zh", "with_itn", "neg_mean", "inv_stddev"),
}
"""What the library wants the parts of a model to state about themselves."""


class SherpaLiveEngine:
    """A streaming model; ``kind`` = ``sherpa-zipformer`` or ``sherpa-paraformer``.

    Raises ``UserError`` MODEL_BROKEN or MODEL_ENGINE_MISSING. Hot words bias a zipformer whose tokens
    are characters; a word that it cannot spell is left out.
    """

    def __init__(self, path: Path, name: str, kind: str) -> None:
        self.name = name
        library, files = _library(name), _checked(path, name, kind)
        common: dict[str, Any] = {"tokens": str(path / "tokens.txt"), "num_threads": 1}
        self._signs: frozenset[str] = frozenset()
        if kind == "sherpa-zipformer":
            self._signs = _signs(path, name)
            self._recogniser = library.OnlineRecognizer.from_transducer(
                **common, **files, decoding_method="modified_beam_search", hotwords_score=SURE
            )
        else:
            self._recogniser = library.OnlineRecognizer.from_paraformer(**common, **files)

    def stream(self, hot_words: Sequence[str] = ()) -> EngineStream:
        """A new stream that expects ``hot_words``."""
        return _SherpaStream(self._recogniser, self._spelled(hot_words))

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        """Read a whole utterance, so that this engine can stand in as the second pass too."""
        stream = self.stream(hot_words)
        stream.feed(samples)
        return stream.finish()

    def _spelled(self, hot_words: Sequence[str]) -> str:
        """Hot words as the library takes them."""
        return "/".join(" ".join(word) for word in hot_words if word and self._signs.issuperset(word))


class _SherpaStream:
    """One speaker's recognition."""

    def __init__(self, recogniser: Any, hot_words: str) -> None:
        self._recogniser, self._hot_words = recogniser, hot_words
        self._open()

    def _open(self) -> None:
        self._stream = (
            self._recogniser.create_stream(self._hot_words)
            if self._hot_words
            else self._recogniser.create_stream()
        )
        self._fed = 0

    def feed(self, samples: Samples) -> str:
        self._fed += len(samples)
        self._stream.accept_waveform(SAMPLE_RATE, _floats(samples))
        return str(self._work().text).strip()

    def finish(self) -> Decoded:
        self._stream.accept_waveform(SAMPLE_RATE, np.zeros(int(TAIL_S * SAMPLE_RATE), np.float32))
        self._stream.input_finished()
        decoded = _decoded(self._work(), self._fed / SAMPLE_RATE)
        self._open()
        return decoded

    def _work(self) -> Any:
        while self._recogniser.is_ready(self._stream):
            self._recogniser.decode_stream(self._stream)
        return self._recogniser.get_result_all(self._stream)


class SherpaFinalEngine:
    """SenseVoice over whole utterances. Raises ``UserError`` MODEL_BROKEN or MODEL_ENGINE_MISSING."""

    def __init__(self, path: Path, name: str, threads: int = 2) -> None:
        self.name = name
        library, files = _library(name), _checked(path, name, "sherpa-sense-voice")
        self._recogniser = library.OfflineRecognizer.from_sense_voice(
            **files, tokens=str(path / "tokens.txt"), num_threads=threads, language="zh", use_itn=False
        )

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        """Read one utterance. SenseVoice takes no hot words; word times are the tokens' own."""
        if len(samples) < SHORTEST_S * SAMPLE_RATE or not samples.any():
            return Decoded("", no_speech=1.0)
        stream = self._recogniser.create_stream()
        stream.accept_waveform(SAMPLE_RATE, _floats(samples))
        self._recogniser.decode_stream(stream)
        return _decoded(stream.result, len(samples) / SAMPLE_RATE)


def _library(name: str) -> Any:
    try:
        return importlib.import_module("sherpa_onnx")
    except ImportError as error:
        command = "pip install sherpa-onnx"
        raise UserError("MODEL_ENGINE_MISSING", name=name, command=command) from error


def _checked(path: Path, name: str, kind: str) -> dict[str, str]:
    """The files of a model by part, the int8 one of two; each can be read and states what it must."""
    import onnxruntime

    _signs(path, name)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    files = {}
    for part in _PARTS[kind]:
        found = sorted(
            path.glob(f"{part}*.onnx"), key=lambda file: (".int8" not in file.name, file.name)
        )
        if not found:
            raise UserError("MODEL_BROKEN", name=name, path=path)
        try:
            session = onnxruntime.InferenceSession(
                str(found[0]), options, providers=["CPUExecutionProvider"]
            )
            stated = session.get_modelmeta().custom_metadata_map
        except Exception as error:  # the runtime raises a family of its own
            log.warning("%s does not load: %s", found[0], error)
            raise UserError("MODEL_BROKEN", name=name, path=found[0]) from error
        missing = [key for key in _STATED.get((kind, part), ()) if key not in stated]
        if missing:
            log.warning("%s does not state %s", found[0], missing)
            raise UserError("MODEL_BROKEN", name=name, path=found[0])
        files[part] = str(found[0])
    return files


def _signs(path: Path, name: str) -> frozenset[str]:
    """What the model can write. Raises ``UserError("MODEL_BROKEN")``."""
    try:
        lines = (path / "tokens.txt").read_text(encoding="utf-8").splitlines()
        table = dict(_rows(lines))
    except (OSError, ValueError) as error:
        raise UserError("MODEL_BROKEN", name=name, path=path / "tokens.txt") from error
    if sorted(table) != list(range(len(lines))):
        raise UserError("MODEL_BROKEN", name=name, path=path / "tokens.txt")
    return frozenset(table.values())


def _rows(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    for line in lines:
        sign, _blank, number = line.rpartition(" ")
        yield int(number), sign


def _floats(samples: Samples) -> Any:
    return samples.astype(np.float32) / 32768.0


def _decoded(result: Any, seconds: float) -> Decoded:
    """The library's result; times of tokens are their beginnings, an end is the next beginning."""
    tokens, starts = list(result.tokens), list(result.timestamps)
    words: tuple[Word, ...] = ()
    if tokens and len(tokens) == len(starts):
        ends = [*starts[1:], seconds]
        words = tuple(
            Word(token, min(start, seconds), min(max(start, end), seconds))
            for token, start, end in zip(tokens, starts, ends, strict=True)
        )
    chances = [math.exp(min(0.0, chance)) for chance in getattr(result, "ys_probs", ())]
    sure = sum(chances) / len(chances) if chances else None
    return Decoded(str(result.text).strip(), words, sure)
