"""The same matter at the same place is shown; many alike in one area raise a surge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.dispatch.duplicates import TicketRow, find_duplicates, find_surges, row_of
from app.domain.ticket import Ticket
from app.intake.analyst import RuleAnalyst
from app.intake.dialogue import parse_dialogue

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
NEW = TicketRow("new", NOW, "050101", "朝阳区", "望京街道", "花家地西里3号楼", "楼下烧烤店油烟很大")
EARLIER = replace(
    NEW, id="old", at=NOW - timedelta(days=9), item="05010102", words="烧烤店油烟大，呛人"
)


def test_the_same_matter_at_the_same_place_is_shown_with_its_difference() -> None:
    (found,) = find_duplicates(NEW, [EARLIER])
    assert (found.row.id, found.differences) == ("old", ("item",))
    assert find_duplicates(NEW, [replace(EARLIER, place="花家地西里")])[0].differences == (
        "item",
        "place",
    )


def test_other_matters_places_and_times_are_not_the_same() -> None:
    others = [
        replace(EARLIER, item="010101"),
        replace(EARLIER, district="海淀区"),
        replace(EARLIER, place="望京西园四区"),
        replace(EARLIER, at=NOW - timedelta(days=31)),
        replace(EARLIER, at=NOW + timedelta(minutes=1)),
        replace(EARLIER, item=None),
        NEW,
    ]
    assert find_duplicates(NEW, others) == ()


def test_the_likest_comes_first_and_no_more_than_asked_for() -> None:
    near = replace(EARLIER, id="near", words=NEW.words)
    many = [replace(EARLIER, id=f"m{number}") for number in range(9)]
    found = find_duplicates(NEW, [*many, near], limit=3)
    assert found[0].row.id == "near"
    assert len(found) == 3


def test_tickets_that_the_analyst_wrote_find_each_other() -> None:
    analyst = RuleAnalyst()
    rows = []
    for name, words in (
        ("a", "caller: 昌平区回龙观街道龙泽苑东区停水了，整个小区都没有水"),
        ("b", "caller: 我家没水了，龙泽苑东区，昌平区回龙观街道的，从早上停水到现在"),
    ):
        content = analyst.analyse(parse_dialogue(words)).tickets[0]
        at = NOW - timedelta(hours=1) if name == "a" else NOW
        rows.append(row_of(Ticket(name, "c", "s", content, at)))
    assert [one.row.id for one in find_duplicates(rows[1], rows)] == ["a"]


def test_five_alike_in_a_street_are_a_surge_and_four_are_none() -> None:
    rows = [
        replace(NEW, id=str(n), item="010101", at=NOW - timedelta(minutes=10 * n)) for n in range(5)
    ]
    (surge,) = find_surges(rows, NOW)
    assert (surge.district, surge.street, surge.matter) == ("朝阳区", "望京街道", "010101")
    assert [row.id for row in surge.rows] == ["4", "3", "2", "1", "0"]
    assert find_surges(rows[1:], NOW) == ()
    assert find_surges([replace(row, at=NOW - timedelta(hours=3)) for row in rows], NOW) == ()


def test_streets_that_are_each_too_few_are_a_surge_of_their_district() -> None:
    rows = [replace(NEW, id=str(n), street=f"街道{n}", at=NOW - timedelta(minutes=n)) for n in range(5)]
    (surge,) = find_surges(rows, NOW)
    assert (surge.street, len(surge.rows)) == (None, 5)


ROWS = st.lists(
    st.builds(
        TicketRow,
        st.text(max_size=3),
        st.datetimes(timezones=st.just(UTC)),
        st.none() | st.sampled_from(["010101", "01010102", "x", ""]),
        st.none() | st.sampled_from(["朝阳区", "海淀区", ""]),
        st.none() | st.text(max_size=4),
        st.none() | st.text(max_size=4),
        st.text(max_size=9),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(ROWS)
def test_any_rows_give_likeness_between_nought_and_one(rows: list[TicketRow]) -> None:
    for row in rows:
        for found in find_duplicates(row, rows):
            assert 0 < found.likeness <= 1
    for surge in find_surges(rows, NOW, count=1):
        assert surge.rows
