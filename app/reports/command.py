"""The command `report`: a report of a seat's tickets or of a centre, or copies of the templates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from app.domain.city import CITY_TIME
from app.reports.kinds import Form, Kind, last_whole, period_with
from app.reports.writing import copy_templates, write_report
from app.statistics.page import Dashboard, Period
from app.terminal import EXIT_OK, Terminal
from resources.errors import UserError

Ask = Callable[[Period], Dashboard]
"""Gives the page of a period, with candidates."""
COPY = "templates"


def report(
    terminal: Terminal,
    kind: str,
    day: str | None,
    out: Path,
    forms: Sequence[str],
    own: Path,
    ask: Ask,
) -> int:
    """Write a report: of the period with ``day``, else of the last whole one."""
    if kind == COPY:
        written = copy_templates(own)
    else:
        wanted = Kind(kind)
        today = datetime.now(CITY_TIME).date()
        try:
            period = period_with(wanted, date.fromisoformat(day)) if day else last_whole(wanted, today)
        except (ValueError, OverflowError):
            raise UserError("REPORT_DAY", day=day) from None
        page = ask(period)
        chosen = [Form(form) for form in forms] or list(Form)
        written = write_report(wanted, page, out, terminal.language, chosen, own)
    if terminal.json:
        terminal.print_json({"written": [str(path) for path in written]})
    else:
        terminal.show(str(path) for path in written)
    return EXIT_OK
