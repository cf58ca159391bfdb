"""Limits and due times: holidays, shifted working days, nights, unknown years."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dispatch.catalogue import CatalogueItem, LimitBasis, bundled_catalogue
from app.dispatch.limits import CHINA, due_at, is_working_day, limit_for
from app.domain.ticket import Handling, RequestType
from resources.errors import UserError

# Days off (first, last) and shifted working days as published by the State Council's office.
OFF = [
    ("2024-02-10", "2024-02-17"),
    ("2024-04-04", "2024-04-06"),
    ("2024-05-01", "2024-05-05"),
    ("2024-06-10", "2024-06-10"),
    ("2024-09-15", "2024-09-17"),
    ("2024-10-01", "2024-10-07"),
    ("2025-01-01", "2025-01-01"),
    ("2025-01-28", "2025-02-04"),
    ("2025-04-04", "2025-04-06"),
    ("2025-05-01", "2025-05-05"),
    ("2025-05-31", "2025-06-02"),
    ("2025-10-01", "2025-10-08"),
    ("2026-01-01", "2026-01-03"),
    ("2026-02-15", "2026-02-23"),
    ("2026-04-04", "2026-04-06"),
    ("2026-05-01", "2026-05-05"),
    ("2026-06-19", "2026-06-21"),
    ("2026-09-25", "2026-09-27"),
    ("2026-10-01", "2026-10-07"),
]
SHIFTED = [
    "2024-02-04",
    "2024-02-18",
    "2024-04-07",
    "2024-04-28",
    "2024-05-11",
    "2024-09-14",
    "2024-09-29",
    "2024-10-12",
    "2025-01-26",
    "2025-02-08",
    "2025-04-27",
    "2025-09-28",
    "2025-10-11",
    "2026-01-04",
    "2026-02-14",
    "2026-02-28",
    "2026-05-09",
    "2026-09-20",
    "2026-10-10",
]


def _item(name: str) -> CatalogueItem:
    return next(item for item in bundled_catalogue().items if item.name == name)


@pytest.mark.parametrize(("first", "last"), OFF)
def test_published_holidays_are_no_working_days(first: str, last: str) -> None:
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        assert not is_working_day(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize("day", SHIFTED)
def test_shifted_weekend_days_are_working_days(day: str) -> None:
    assert date.fromisoformat(day).weekday() >= 5
    assert is_working_day(date.fromisoformat(day))


def test_short_clocks_run_through_the_night_and_through_holidays() -> None:
    eve = datetime(2026, 2, 16, 23, 30, tzinfo=CHINA)
    for basis in LimitBasis:
        assert due_at(eve, 2, basis) == datetime(2026, 2, 17, 1, 30, tzinfo=CHINA)
        assert due_at(eve, 24, basis) == datetime(2026, 2, 17, 23, 30, tzinfo=CHINA)


def test_working_days_skip_the_national_holiday_and_count_the_shifted_saturday() -> None:
    start = datetime(2026, 9, 30, 15, 0, tzinfo=CHINA)
    # 8, 9, Saturday 10 (shifted), 12, 13, 14, 15 October are the seven working days.
    assert due_at(start, 168, LimitBasis.WORKING) == datetime(2026, 10, 15, 15, 0, tzinfo=CHINA)
    assert due_at(start, 168) == datetime(2026, 10, 7, 15, 0, tzinfo=CHINA)


def test_a_naive_start_is_chinese_time_and_other_zones_are_converted() -> None:
    naive = due_at(datetime(2026, 3, 2, 9, 0), 24)
    assert naive == due_at(datetime(2026, 3, 2, 1, 0, tzinfo=UTC), 24)
    assert naive.utcoffset() == timedelta(hours=8)


def test_a_year_without_a_schedule_is_refused_and_named() -> None:
    start = datetime(2031, 12, 30, 9, 0, tzinfo=CHINA)
    with pytest.raises(UserError) as caught:
        due_at(start, 168, LimitBasis.WORKING)
    assert caught.value.code == "CALENDAR_YEAR_UNKNOWN"
    assert "2031" in caught.value.message("zh")
    assert due_at(start, 168) == datetime(2032, 1, 6, 9, 0, tzinfo=CHINA)


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 1)),
    st.sampled_from([2, 24, 168, 360]),
)
def test_a_working_clock_never_runs_out_before_the_natural_one_nor_on_a_day_off(
    start: datetime, hours: int
) -> None:
    natural, working = due_at(start, hours), due_at(start, hours, LimitBasis.WORKING)
    assert natural <= working
    assert hours <= 24 or is_working_day(working.date())
    assert due_at(start + timedelta(minutes=1), hours, LimitBasis.WORKING) >= working


def test_limits_follow_danger_first_then_the_catalogue() -> None:
    lift, water = _item("老楼加装电梯"), _item("停水")
    complaint, dispatch = RequestType.COMPLAINT, Handling.DISPATCH
    assert limit_for(water, complaint, dispatch).hours == 24
    assert limit_for(lift, complaint, dispatch).hours == 360
    assert limit_for(lift, complaint, Handling.EMERGENCY).hours == 2
    assert limit_for(lift, complaint, Handling.DUAL_DISPATCH, ("群体",)).hours == 2
    assert limit_for(lift, RequestType.PRAISE, dispatch).hours is None
    assert limit_for(water, RequestType.QUESTION, Handling.ANSWER).hours is None
    assert limit_for(water, RequestType.QUESTION, Handling.OTHER_CHANNEL).hours is None
    assert limit_for(None, complaint, dispatch).hours == 168


def test_a_suggestion_gets_time_for_study_and_says_so() -> None:
    decision = limit_for(_item("公共厕所"), RequestType.SUGGESTION, Handling.DISPATCH)
    assert decision.hours == 360
    assert "建议" in decision.rule
    assert _item("公共厕所").code in decision.rule


def test_an_impossible_limit_is_a_bug_not_a_due_time() -> None:
    with pytest.raises(ValueError, match="0"):
        due_at(datetime(2026, 3, 2), 0)
