"""The pages of an encrypted database, decrypted one by one in memory; for saving what can be saved.

SQLCipher refuses a database from its first bad page on. Here every page stands alone: a bad one
becomes zeros, and SQLite reads around it. Layout as in ``cipher_file``; the write-ahead log's
pages (24 bytes of frame head each, after 32 bytes of log head) replace those of the file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from app.storage.cipher_file import MAC, PAGE, PLAIN_HEADER, SALT, is_genuine, mac_key
from resources.errors import UserError

_IV = 16
_RESERVED = _IV + MAC
_LOG_HEAD = struct.Struct(">8I")
_FRAME_HEAD = struct.Struct(">6I")


@dataclass(frozen=True, slots=True)
class Pages:
    """A plain database image; ``damaged`` are the numbers (from 1) of the pages that were lost."""

    image: bytes = field(repr=False)
    damaged: tuple[int, ...]


def read_pages(path: Path, key: bytes) -> Pages:
    """All pages of a database that are genuine. Only reads.

    Raises ``UserError`` when there is none, or not the first one: it says where everything is.
    """
    try:
        raw = path.read_bytes()
        log = path.with_name(path.name + "-wal")
        newer = log.read_bytes() if log.exists() else b""
    except FileNotFoundError:
        raise UserError("SALVAGE_NOTHING", path=path) from None
    except OSError as error:
        raise UserError("SALVAGE_UNREADABLE", path=path, detail=error.strerror) from error
    if raw.startswith(PLAIN_HEADER):
        return Pages(_without_log(raw), ())
    if len(raw) < PAGE:
        raise UserError("SALVAGE_NOTHING", path=path)
    reader = _PageReader(key, raw[:SALT])
    pages = [
        reader.plain(raw[at : at + PAGE], at // PAGE + 1) for at in range(0, len(raw) - PAGE + 1, PAGE)
    ]
    if not any(pages):
        raise UserError("STORE_WRONG_KEY", path=path)
    for number, page in reader.committed(newer).items():
        pages.extend([None] * (number - len(pages)))
        pages[number - 1] = page
    if pages[0] is None:
        raise UserError("SALVAGE_NO_BEGINNING", path=path)
    damaged = tuple(number for number, page in enumerate(pages, 1) if page is None)
    return Pages(_without_log(b"".join(page or bytes(PAGE) for page in pages)), damaged)


class _PageReader:
    """Decrypts pages of one file."""

    def __init__(self, key: bytes, salt: bytes) -> None:
        self._key = key
        self._mac_key = mac_key(key, salt)

    def plain(self, page: bytes, number: int) -> bytes | None:
        """A page as SQLite knows it; ``None`` when it is not genuine."""
        body = page[SALT:] if number == 1 else page
        if len(page) != PAGE or not is_genuine(body, number, self._mac_key):
            return None
        vector = page[-_RESERVED : -_RESERVED + _IV]
        decryptor = Cipher(algorithms.AES(self._key), modes.CBC(vector)).decryptor()
        plain = decryptor.update(body[:-_RESERVED]) + decryptor.finalize()
        return (PLAIN_HEADER if number == 1 else b"") + plain + bytes(_RESERVED)

    def committed(self, log: bytes) -> dict[int, bytes]:
        """The newest genuine page of each number in the committed part of a write-ahead log."""
        if len(log) < _LOG_HEAD.size:
            return {}
        *_, salt_1, salt_2, _, _ = _LOG_HEAD.unpack_from(log)
        pages, pending = dict[int, bytes](), dict[int, bytes]()
        for at in range(
            _LOG_HEAD.size, len(log) - _FRAME_HEAD.size - PAGE + 1, _FRAME_HEAD.size + PAGE
        ):
            number, size_after, *salts, _, _ = _FRAME_HEAD.unpack_from(log, at)
            start = at + _FRAME_HEAD.size
            if salts != [salt_1, salt_2]:  # left over from before the log was begun again
                break
            page = self.plain(log[start : start + PAGE], number)
            if page is not None:
                pending[number] = page
            if size_after:  # a transaction ends here
                pages |= pending
                pending.clear()
        return pages


def _without_log(image: bytes) -> bytes:
    """The image with the mark of a write-ahead log removed: an image in memory has none."""
    return image[:18] + b"\x01\x01" + image[20:]
