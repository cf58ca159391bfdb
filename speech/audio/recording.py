"""The durable, encrypted recording of one call: an append-only file of sealed FLAC chunks.

Layout of a ``.jrec`` file (integers little-endian)::

    header  "JREC0001" | salt (32) | key check (16)
    chunk   "JRck" | counter u64 | speaker u8 | start u64 | samples u32 | size u32 | sealed bytes
    …
    end     a chunk with speaker 255, no samples and an empty payload

The file's key is HKDF-SHA256(master key, salt); a payload is AES-256-GCM with the counter as nonce
and the chunk's head as associated data, so a chunk cannot be changed, moved or exchanged between
speakers unnoticed. ``start`` and ``samples`` count 16 kHz samples. A file that was cut off loses
its last chunk at most; after a damaged stretch reading goes on at the next chunk.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from resources.errors import UserError
from speech.audio.chunks import (
    Chunk,
    ChunkIndex,
    chunk_at,
    from_flac,
    next_mark,
    open_payload,
    seal,
    to_flac,
)
from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE, Samples
from speech.utterance import Speaker

SUFFIX = ".jrec"
CHUNK_S = 1.0
FLUSH_S = 0.5
_MAGIC = b"JREC0001"
_SALT, _CHECK = 32, 16
FILE_KEY = 32 + _CHECK
"""Bytes of the key of a single file; a master key has another length."""
_CODES = {Speaker.OPERATOR: 0, Speaker.CALLER: 1}
_SPEAKERS = {code: speaker for speaker, code in _CODES.items()}
_END = 255
_HEADER_SIZE = len(_MAGIC) + _SALT + _CHECK


def _keys(master: bytes, salt: bytes) -> tuple[AESGCM, bytes]:
    """The file's cipher and the value by which a wrong key is recognised."""
    if len(master) < 16:
        raise ValueError("the master key must have at least 16 bytes")
    derived = master if len(master) == FILE_KEY else _derive(master, salt)
    return AESGCM(derived[:32]), derived[32:]


def _derive(master: bytes, salt: bytes) -> bytes:
    return HKDF(SHA256(), FILE_KEY, salt, b"jiesu call recording").derive(master)


def file_key(path: Path, master_key: bytes) -> bytes:
    """The key of this one recording: it opens the file like the master key, and no other file.

    Raises ``UserError`` like ``RecordingReader``.
    """
    RecordingReader(path, master_key)
    with path.open("rb") as file:
        salt = file.read(_HEADER_SIZE)[len(_MAGIC) : len(_MAGIC) + _SALT]
    return _derive(master_key, salt)


@dataclass(slots=True)
class _Pending:
    """Blocks of one speaker that follow each other and are not in a chunk yet; sample numbers."""

    start: int
    end: int
    parts: list[Samples] = field(default_factory=list)


