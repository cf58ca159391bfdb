"""The sources of statistics that a desk offers; libraries load when one is first asked for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.statistics.page import StatisticsSource
    from app.statistics.seat import Hearings, SeatStatistics, Tickets


class StatisticsSources:
    """Implements ``app.statistics.page.Statistics`` over a seat's tickets."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets
        self.hearings: Hearings = lambda: ()
        self._seat: SeatStatistics | None = None
        self._lock = threading.Lock()

    def seat(self) -> StatisticsSource:
        """This seat's own tickets."""
        from app.statistics.seat import SeatStatistics

        with self._lock:
            self._seat = self._seat or SeatStatistics(self._tickets, lambda: self.hearings())
            return self._seat

    def centre(self, url: str, name: str, password: str) -> StatisticsSource:
        """The whole centre, for a team lead. Raises ``UserError``."""
        from app.statistics.centre import CentreStatistics

        return CentreStatistics(url, name, password)

    def close(self) -> None:
        """Forget everything."""
        if self._seat is not None:
            self._seat.close()
