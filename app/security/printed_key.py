"""A key that people write down: 144 random bits in eight groups, with a check against slips.

It wraps other secrets (AES-256-GCM under a key derived by HKDF; a random key needs no stretching).
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
import unicodedata
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from resources.errors import UserError

_SECRET, _CHECK, _SALT, _NONCE, _GROUP = 18, 2, 16, 12, 4
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no letter that looks like a digit
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_WRITE = str.maketrans(_BASE32, _ALPHABET)
_READ = str.maketrans(_ALPHABET + "OIL", _BASE32 + "ABB")


def new_printed_key() -> str:
    """A fresh key as it is printed: ``XXXX-XXXX-…``, eight groups of four."""
    secret = secrets.token_bytes(_SECRET)
    written = base64.b32encode(secret + _check(secret)).decode().translate(_WRITE)
    return "-".join(written[at : at + _GROUP] for at in range(0, len(written), _GROUP))


def seal(printed: str, purpose: str, content: bytes) -> bytes:
    """``content`` so that only the printed key opens it again: salt, nonce, ciphertext."""
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    cipher = _cipher(_secret(printed), salt, purpose)
    return salt + nonce + cipher.encrypt(nonce, content, purpose.encode())


def unseal(printed: str, purpose: str, sealed: bytes) -> bytes:
    """The inverse of ``seal``.

    Raises ``UserError``: ``PRINTED_KEY_MISTYPED`` when it cannot be such a key at all,
    ``PRINTED_KEY_WRONG`` when it is not the one for this content, or that was changed.
    """
    cipher = _cipher(_secret(printed), sealed[:_SALT], purpose)
    nonce, body = sealed[_SALT : _SALT + _NONCE], sealed[_SALT + _NONCE :]
    try:
        return cipher.decrypt(nonce, body, purpose.encode())
    except (InvalidTag, ValueError):
        raise UserError("PRINTED_KEY_WRONG") from None


def _secret(printed: str) -> bytes:
    """What a person typed: case, blanks, hyphens, wide characters and look-alikes do not matter."""
    plain = unicodedata.normalize("NFKC", printed).upper()
    letters = "".join(character for character in plain if character.isalnum())
    try:
        value = base64.b32decode(letters.translate(_READ).encode("ascii"))
    except ValueError:  # also what ASCII cannot say
        raise UserError("PRINTED_KEY_MISTYPED") from None
    secret, check = value[:_SECRET], value[_SECRET:]
    if len(secret) != _SECRET or not hmac.compare_digest(check, _check(secret)):
        raise UserError("PRINTED_KEY_MISTYPED")
    return secret


def _check(secret: bytes) -> bytes:
    return sha256(b"jiesu printed key" + secret).digest()[:_CHECK]


def _cipher(secret: bytes, salt: bytes, purpose: str) -> AESGCM:
    info = f"jiesu printed {purpose} 1".encode()
    return AESGCM(HKDF(SHA256(), 32, salt=salt, info=info).derive(secret))
