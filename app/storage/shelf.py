"""A shelf of sealed documents: small JSON files that only this seat can read, each whole or not there.

For what belongs to no ticket and is never searched by SQL: held drills, reviews.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.domain.codec import Json
from resources.errors import UserError

SUFFIX = ".sealed"
MAX_BYTES = 50_000_000
_NONCE = 12
_NAME = re.compile(r"[\w-]{1,80}")
log = logging.getLogger(__name__)


class Shelf:
    """Documents by name in one folder. Any thread; the newest writer wins."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._cipher = AESGCM(key)

    def put(self, name: str, document: Json) -> None:
        """Keep a document; it is on disk, whole, when this returns. Raises ``UserError``."""
        path = self._path(name)
        nonce = secrets.token_bytes(_NONCE)
        plain = json.dumps(document, ensure_ascii=False).encode()
        sealed = nonce + self._cipher.encrypt(nonce, plain, name.encode())
        scratch = path.with_name(f"{name}.{secrets.token_hex(4)}.new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with scratch.open("wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            os.replace(scratch, path)
        except OSError as error:
            scratch.unlink(missing_ok=True)
            raise UserError("SHELF_WRITE", path=path, detail=error.strerror or error) from error

    def get(self, name: str) -> Json | None:
        """A document; ``None`` when there is none, or none that can be read."""
        return self._read(self._path(name))

    def all(self) -> tuple[Json, ...]:
        """Every document that can be read, in the order of their names."""
        found = (self._read(path) for path in sorted(self._folder.glob(f"*{SUFFIX}")))
        return tuple(document for document in found if document is not None)

    def _read(self, path: Path) -> Json | None:
        try:
            if path.stat().st_size > MAX_BYTES:
                raise ValueError("too large")
            sealed = path.read_bytes()
            name = path.name.removesuffix(SUFFIX).encode()
            plain = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], name)
            document = json.loads(plain)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, InvalidTag) as error:
            log.warning("%s is left alone: %s", path.name, error or "damaged")
            return None
        return document if isinstance(document, dict) else None

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"no name for a document: {name!r}")
        return self._folder / f"{name}{SUFFIX}"
