"""Reports of the centre: made once for each period when it has ended, kept in the database."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app.domain.city import CITY_TIME
from app.reports.kinds import Form, Kind, last_whole
from app.statistics.page import Dashboard, Period
from app.statistics.queries import read_dashboard
from app.statistics.tables import tally
from resources.errors import UserError
from server.database import CentreDatabase, insert_into
from server.schema import report
from server.statistics.following import follow_tickets
from server.statistics.groups import titled

log = logging.getLogger(__name__)
LANGUAGE = "zh"
FROM_HOUR = 2
"""Of the city's clock: the evening's tickets have come by then."""
Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Kept:
    """A report that was made."""

    kind: Kind
    begin: date
    form: Form
    made_at: datetime
    size: int


def page_of(url: str, period: Period) -> Dashboard:
    """The page of a period, with candidates, out of a database; brings the sums up to date first."""
    with closing(CentreDatabase(url)) as database:
        follow_tickets(database)
        with database.read() as connection:
            page = read_dashboard(connection, period, candidates=True)
        return titled(database, page)


def make_due_reports(
    database: CentreDatabase,
    own: Path | None = None,
    now: datetime | None = None,
    stopped: Stop = lambda: False,
) -> int:
    """Make what has become due and is not there yet; how many files. Doing it twice changes nothing.

    A form that cannot be made (a PDF where no font knows Chinese) is left out and logged; a period
    without a ticket has no report.
    """
    moment = (now or datetime.now(UTC)).astimezone(CITY_TIME)
    made = 0
    if moment.hour < FROM_HOUR:
        return made
    for kind in Kind:
        period = last_whole(kind, moment.date())
        if stopped() or not _is_due(database, kind, period):
            continue
        with database.read() as connection:
            page = read_dashboard(connection, period, moment, candidates=True)
        page = titled(database, page)
        rows = [row for form in Form if (row := _make(kind, page, form, own, moment))]
        with database.write() as connection:
            connection.execute(insert_into(connection, report).on_conflict_do_nothing(), rows)
        made += len(rows)
    return made


def _is_due(database: CentreDatabase, kind: Kind, period: Period) -> bool:
    there = select(report.c.kind).where(report.c.kind == kind.value, report.c.begin == period.begin)
    held = tally.c.day.between(period.begin, period.end) & (tally.c.dimension == "all")
    with database.read() as connection:
        if connection.execute(there).first() is not None:
            return False
        return connection.execute(select(tally.c.day).where(held)).first() is not None


def _make(
    kind: Kind, page: Dashboard, form: Form, own: Path | None, now: datetime
) -> dict[str, Any] | None:
    """A row of the table."""
    from app.reports.writing import (
        write_report,
    )  # slow to load; a centre starts often

    with tempfile.TemporaryDirectory(prefix="jiesu-report-") as folder:
        try:
            (path,) = write_report(kind, page, Path(folder), LANGUAGE, [form], own, now)
        except UserError as error:
            log.warning("report %s %s: %s", kind, form, error)
            return None
        content = path.read_bytes()
    return {
        "kind": kind.value,
        "begin": page.period.begin,
        "form": form.value,
        "made_at": now,
        "content": content,
    }


def kept_reports(database: CentreDatabase) -> tuple[Kept, ...]:
    """All reports, newest first."""
    columns = report.c
    chosen = select(
        columns.kind, columns.begin, columns.form, columns.made_at, func.length(columns.content)
    ).order_by(columns.begin.desc(), columns.kind, columns.form)
    with database.read() as connection:
        return tuple(
            Kept(Kind(kind), begin, Form(form), made_at, size)
            for kind, begin, form, made_at, size in connection.execute(chosen)
        )


def report_content(database: CentreDatabase, kind: Kind, begin: date, form: Form) -> bytes | None:
    """A report as a file."""
    chosen = select(report.c.content).where(
        report.c.kind == kind.value, report.c.begin == begin, report.c.form == form.value
    )
    with database.read() as connection:
        content: bytes | None = connection.scalar(chosen)
    return content
