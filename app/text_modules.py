"""Text modules 常用语: sentences an operator inserts with a few keys, their own and the team's.

A module may hold variables such as ``{place}``; what the ticket does not say yet is left as a gap.
The team's come with the program, or from the centre as the reference document ``modules``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

import yaml

from app.domain.city import city_time
from app.domain.ticket import TicketContent
from resources.errors import UserError
from resources.in_force import InForce
from resources.loader import read_yaml

if TYPE_CHECKING:
    from app.storage.seat_store import SeatStore

VARIABLES = (
    *("caller", "phone", "place", "subject", "category", "unit", "limit"),
    *("date", "time", "seat", "operator"),
)
GAP = "＿＿"
MOST, LONGEST_NAME, LONGEST_TEXT = 200, 40, 1000
KEPT_AS = "text_modules"
_VARIABLE = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True, slots=True)
class TextModule:
    """A named sentence. ``team`` = everybody has it, and nobody changes it at a seat."""

    name: str
    text: str
    team: bool = False


def read_modules(content: str) -> tuple[TextModule, ...]:
    """A team's modules from YAML, ``name: text``. Raises ``UserError("REFERENCE_RULES")``."""
    try:
        table = yaml.safe_load(content)
        if not isinstance(table, Mapping) or not table:
            raise ValueError("name: text")
        return tuple(_checked(name, text, team=True) for name, text in table.items())
    except (ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        detail = str(error).splitlines()[0] if str(error) else "YAML"
        raise UserError("REFERENCE_RULES", name="modules", detail=detail[:120]) from error


@cache
def _bundled() -> tuple[TextModule, ...]:
    return tuple(TextModule(name, text, True) for name, text in read_yaml("modules.yaml").items())


modules_in_force: InForce[tuple[TextModule, ...]] = InForce(_bundled)


def unknown_variables(text: str) -> tuple[str, ...]:
    """Names in braces that stand for nothing."""
    return tuple(name for name in _VARIABLE.findall(text) if name not in VARIABLES)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled in; one without a value becomes a gap to write into."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        return found.group() if name not in VARIABLES else values.get(name) or GAP

    return _VARIABLE.sub(value, text)


def values_of(content: TicketContent, now: datetime, **others: str) -> dict[str, str]:
    """What the variables stand for in a ticket."""
    local, category = city_time(now), content.category
    where = (content.district, content.street, content.place)
    return {
        "caller": content.caller.name or "",
        "phone": content.caller.phone or "",
        "place": "".join(part for part in where if part),
        "subject": content.subject or "",
        "category": category.path[-1] if category and category.path else "",
        "unit": content.units[0].name if content.units else "",
        "limit": _days(content.limit_hours),
        "date": f"{local.year} 年 {local.month} 月 {local.day} 日",
        "time": f"{local:%H:%M}",
        **others,
    }


class TextModules:
    """The modules of a seat. Methods that touch the store block."""

    def __init__(self, store: Callable[[], SeatStore]) -> None:
        self._store = store

    def all(self) -> tuple[TextModule, ...]:
        """The operator's own first, then the team's of other names."""
        own = self._own()
        names = {module.name for module in own}
        return (*own, *(module for module in modules_in_force() if module.name not in names))

    def keep(self, name: str, text: str) -> TextModule | None:
        """Keep a module of one's own, in place of one of the same name, which is returned.

        Raises ``UserError``.
        """
        try:
            module = _checked(name, text)
        except ValueError as error:
            raise UserError("TEXT_MODULE", detail=str(error)) from error
        own = self._own()
        others = [one for one in own if one.name != module.name]
        if len(others) >= MOST:
            raise UserError("TEXT_MODULE", detail=f"> {MOST}")
        self._write((*others, module))
        return next((one for one in own if one.name == module.name), None)

    def drop(self, name: str) -> tuple[TextModule, ...]:
        """Forget a module of one's own; what is left."""
        self._write(one for one in self._own() if one.name != name)
        return self.all()

    def _own(self) -> tuple[TextModule, ...]:
        try:
            rows = json.loads(self._store().kept(KEPT_AS) or "[]")
            return tuple(TextModule(str(row["name"]), str(row["text"])) for row in rows)
        except (ValueError, TypeError, KeyError):  # of a newer program
            return ()

    def _write(self, modules: Iterable[TextModule]) -> None:
        rows = [asdict(module) for module in sorted(modules, key=lambda one: one.name)]
        self._store().keep(KEPT_AS, json.dumps(rows, ensure_ascii=False))


def _checked(name: object, text: object, *, team: bool = False) -> TextModule:
    if not isinstance(name, str) or not isinstance(text, str):
        raise ValueError("name: text")
    name, text = name.strip(), text.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise ValueError(f"1 … {LONGEST_NAME}: {name[:20]}")
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise ValueError(f"{name}: 1 … {LONGEST_TEXT}")
    if strange := unknown_variables(text):
        raise ValueError(f"{name}: {{{strange[0]}}}")
    return TextModule(name, text, team)


def _days(hours: int | None) -> str:
    if not hours:
        return ""
    return f"{hours // 24} 天" if hours % 24 == 0 and hours >= 48 else f"{hours} 小时"
