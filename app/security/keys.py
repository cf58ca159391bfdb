"""The master key of a data directory, and the keys derived from it.

The file ``key`` in the data directory names the key. The key itself lies in the operating
system's keyring; where there is none (a server without a desktop session), it lies in that file
with mode 0600, and ``MasterKey.fallback`` says so. ``JIESU_KEYRING=on`` insists on the keyring,
``off`` on the file.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import secrets
import sys
import threading
import uuid
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from queue import Empty, Queue

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from resources.errors import UserError

KEY_FILE = "key"
DATABASE_FILE = "seat.db"
RECORDINGS_FOLDER = "recordings"
SERVICE = "jiesu-desk"
KEY_BYTES = 32
NEW_KEY_WAIT_S = 5.0
KNOWN_KEY_WAIT_S = 60.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The secret of one data directory. ``fallback`` = kept in a file, not in the keyring."""

    id: str
    secret: bytes = field(repr=False)
    fallback: bool

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose (HKDF-SHA256); one does not give away another."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"jiesu {purpose} 1".encode()).derive(
            self.secret
        )

    @property
    def database(self) -> bytes:
        """The key of the seat's database."""
        return self.derive("database")

    @property
    def recordings(self) -> bytes:
        """The master key of the recordings."""
        return self.derive("recordings")


def open_master_key(data_dir: Path) -> MasterKey:
    """The key of a data directory, made on first use.

    Raises ``UserError`` when the key is lost, wrong or out of reach. A new key is never made in a
    directory that already holds a database or recordings.
    """
    path = data_dir / KEY_FILE
    try:
        if not path.exists():
            _create(data_dir, path)
        return _read(path)
    except OSError as error:
        raise UserError("KEY_FILE_UNUSABLE", path=path, detail=error.strerror) from error


def _create(data_dir: Path, path: Path) -> None:
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    recordings = data_dir / RECORDINGS_FOLDER
    if (data_dir / DATABASE_FILE).exists() or (recordings.is_dir() and any(recordings.iterdir())):
        raise UserError("KEY_MISSING", path=path)
    key_id, secret = str(uuid.uuid4()), secrets.token_bytes(KEY_BYTES)
    _publish(path, _keep(path, key_id, secret))


def install_master_key(data_dir: Path, key_id: str, secret: bytes) -> MasterKey:
    """Make a known secret the key of a data directory; a key file that was there is set aside."""
    path = data_dir / KEY_FILE
    try:
        text = _keep(path, key_id, secret)
        if path.exists():
            os.replace(path, path.with_name(f"{KEY_FILE}.before-{uuid.uuid4().hex[:8]}"))
        _publish(path, text)
    except OSError as error:
        raise UserError("KEY_FILE_UNUSABLE", path=path, detail=error.strerror) from error
    return open_master_key(data_dir)


def _keep(path: Path, key_id: str, secret: bytes) -> str:
    """Put a secret into the keyring, or where there is none into the key file; that file's text."""
    record = {"version": 1, "id": key_id, "kept_in": "keyring", "check": _check(secret)}
    if not _store_in_keyring(key_id, secret):
        if _wanted() == "on":
            raise UserError("KEYRING_UNUSABLE", path=path)
        record |= {"kept_in": "file", "secret": secret.hex()}
    return json.dumps(record, indent=1)


def _publish(path: Path, text: str) -> None:
    """Put the finished file in place unless another process was first."""
    scratch = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        if sys.platform == "win32":
            scratch.rename(path)
        else:
            os.link(scratch, path)
    except FileExistsError:
        log.info("another process made the key first")
    finally:
        scratch.unlink(missing_ok=True)


def _read(path: Path) -> MasterKey:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        key_id, kept_in, check = str(record["id"]), record["kept_in"], str(record["check"])
        in_file = bytes.fromhex(record["secret"]) if kept_in == "file" else None
    except (ValueError, KeyError, TypeError) as error:
        raise UserError("KEY_FILE_BROKEN", path=path) from error
    if in_file is not None:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
        secret = in_file
    else:
        secret = _load_from_keyring(key_id, path)
    if len(secret) != KEY_BYTES or not hmac.compare_digest(_check(secret), check):
        raise UserError("KEY_FILE_BROKEN" if in_file is not None else "KEY_WRONG", path=path)
    return MasterKey(key_id, secret, fallback=in_file is not None)


def _check(secret: bytes) -> str:
    """A value that tells a wrong key from the right one without giving the key away."""
    return sha256(b"jiesu key check 1" + secret).hexdigest()[:16]


def _wanted() -> str:
    return os.environ.get("JIESU_KEYRING", "auto")


def _keyring_may_answer() -> bool:
    """Whether asking makes sense: a keyring of a Linux desktop needs a session to ask its user."""
    wanted = _wanted()
    if wanted in ("on", "off"):
        return wanted == "on"
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _store_in_keyring(key_id: str, secret: bytes) -> bool:
    if not _keyring_may_answer():
        return False
    answer = _ask_keyring(key_id, NEW_KEY_WAIT_S, secret.hex())
    return answer == secret.hex()


def _load_from_keyring(key_id: str, path: Path) -> bytes:
    if not _keyring_may_answer():
        raise UserError("KEYRING_UNUSABLE", path=path)
    answer = _ask_keyring(key_id, KNOWN_KEY_WAIT_S)
    if isinstance(answer, Exception):
        raise UserError("KEYRING_UNUSABLE", path=path) from answer
    if answer is None:
        raise UserError("KEY_LOST", path=path)
    try:
        return bytes.fromhex(answer)
    except ValueError as error:
        raise UserError("KEY_WRONG", path=path) from error


def _ask_keyring(key_id: str, wait_s: float, new: str | None = None) -> str | Exception | None:
    """Keep ``new`` if given, then read; on a thread of its own, since a prompt may block for ever."""
    answers: Queue[str | Exception | None] = Queue()

    def ask() -> None:
        try:
            import keyring  # takes time and is not needed where the key lies in the file

            if keyring.get_keyring().priority <= 0:
                raise RuntimeError("no keyring backend")
            if new is not None:
                keyring.set_password(SERVICE, key_id, new)
            answers.put(keyring.get_password(SERVICE, key_id))
        except Exception as error:  # noqa: BLE001 - back ends raise whatever their library raises
            answers.put(error)

    threading.Thread(target=ask, name="keyring", daemon=True).start()
    try:
        return answers.get(timeout=wait_s)
    except Empty:
        return TimeoutError(f"the keyring did not answer in {wait_s} s")
