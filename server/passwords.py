"""How the centre keeps what proves who somebody is: passwords as argon2id, tokens as digests."""

from __future__ import annotations

import secrets
import threading
from functools import cached_property
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2
"""Hashes reckoned side by side: each takes its memory and a core."""


def digest(value: str) -> str:
    """What the database knows of a token, a key or an address."""
    return sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


class Passwords:
    """Passwords of one kind, hashed at the cost that kind needs."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        with self._turns:
            return self._hasher.hash(password)

    def fits(self, known: str | None, password: str) -> bool:
        """Whether a password is the known one; an unknown login takes as long to refuse."""
        with self._turns:
            try:
                return self._hasher.verify(known or self._nobodys, password) and known is not None
            except (VerificationError, InvalidHashError):
                return False

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe())
