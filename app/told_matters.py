"""What the centre told of every seat's tickets is put in force at this one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.sync.kinds import TICKET_MATTERS

if TYPE_CHECKING:
    from app.parts import Parts


def know_matters(parts: Parts, keys: Iterable[str] | None = None) -> None:
    """Take in what was told under these keys (``None``: all), and forget the old on disk too.

    Blocks; raises ``UserError``.
    """
    store = parts.store()
    told = store.told_of(TICKET_MATTERS, keys)
    old = parts.matters().follow(told, datetime.now(UTC))
    if old:
        store.drop_told(TICKET_MATTERS, old)
