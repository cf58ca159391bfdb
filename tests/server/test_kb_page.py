"""The citizens' knowledge page in a real browser, and what it must never show."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from browser import browse, get_as_somebody, violations
from centre_process import CentreProcess

from knowledge_base.rendering import rendered
from server.run import publish, withdraw

ARTICLE = """---
id: {id}
title: {title}
spoken: 到街道便民服务中心领取。
category: 试验
region: 北京市
effective: 2020-01-01
{more}
---

## 条件

本市户籍<script>alert(1)</script>，[官网](javascript:alert(1))。

#### 材料

| 材料 | 份数 |
|---|---|
| 身份证 | 1 |
"""


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentreProcess]:
    centre = CentreProcess("", tmp_path_factory.mktemp("kb"))
    yield centre
    centre.stop()


def get(centre: CentreProcess, path: str, **headers: str) -> httpx.Response:
    return get_as_somebody(centre.url + path, headers)


def write(folder: Path, article_id: str, title: str, more: str = "issuer: 民政局") -> Path:
    path = folder / f"{article_id}.md"
    path.write_text(ARTICLE.format(id=article_id, title=title, more=more), "utf-8")
    return path


def test_a_citizen_finds_an_answer_in_their_own_words(kb: CentreProcess) -> None:
    page = get(kb, "/kb?q=家里停水了找谁").text
    first = re.findall(r'<h2><a href="(/kb/[^"]+)">([^<]+)</a>', page)[0]
    assert "水" in first[1]
    assert "<mark>" in page
    article = get(kb, first[0])
    assert article.status_code == 200
    assert first[1] in article.text


def test_without_a_question_there_are_topics_and_a_topic_lists_its_articles(kb: CentreProcess) -> None:
    page = get(kb, "/kb").text
    topics = re.findall(r'href="(/kb\?topic=[^"]+)"', page)
    assert len(topics) > 10
    assert get(kb, topics[0]).text.count("<li><h2>") > 2
    assert get(kb, "/").headers["location"] == "/kb"


def test_what_nobody_wrote_about_is_said_so(kb: CentreProcess) -> None:
    assert "没有找到合适的公开知识" in get(kb, "/kb?q=zzzzqqqqxxxx").text
    english = get(kb, "/kb?q=zzzzqqqqxxxx", **{"Accept-Language": "en-GB,en;q=0.9"}).text
    assert "No public article fits" in english
    assert '<html lang="en">' in english


def test_only_what_was_published_as_public_is_shown_and_changes_show_soon(
    kb: CentreProcess, tmp_path: Path
) -> None:
    inner = write(tmp_path, "inner-1", "坐席内部口径轮椅补贴")
    outer = write(tmp_path, "outer-1", "轮椅补贴怎么领")
    publish([inner], data_dir=kb.data_dir)
    publish([outer], data_dir=kb.data_dir, public=True)

    def shown(article_id: str) -> bool:
        return get(kb, f"/kb/{article_id}").status_code == 200

    def soon(article_id: str, expected: bool) -> None:
        ends = time.monotonic() + 20
        while shown(article_id) is not expected:
            assert time.monotonic() < ends

    soon("outer-1", True)
    assert "坐席内部口径" not in get(kb, "/kb?q=轮椅补贴").text
    assert not shown("inner-1")
    publish([outer], data_dir=kb.data_dir)
    soon("outer-1", False)
    publish([outer], data_dir=kb.data_dir, public=True)
    soon("outer-1", True)
    withdraw("outer-1", data_dir=kb.data_dir)
    soon("outer-1", False)


def test_an_article_out_of_force_is_marked(kb: CentreProcess, tmp_path: Path) -> None:
    old = write(tmp_path, "old-1", "旧的取暖补贴办法", "expires: 2021-01-01")
    publish([old], data_dir=kb.data_dir, public=True)
    ends = time.monotonic() + 20
    while (answer := get(kb, "/kb/old-1")).status_code != 200:
        assert time.monotonic() < ends
    assert "目前不适用" in answer.text


def test_markup_of_an_article_cannot_run(kb: CentreProcess) -> None:
    body = str(rendered(ARTICLE.split("---\n", 2)[2]))
    assert "<script" not in body
    assert "javascript:alert" not in re.sub(r"<[^a][^>]*>", "", body).replace("](javascript", "")
    assert 'href="javascript' not in body
    assert "<h2>条件</h2>" in body
    assert "<h3>材料</h3>" in body


HOSTILE = ("<script>alert(1)</script>", '" onfocus="x', "a" * 3000, "\0", "' OR 1=1 --", "*:*", "(((")


@pytest.mark.parametrize("query", [*(quote(one) for one in HOSTILE), "%ff%fe"], ids=range(8))
def test_hostile_questions_are_answered_plainly(kb: CentreProcess, query: str) -> None:
    answer = get(kb, f"/kb?q={query}")
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert 'onfocus="x' not in answer.text


def test_pages_need_no_script_and_nothing_from_elsewhere(kb: CentreProcess) -> None:
    for path in ("/kb", "/kb?q=停水", "/work/login", "/kb/no-such"):
        answer = get(kb, path)
        assert "<script" not in answer.text
        assert not re.search(r'(src|href)="(https?:)?//', answer.text)
        assert "script-src" not in answer.headers["content-security-policy"]
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert len(answer.content) < 40_000


LOOKED_AT = ("/kb", "/kb?q=停水", "/kb/no-such", "/kb/hotline-time-limits", "/work/login")


@pytest.mark.parametrize("path", LOOKED_AT)
@pytest.mark.parametrize("size", ["1280,900", "390,844"])
def test_accessible_at_desk_and_phone_size(
    kb: CentreProcess, tmp_path: Path, path: str, size: str
) -> None:
    assert violations(kb.url + path, tmp_path) == []
    picture = tmp_path / "page.png"
    browse(kb.url + path, tmp_path, f"--window-size={size}", f"--screenshot={picture}")
    assert picture.stat().st_size > 5_000


def test_too_many_questions_from_one_address_are_slowed(tmp_path: Path) -> None:
    centre = CentreProcess("", tmp_path)
    try:
        with httpx.Client(base_url=centre.url, trust_env=False, verify=False, timeout=60) as http:
            answers = [http.get("/kb/no-such") for _ in range(60)]
            health = http.get("/api/v1/health")
        limited = next(answer for answer in answers if answer.status_code == 429)
        assert [answer.status_code for answer in answers[:10]] == [404] * 10
        assert limited.headers["retry-after"] == "60"
        assert "查询过于频繁" in limited.text
        assert health.status_code == 200
    finally:
        centre.stop()
