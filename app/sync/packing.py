"""Compressed bodies, the same at both ends; what is unpacked never grows beyond a bound."""

from __future__ import annotations

import zlib

GZIP = "gzip"
_WITH_GZIP_HEADER = 31


def pack(body: bytes) -> bytes:
    """The body as gzip."""
    packer = zlib.compressobj(level=6, wbits=_WITH_GZIP_HEADER)
    return packer.compress(body) + packer.flush()


def unpack(body: bytes, at_most: int) -> bytes:
    """The inverse. Raises ``ValueError`` for anything but one whole gzip stream, and
    ``OverflowError`` as soon as it holds more than ``at_most`` bytes."""
    unpacker = zlib.decompressobj(wbits=_WITH_GZIP_HEADER)
    try:
        plain = unpacker.decompress(body, at_most + 1)
    except zlib.error as error:
        raise ValueError("no gzip") from error
    if len(plain) > at_most:
        raise OverflowError(at_most)
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("broken off, or more behind it")
    return plain
