"""News of a newer program: a signed document a centre publishes to its own seats, like other data.

Nothing is fetched and nobody outside is asked. Whoever answers for updates signs on a machine of their
own (``sign``); a seat believes the key that stands in its ``update.json``, or that of the first news it
gets, and from then on only that one.
"""

from __future__ import annotations

import base64
import json
import os
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.release import VERSION
from resources.errors import UserError

LONGEST, LONGEST_WORDS = 20_000, 2_000
"""Characters of a document, and of what is new in one language."""
FILE_NAME = "update.json"
_SIGNED_FOR = b"jiesu-desk update 1\n"
_VERSION = re.compile(r"(0|[1-9]\d{0,4})(\.(0|[1-9]\d{0,4})){1,3}", re.ASCII)
_PARTS = {"manifest", "key", "signature"}


@dataclass(frozen=True, slots=True)
class Update:
    """A release: its version, the day it came out, what is new by language, and who signed."""

    version: str
    day: date
    words: dict[str, str]
    key: str

    @property
    def newer(self) -> bool:
        """Whether it is newer than this program."""
        return numbers(self.version) > numbers(VERSION)


def numbers(version: str) -> tuple[int, ...]:
    """A version to compare by: ``0.10`` is above ``0.9.3``, ``1.0`` equals ``1.0.0``."""
    found = [int(part) for part in version.split(".")]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def read_update(content: str) -> Update:
    """A document whose signature fits the key it names. Raises ``UserError``."""
    if len(content) > LONGEST:
        raise UserError("UPDATE_BROKEN", detail=f"> {LONGEST}")
    try:
        whole = json.loads(content)
        if not isinstance(whole, dict) or set(whole) != _PARTS:
            raise ValueError(", ".join(sorted(_PARTS)))
        signed = str(whole["manifest"]).encode()
        key, signature = (
            base64.b64decode(str(whole[name]), validate=True) for name in ("key", "signature")
        )
        _verify(key, signature, signed)
        return _release(json.loads(signed), base64.b64encode(key).decode())
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UserError("UPDATE_BROKEN", detail=str(error).splitlines()[0][:200] or "JSON") from error


def _verify(key: bytes, signature: bytes, signed: bytes) -> None:
    from cryptography.exceptions import InvalidSignature  # not before a window opens
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _SIGNED_FOR + signed)
    except InvalidSignature:
        raise UserError("UPDATE_SIGNATURE") from None


def _release(facts: Any, key: str) -> Update:
    version, day, words = facts["version"], facts["date"], facts["words"]
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise ValueError("version")
    if not isinstance(words, dict) or set(words) != {"zh", "en"}:
        raise ValueError("words: zh, en")
    for said in words.values():
        if not isinstance(said, str) or not 0 < len(said) <= LONGEST_WORDS:
            raise ValueError(f"words: 1 … {LONGEST_WORDS}")
        if "<" in said or any(ord(sign) < 32 and sign != "\n" for sign in said):
            raise ValueError("words: <")  # nobody writes markup into a desk
    return Update(version, date.fromisoformat(day), dict(words), key)


def new_key(path: Path) -> str:
    """Make a key to sign with in a file of its own; the public one. Raises ``UserError``."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secret)
    except OSError as error:
        raise UserError("UPDATE_KEY_FILE", path=path, detail=error.strerror or error) from error
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def sign(notes: Path, key_file: Path) -> str:
    """The document of ``version``, ``date``, ``zh`` and ``en`` in a YAML file. Raises ``UserError``."""
    import yaml
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(key_file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise UserError("UPDATE_KEY_FILE", path=key_file, detail=error) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UserError("UPDATE_KEY_FILE", path=key_file, detail="Ed25519")
    try:
        facts = yaml.safe_load(notes.read_text(encoding="utf-8"))
        words = {language: str(facts[language]).strip() for language in ("zh", "en")}
        said = {"version": str(facts["version"]), "date": str(facts["date"]), "words": words}
    except (OSError, ValueError, TypeError, KeyError, RecursionError, yaml.YAMLError) as error:
        raise UserError("UPDATE_BROKEN", detail=f"{notes}: {str(error).splitlines()[0]}") from error
    manifest = json.dumps(said, ensure_ascii=False, sort_keys=True)
    parts = {
        "manifest": manifest,
        "key": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        "signature": base64.b64encode(key.sign(_SIGNED_FOR + manifest.encode())).decode(),
    }
    content = json.dumps(parts, ensure_ascii=False)
    read_update(content)
    return content


class TrustedUpdates:
    """Whom a seat believes, and the newest release it was told of; in ``update.json`` of its folder."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE_NAME

    def accept(self, update: Update) -> None:
        """Believe it, or raise ``UserError``: another key, or older than what was told before."""
        kept = self._read()
        key, newest = kept.get("key", ""), kept.get("version", "")
        if key and key != update.key:
            raise UserError("UPDATE_KEY_CHANGED", path=self._path)
        if newest and numbers(newest) > numbers(update.version):
            raise UserError("UPDATE_OLDER", version=update.version, newest=newest)
        if (key, newest) != (update.key, update.version):
            self._write({"key": update.key, "version": update.version})

    def _read(self) -> dict[str, str]:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            if not isinstance(kept, dict) or not isinstance(kept.get("key"), str):
                raise ValueError("key")
            if (version := kept.get("version", "")) and not _VERSION.fullmatch(str(version)):
                raise ValueError("version")
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise UserError("UPDATE_TRUST", path=self._path, detail=error) from error
        return {name: str(one) for name, one in kept.items()}

    def _write(self, kept: dict[str, str]) -> None:
        scratch = self._path.with_name(FILE_NAME + ".new")
        try:
            scratch.write_text(json.dumps(kept, indent=1), encoding="utf-8")
            os.replace(scratch, self._path)
        except OSError as error:
            raise UserError("UPDATE_TRUST", path=self._path, detail=error.strerror or error) from error
