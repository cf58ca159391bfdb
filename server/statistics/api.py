"""Statistics over HTTP: a page, and the tickets behind each of its numbers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from app.domain.city import CITY_TIME
from app.reports.kinds import Form, Kind
from app.statistics.page import Behind, Period
from app.statistics.queries import read_dashboard, tickets_behind
from app.statistics.wire import dashboard_to_json, groups_to_json
from app.sync.cases import CaseLine
from app.sync.protocol import Message
from server.asking import Database, Who
from server.life.showing import cases_of
from server.problems import Refused
from server.statistics.groups import groups, titled
from server.statistics.reporting import kept_reports, report_content

router = APIRouter(prefix="/api/v1")
DAYS = 30
_OFFICE = "application/vnd.openxmlformats-officedocument"
MEDIA = {
    Form.DOCX: f"{_OFFICE}.wordprocessingml.document",
    Form.XLSX: f"{_OFFICE}.spreadsheetml.sheet",
    Form.PDF: "application/pdf",
}
Offset = Annotated[int, Query(ge=0, le=100_000)]
Words = Annotated[str, Query(max_length=128, pattern=r"^[^\x00]*$")]


def _period(begin: date | None, end: date | None) -> Period:
    last = end or datetime.now(CITY_TIME).date()
    try:
        return Period(begin or last - timedelta(days=DAYS - 1), last)
    except (ValueError, OverflowError):
        raise Refused(422, "REQUEST_MALFORMED", "begin, end") from None


@router.get("/statistics")
def statistics(
    asker: Who,
    database: Database,
    begin: date | None = None,
    end: date | None = None,
    candidates: bool = False,
) -> dict[str, Any]:
    """A page, by default of the last 30 days."""
    period = _period(begin, end)
    with database.read() as connection:
        page = read_dashboard(connection, period, candidates=candidates)
    shown: dict[str, Any] = dashboard_to_json(titled(database, page, asker))
    return shown


@router.get("/statistics/groups")
def statistics_groups(
    asker: Who,
    database: Database,
    begin: date | None = None,
    end: date | None = None,
    offset: Offset = 0,
) -> list[dict[str, Any]]:
    """Near-duplicates: 50 groups of tickets about one matter at one place, largest first.

    The tickets of one are behind ``dimension=alike`` and its id.
    """
    found: list[dict[str, Any]] = groups_to_json(groups(database, asker, _period(begin, end), offset))
    return found


@router.get("/statistics/tickets")
def statistics_tickets(
    asker: Who,
    database: Database,
    begin: date | None = None,
    end: date | None = None,
    dimension: Words = "all",
    value: Words = "",
    measure: Words = "tickets",
    offset: Offset = 0,
) -> list[CaseLine]:
    """The tickets behind a number, newest first."""
    try:
        behind = Behind(_period(begin, end), dimension, value, measure)
    except ValueError:
        raise Refused(422, "REQUEST_MALFORMED", "dimension, measure") from None
    with database.read() as connection:
        names = tickets_behind(connection, behind, offset)
    return list(cases_of(database, asker, names))


class ReportShown(Message):
    """A report that the centre made; ``begin`` = first day of its period."""

    kind: Kind
    begin: date
    form: Form
    made_at: AwareDatetime
    size: int


@router.get("/reports")
def reports(asker: Who, database: Database) -> list[ReportShown]:
    """All reports, newest first."""
    del asker
    return [
        ReportShown(kind=one.kind, begin=one.begin, form=one.form, made_at=one.made_at, size=one.size)
        for one in kept_reports(database)
    ]


@router.get("/reports/{kind}/{begin}/{form}")
def one_report(kind: Kind, begin: date, form: Form, asker: Who, database: Database) -> Response:
    """A report as a file."""
    del asker
    content = report_content(database, kind, begin, form)
    if content is None:
        raise Refused(404, "NOT_FOUND")
    name = f'attachment; filename="{kind}-{begin}.{form}"'
    return Response(content, media_type=MEDIA[form], headers={"Content-Disposition": name})
