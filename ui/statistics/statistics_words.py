"""Numbers, shares and bars of a page of statistics, written for the eye."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.ticket import RequestType
from app.statistics.labels import category_name, group_name, label, type_name
from app.statistics.page import (
    ENGINE,
    HEARD,
    MATTER,
    Behind,
    Candidate,
    Dashboard,
    Group,
    Heard,
    Issue,
    Slice,
    behind_issue,
    share,
)
from resources.texts import text
from ui.look.charts import Bar, Column

TYPE_ROLES = {
    RequestType.QUESTION.value: "accent",
    RequestType.HELP.value: "caller",
    RequestType.COMPLAINT.value: "warn",
    RequestType.REPORT.value: "bad",
    RequestType.SUGGESTION.value: "ok",
    RequestType.PRAISE.value: "operator",
}
"""Colours of the types of request; a legend names them."""

NUMBERS = (
    "tickets",
    "direct",
    "met",
    "overdue",
    "contacted",
    "solved",
    "satisfied",
    "gaps",
    "risky",
    "talk",
    "wrap",
    "heard",
)
"""The cards in their order: each is named before its number has come."""


@dataclass(frozen=True, slots=True)
class Number:
    """A card: its name, the number, a note, and what it opens."""

    name: str
    value: str
    note: str
    behind: Behind | None
    tone: str = "ink"


@dataclass(frozen=True, slots=True)
class Row:
    """A bar and what it opens."""

    bar: Bar
    behind: Behind | None


def _day(day: date) -> str:
    return f"{day.month}/{day.day}"


class PageWords:
    """Says a page in a language."""

    def __init__(self, page: Dashboard, language: str) -> None:
        self._page = page
        self._language = language

    def say(self, key: str, **values: object) -> str:
        """A sentence of the page."""
        return text(f"statistics.{key}", self._language, **values)

    def percent(self, value: float | None) -> str:
        """``0.934`` as ``93.4 %``."""
        return self.say("none") if value is None else f"{100 * value:.1f}%"

    def duration(self, seconds: float) -> str:
        """A mean time."""
        whole = round(seconds)
        if whole < 100:
            return self.say("seconds", n=whole)
        return self.say("minutes", m=whole // 60, s=f"{whole % 60:02}")

    def numbers(self) -> tuple[Number, ...]:
        """The cards."""
        page, sums = self._page, self._page.total.sums
        right = share(sums, "returned", "dispatched")
        closed = sums["met"] + sums["late"]
        return (
            self._number("tickets", f"{sums['tickets']:,}", self._change(page), "tickets"),
            self._number(
                "direct",
                self.percent(None if right is None else 1 - right),
                self.say("note_returned", n=f"{sums['returned']:,}"),
                "returned",
            ),
            self._number(
                "met",
                self.percent(sums["met"] / closed if closed else None),
                self.say("note_late", n=f"{sums['late']:,}"),
                "late",
            ),
            self._number(
                "overdue", f"{page.overdue:,}", self.say("note_now"), "overdue", "bad", page.overdue
            ),
            *(
                self._number(
                    name,
                    self.percent(share(sums, name, "counted")),
                    self.say("note_counted", n=f"{sums['counted']:,}"),
                    opened,
                )
                for name, opened in (
                    ("contacted", "counted"),
                    ("solved", "unsolved"),
                    ("satisfied", "unsatisfied"),
                )
            ),
            self._number(
                "gaps",
                f"{sums['gaps']:,}",
                self.say("note_questions", n=f"{sums['questions']:,}"),
                "gaps",
            ),
            self._number(
                "risky",
                f"{sums['risky']:,}",
                self.say("note_share", share=self.percent(share(sums, "risky", "tickets"))),
                "risky",
                "bad",
                sums["risky"],
            ),
            *self._times(sums),
            self._heard(),
        )

    def days(self) -> tuple[Column, ...]:
        """A column for each day."""
        return tuple(
            Column(
                f"{day.month}/{day.day}",
                ((sums["tickets"], "accent"),),
                self.say("column_day", day=f"{day:%Y-%m-%d}", n=sums["tickets"]),
            )
            for day, sums in self._page.days
        )

    def hours(self) -> tuple[Column, ...]:
        """A column for each hour, its parts by type."""
        parts: dict[int, dict[str, int]] = {hour: {} for hour in range(24)}
        for one in self._page.hours:
            mark, _, kind = one.value.partition("|")
            parts[int(mark)][kind] = one.sums["tickets"]
        columns = []
        for hour, kinds in parts.items():
            stacked = tuple((kinds.get(kind, 0), role) for kind, role in TYPE_ROLES.items())
            rest = sum(count for kind, count in kinds.items() if kind not in TYPE_ROLES)
            whole = self.say("column_hour", hour=f"{hour:02}", n=sum(kinds.values()))
            told = [f"{type_name(kind, self._language)} {kinds[kind]}" for kind in kinds]
            names = tuple(
                f"{hour:02}:00 {type_name(kind, self._language)} {kinds.get(kind, 0)}"
                for kind in (*TYPE_ROLES, "")
            )
            parts_of_hour = (*stacked, (rest, "faint"))
            columns.append(Column(f"{hour:02}", parts_of_hour, "，".join([whole, *told]), names))
        return tuple(columns)

    def part_of_hour(self, hour: int, part: int) -> tuple[str, Behind]:
        """A type of request within an hour: its name, and what it opens."""
        kind = (*TYPE_ROLES, "")[part]
        name = f"{hour:02}:00 {type_name(kind, self._language)}"
        return name, Behind(self._page.period, "hour", f"{hour}|{kind}")

    def legend(self) -> tuple[tuple[str, str], ...]:
        """(name, colour role) of the types."""
        return tuple((type_name(kind, self._language), role) for kind, role in TYPE_ROLES.items())

    def lists(self) -> Mapping[str, tuple[Row, ...]]:
        """Every list of bars by its name."""
        page = self._page
        tickets = page.total.sums["tickets"] or 1
        return {
            "issues": tuple(self._issue(one) for one in page.issues),
            "category": tuple(self._volume("category", one) for one in page.categories),
            "street": tuple(self._volume("street", one) for one in page.streets),
            "types": tuple(
                self._volume("type", one, tickets, TYPE_ROLES.get(one.value, "faint"))
                for one in page.types
            ),
            "returned": tuple(self._returned(one) for one in page.returned_units),
            "rates": tuple(self._rates(one) for one in page.units),
            "gaps": tuple(self._gap(one) for one in page.gaps),
            "risks": tuple(self._volume("risk", one, role="bad") for one in page.risks),
            "district": tuple(self._volume("district", one) for one in page.districts[:10]),
            "seats": tuple(self._seat(one) for one in page.seats),
            "heard": tuple(self._recognition(one) for one in page.heard),
            "groups": tuple(self._group(one) for one in page.groups),
            "candidates": tuple(self._candidate(one) for one in page.candidates),
        }

    # -- inside ----------------------------------------------------------------------------------

    def _number(
        self, name: str, value: str, note: str, measure: str, tone: str = "ink", count: int = 0
    ) -> Number:
        behind = Behind(self._page.period, measure=measure)
        return Number(self.say(f"number_{name}"), value, note, behind, tone if count else "ink")

    def _times(self, sums: Mapping[str, int]) -> tuple[Number, ...]:
        timed = sums["timed"]
        note = self.say("note_timed", n=f"{timed:,}")
        return tuple(
            self._number(
                name,
                self.duration(sums[f"{name}_s"] / timed) if timed else self.say("none"),
                note,
                "timed",
            )
            for name in ("talk", "wrap")
        )

    def _heard(self) -> Number:
        calls = sum(one.calls for one in self._page.heard)
        characters = sum(one.characters for one in self._page.heard)
        errors = sum(one.errors for one in self._page.heard)
        rate = self.percent(errors / characters if characters else None)
        behind = Behind(self._page.period, measure=HEARD)
        return Number(self.say("number_heard"), rate, self.say("note_heard", n=calls), behind)

    def _recognition(self, one: Heard) -> Row:
        note = self.say("heard_note", n=one.calls, characters=f"{one.characters:,}")
        words = self.say("heard_words", rate=self.percent(one.error_rate))
        bar = Bar(one.engine, one.error_rate, words, note, "caller", 1.0)
        return Row(bar, Behind(self._page.period, ENGINE, one.engine, HEARD))

    def _group(self, one: Group) -> Row:
        days = self.say("group_days", begin=_day(one.begin), end=_day(one.end))
        note = _day(one.begin) if one.begin == one.end else days
        count = one.sums["tickets"]
        name = group_name(one, self._language)
        bar = Bar(name, count, self.say("group_words", n=f"{count:,}"), note, "warn")
        return Row(bar, Behind(self._page.period, "alike", one.id))

    def _candidate(self, one: Candidate) -> Row:
        unsolved = self.percent(one.unsolved / one.counted if one.counted else None)
        note = self.say("candidate_note", districts=one.districts, unsolved=unsolved)
        words = self.say("group_words", n=f"{one.tickets:,}")
        bar = Bar(category_name(one.matter), one.weight, words, note, "operator")
        return Row(bar, Behind(self._page.period, MATTER, one.matter))

    def _change(self, page: Dashboard) -> str:
        return self.say(
            "note_before", change=self.change(page.total.sums["tickets"], page.before["tickets"])
        )

    def change(self, now: int, before: int) -> str:
        """How much more or less than before."""
        if not before:
            return self.say("none")
        by = now / before - 1
        return self.say("change_up" if by >= 0 else "change_down", share=f"{100 * abs(by):.0f}%")

    def _volume(
        self, dimension: str, one: Slice, whole: float | None = None, role: str = "accent"
    ) -> Row:
        count = one.sums["tickets"]
        name = label(dimension, one.value, self._language)
        note = self.change(count, one.before) if one.before else ""
        bar = Bar(name, count, f"{count:,}", note, role, whole)
        return Row(bar, Behind(self._page.period, dimension, one.value))

    def _issue(self, one: Issue) -> Row:
        note = self.say("issue_usual", window=one.window, expected=f"{one.expected:.1f}")
        words = self.say("issue", seen=one.seen)
        name = label("stream", one.stream, self._language)
        return Row(Bar(name, one.seen, words, note, "warn"), behind_issue(one))

    def _returned(self, one: Slice) -> Row:
        part = self.percent(one.share("returned", "dispatched"))
        words = self.say("returned_words", n=one.sums["returned"])
        note = self.say("returned_note", share=part)
        bar = Bar(one.value, one.sums["returned"], words, note, "warn")
        return Row(bar, Behind(self._page.period, "unit", one.value, "returned"))

    def _rates(self, one: Slice) -> Row:
        three = {
            name: self.percent(one.share(name, "counted"))
            for name in ("contacted", "solved", "satisfied")
        }
        value = one.share("satisfied", "counted") or 0.0
        bar = Bar(one.value, value, self.say("rate_words", **three), "", "ok", 1.0)
        return Row(bar, Behind(self._page.period, "unit", one.value, "unsatisfied"))

    def _gap(self, one: Slice) -> Row:
        name = label("category", one.value, self._language)
        words = self.say("gap_words", n=one.sums["gaps"])
        bar = Bar(name, one.sums["gaps"], words, "", "caller")
        return Row(bar, Behind(self._page.period, "category", one.value, "gaps"))

    def _seat(self, one: Slice) -> Row:
        timed = one.sums["timed"]
        talk, wrap = (self.duration(one.sums[name] / timed) for name in ("talk_s", "wrap_s"))
        words = self.say("seat_words", talk=talk, wrap=wrap)
        bar = Bar(one.value, one.sums["talk_s"] / timed, words, "", "operator")
        return Row(bar, Behind(self._page.period, "seat", one.value, "timed"))
