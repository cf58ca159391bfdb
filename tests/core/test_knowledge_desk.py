"""Learning from use, gaps and the editor's lists at a real seat."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.desk import Article
from app.knowledge_tools import show_overview, show_use
from app.knowledge_use import MOST, Deed, Habits, Use
from app.terminal import Terminal
from app.workplace import Workplace

TODAY = date(2026, 11, 22)
TWINS = tuple(
    Article(
        f"twin-{name}", 1, f"小区充电桩安装须知{name}", "安装充电桩先向物业提出申请。", review=review
    )
    for name, review in (("甲", TODAY), ("乙", date(2027, 12, 1)))
)


@pytest.fixture
def seat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    monkeypatch.setitem(os.environ, "JIESU_KEYRING", "off")
    with closing(Workplace(tmp_path)) as desk:
        desk.parts.store().articles().put(TWINS)
        yield desk


def found(desk: Workplace, category: str = "") -> list[str]:
    hits = desk.articles.search("小区充电桩安装须知", category=category).hits
    return [hit.article.id for hit in hits if hit.article.id.startswith("twin")]


def test_what_is_cited_comes_first_and_can_be_forgotten(seat: Workplace, tmp_path: Path) -> None:
    before = found(seat)
    last = next(article for article in TWINS if article.id == before[-1])
    for _ in range(3):
        seat.articles.note(Deed.CITED, last, "住房")
    assert found(seat, "住房")[0] == last.id
    assert seat.articles.counts(last.id)[Deed.CITED] == 3
    hit = seat.articles.search("小区充电桩安装须知", category="住房").hits[0]
    assert 1 < hit.liking <= 1 + MOST
    seat.close()
    with closing(Workplace(tmp_path)) as again:
        assert found(again, "住房")[0] == last.id
        assert again.articles.forget(last.id) == 3
        assert found(again, "住房") == before
        assert again.articles.counts(last.id)[Deed.CITED] == 0


def test_what_was_no_help_falls_back_but_stays(seat: Workplace) -> None:
    first = found(seat)[0]
    article = next(one for one in TWINS if one.id == first)
    for _ in range(50):
        seat.articles.note(Deed.NOT_USEFUL, article)
    assert set(found(seat)) == {"twin-甲", "twin-乙"}
    assert found(seat)[-1] == first


def test_use_counts_most_in_calls_about_the_same_thing() -> None:
    habits = Habits()
    assert habits.likings() == {}
    habits.learn(Use(datetime.now(UTC), Deed.CITED, "a", "供热"))
    assert habits.likings("供热")["a"] > habits.likings("停车")["a"] > 1


def test_gaps_and_searches_in_vain_are_clustered_for_the_editor(seat: Workplace) -> None:
    desk = seat.articles
    for words in ("共享单车乱停", "共享单车乱停怎么投诉", "无人机能不能飞"):
        desk.report_gap(words)
    for typed in ("赛", "赛博", "赛博坦签证 13800138000"):
        desk.note_nothing_found(typed)
    overview = desk.overview(TODAY)
    assert [(c.name, c.count) for c in overview.gaps] == [
        ("共享单车乱停怎么投诉", 2),
        ("无人机能不能飞", 1),
    ]
    (vain,) = overview.in_vain
    assert vain.name.startswith("赛博坦签证")
    assert "13800138000" not in vain.name
    assert len(desk.settle(overview.gaps[0])) == 2
    assert [c.count for c in desk.overview(TODAY).gaps] == [1]


def test_the_editor_sees_what_is_due_cited_and_doubted(seat: Workplace) -> None:
    seat.articles.note(Deed.CITED, TWINS[1])
    seat.articles.note(Deed.NOT_USEFUL, TWINS[0])
    overview = seat.articles.overview(TODAY)
    assert TWINS[0].id in [article.id for article in overview.due]
    assert TWINS[1].id not in [article.id for article in overview.due]
    assert [(article.id, count) for article, count in overview.cited] == [(TWINS[1].id, 1)]
    assert [(article.id, count) for article, count in overview.doubted] == [(TWINS[0].id, 1)]


def test_every_version_stays_to_be_compared(seat: Workplace) -> None:
    seat.parts.store().articles().put([replace(TWINS[0], body="安装前请先联系电力公司。")])
    assert [article.version for article in seat.articles.versions(TWINS[0].id)] == [2, 1]
    assert seat.articles.versions("nowhere") == ()


def test_use_and_overview_can_be_read_and_taken_back_at_the_command_line(
    seat: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal("zh", json=True)
    seat.articles.note(Deed.CITED, TWINS[0])
    seat.articles.report_gap("无人机能不能飞")
    show_use(seat, terminal, None, False)
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["id"], row["cited"], row["factor"] > 1) == (TWINS[0].id, 1, True)
    show_overview(seat, terminal)
    overview = json.loads(capsys.readouterr().out)
    assert [gap["words"] for gap in overview["gaps"]] == ["无人机能不能飞"]
    assert overview["cited"] == [{"id": TWINS[0].id, "count": 1}]
    show_use(seat, terminal, TWINS[0].id, False)
    assert json.loads(capsys.readouterr().out) == {"forgotten": 1}
    show_use(seat, terminal, None, False)
    assert json.loads(capsys.readouterr().out) == []
