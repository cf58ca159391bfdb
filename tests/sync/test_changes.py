"""What the centre publishes appears at the seats, once, in order, whatever comes between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from centre_process import Api, CentreProcess
from sqlalchemy import select
from wire import answering, forward, http

from app.desk import OutboxState
from app.knowledge_centre import CentreArticles
from app.settings import Settings
from app.storage.schema import told
from app.sync.delivery import log_in
from app.sync.protocol import Changes
from app.sync.worker import SyncWorker
from resources.errors import UserError
from server.database import CentreDatabase, default_url
from server.feed import PAGE_CHANGES, News, newest_change, tell
from server.run import add_person, publish, withdraw


def write_article(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.md"
    path.write_text(f"---\nid: {name}\ntitle: 标题{name}\n---\n\n{text}\n", encoding="utf-8")
    return path


def bodies(seat: Any, *ids: str) -> dict[str, str]:
    """The bodies of these articles as far as they are in force at a seat."""
    current = seat.store.articles().current()
    return {article.id: article.body.strip() for article in current if article.id in ids}


def put_into_feed(centre: CentreProcess, *news: News) -> None:
    """What the centre tells without a command of its own."""
    database = CentreDatabase(centre.database_url or default_url(centre.data_dir))
    with database.write() as connection:
        tell(connection, news)
    database.close()


@pytest.fixture
def at_centre(seat: Any, centre: CentreProcess) -> CentreProcess:
    """The shared centre, at which ``seat`` is logged in; each test tells of things of its own."""
    seat.use(centre.url)
    log_in(seat.store, centre.url, *centre.add_seat())
    return centre


def where(centre: CentreProcess) -> dict[str, Any]:
    return {"database_url": centre.database_url or None, "data_dir": centre.data_dir}


def test_published_changed_and_withdrawn(seat: Any, at_centre: CentreProcess, tmp_path: Path) -> None:
    one = write_article(tmp_path / "kb", "one", "水费怎么交")
    write_article(tmp_path / "kb", "two", "居住证怎么办")
    assert sorted(publish([tmp_path / "kb"], **where(at_centre))) == ["one", "two"]
    seat.worker.sync_once()
    assert bodies(seat, "one", "two") == {"one": "水费怎么交", "two": "居住证怎么办"}
    one.write_text(one.read_text().replace("水费", "电费"))
    publish([one], **where(at_centre))
    withdraw("two", **where(at_centre))
    seat.worker.sync_once()
    assert bodies(seat, "one", "two") == {"one": "电费怎么交"}
    assert seat.store.articles().known_ids() >= {"one", "two"}
    revision = seat.store.articles().revision()
    seat.worker.sync_once()
    assert seat.store.articles().revision() == revision


def test_a_seat_hears_at_once(
    make_seat: Callable[[str], Any], own_centre: CentreProcess, tmp_path: Path
) -> None:
    seat, heard = make_seat("listening"), threading.Semaphore(0)
    log_in(seat.store, own_centre.url, *own_centre.add_seat())
    settings = Settings(server_url=own_centre.url, sync_interval_s=3600)
    worker = SyncWorker(seat.store, lambda: settings, lambda event: None, lambda kinds: heard.release())
    publish([write_article(tmp_path / "kb", "one", "一")], **where(own_centre))
    worker.start()

    def has(article: str) -> bool:
        """Whether it came; the same news may be told twice, by a pull and by the event."""
        while article not in bodies(seat, article):
            if not heard.acquire(timeout=60):
                return False
        return True

    try:
        assert has("one")
        publish([write_article(tmp_path / "kb", "two", "二")], **where(own_centre))
        assert has("two")
        own_centre.kill()
        publish([write_article(tmp_path / "kb", "three", "三")], **where(own_centre))
        own_centre.start()
        assert has("three")
    finally:
        assert worker.stop(10)
    assert bodies(seat, "one", "two", "three") == {"one": "一", "two": "二", "three": "三"}


def test_a_long_feed_comes_in_pages_and_survives_a_break(seat: Any, at_centre: CentreProcess) -> None:
    count = 2 * PAGE_CHANGES + 7
    put_into_feed(at_centre, *(News("note", str(n), f'"{n}"') for n in range(count)))
    pages = threading.Semaphore(1)

    def breaks_after_one_page(request: bytes) -> bytes | None:
        if b"/changes" in request[:40] and not pages.acquire(blocking=False):
            return None
        return forward(at_centre.port, request)

    with answering(breaks_after_one_page) as url:
        seat.use(url)
        seat.store.set_credential(None)
        log_in(seat.store, url, *at_centre.add_seat())
        with pytest.raises(UserError, match="CENTRE_BROKE_OFF"):
            seat.worker.sync_once()
        assert 0 < len(notes(seat)) < count
        pages.release(100)
        seat.worker.sync_once()
    assert notes(seat) == {str(n): str(n) for n in range(count)}


def notes(seat: Any) -> dict[str, Any]:
    """Kept changes of a kind that this version does not understand."""
    query = select(told.c.key, told.c.body).where(told.c.kind == "note")
    rows = seat.store._database.read(lambda connection: connection.execute(query).all())
    return {row.key: row.body for row in rows}


def test_an_unreadable_article_stops_nothing(
    seat: Any, at_centre: CentreProcess, tmp_path: Path
) -> None:
    put_into_feed(
        at_centre,
        News("article", "broken", '{"id": "broken", "title": 7}'),
        News("article", "other", '["not even an object"]'),
    )
    publish([write_article(tmp_path / "kb", "good", "好")], **where(at_centre))
    seat.worker.sync_once()
    assert bodies(seat, "good", "broken", "other") == {"good": "好"}
    db, folder = at_centre.database_url or None, at_centre.data_dir
    password = add_person("编辑甲", ["knowledge_editor"], "", db, folder)
    with closing(CentreArticles(at_centre.url, "编辑甲", password)) as there:
        assert {row.id for row in there.listed()} & {"good", "broken", "other"} == {"good"}


def test_what_is_for_one_seat_reaches_no_other(centre: CentreProcess) -> None:
    mine, other = (Api(centre.url, *centre.add_seat()).log_in() for _ in range(2))
    put_into_feed(centre, News("hint", "k", '"secret"', seat=mine.name), News("hint", "k", '"all"'))
    assert hints(mine) == ["secret", "all"]
    assert hints(other) == ["all"]


def hints(seat: Api) -> list[str]:
    """What the feed tells a seat of the kind ``hint``."""
    found, after, more = [], 0, True
    while more:
        page = seat.send("GET", f"/changes?after={after}").json()
        found += [one["body"] for one in page["changes"] if one["kind"] == "hint"]
        after, more = page["cursor"], page["more"]
    return found


def test_a_centre_restored_from_a_backup_is_followed_from_the_beginning(
    seat: Any, at_centre: CentreProcess, tmp_path: Path
) -> None:
    publish([write_article(tmp_path / "kb", "before", "一")], **where(at_centre))
    seat.worker.sync_once()
    seat.store.follow(at_centre.url, Changes(changes=(), cursor=10**12, more=False))
    publish([write_article(tmp_path / "kb", "after", "二")], **where(at_centre))
    seat.worker.sync_once()
    assert set(bodies(seat, "before", "after")) == {"before", "after"}


def test_a_centre_that_leads_in_circles_is_left(seat: Any) -> None:
    body = b'{"changes": [], "cursor": 0, "more": true}'
    health = b'{"product": "x", "protocol": 1, "time": "2026-11-21T00:00:00Z"}'
    login = b'{"token": "t", "expires_at": "2026-11-21T00:00:00Z"}'

    def answer(request: bytes) -> bytes:
        chosen = login if b"/login" in request[:40] else body if b"/changes" in request[:40] else health
        return http("200 OK", chosen, "Jiesu-Protocol: 1")

    with answering(answer) as url:
        seat.use(url)
        log_in(seat.store, url, "seat", "password")
        with pytest.raises(UserError, match="CENTRE_GARBLED"):
            seat.worker.sync_once()
    assert seat.store.counts()[OutboxState.WAITING] == 0


@pytest.mark.parametrize("after", ["-1", "x", str(2**63)])
def test_a_cursor_that_is_none(api: Api, after: str) -> None:
    assert api.send("GET", f"/changes?after={after}").status_code == 422


def test_strangers_hear_nothing(centre: CentreProcess) -> None:
    stranger = Api(centre.url, "nobody", "", "no-token")
    assert stranger.send("GET", "/changes").status_code == 401
    assert stranger.send("GET", "/events").status_code == 401


def test_open_streams_do_not_hold_up_the_end(own_centre: CentreProcess) -> None:
    seat = Api(own_centre.url, *own_centre.add_seat()).log_in()
    headers = {"Authorization": f"Bearer {seat.token}", "Jiesu-Protocol": "1"}
    with (
        httpx.Client(trust_env=False, verify=False, timeout=30) as client,
        client.stream("GET", f"{own_centre.url}/api/v1/events", headers=headers) as stream,
    ):
        chunks = stream.iter_raw()
        assert next(chunks) == b"event: change\ndata:\n\n"
        assert own_centre.stop() == 0
        assert b"".join(chunks) == b""
    assert "Traceback" not in own_centre.log.read_text()


@pytest.mark.parametrize("bad", ["missing.md", "empty.csv"])
def test_what_cannot_be_read_is_not_published(tmp_path: Path, bad: str) -> None:
    good = write_article(tmp_path / "kb", "good", "好")
    if bad == "empty.csv":
        (tmp_path / bad).write_text("")
    with pytest.raises(UserError, match="SERVER_ARTICLE"):
        publish([good, tmp_path / bad], data_dir=tmp_path)
    database = CentreDatabase(default_url(tmp_path))
    with database.read() as connection:
        assert newest_change(connection) == 0
    database.close()
