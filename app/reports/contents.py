"""What a report says, as plain words and numbers for a template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain.city import CITY_TIME
from app.reports.kinds import Kind
from app.statistics.labels import category_name, group_name, label, where_of
from app.statistics.page import Candidate, Dashboard, Group, Slice, share
from resources.texts import text

Contents = Mapping[str, Any]
"""Name → words, or a list of rows, each of names and words. A template names what it shows."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def contents_of(kind: Kind, page: Dashboard, language: str, now: datetime | None = None) -> Contents:
    """Everything that templates may name; see docs/statistics.md."""
    writer = _Writer(page, language)
    made = (now or datetime.now(CITY_TIME)).astimezone(CITY_TIME)
    period = page.period
    days = f"{period.begin}" if period.days == 1 else f"{period.begin} – {period.end}"
    by_day = [{"name": f"{day}", "tickets": sums["tickets"]} for day, sums in page.days]
    by_hour = writer.hours()
    one_month = period.begin.replace(day=1) == period.end.replace(day=1)
    short = [
        {**row, "name": str(day.day) if one_month else f"{day:%m-%d}"}
        for row, (day, _) in zip(by_day, page.days, strict=True)
    ]
    return {
        "title": writer.say(f"report_{kind}"),
        "period": days,
        "made": writer.say("report_made_at", at=f"{made:%Y-%m-%d %H:%M}"),
        "summary": writer.summary(),
        "numbers": writer.numbers(),
        "days": by_day,
        "hours": by_hour,
        "volume": by_hour if period.days == 1 else short,
        "types": writer.volumes("type", page.types),
        "categories": writer.volumes("category", page.categories),
        "streets": writer.volumes("street", page.streets),
        "districts": writer.volumes("district", page.districts),
        "risks": writer.volumes("risk", page.risks),
        "issues": writer.issues(),
        "returned": writer.returned(),
        "rates": writer.rates(),
        "gaps": writer.gaps(),
        "candidates": writer.candidates(),
        "groups": writer.groups(page.groups),
        **{f"h_{name}": writer.say(f"report_h_{name}") for name in HEADINGS},
        "charts": writer.say("report_charts"),
        "nothing": writer.say("report_none"),
    }


HEADINGS = (
    *("numbers", "types", "categories", "streets", "districts", "risks", "issues", "returned"),
    *("rates", "gaps", "candidates", "name", "value", "note", "tickets", "change", "seen"),
    *("usual", "unit", "share", "contacted", "solved", "satisfied", "spread", "unsolved", "rank"),
    *("why", "counted", "groups", "days", "volume"),
)
"""Headings, so that a template serves both languages."""


def clean(words: str) -> str:
    """Without what no document may hold."""
    return _CONTROL.sub(" ", words)


