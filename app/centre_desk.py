"""What a front end does with the outbox and the centre, by way of the seat's ``CentreLink``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from app.centre_link import CentreLink
    from app.desk import OutboxRow
    from app.domain.draft import Draft
    from app.sync.worker import SyncReport


class CentreDesk:
    """The part of ``app.desk.Desk`` that is about delivering."""

    centre: CentreLink

    @property
    def drill(self) -> bool:
        """Whether this folder is marked as a drill's: nothing in it ever goes to a centre."""
        return self.centre.drill

    def outbox(self) -> tuple[OutboxRow, ...]:
        """The operations for the centre, newest first."""
        return self.centre.outbox()

    def retry(self, operation_id: str) -> None:
        """Offer a refused operation to the centre once more. Raises ``UserError``."""
        self.centre.retry(operation_id)

    def reopen(self, ticket_id: str) -> Draft:
        """Make a refused ticket a draft again, to be mended with ``resume``. Raises ``UserError``."""
        return self.centre.reopen(ticket_id)

    def export_outbox(self, path: Path) -> tuple[int, str]:
        """Write what the centre does not have to a sealed file; how many operations, and its key."""
        return self.centre.export(path)

    def import_outbox(self, path: Path, printed_key: str) -> int:
        """Take over another seat's outbox; how many operations were new. Raises ``UserError``."""
        return self.centre.take_over(path, printed_key)

    def start_sync(self) -> None:
        """Deliver the outbox from now on, in the background; a drill's stays where it is."""
        self.centre.start()

    def sync_now(self) -> None:
        """Try the centre again at once."""
        self.centre.kick()

    def sync_once(self) -> SyncReport:
        """Deliver what waits, once, on the calling thread. Raises ``UserError``."""
        return self.centre.deliver_once()
