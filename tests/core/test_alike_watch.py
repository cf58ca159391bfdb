"""Tickets alike are told while a draft is written, once, and a caller can join an earlier one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.alike import AlikeWatch, joined, parted
from app.dispatch.matters import SeatMatters
from app.domain.draft import Draft
from app.domain.ticket import Citation, Ticket, TicketContent, provisional_number
from app.events import AlikeFound, DraftChanged, Event, TicketSubmitted
from app.intake.analyst import RuleAnalyst
from app.intake.dialogue import parse_dialogue
from app.sync.changes import MattersTold, MatterTold

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WORDS = "朝阳区望京街道花家地西里楼下的烧烤店每天晚上油烟很大，孩子一直咳嗽。"


def content(words: str = WORDS) -> TicketContent:
    return RuleAnalyst().analyse(parse_dialogue(words)).tickets[0]


def ticket(name: str, ago: timedelta, words: str = WORDS) -> Ticket:
    return Ticket(name, "c-" + name, "seat-1", content(words), NOW - ago)


def watch() -> tuple[AlikeWatch, list[Event]]:
    told: list[Event] = []
    return AlikeWatch(told.append, now=lambda: NOW), told


def test_the_same_matter_is_told_once_and_taken_back_when_it_is_another() -> None:
    one, told = watch()
    one.on_event(TicketSubmitted(ticket("t1", timedelta(days=2))))
    draft = Draft("d1", "c1").suggest(content())
    one.on_event(DraftChanged(draft))
    one.on_event(DraftChanged(draft))
    one.on_event(DraftChanged(draft, saved_at=NOW))
    (found,) = told
    assert isinstance(found, AlikeFound)
    assert [row.id for row in found.tickets] == ["t1"]
    assert found.surge == 0
    one.on_event(DraftChanged(Draft("d1", "c1").suggest(content("海淀区上地街道的路灯坏了三天。"))))
    assert told[1:] == [AlikeFound("d1")]


def test_many_alike_in_one_area_raise_a_surge() -> None:
    one, told = watch()
    homes = ("花家地西里", "花家地北里", "望京西园四区", "南湖东园", "南湖西园")
    one.remember(
        ticket(f"t{n}", timedelta(minutes=9 * n), f"朝阳区望京街道{home}停水了，什么时候来水？")
        for n, home in enumerate(homes, 1)
    )
    one.on_event(DraftChanged(Draft("d", "c").suggest(content("朝阳区望京街道南湖中园停水了。"))))
    (found,) = told
    assert isinstance(found, AlikeFound)
    assert (found.area, found.surge, found.answer) == ("朝阳区望京街道", 5, "")


def test_a_surge_brings_what_most_of_its_callers_were_quoted() -> None:
    one, told = watch()
    tickets = [
        ticket(f"t{n}", timedelta(minutes=n), "朝阳区望京街道花家地西里停水了，什么时候来水？")
        for n in range(1, 6)
    ]
    quoted = {1: ("阶梯水价",), 2: ("抢修公告", "阶梯水价"), 3: ("抢修公告",)}
    one.remember(
        replace(
            made,
            content=replace(
                made.content,
                citations=tuple(Citation(f"a-{title}", 1, title) for title in quoted.get(n, ())),
            ),
        )
        for n, made in enumerate(tickets, 1)
    )
    one.on_event(DraftChanged(Draft("d", "c").suggest(content("朝阳区望京街道南湖中园停水了。"))))
    (found,) = told
    assert isinstance(found, AlikeFound)
    assert (found.surge, found.answer) == (5, "抢修公告")


def test_old_tickets_are_forgotten() -> None:
    one, told = watch()
    one.remember([ticket("old", timedelta(days=40))])
    one.on_event(DraftChanged(Draft("d", "c").suggest(content())))
    assert told == []


def test_joining_writes_the_earlier_ticket_into_the_summary_once() -> None:
    one, told = watch()
    one.remember([ticket("t1", timedelta(days=2))])
    draft = Draft("d", "c").suggest(content())
    one.on_event(DraftChanged(draft))
    (found,) = told
    assert isinstance(found, AlikeFound)
    after = joined(draft, found.tickets[0])
    assert after.content.summary is not None
    assert after.content.summary.startswith(draft.content.summary or "")
    assert provisional_number("t1") in after.content.summary
    assert "共同诉求人" in after.content.summary
    assert after.content.joins == "t1"
    assert joined(after, found.tickets[0]) == after
    numbered = replace(found.tickets[0], number="JS20261120-000001")
    before = parted(after, numbered).content
    assert (before.summary, before.joins) == (draft.content.summary, None)


def test_tickets_of_other_seats_count_as_far_as_the_centre_told() -> None:
    told: list[Event] = []
    matters = SeatMatters()
    one = AlikeWatch(told.append, matters, lambda: NOW)
    here = content()
    assert here.category is not None
    rows = tuple(
        MatterTold(
            id=f"t{n}",
            number=f"JS-{n}",
            item=here.category.code,
            district="朝阳区",
            street="望京街道",
            at=NOW - timedelta(minutes=n),
            joins="t5" if n < 3 else "",
            reporters=2 if n == 5 else 0,
            answer="抢修公告" if n < 3 else "",
        )
        for n in range(1, 6)
    )
    before = tuple(row.model_copy(update={"number": "JS-0", "reporters": 9}) for row in rows)
    old = NOW - timedelta(days=3)
    news = {
        "b": MattersTold(at=NOW, tickets=rows),
        "c": MattersTold(at=NOW - timedelta(minutes=1), tickets=before),
        "old": MattersTold(at=old, tickets=tuple(r.model_copy(update={"at": old}) for r in rows[:1])),
    }
    told_so = {key: batch.model_dump(mode="json") for key, batch in news.items()}
    assert matters.follow(told_so | {"x": {"of": "a later version"}}, NOW) == {"old"}
    one.remember([ticket("t5", timedelta(minutes=5))])
    one.on_event(DraftChanged(Draft("d", "c").suggest(here)))
    (found,) = told
    assert isinstance(found, AlikeFound)
    assert (found.area, found.surge, found.answer) == ("朝阳区望京街道", 5, "抢修公告")
    assert [(row.id, row.number, row.reporters) for row in found.tickets] == [
        ("t5", "JS-5", 2),  # the seat's own, with its words
        ("t3", "JS-3", 0),
        ("t4", "JS-4", 0),
    ]
    assert found.tickets[1].matter == here.category.path[-1]
    assert "JS-3" in (joined(Draft("d", "c"), found.tickets[1]).content.summary or "")
