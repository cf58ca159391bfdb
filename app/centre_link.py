"""The seat's side of the centre: what waits in the outbox, and how it gets there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.desk import OutboxRow, OutboxState
from app.events import AccountsChanged, Degraded, EventBus, OutboxChanged, ReferenceArrived
from app.sync.kinds import ARTICLE, DISPATCH_RETURN, REFERENCE, TICKET_MATTERS, USER
from app.told_matters import know_matters
from resources.errors import UserError

if TYPE_CHECKING:
    from app.after_dispatch import AfterDispatch
    from app.domain.draft import Draft
    from app.parts import Parts
    from app.settings import Settings
    from app.sync.protocol import Told
    from app.sync.recordings import Recordings
    from app.sync.worker import SyncReport, SyncWorker

LOOPBACK = "127.0.0.1"
DRILL_MARK = "DRILL"
"""A file of this name marks a folder whose tickets are an exercise."""


class CentreLink:
    """Delivers a seat's outbox, by itself or by hand. ``settings`` gives those in force."""

    def __init__(
        self, data_dir: Path, parts: Parts, settings: Callable[[], Settings], bus: EventBus
    ) -> None:
        self._data_dir = data_dir
        self._parts = parts
        self._settings = settings
        self._bus = bus
        self._worker: SyncWorker | None = None

    @cached_property
    def after(self) -> AfterDispatch:
        """What becomes of submitted tickets."""
        from app.after_dispatch import AfterDispatch

        return AfterDispatch(self._parts.store, self._settings, self._on_amended)

    @property
    def drill(self) -> bool:
        """Whether the folder is marked as a drill's: nothing in it ever goes to a centre."""
        return (self._data_dir / DRILL_MARK).exists()

    def outbox(self) -> tuple[OutboxRow, ...]:
        """The operations for the centre, newest first."""
        return self._parts.store().outbox()

    def retry(self, operation_id: str) -> None:
        """Offer a refused operation once more. Raises ``UserError``."""
        self._parts.store().retry(operation_id)
        self.tell_outbox()
        self.kick()

    def reopen(self, ticket_id: str) -> Draft:
        """Make a refused ticket a draft again. Raises ``UserError``."""
        draft = self._parts.store().reopen(ticket_id)
        self.tell_outbox()
        return draft

    def export(self, path: Path) -> tuple[int, str]:
        """Write what the centre does not have to a sealed file; how many operations, and its key."""
        from app.sync.handover import write_handover

        operations = self._parts.store().unanswered()
        return len(operations), write_handover(path, self._settings().seat, operations)

    def take_over(self, path: Path, printed_key: str) -> int:
        """Take over another seat's outbox; how many operations were new. Raises ``UserError``."""
        from app.sync.handover import read_handover

        taken = self._parts.store().take_over(read_handover(path, printed_key).operations)
        self.tell_outbox()
        self.kick()
        return taken

    def _on_amended(self) -> None:
        """There is an amendment to send."""
        self.tell_outbox()
        self.kick()

    def tell_outbox(self) -> None:
        """Tell how much waits and how much was refused."""
        counts = self._parts.store().counts()
        self._bus.publish(OutboxChanged(counts[OutboxState.WAITING], counts[OutboxState.REFUSED]))

    def start(self) -> None:
        """Deliver from now on, in the background; a drill's stays where it is."""
        if not self.drill:
            self._worker = self._new_worker()
            self._worker.start()

    def kick(self) -> None:
        """Try the centre again at once."""
        if self._worker is not None:
            self._worker.kick()

    def log_in(self, server_url: str, seat: str, password: str) -> Settings:
        """Try a seat's password; the settings that go with it. Raises ``UserError``."""
        self._refuse_in_drill()
        from app.sync.delivery import log_in

        log_in(self._parts.store(), server_url, seat, password)
        return replace(self._settings(), server_url=server_url, seat=seat)

    def join_practice(self, url: str, seat: str, password: str) -> None:
        """Deliver a drill's outbox to a centre on this very machine that was started for the drill.

        Raises ``UserError`` for any other address and outside a drill: a drill never leaves the seat.
        """
        if not self.drill or urlsplit(url).hostname != LOOPBACK:
            raise UserError("DRILL_STAYS", path=self._data_dir)
        from app.sync.delivery import log_in

        log_in(self._parts.store(), url, seat, password)
        self._worker = self._new_worker(lambda: replace(self._settings(), server_url=url, seat=seat))
        self._worker.start()

    def deliver_once(self) -> SyncReport:
        """Deliver what waits, on the calling thread. Raises ``UserError``."""
        self._refuse_in_drill()
        return self._new_worker().sync_once()

    def stop(self) -> None:
        """End the background deliveries; bounded."""
        if self._worker is not None:
            self._worker.stop()

    def _new_worker(self, settings: Callable[[], Settings] | None = None) -> SyncWorker:
        from app.sync.use_teller import UseTeller
        from app.sync.worker import SyncWorker

        store, recordings = self._parts.store(), self._recordings()
        uses = UseTeller(store, self._parts.reference.in_use)
        settings = settings or self._settings
        return SyncWorker(store, settings, self._bus.publish, self._on_told, recordings, uses)

    def _on_told(self, changed: Told) -> None:
        """The centre told something; it is on disk."""
        if ARTICLE in changed and (knowledge := self._parts.knowledge.built()) is not None:
            knowledge.refresh()
        if USER in changed:
            self._bus.publish(AccountsChanged())
        if REFERENCE in changed:
            self.prepare_reference()
        if DISPATCH_RETURN in changed:
            from app.returned import learn_returns

            learn_returns(self._parts)
        if matters := changed.get(TICKET_MATTERS):
            know_matters(self._parts, matters)

    def prepare_reference(self) -> None:
        """Make ready what the centre published for the next call, and tell of it."""
        news, refused = self._parts.prepare_reference()
        if news:
            self._bus.publish(ReferenceArrived(news))
        for name in refused:
            self._bus.publish(Degraded("reference", "REFERENCE_REFUSED", name))

    def _recordings(self) -> Recordings:
        from app.sync.recordings import Recordings

        return Recordings(self._parts.store(), self._data_dir, self._parts.key().recordings)

    def _refuse_in_drill(self) -> None:
        if self.drill:
            raise UserError("DRILL_STAYS", path=self._data_dir)
