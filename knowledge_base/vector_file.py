"""Embeddings on disk: a file that only grows, and from which any damage costs only some computing.

It begins with a line that names the embedder; then one record per text: a key, how many vectors, a
checksum and the vectors as half floats. Reading stops at the first record that is not whole. Of several
programs that have it open, one writes.
"""

from __future__ import annotations

import logging
import os
import zlib
from collections.abc import Iterable
from hashlib import blake2s
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from whoosh.util.filelock import FileLock

log = logging.getLogger(__name__)
HalfVectors = NDArray[np.float16]
"""A row for the title of an article, asked as a question, then one per passage."""
_KEY = 16
_HEAD = np.dtype([("key", f"V{_KEY}"), ("count", "<u4"), ("checksum", "<u4")])
_WASTE = 2.0
"""Written anew once this many times as large as what is still needed."""


def key_of(article_id: str, version: int, passages: Iterable[str]) -> bytes:
    """The key of an article version with these passages: other texts never share it."""
    text = "\x1f".join((article_id, str(version), *passages))
    return blake2s(text.encode(errors="replace"), digest_size=_KEY).digest()


class VectorFile:
    """The vectors made by one embedder, by key. One thread at a time."""

    def __init__(self, path: Path, embedder: str, dimension: int) -> None:
        """Read what is there. Vectors of another embedder are not used and are overwritten."""
        self._path = path
        self._lock = FileLock(str(path.with_suffix(".lock")))
        self._writes = self._lock.acquire()
        self._dimension = dimension
        self._opening = f"jiesu-vectors 2 {embedder} {dimension}\n".encode()
        self._vectors: dict[bytes, HalfVectors] = {}
        self._whole = 0
        try:
            self._read(path.read_bytes())
        except FileNotFoundError:
            pass  # the first time
        except OSError as error:
            log.warning("vectors cannot be read, they are computed again: %s", error)

    def close(self) -> None:
        """Let another program write."""
        if self._writes:
            self._lock.release()
            self._writes = False

    def get(self, key: bytes) -> HalfVectors | None:
        """The vectors under a key."""
        return self._vectors.get(key)

    def add(self, items: Iterable[tuple[bytes, HalfVectors]]) -> None:
        """Keep vectors; what a crash cuts short is passed over by the next reader."""
        new = [(key, vectors.astype(np.float16)) for key, vectors in items]
        self._vectors.update(new)
        if not self._writes:
            return
        try:
            if not self._whole:
                self._write_all()
                return
            with self._path.open("r+b") as file:
                file.truncate(self._whole)
                file.seek(self._whole)
                content = b"".join(_record(key, vectors) for key, vectors in new)
                file.write(content)
                file.flush()
                self._whole += len(content)
        except OSError as error:  # the vectors serve from memory; the next start computes them again
            log.warning("vectors cannot be kept: %s", error)

    def keep_only(self, keys: set[bytes]) -> None:
        """Forget all others; the file is written anew when most of it is of no use any more."""
        self._vectors = {key: vectors for key, vectors in self._vectors.items() if key in keys}
        needed = sum(_HEAD.itemsize + vectors.nbytes for vectors in self._vectors.values())
        if self._writes and self._whole > _WASTE * needed + 100_000:
            try:
                self._write_all()
            except OSError as error:
                log.warning("vectors cannot be written anew: %s", error)

    def _read(self, content: bytes) -> None:
        if not content.startswith(self._opening):
            log.info("vectors of another embedder are left aside: %s", self._path)
            return
        at = len(self._opening)
        while at + _HEAD.itemsize <= len(content):
            head = np.frombuffer(content, _HEAD, 1, at)[0]
            start = at + _HEAD.itemsize
            end = start + int(head["count"]) * self._dimension * 2
            if end > len(content) or zlib.crc32(content[start:end]) != head["checksum"]:
                break
            vectors = np.frombuffer(content[start:end], "<f2").reshape(-1, self._dimension)
            self._vectors[head["key"].tobytes()] = vectors
            at = end
        if at < len(content):
            log.warning("%s is damaged at byte %d, the rest is computed again", self._path, at)
        self._whole = at

    def _write_all(self) -> None:
        scratch = self._path.with_suffix(".new")
        records = (_record(key, vectors) for key, vectors in self._vectors.items())
        content = b"".join((self._opening, *records))
        scratch.write_bytes(content)
        os.replace(scratch, self._path)
        self._whole = len(content)


def _record(key: bytes, vectors: HalfVectors) -> bytes:
    body = vectors.astype("<f2").tobytes()
    return np.array([(key, len(vectors), zlib.crc32(body))], _HEAD).tobytes() + body