class _Writer:
    def __init__(self, page: Dashboard, language: str) -> None:
        self._page = page
        self._language = language

    def say(self, key: str, **values: object) -> str:
        return text(f"statistics.{key}", self._language, **values)

    def percent(self, value: float | None) -> str:
        return self.say("none") if value is None else f"{100 * value:.1f}%"

    def change(self, now: int, before: int) -> str:
        if not before:
            return self.say("none")
        by = now / before - 1
        return self.say("change_up" if by >= 0 else "change_down", share=f"{100 * abs(by):.0f}%")

    def _met(self) -> float | None:
        sums = self._page.total.sums
        closed = sums["met"] + sums["late"]
        return sums["met"] / closed if closed else None

    def summary(self) -> str:
        sums, before = self._page.total.sums, self._page.before
        top = self._page.categories[:1]
        return self.say(
            "report_summary",
            tickets=f"{sums['tickets']:,}",
            change=self.change(sums["tickets"], before["tickets"]),
            dispatched=f"{sums['dispatched']:,}",
            met=self.percent(self._met()),
            solved=self.percent(share(sums, "solved", "counted")),
            satisfied=self.percent(share(sums, "satisfied", "counted")),
            top=category_name(top[0].value) if top else self.say("none"),
            issues=len(self._page.issues),
        )

    def numbers(self) -> list[dict[str, str]]:
        page, sums = self._page, self._page.total.sums
        returned = share(sums, "returned", "dispatched")
        timed = sums["timed"]
        rows = [
            ("tickets", f"{sums['tickets']:,}", self._before()),
            (
                "direct",
                self.percent(None if returned is None else 1 - returned),
                self.say("note_returned", n=sums["returned"]),
            ),
            ("met", self.percent(self._met()), self.say("note_late", n=sums["late"])),
            ("overdue", f"{page.overdue:,}", self.say("note_now")),
            *(
                (
                    name,
                    self.percent(share(sums, name, "counted")),
                    self.say("note_counted", n=sums["counted"]),
                )
                for name in ("contacted", "solved", "satisfied")
            ),
            ("gaps", f"{sums['gaps']:,}", self.say("note_questions", n=sums["questions"])),
            (
                "risky",
                f"{sums['risky']:,}",
                self.say("note_share", share=self.percent(share(sums, "risky", "tickets"))),
            ),
            *(
                (
                    name,
                    self.say("seconds", n=round(sums[f"{name}_s"] / timed))
                    if timed
                    else self.say("none"),
                    self.say("note_timed", n=timed),
                )
                for name in ("talk", "wrap")
            ),
        ]
        return [
            {"name": self.say(f"number_{name}"), "value": value, "note": note}
            for name, value, note in rows
        ]

    def _before(self) -> str:
        now, before = self._page.total.sums["tickets"], self._page.before["tickets"]
        return self.say("note_before", change=self.change(now, before))

    def hours(self) -> list[dict[str, Any]]:
        """Tickets of each hour of the day, of all types together."""
        tickets = [0] * 24
        for one in self._page.hours:
            tickets[int(one.value.partition("|")[0])] += one.sums["tickets"]
        return [{"name": f"{hour}", "tickets": n} for hour, n in enumerate(tickets)]

    def volumes(self, dimension: str, slices: tuple[Slice, ...]) -> list[dict[str, Any]]:
        most = max((one.sums["tickets"] for one in slices), default=1)
        return [
            {
                "name": clean(label(dimension, one.value, self._language)),
                "tickets": one.sums["tickets"],
                "change": self.change(one.sums["tickets"], one.before),
                "bar": max(1, round(100 * one.sums["tickets"] / most)),
            }
            for one in slices
        ]

    def issues(self) -> list[dict[str, Any]]:
        return [
            {
                "name": clean(label("stream", one.stream, self._language)),
                "seen": one.seen,
                "usual": self.say("issue_usual", window=one.window, expected=f"{one.expected:.1f}"),
                "days": f"{one.begin} – {one.end}",
            }
            for one in self._page.issues
        ]

    def returned(self) -> list[dict[str, Any]]:
        return [
            {
                "name": clean(one.value),
                "returned": one.sums["returned"],
                "share": self.percent(one.share("returned", "dispatched")),
            }
            for one in self._page.returned_units
        ]

    def rates(self) -> list[dict[str, Any]]:
        names = ("contacted", "solved", "satisfied")
        return [
            {"name": clean(one.value), "counted": one.sums["counted"]}
            | {name: self.percent(one.share(name, "counted")) for name in names}
            for one in self._page.units
        ]

    def gaps(self) -> list[dict[str, Any]]:
        return [{"name": category_name(one.value), "gaps": one.sums["gaps"]} for one in self._page.gaps]

    def candidates(self) -> list[dict[str, Any]]:
        rows = []
        for number, one in enumerate(self._page.candidates, 1):
            unsolved = one.unsolved / one.counted if one.counted else None
            rows.append(
                {
                    "rank": number,
                    "name": category_name(one.matter),
                    "tickets": one.tickets,
                    "change": self.change(one.tickets, one.before),
                    "districts": one.districts,
                    "unsolved": self.percent(unsolved),
                    "returned": one.returned,
                    "why": self._why(one, self.percent(unsolved)),
                }
            )
        return rows

    def _why(self, one: Candidate, unsolved: str) -> str:
        why = self.say("report_why", tickets=one.tickets, districts=one.districts, unsolved=unsolved)
        if not one.alike:
            return why
        largest = [
            self.say("report_group", where=clean(where_of(group)), n=group.sums["tickets"])
            for group in one.alike
        ]
        return why + self.say("report_why_groups", groups=self.say("report_and").join(largest))

    def groups(self, groups: tuple[Group, ...]) -> list[dict[str, Any]]:
        """Near-duplicates with their days."""
        return [
            {
                "name": clean(group_name(one, self._language)),
                "tickets": one.sums["tickets"],
                "days": f"{one.begin}" if one.begin == one.end else f"{one.begin} – {one.end}",
                "unsolved": self.percent(share(one.sums, "unsolved", "counted")),
            }
            for one in groups
        ]
