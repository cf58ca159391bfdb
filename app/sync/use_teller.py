"""Tells the centre what this seat uses of its reference data, once for each change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from app.sync.client import BatchRefused, CentreClient
from app.sync.delivery import OutboxStore, logged_in
from app.sync.reference_use import ReferenceUse

log = logging.getLogger(__name__)


class UseTeller:
    """Remembers what the centre was told last."""

    def __init__(self, store: OutboxStore, current: Callable[[], ReferenceUse | None]) -> None:
        """``current`` = what the seat uses, ``None`` while it does not know; it may block."""
        self._store = store
        self._current = current
        self._told: tuple[str, ReferenceUse] | None = None

    async def tell(self, centre: CentreClient) -> None:
        """Tell what changed, if anything did. Raises ``UserError`` when that did not work out."""
        use = await asyncio.to_thread(self._current)
        credential = await asyncio.to_thread(self._store.credential)
        if use is None or credential is None or credential.server_url != centre.url:
            return
        if self._told == (centre.url, use):
            return
        try:
            await logged_in(
                self._store, centre, lambda token: centre.ask(token, "PUT", "/reference-use", use)
            )
        except BatchRefused as refusal:  # an older centre does not ask for it
            log.debug("reference use: %s", refusal.code)
        self._told = (centre.url, use)
