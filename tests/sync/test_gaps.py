"""What operators miss reaches the centre once, whatever comes between, and is settled for all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from centre_process import CentreProcess
from seat_under_test import SeatUnderTest
from wire import answering, forward

from app.knowledge_centre import CentreArticles
from app.knowledge_use import Deed, Use
from app.sync.delivery import log_in
from resources.errors import UserError
from server.run import add_person

LONG_AGO = datetime.now(UTC) - timedelta(hours=1)


def miss(seat: SeatUnderTest, words: str, deed: Deed = Deed.GAP, at: datetime = LONG_AGO) -> None:
    seat.store.knowledge_use().add(Use(at, deed, "", "", words))


def missed_at(seat: SeatUnderTest) -> list[str]:
    return [use.words for use in seat.store.knowledge_use().all()]


def join(seat: SeatUnderTest, centre: CentreProcess, url: str) -> None:
    log_in(seat.store, url, *centre.add_seat())
    seat.use(url)


@pytest.fixture
def editor(centre: CentreProcess) -> Iterator[CentreArticles]:
    db, folder = centre.database_url or None, centre.data_dir
    password = add_person("编辑", ["knowledge_editor"], "", db, folder)
    with closing(CentreArticles(centre.url, "编辑", password)) as there:
        yield there


def test_gaps_of_all_seats_are_settled_for_all(
    make_seat: Callable[[str], SeatUnderTest], centre: CentreProcess, editor: CentreArticles
) -> None:
    one, two = make_seat("one"), make_seat("two")
    lost = threading.Semaphore(1)

    def lossy(request: bytes) -> bytes | None:
        answer = forward(centre.port, request)
        return None if b"/gaps" in request[:40] and lost.acquire(blocking=False) else answer

    miss(one, "无人机能不能飞，我的电话是13800138000")
    miss(one, "赛博坦签证", Deed.NOTHING_FOUND)
    miss(one, "正在输", Deed.NOTHING_FOUND, datetime.now(UTC))
    miss(one, "", Deed.GAP)
    miss(two, "无人机能不能在公园飞")
    miss(two, "公园几点关门")
    two.use(centre.url)
    two.worker.sync_once()  # nobody has logged in there: all of it waits
    join(two, centre, centre.url)
    with answering(lossy) as url:
        join(one, centre, url)
        with pytest.raises(UserError, match="CENTRE_BROKE_OFF"):
            one.worker.sync_once()
        for seat in (one, two, one, two):
            seat.worker.sync_once()
        found = editor.missed()
        assert found is not None
        assert [(cluster.count, len(cluster.wordings)) for cluster in found.gaps] == [(2, 2), (1, 1)]
        assert "13800138000" not in "".join(found.gaps[0].wordings)
        assert [cluster.name for cluster in found.in_vain] == ["赛博坦签证"]
        miss(two, "无人机能不能在公园飞")
        two.worker.sync_once()
        editor.settle(Deed.GAP, found.gaps[0], found.upto)
        again = editor.missed()
        assert again is not None
        assert sorted(cluster.name for cluster in again.gaps) == [
            "公园几点关门",
            "无人机能不能在公园飞",
        ]
        one.worker.sync_once()
        two.worker.sync_once()
    assert missed_at(one) == ["赛博坦签证", "正在输", ""]
    assert missed_at(two) == ["公园几点关门", "无人机能不能在公园飞"]


def test_what_comes_again_after_it_was_settled_stays_settled(
    seat: SeatUnderTest, centre: CentreProcess, editor: CentreArticles
) -> None:
    def settled_before_the_answer(request: bytes) -> bytes | None:
        answer = forward(centre.port, request)
        if b"/gaps" in request[:40] and (found := editor.missed()):
            for cluster in found.gaps:
                if cluster.name == "夜市几点散":
                    editor.settle(Deed.GAP, cluster, found.upto)
                    return None
        return answer

    miss(seat, "夜市几点散")
    with answering(settled_before_the_answer) as url:
        join(seat, centre, url)
        with pytest.raises(UserError, match="CENTRE_BROKE_OFF"):
            seat.worker.sync_once()
        seat.store.knowledge_use().add(Use(LONG_AGO, Deed.CITED, "bees"))
        seat.worker.sync_once()
    found = editor.missed()
    assert found is not None
    assert "夜市几点散" not in [cluster.name for cluster in found.gaps]
    assert missed_at(seat) == [""]
