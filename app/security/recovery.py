"""The way back when the keyring forgets: the master key, wrapped by a recovery key on paper.

The file ``recovery`` holds the wrapped key and says which key it is; without the paper it gives
nothing away. It travels with a copy of the data directory.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from app.security.keys import KEY_BYTES, MasterKey, install_master_key
from app.security.printed_key import new_printed_key, seal, unseal
from resources.errors import UserError

RECOVERY_FILE = "recovery"
_PURPOSE = "recovery"


def make_recovery_key(data_dir: Path, key: MasterKey) -> str:
    """A new recovery key for a data directory, to be printed and put away; an older one ends."""
    printed = new_printed_key()
    record = {"version": 1, "id": key.id, "wrapped": seal(printed, _PURPOSE, key.secret).hex()}
    path = data_dir / RECOVERY_FILE
    scratch = path.with_name(path.name + ".new")
    try:
        scratch.unlink(missing_ok=True)
        with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(record, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, path)
    except OSError as error:
        raise UserError("KEY_FILE_UNUSABLE", path=path, detail=error.strerror) from error
    return printed


def open_recovery(data_dir: Path, printed: str) -> tuple[str, bytes]:
    """The id and the secret of the master key. Raises ``UserError`` and changes nothing."""
    path = data_dir / RECOVERY_FILE
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        key_id, wrapped = str(record["id"]), bytes.fromhex(record["wrapped"])
    except FileNotFoundError:
        raise UserError("RECOVERY_MISSING", path=path) from None
    except (ValueError, KeyError, TypeError) as error:
        raise UserError("RECOVERY_BROKEN", path=path) from error
    except OSError as error:
        raise UserError("KEY_FILE_UNUSABLE", path=path, detail=error.strerror) from error
    secret = unseal(printed, _PURPOSE, wrapped)
    if len(secret) != KEY_BYTES:
        raise UserError("RECOVERY_BROKEN", path=path)
    return key_id, secret


def recover(data_dir: Path, printed: str) -> MasterKey:
    """Put the master key back into this account's keyring (or the key file); the data stay."""
    return install_master_key(data_dir, *open_recovery(data_dir, printed))
