"""Statistics of the whole centre, asked for over HTTP by a team lead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.statistics.page import Behind, Dashboard, MadeReport, Period, TicketLine
from app.statistics.wire import dashboard_from_json
from app.sync.visit import LeadVisit
from resources.errors import UserError


class CentreStatistics:
    """The whole centre, for somebody who logs in as a team lead. The password is not kept."""

    def __init__(self, url: str, name: str, password: str) -> None:
        """Log in. Raises ``UserError``: unreachable, refused, or not a team lead."""
        self._visit = LeadVisit(url, name, password)
        try:
            self._page(None)
        except BaseException:
            self._visit.close()
            raise

    def last_day(self) -> date:
        """Today, by the centre's calendar."""
        return self._page(None).period.end

    def dashboard(self, period: Period, candidates: bool = False) -> Dashboard:
        """A page."""
        return self._page(period, candidates)

    def behind(self, number: Behind, offset: int = 0) -> tuple[TicketLine, ...]:
        """The centre's tickets behind a number."""
        params = {
            "begin": number.period.begin.isoformat(),
            "end": number.period.end.isoformat(),
            "dimension": number.dimension,
            "value": number.value,
            "measure": number.measure,
            "offset": str(offset),
        }
        rows = self._visit.ask("GET", "/statistics/tickets", params=params)
        try:
            return tuple(_line(row) for row in rows)
        except (KeyError, TypeError, ValueError) as error:
            raise UserError("CENTRE_GARBLED", url=self._visit.url, detail=error) from error

    def reports(self) -> tuple[MadeReport, ...]:
        """The reports of the centre."""
        try:
            return tuple(
                MadeReport(
                    str(row["kind"]),
                    date.fromisoformat(row["begin"]),
                    str(row["form"]),
                    int(row["size"]),
                )
                for row in self._visit.ask("GET", "/reports")
            )
        except (KeyError, TypeError, ValueError) as error:
            raise UserError("CENTRE_GARBLED", url=self._visit.url, detail="reports") from error

    def report(self, wanted: MadeReport) -> bytes:
        """One of them as a file."""
        return self._visit.fetch("GET", f"/reports/{wanted.kind}/{wanted.begin}/{wanted.form}")

    def close(self) -> None:
        """Hang up."""
        self._visit.close()

    def _page(self, period: Period | None, candidates: bool = False) -> Dashboard:
        params = {"candidates": "true"} if candidates else {}
        if period is not None:
            params |= {"begin": period.begin.isoformat(), "end": period.end.isoformat()}
        try:
            return dashboard_from_json(self._visit.ask("GET", "/statistics", params=params))
        except ValueError as error:
            raise UserError("CENTRE_GARBLED", url=self._visit.url, detail="statistics") from error


def _line(row: Mapping[str, Any]) -> TicketLine:
    return TicketLine(
        id=str(row["ticket_id"]),
        number=str(row["number"]),
        subject=str(row["subject"]),
        where=f"{row['district']}{row['street']}",
        unit=str(row["unit"]),
        stage=str(row["stage"]),
        overdue=bool(row["overdue"]),
    )
