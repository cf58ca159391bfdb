"""The sealed chunks a call's recording is made of: how one is written down, found and opened again."""

from __future__ import annotations

import io
import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from speech.engines.base import SAMPLE_RATE, Samples

TAG = 16
_MARK = b"JRck"
_HEAD = struct.Struct("<4sQBQII")
_LONGEST_PAYLOAD = 1 << 20


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk in a file: ``size`` sealed bytes ``at`` some place; ``start``, ``count`` in samples."""

    counter: int
    code: int
    start: int
    count: int
    head: bytes
    at: int
    size: int


def seal(cipher: AESGCM, counter: int, code: int, start: int, count: int, payload: bytes) -> bytes:
    """A chunk as it stands in the file."""
    head = _HEAD.pack(_MARK, counter, code, start, count, len(payload) + TAG)
    return head + cipher.encrypt(_nonce(counter), payload, head)


def chunk_at(file: BinaryIO, position: int) -> Chunk | None:
    """The chunk that begins at ``position``, if one does."""
    file.seek(position)
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    mark, counter, code, start, count, size = _HEAD.unpack(head)
    if mark != _MARK or not TAG <= size <= _LONGEST_PAYLOAD:
        return None
    return Chunk(counter, code, start, count, head, position + _HEAD.size, size)


def next_mark(file: BinaryIO, position: int) -> int | None:
    """Where the next chunk's mark stands at or after ``position``."""
    file.seek(position)
    window = b""
    while part := file.read(1 << 16):
        window = window[-(len(_MARK) - 1) :] + part
        found = window.find(_MARK)
        if found >= 0:
            return file.tell() - len(window) + found
    return None


def open_payload(cipher: AESGCM, file: BinaryIO, chunk: Chunk) -> bytes | None:
    """What was sealed; ``None`` when it was changed."""
    file.seek(chunk.at)
    try:
        return cipher.decrypt(_nonce(chunk.counter), file.read(chunk.size), chunk.head)
    except InvalidTag:
        return None


def to_flac(samples: Samples) -> bytes:
    """The samples as a FLAC file."""
    out = io.BytesIO()
    soundfile.write(out, samples, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    return out.getvalue()


def from_flac(payload: bytes) -> Samples:
    """The samples of a FLAC file."""
    samples, _rate = soundfile.read(io.BytesIO(payload), dtype="int16")
    return np.asarray(samples, dtype=np.int16)


def _nonce(counter: int) -> bytes:
    return counter.to_bytes(12, "little")


class ChunkIndex:
    """Where the chunks of one speaker stand in a file that is still being written.

    One thread notes, others read: a chunk is noted when it is in the file.
    """

    def __init__(self) -> None:
        self._starts = array("Q")
        self._places = array("Q")
        self.end = 0

    def note(self, start: int, count: int, position: int) -> None:
        """The newest chunk."""
        self._places.append(position)
        self._starts.append(start)
        self.end = start + count

    def read(self, path: Path, cipher: AESGCM, first: int, last: int) -> Iterator[tuple[int, Samples]]:
        """The stretches of samples between ``first`` and ``last`` with their starts; holes stay holes.

        Raises ``OSError``.
        """
        begin = max(0, bisect_right(self._starts, first) - 1)
        with path.open("rb") as file:
            for number in range(begin, len(self._starts)):
                if self._starts[number] >= last:
                    return
                chunk = chunk_at(file, self._places[number])
                payload = open_payload(cipher, file, chunk) if chunk else None
                if chunk is None or payload is None:
                    continue
                samples = from_flac(payload)[max(0, first - chunk.start) : last - chunk.start]
                if len(samples):
                    yield max(first, chunk.start), samples
