"""An outbox as a file: what a seat cannot send itself, another seat or the centre takes over.

The file is sealed with a printed key that is told separately. Operations keep their ids, so it does
no harm when two deliver the same.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from app.security.printed_key import new_printed_key, seal, unseal
from app.sync.protocol import Message, Operation, content_hash
from resources.errors import UserError

SUFFIX = ".jiesu-outbox"
_MAGIC = b"JIESU-OUTBOX-1\n"
_PURPOSE = "outbox"
_LARGEST = 512 * 1024 * 1024


class Handover(Message):
    """What such a file holds."""

    seat: str
    operations: tuple[Operation, ...]


def write_handover(path: Path, seat: str, operations: tuple[Operation, ...]) -> str:
    """Write operations to a new file; the key that opens it. Raises ``UserError``."""
    if not operations:
        raise UserError("HANDOVER_EMPTY")
    printed = new_printed_key()
    content = Handover(seat=seat, operations=operations).model_dump_json().encode()
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(file, "wb") as out:
            out.write(_MAGIC + seal(printed, _PURPOSE, content))
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise UserError("HANDOVER_UNWRITABLE", path=path, detail=error.strerror) from error
    return printed


def read_handover(path: Path, printed: str) -> Handover:
    """What a file holds. Raises ``UserError`` unless all of it is as it was written."""
    try:
        if path.stat().st_size > _LARGEST:
            raise UserError("HANDOVER_BROKEN", path=path)
        raw = path.read_bytes()
    except OSError as error:
        raise UserError("HANDOVER_UNREADABLE", path=path, detail=error.strerror) from error
    if not raw.startswith(_MAGIC):
        raise UserError("HANDOVER_BROKEN", path=path)
    content = unseal(printed, _PURPOSE, raw[len(_MAGIC) :])
    try:
        handover = Handover.model_validate_json(content)
    except ValidationError as error:
        raise UserError("HANDOVER_BROKEN", path=path) from error
    if any(content_hash(one.payload) != one.content_hash for one in handover.operations):
        raise UserError("HANDOVER_BROKEN", path=path)
    return handover
