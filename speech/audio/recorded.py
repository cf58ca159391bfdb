"""A recording as an audio source: what a crash left on disk is heard again."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from speech.audio.recording import RecordingReader
from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE
from speech.utterance import Speaker

BLOCK_S = 0.1


class RecordingSource:
    """A ``.jrec`` recording, finished or not. Gaps in it stay gaps.

    ``since`` = seconds from which on a speaker is heard; without it, from the beginning. Raises
    ``UserError`` at once like ``RecordingReader``.
    """

    live = False

    def __init__(
        self, path: Path, master_key: bytes, since: Mapping[Speaker, float] | None = None
    ) -> None:
        self._reader = RecordingReader(path, master_key)
        self._since = since or {}
        self._stopped = threading.Event()
        self.name = path.name
        self.seconds = self._reader.seconds
        self.speakers = self._reader.speakers or tuple(Speaker)

    def blocks(self) -> Iterator[AudioBlock]:
        """Blocks of 100 ms in the order in which they were recorded."""
        for block in self._reader.blocks():
            wanted = round(self._since.get(block.speaker, 0.0) * SAMPLE_RATE)
            first = round(block.start * SAMPLE_RATE)
            samples = block.samples[max(0, wanted - first) :]
            begin = first + len(block.samples) - len(samples)
            for at in range(0, len(samples), round(BLOCK_S * SAMPLE_RATE)):
                if self._stopped.is_set():
                    return
                piece = samples[at : at + round(BLOCK_S * SAMPLE_RATE)]
                yield AudioBlock(block.speaker, (begin + at) / SAMPLE_RATE, piece)

    def stop(self) -> None:
        """End the iteration before its next block."""
        self._stopped.set()