class RecordingWriter:
    """Writes a call's audio as it comes. One thread appends and closes; any may read what is in it.

    What was appended is on disk (flushed and synced) at most ``FLUSH_S`` later while blocks keep
    coming; ``flush`` when they stop. Raises ``UserError("RECORDING_FAILED")`` when the disk
    refuses or the file exists already: a recording is never written over.
    """

    def __init__(self, path: Path, master_key: bytes) -> None:
        self.path = path
        salt = secrets.token_bytes(_SALT)
        self._cipher, check = _keys(master_key, salt)
        self._pending: dict[Speaker, _Pending] = {}
        self._written: dict[Speaker, int] = {}
        self._chunks = {speaker: ChunkIndex() for speaker in Speaker}
        self._unflushed: list[tuple[Speaker, int, int, int]] = []
        self._position = 0
        self._counter = 0
        self._synced_at = time.monotonic()
        self._safe = 0.0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("xb")
            os.chmod(path, 0o600)
            self._position = self._file.write(_MAGIC + salt + check)
            self._sync()
        except OSError as error:
            raise UserError("RECORDING_FAILED", path=path, detail=error.strerror or error) from error

    @property
    def safe_until(self) -> float:
        """Seconds of the call up to which every appended sample is on disk."""
        return self._safe

    def append(self, block: AudioBlock) -> None:
        """Take the next block of a speaker."""
        start = round(block.start * SAMPLE_RATE)
        pending = self._pending.get(block.speaker)
        if pending is None or pending.end != start:
            self._seal(block.speaker)
            pending = self._pending[block.speaker] = _Pending(start, start)
        pending.parts.append(block.samples)
        pending.end += len(block.samples)
        full = pending.end - pending.start >= CHUNK_S * SAMPLE_RATE
        due = time.monotonic() - self._synced_at >= FLUSH_S
        if full or due:
            self._write(sync=due)

    def flush(self) -> None:
        """Bring everything appended so far to disk now."""
        self._write(sync=True)

    def holds(self, speaker: Speaker, end: float) -> bool:
        """Whether ``written`` gives all that was appended of a speaker up to ``end`` seconds."""
        return self._chunks[speaker].end >= round(end * SAMPLE_RATE)

    def written(self, speaker: Speaker, start: float, end: float) -> Iterator[AudioBlock]:
        """What is in the file of a speaker between two moments, also after ``close``; any thread.

        Holes stay holes. Raises ``UserError("AUDIO_UNREADABLE")``.
        """
        first, last = round(start * SAMPLE_RATE), round(end * SAMPLE_RATE)
        try:
            for at, samples in self._chunks[speaker].read(self.path, self._cipher, first, last):
                yield AudioBlock(speaker, at / SAMPLE_RATE, samples)
        except OSError as error:
            raise UserError(
                "AUDIO_UNREADABLE", path=self.path, detail=error.strerror or error
            ) from error

    def close(self) -> None:
        """Write what is left, mark the end, and close the file."""
        if self._file.closed:
            return
        try:
            self._write(sync=False)
            self._write_chunk(_END, max(self._written.values(), default=0), 0, b"")
            self._write(sync=True)
        finally:
            self._file.close()

    def _write(self, sync: bool) -> None:
        try:
            for speaker in Speaker:
                self._seal(speaker)
            self._file.flush()
            self._note_chunks()
            if sync:
                self._sync()
        except OSError as error:
            with contextlib.suppress(OSError):  # closing flushes once more, onto the same full disk
                self._file.close()
            raise UserError(
                "RECORDING_FAILED", path=self.path, detail=error.strerror or error
            ) from error

    def _note_chunks(self) -> None:
        for speaker, start, count, position in self._unflushed:
            self._chunks[speaker].note(start, count, position)
        self._unflushed.clear()

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._synced_at = time.monotonic()
        newest = max(self._written.values(), default=0)
        # A speaker whose device is lost has no newer audio that could be unsafe.
        current = [end for end in self._written.values() if newest - end <= 2 * SAMPLE_RATE]
        self._safe = min(current, default=0) / SAMPLE_RATE

    def _seal(self, speaker: Speaker) -> None:
        pending = self._pending.pop(speaker, None)
        if pending is None:
            return
        samples = np.concatenate(pending.parts)
        step = int(CHUNK_S * SAMPLE_RATE)
        for at in range(0, len(samples), step):
            stretch = samples[at : at + step]
            self._unflushed.append((speaker, pending.start + at, len(stretch), self._position))
            self._write_chunk(_CODES[speaker], pending.start + at, len(stretch), to_flac(stretch))
        self._written[speaker] = pending.end

    def _write_chunk(self, code: int, start: int, count: int, payload: bytes) -> None:
        chunk = seal(self._cipher, self._counter, code, start, count, payload)
        self._position += self._file.write(chunk)
        self._counter += 1


