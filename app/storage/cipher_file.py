"""Look at a database file before it is opened, so that a wrong key never touches it.

SQLCipher 4: pages of 4,096 bytes; the first 16 bytes of the file are the salt; each page ends
with a 16-byte vector and a 64-byte HMAC-SHA512 over the encrypted page and its number.
"""

from __future__ import annotations

import hmac
from hashlib import pbkdf2_hmac
from pathlib import Path

from resources.errors import UserError

PAGE = 4096
SALT = 16
MAC = 64
PLAIN_HEADER = b"SQLite format 3\0"
_PAGES_TO_TRY = 32


def check_file(path: Path, key: bytes) -> None:
    """Return when the file is absent, empty or written with ``key``; otherwise raise ``UserError``.

    Only reads. A file whose first page is damaged passes when a write-ahead log lies beside it:
    the log may hold the good page.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return
    if size == 0:
        return
    with path.open("rb") as file:
        first = file.read(PAGE)
        if first.startswith(PLAIN_HEADER):
            raise UserError("STORE_PLAINTEXT", path=path)
        if size < PAGE:
            raise UserError("STORE_DAMAGED", path=path)
        secret = mac_key(key, first[:SALT])
        if is_genuine(first[SALT:], 1, secret):
            return
        for number in range(2, min(size // PAGE, _PAGES_TO_TRY) + 1):
            if is_genuine(file.read(PAGE), number, secret):
                break
        else:
            raise UserError("STORE_WRONG_KEY", path=path)
    log = path.with_name(path.name + "-wal")
    if not log.exists() or log.stat().st_size == 0:
        raise UserError("STORE_DAMAGED", path=path)


def mac_key(key: bytes, salt: bytes) -> bytes:
    """The key of the pages' signatures."""
    return pbkdf2_hmac("sha512", key, bytes(byte ^ 0x3A for byte in salt), 2, 32)


def is_genuine(page: bytes, number: int, secret: bytes) -> bool:
    """Whether a page (the first: without the salt) was written with the key behind ``secret``."""
    signed = page[:-MAC] + number.to_bytes(4, "little")
    return hmac.compare_digest(hmac.digest(secret, signed, "sha512"), page[-MAC:])
