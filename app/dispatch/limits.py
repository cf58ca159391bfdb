"""Response limits 时限 and the moment they run out.

The clocks of 2 and 24 hours run through the night and through holidays. Longer limits count
natural days, or working days where the catalogue says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.dispatch.catalogue import CatalogueItem, LimitBasis
from app.domain.ticket import Handling, RequestType
from resources.errors import UserError
from resources.texts import text

CHINA = ZoneInfo("Asia/Shanghai")
DANGER_HOURS = 2
ORDINARY_HOURS = 168
COMPLEX_HOURS = 360
_AT_ONCE = (Handling.ANSWER, Handling.OTHER_CHANNEL)


@dataclass(frozen=True, slots=True)
class LimitDecision:
    """A limit in hours (``None`` = none applies), how it is counted, and the rule in words."""

    hours: int | None
    basis: LimitBasis
    rule: str


def limit_for(
    item: CatalogueItem | None,
    type: RequestType | None,
    handling: Handling | None,
    risks: Iterable[str] = (),
) -> LimitDecision:
    """The limit of a request. A danger or dual dispatch goes before the catalogue's own limit."""
    natural = LimitBasis.NATURAL
    if type is RequestType.PRAISE:
        return LimitDecision(None, natural, text("dispatch.limit_praise", "zh"))
    if handling in _AT_ONCE:
        return LimitDecision(None, natural, text("dispatch.limit_answered", "zh"))
    if handling is Handling.EMERGENCY:
        return LimitDecision(DANGER_HOURS, natural, text("dispatch.limit_emergency", "zh"))
    if handling is Handling.DUAL_DISPATCH:
        return LimitDecision(
            DANGER_HOURS, natural, text("dispatch.limit_dual", "zh", risks="、".join(risks))
        )
    if item is None:
        return LimitDecision(ORDINARY_HOURS, natural, text("dispatch.limit_unknown_item", "zh"))
    values = {"code": item.code, "path": "/".join(item.path), "hours": item.limit_hours}
    if item.limit_hours is None:
        return LimitDecision(None, natural, text("dispatch.limit_item_none", "zh", **values))
    if type is RequestType.SUGGESTION and item.limit_hours < COMPLEX_HOURS:
        rule = text("dispatch.limit_suggestion", "zh", **values)
        return LimitDecision(COMPLEX_HOURS, item.limit_basis, rule)
    return LimitDecision(
        item.limit_hours, item.limit_basis, text("dispatch.limit_item", "zh", **values)
    )


def due_at(start: datetime, hours: int, basis: LimitBasis = LimitBasis.NATURAL) -> datetime:
    """When a limit that starts at ``start`` runs out, in China's time.

    A naive ``start`` is China's time. Whole days on a working basis count from the day after the
    start and end at the same time of day. Raises ``UserError("CALENDAR_YEAR_UNKNOWN")`` for a year
    whose holidays are not published yet, and ``ValueError`` for hours below one.
    """
    if hours < 1:
        raise ValueError(hours)
    local = start.replace(tzinfo=CHINA) if start.tzinfo is None else start.astimezone(CHINA)
    if basis is LimitBasis.NATURAL or hours <= 24:
        return local + timedelta(hours=hours)
    due = local
    for _ in range(-(-hours // 24)):
        due = _next_working_day(due)
    return due


def _next_working_day(moment: datetime) -> datetime:
    moment += timedelta(days=1)
    while not is_working_day(moment.date()):
        moment += timedelta(days=1)
    return moment


def is_working_day(day: date) -> bool:
    """Whether offices work on a day, public holidays and shifted days 调休 considered.

    Raises ``UserError("CALENDAR_YEAR_UNKNOWN")`` for a year without a published schedule.
    """
    import chinese_calendar  # its years of holidays need not be read before the window opens

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError as error:
        raise UserError("CALENDAR_YEAR_UNKNOWN", year=day.year) from error