class RecordingReader:
    """Reads a recording, finished or not, whole or damaged.

    ``complete`` = it was closed properly; ``damaged`` = some bytes made no sense (after a crash
    only the tail, which held less than a second). Raises ``UserError`` when the file is missing, no
    recording, or sealed with another key.
    """

    def __init__(self, path: Path, master_key: bytes) -> None:
        self.path = path
        self.complete = self.damaged = False
        try:
            with path.open("rb") as file:
                self._cipher = self._unlock(file.read(_HEADER_SIZE), master_key)
                self._chunks = list(self._scan(file))
        except FileNotFoundError as error:
            raise UserError("RECORDING_MISSING", path=path) from error
        except OSError as error:
            raise UserError("AUDIO_UNREADABLE", path=path, detail=error.strerror or error) from error
        self.samples = max((c.start + c.count for c in self._chunks), default=0)

    @property
    def seconds(self) -> float:
        """Length of the call's audio."""
        return self.samples / SAMPLE_RATE

    @property
    def speakers(self) -> tuple[Speaker, ...]:
        """The speakers that have audio."""
        codes = {chunk.code for chunk in self._chunks}
        return tuple(speaker for speaker in Speaker if _CODES[speaker] in codes)

    def read(self, speaker: Speaker, start: float = 0.0, end: float | None = None) -> Samples:
        """The samples of one speaker from ``start`` to ``end`` seconds (default: all).

        Gaps and damaged chunks are silence, so sample n is always at n / 16000 s after ``start``.
        """
        first = min(self.samples, max(0, round(start * SAMPLE_RATE)))
        last = self.samples if end is None else min(self.samples, round(end * SAMPLE_RATE))
        out = np.zeros(max(0, last - first), dtype=np.int16)
        try:
            with self.path.open("rb") as file:
                for chunk in self._chunks:
                    if chunk.code == _CODES[speaker] and chunk.start < last:
                        self._copy(file, chunk, out, first)
        except OSError as error:
            raise UserError(
                "AUDIO_UNREADABLE", path=self.path, detail=error.strerror or error
            ) from error
        return out

    def blocks(self) -> Iterator[AudioBlock]:
        """The recorded stretches of at most a second, in the order in which they were written."""
        try:
            with self.path.open("rb") as file:
                for chunk in self._chunks:
                    payload = open_payload(self._cipher, file, chunk)
                    if payload is None:
                        self.damaged = True
                        continue
                    samples = from_flac(payload)
                    yield AudioBlock(_SPEAKERS[chunk.code], chunk.start / SAMPLE_RATE, samples)
        except OSError as error:
            raise UserError(
                "AUDIO_UNREADABLE", path=self.path, detail=error.strerror or error
            ) from error

    def export(self, path: Path) -> None:
        """Write a plain stereo file (left = operator, right = caller), FLAC or WAV by its suffix."""
        kind = path.suffix.lower().lstrip(".")
        if kind not in ("wav", "flac"):
            raise UserError("EXPORT_FORMAT", path=path)
        scratch = path.with_name(path.name + ".part")
        try:
            with soundfile.SoundFile(
                scratch, "w", SAMPLE_RATE, 2, "PCM_16", format=kind.upper()
            ) as sound:
                for start in range(0, self.samples, 10 * SAMPLE_RATE):
                    stretch = (start / SAMPLE_RATE, start / SAMPLE_RATE + 10)
                    sound.write(np.stack([self.read(s, *stretch) for s in Speaker], axis=1))
            os.replace(scratch, path)
        except (OSError, soundfile.LibsndfileError) as error:
            scratch.unlink(missing_ok=True)
            raise UserError("EXPORT_FAILED", path=path, detail=error) from error

    def _unlock(self, header: bytes, master_key: bytes) -> AESGCM:
        if len(header) < _HEADER_SIZE or not header.startswith(_MAGIC):
            raise UserError("RECORDING_BROKEN", path=self.path)
        cipher, check = _keys(master_key, header[len(_MAGIC) : len(_MAGIC) + _SALT])
        if not secrets.compare_digest(check, header[-_CHECK:]):
            raise UserError("RECORDING_KEY", path=self.path)
        return cipher

    def _scan(self, file: BinaryIO) -> Iterator[Chunk]:
        """The chunks whose seal holds, in the order they were written."""
        position, counter = _HEADER_SIZE, 0
        size = os.fstat(file.fileno()).st_size
        while position < size:
            chunk = chunk_at(file, position)
            if chunk is None or chunk.counter < counter or not self._holds(file, chunk):
                self.damaged = True
                found = next_mark(file, position + 1)
                if found is None:
                    return
                position = found
                continue
            position, counter = chunk.at + chunk.size, chunk.counter + 1
            if chunk.code == _END:
                self.complete = True
            elif chunk.code in _SPEAKERS:
                yield chunk

    def _holds(self, file: BinaryIO, chunk: Chunk) -> bool:
        return open_payload(self._cipher, file, chunk) is not None

    def _copy(self, file: BinaryIO, chunk: Chunk, out: Samples, first: int) -> None:
        offset = chunk.start - first
        if offset + chunk.count <= 0:
            return
        payload = open_payload(self._cipher, file, chunk)
        if payload is None:
            self.damaged = True
            return
        samples = from_flac(payload)[max(0, -offset) :]
        at = max(0, offset)
        out[at : at + len(samples)] = samples[: len(out) - at]
