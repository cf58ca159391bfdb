"""The kinds of reports and the days each is about."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from app.statistics.page import Period


class Kind(StrEnum):
    """A report; ``ISSUES`` are the candidates for one issue a month 每月一题."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    ISSUES = "issues"

    @property
    def template(self) -> str:
        """The name of its templates, without suffix."""
        return "issues" if self is Kind.ISSUES else "report"


class Form(StrEnum):
    """A file format."""

    DOCX = "docx"
    XLSX = "xlsx"
    PDF = "pdf"


def period_with(kind: Kind, day: date) -> Period:
    """The day, the week from Monday, or the month that a day lies in."""
    if kind is Kind.DAILY:
        return Period(day, day)
    if kind is Kind.WEEKLY:
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + timedelta(days=6))
    first = day.replace(day=1)
    next_first = (first + timedelta(days=31)).replace(day=1)
    return Period(first, next_first - timedelta(days=1))


def last_whole(kind: Kind, today: date) -> Period:
    """The newest period that has ended before ``today``."""
    current = period_with(kind, today)
    return period_with(kind, current.begin - timedelta(days=1))
