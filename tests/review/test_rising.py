"""Rising issues are found where they were planted, and chance alone rarely looks like one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from app.dispatch.duplicates import TicketRow
from app.review.rising import Counts, count_days, find_rising, rows_behind
from bench.rising import flat, measure

MONDAY = date(2026, 3, 2)


def row(number: int, day: int, item: str = "010101", district: str = "昌平区") -> TicketRow:
    at = datetime(MONDAY.year, MONDAY.month, MONDAY.day, 9, tzinfo=UTC) + timedelta(days=day)
    return TicketRow(f"t{number}", at, item, district, None, None)


def test_planted_events_are_found_and_little_else() -> None:
    figures = measure(1)
    assert figures["precision"] >= 0.85
    assert figures["recall"] >= 0.75


@pytest.mark.parametrize("scatter", [1.0, 1.5])
def test_chance_alone_keeps_to_the_wanted_false_alarms(scatter: float) -> None:
    assert flat(scatter)["false_alarms_a_month"] <= 1.5


def test_weekdays_and_a_yearly_season_are_no_news() -> None:
    days = np.arange(2 * 364)
    usual = 20 * np.where(days % 7 >= 5, 0.3, 1.2) * np.where(days % 364 > 320, 3.0, 1.0)
    table = np.random.default_rng(4).poisson(np.tile(usual, (16, 1))).astype(float)
    counts = Counts(date(2025, 1, 6), tuple(("010501", str(n)) for n in range(16)), table)
    second_winter = date(2025, 1, 6) + timedelta(days=364 + 300)
    assert len(find_rising(counts, since=second_winter)) <= 1
    table[3, -1] *= 4
    assert find_rising(counts, since=second_winter)[0].stream == ("010501", "3")


def test_an_alarm_opens_the_tickets_behind_it() -> None:
    rows = [row(day, day) for day in range(0, 90, 3)]
    rows += [row(1000 + n, 90, item="01010102") for n in range(12)]
    rows += [row(2000, 90, item=None), row(2001, 91), row(2002, 90, district="朝阳区")]
    counts = count_days(rows, MONDAY + timedelta(days=90))
    assert counts.streams == (("010101", "昌平区"), ("010101", "朝阳区"))
    (episode,) = find_rising(counts)
    alarm = episode.strongest
    assert (alarm.stream, alarm.day) == (("010101", "昌平区"), MONDAY + timedelta(days=90))
    behind = rows_behind(alarm, rows)
    assert len(behind) == alarm.seen
    assert {one.id for one in behind} >= {f"t{1000 + n}" for n in range(12)}


def test_no_tickets_or_little_history_raise_no_alarm() -> None:
    assert find_rising(count_days([], MONDAY)) == ()
    few = [row(n, 3) for n in range(50)]
    assert find_rising(count_days(few, MONDAY + timedelta(days=3))) == ()
