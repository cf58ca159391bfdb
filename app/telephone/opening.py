"""The telephone of a seat put together: the line, what is known of callers, the door for softphones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.events import CallLogChanged, Degraded
from app.telephone.line import LineCall
from app.telephone.log import CallLog
from app.telephone.seat import MOST_MISSED, Calls, SeatTelephone, began
from resources.errors import UserError

LATELY = timedelta(hours=12)

if TYPE_CHECKING:
    from pathlib import Path

    from app.storage.seat_store import SeatStore
    from app.telephone.adapter import LineServer
    from app.telephone.history import Around, CallerHistory


class Telephone(SeatTelephone):
    """The line of a seat whose desk listens for softphones once ``listen`` was called."""

    def __init__(self, desk: Calls, store: Callable[[], SeatStore], around: Around) -> None:
        def look_up(number: str, before: datetime) -> CallerHistory:
            from app.dispatch.due import content_due
            from app.telephone.history import history_of

            return history_of(number, store(), around, content_due, before)

        super().__init__(desk, look_up)
        self.calls = CallLog(store, lambda: desk.bus.publish(CallLogChanged()))
        self._server: LineServer | None = None

    def listen(self, data_dir: Path, port: int) -> None:
        """Open the door for softphones; that it cannot be opened is told, and no more.

        Who was missed lately and not called back is missed still.
        """
        recent = datetime.now(UTC) - LATELY
        missed = [one.line for one in self.calls.newest(MOST_MISSED) if one.open and one.began > recent]
        self.remember_missed(tuple(missed))
        from app.telephone.adapter import LineServer

        try:
            server: LineServer | None = LineServer(data_dir, self.take, port, self.acts)
        except UserError as error:
            self._desk.bus.publish(Degraded("telephone", error.code, str(error.values["detail"])))
            return
        with self._lock:
            if not self._closed:
                self._server, server = server, None
        if server is not None:
            server.close()

    def log(self, call: LineCall) -> None:
        """Keep a call that is over."""
        self.calls.note(call, began(call))

    def close(self) -> None:
        """Close the door, then end the threads; bounded."""
        with self._lock:
            self._closed = True
            self.acts.close()
            server, self._server = self._server, None
        if server is not None:
            server.close()
        super().close()
        self.calls.close()
