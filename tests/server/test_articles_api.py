"""The editor's side over HTTP: publishing, reviewing, withdrawing, and what others see of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.sync.kinds import ARTICLE as ARTICLE_KIND
from app.sync.protocol import Change
from server.api import make_app
from server.database import CentreDatabase, default_url
from server.feed import changes_after
from server.people import log_in, put_person
from server.rights import Role

ARTICLE = {
    "title": "马蜂窝怎么处理",
    "body": "发现马蜂窝请拨打119，不要自己捅。",
    "review": "2027-01-01",
    "owner": "王编辑",
}


def articles_told(database: CentreDatabase) -> list[Change]:
    """What the seats hear of articles; they also hear of people."""
    return [one for one in changes_after(database, "seat-1", 0).changes if one.kind == ARTICLE_KIND]


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[tuple[CentreDatabase, TestClient]]:
    database = CentreDatabase(default_url(tmp_path))
    password = put_person(database, "editor", [Role.KNOWLEDGE_EDITOR], "", "console")
    token = log_in(database, "editor", password, "").access
    with TestClient(make_app(database)) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield database, client
    database.close()


def test_an_article_is_published_changed_and_withdrawn(
    centre: tuple[CentreDatabase, TestClient],
) -> None:
    database, client = centre
    first = client.put("/api/v1/articles/bees", json={"article": ARTICLE, "public": True})
    assert first.status_code == 200
    assert "no_region" in first.json()["findings"]
    (told,) = articles_told(database)
    assert (told.kind, told.key) == ("article", "bees")
    assert client.get("/kb/bees").status_code == 200
    changed = {**ARTICLE, "region": "北京市"}
    second = client.put("/api/v1/articles/bees", json={"article": changed})
    assert second.json()["changed"] == ["region"]
    found = client.get("/api/v1/articles/bees").json()
    assert (found["article"]["region"], found["public"]) == ("北京市", False)
    (row,) = client.get("/api/v1/articles", params={"review_until": "2027-06-01"}).json()
    assert (row["id"], row["owner"], row["review"]) == ("bees", "王编辑", "2027-01-01")
    assert client.get("/api/v1/articles", params={"review_until": "2026-06-01"}).json() == []
    assert client.delete("/api/v1/articles/bees").status_code == 204
    assert client.get("/api/v1/articles/bees").status_code == 404
    assert client.get("/api/v1/articles").json() == []


@pytest.mark.parametrize(
    "article",
    [
        {},
        {"title": "", "body": "x"},
        {"title": "a", "body": ["x"]},
        {"title": "a", "body": "x" * 600_000},
        {"title": "a", "body": "x", "effective": "2027-01-01", "expires": "2026-01-01"},
        {"title": "a", "body": "x", "review": "soon"},
    ],
)
def test_what_is_no_article_is_refused(
    centre: tuple[CentreDatabase, TestClient], article: dict[str, object]
) -> None:
    database, client = centre
    assert client.put("/api/v1/articles/bad", json={"article": article}).status_code == 422
    assert articles_told(database) == []


def test_the_path_names_the_article(centre: tuple[CentreDatabase, TestClient]) -> None:
    _, client = centre
    client.put("/api/v1/articles/bees", json={"article": {**ARTICLE, "id": "other"}})
    assert [row["id"] for row in client.get("/api/v1/articles").json()] == ["bees"]
