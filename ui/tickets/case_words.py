"""A ticket's life in words: stages, steps, and the timeline as rich text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from app.domain.city import city_time
from resources.texts import text
from ui.look.language import Language
from ui.look.style import Roles
from ui.look.wording import DOT

if TYPE_CHECKING:
    from app.sync.cases import CaseEvent


def queue_word(language: Language, key: str, **values: object) -> str:
    """A sentence of the page of queues."""
    return text(f"queues.{key}", language.code, **values)


def life_word(language: Language, kind: str, name: str) -> str:
    """A stage, step or reason, as units read it too; the bare name where there is no word."""
    try:
        return text(f"centre.{kind}_{name}", language.code)
    except KeyError:
        return name


def day_and_time(moment: datetime) -> str:
    """``11-22 06:05`` by the city's clock."""
    return f"{city_time(moment):%m-%d %H:%M}"


def timeline_html(events: Sequence[CaseEvent], language: Language, roles: Roles) -> str:
    """Everything that happened to a ticket, oldest first."""
    lines = []
    for event in events:
        who = DOT.join(part for part in (event.who, event.unit) if part and part != "centre")
        head = (
            f"<b>{escape(life_word(language, 'step', event.step))}</b>"
            f"&nbsp;&nbsp;<span style='color:{roles.muted}'>{day_and_time(event.at)}"
            f"&nbsp;&nbsp;{escape(who)}</span>"
        )
        said = "".join(f"<br><span>{escape(line)}</span>" for line in _details(event.detail, language))
        lines.append(f"<p style='margin:0 0 8px 4px'>{head}{said}</p>")
    return "".join(lines)


def _details(detail: dict[str, Any], language: Language) -> list[str]:
    lines = []
    if detail.get("reached") is False:
        lines.append(DOT.join(_in_vain(detail, language)))
    if "solved" in detail:
        answers = [
            f"{queue_word(language, name)} {queue_word(language, 'yes' if detail.get(name) else 'no')}"
            for name in ("contacted", "solved")
        ]
        if detail.get("satisfaction"):
            answers.append(queue_word(language, str(detail["satisfaction"])))
        lines.append(DOT.join(answers))
    if detail.get("number"):  # of the ticket joined, or of the one that joined
        lines.append(str(detail["number"]))
    if detail.get("reason"):
        lines.append(life_word(language, "reason", str(detail["reason"])))
    if detail.get("suggested"):
        lines.append(queue_word(language, "suggested_unit", unit=detail["suggested"]))
    if detail.get("assistants"):
        names = "、".join(map(str, detail["assistants"]))
        lines.append(queue_word(language, "assistants", names=names))
    if detail.get("until"):
        until = day_and_time(datetime.fromisoformat(str(detail["until"])))
        lines.append(queue_word(language, "extended_to", moment=until))
    if detail.get("overdue"):
        lines.append(queue_word(language, "escalated", level=detail.get("level", 1)))
    for key in ("fields", "conflicts"):
        if detail.get(key):
            names = "、".join(field_word(language, str(name)) for name in detail[key])
            lines.append(queue_word(language, f"amended_{key}", names=names))
    if detail.get("words"):
        lines.append(str(detail["words"]))
    return lines


def _in_vain(detail: dict[str, Any], language: Language) -> list[str]:
    """A callback that did not reach the caller, and when to try again."""
    words = [queue_word(language, "not_reached")]
    if detail.get("tried"):
        values = {"tried": detail["tried"], "tries": detail.get("tries", "")}
        words.append(queue_word(language, "tried", **values))
    if detail.get("next_try"):
        at = day_and_time(datetime.fromisoformat(str(detail["next_try"])))
        words.append(queue_word(language, "next_try", at=at))
    return words


def field_word(language: Language, name: str) -> str:
    """The name of a ticket's field."""
    try:
        return language.say(f"field_{name.replace('.', '_')}")
    except KeyError:
        return name
