"""How times, places, phones and other values are written for the eye."""

from __future__ import annotations

from datetime import datetime

from app.domain.city import city_time
from app.domain.ticket import LINE_RULE, Category, TicketContent
from ui.look.language import Language

DOT = " · "


def clock(seconds: float) -> str:
    """``137`` → ``02:17``; from an hour on ``1:02:17``."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes:02}:{whole % 60:02}"


def masked(line: str | None) -> str:
    """A phone number with its middle hidden: ``138 **** 8001``."""
    digits = "".join(sign for sign in line or "" if sign.isdigit())
    if len(digits) < 7:
        return "*" * len(digits)
    return f"{digits[:3]} **** {digits[-4:]}"


def region(district: str | None, street: str | None) -> str:
    """``朝阳区 · 望京街道``."""
    return DOT.join(part for part in (district, street) if part)


def category(value: Category | None) -> str:
    """``生态环境 / 大气污染 / 餐饮油烟``."""
    return " / ".join(value.path) if value else ""


def place(content: TicketContent) -> str:
    """District, street and place in one line."""
    return DOT.join(part for part in (content.district, content.street, content.place) if part)


def limit(hours: int, language: Language) -> str:
    """A response limit in hours or whole days."""
    if hours % 24 == 0 and hours >= 72:
        return language.say("limit_days", n=hours // 24)
    return language.say("limit_hours", n=hours)


def due(moment: datetime | None, language: Language) -> str:
    """When a limit runs out; empty without a limit."""
    if moment is None:
        return ""
    return language.say("due_by", month=moment.month, day=moment.day, time=f"{moment:%H:%M}")


def moment(value: datetime) -> str:
    """The city's time of day with seconds."""
    return f"{city_time(value):%H:%M:%S}"


def shortened(text: str, longest: int) -> str:
    """A text of at most ``longest`` characters, … at its end when something is left out."""
    return text if len(text) <= longest else text[:longest] + "…"


def rule_words(rule: str, language: Language) -> str:
    """A rule as the operator may read it; a bare rule name says nothing and is left out."""
    if rule.startswith("catalogue."):
        return language.say("rule_catalogue", code=rule.removeprefix("catalogue."))
    if rule == LINE_RULE:
        return language.say("rule_line")
    return "" if rule.isascii() else rule
