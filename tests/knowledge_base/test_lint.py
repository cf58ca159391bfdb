"""What an editor is told: each fault found where it is, none where all is well, near-duplicates."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from knowledge_base.alike import near_duplicates
from knowledge_base.article import Article
from knowledge_base.importers import read_paths
from knowledge_base.lint import lint
from resources.loader import resource_path

TODAY = date(2026, 11, 22)
WELL = Article(
    "well",
    1,
    "停水怎么办",
    "## 办理\n\n自2024年1月1日起施行，见[办理](#办理)、[自己](well)和[网站](https://example.org/a)。",
    spoken="请拨打96116。",
    category="供水",
    region="北京市",
    issuer="北京市水务局",
    effective=date(2024, 1, 1),
    expires=date(2027, 1, 1),
    owner="王编辑",
    review=date(2026, 12, 1),
)


def codes(article: Article) -> set[str]:
    return {finding.code for finding in lint([article], TODAY)}


def test_nothing_is_said_about_a_good_article() -> None:
    assert codes(WELL) == set()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"body": " "}, "no_body"),
        ({"region": ""}, "no_region"),
        ({"issuer": ""}, "no_issuer"),
        ({"effective": None, "expires": None}, "no_date"),
        ({"category": ""}, "no_category"),
        ({"spoken": ""}, "no_spoken"),
        ({"owner": ""}, "no_owner"),
        ({"review": None}, "no_review"),
        ({"review": date(2026, 11, 21)}, "review_due"),
        ({"expires": date(2026, 11, 21)}, "expired"),
        ({"body": "很长。" * 500}, "too_long"),
        ({"effective": date(2027, 2, 1)}, "dates_contradict"),
        ({"body": "自2025年1月1日起施行。"}, "dates_contradict"),
        ({"body": "本办法有效期至2028年12月31日。"}, "dates_contradict"),
        ({"body": "见[别处](nowhere)。"}, "broken_link"),
        ({"body": "见[下文](#没有)。"}, "broken_link"),
        ({"body": "见[坏](javascript:alert(1))。"}, "broken_link"),
        ({"body": "见[坏](http://[::1)。"}, "broken_link"),
        ({"body": "见[空]()。"}, "broken_link"),
        ({"body": "![图](file:///etc/passwd)"}, "broken_link"),
    ],
)
def test_each_fault_is_named(change: dict[str, object], code: str) -> None:
    assert code in codes(replace(WELL, **change))  # type: ignore[arg-type]


def test_two_days_in_a_text_are_no_contradiction() -> None:
    body = "自2024年1月1日起施行。原办法自2010年1月1日起施行，同时废止。"
    assert "dates_contradict" not in codes(replace(WELL, body=body))


def test_a_day_that_is_not_in_the_calendar_is_passed_over() -> None:
    assert "dates_contradict" not in codes(replace(WELL, body="自2024年13月41日起施行。"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_finding_has_a_sentence(language: str) -> None:
    empty = Article("empty", 1, "空", "[x](y)" + "长" * 2000, review=date(2020, 1, 1))
    for finding in lint([empty, replace(empty, id="twin"), replace(WELL, expires=TODAY)], TODAY):
        assert finding.message(language)


def test_near_duplicates_are_found_among_many() -> None:
    chance = random.Random(7)
    characters = [chr(0x4E00 + number) for number in range(800)]
    many = [
        Article(f"a{number}", 1, f"第{number}篇", "".join(chance.choices(characters, k=300)))
        for number in range(300)
    ]
    copy = replace(many[17], id="copy", body=many[17].body[:280] + "请以最新通知为准。")
    other = replace(many[18], id="other", body=many[18].body[:120] + many[19].body[120:])
    pairs = near_duplicates([*many, copy, other])
    assert [{pair.first.id, pair.second.id} for pair in pairs] == [{"a17", "copy"}]
    assert near_duplicates([*many, copy], among={"a3"}) == ()
    assert near_duplicates([*many, copy], among={"copy"}) == pairs


def test_very_short_and_empty_articles_do_not_trouble_the_comparison() -> None:
    empty = [Article("a", 1, "", ""), Article("b", 1, "！？", ""), Article("c", 1, "停", "")]
    assert near_duplicates(empty) == ()
    assert near_duplicates([]) == ()


def test_many_copies_of_one_article_cost_no_square_of_pairs() -> None:
    assert len(near_duplicates([replace(WELL, id=f"w{number}") for number in range(400)])) == 399


def test_the_articles_that_come_along_have_no_faults() -> None:
    articles, _ = read_paths([resource_path("articles")])
    assert [finding for finding in lint(articles, TODAY) if finding.is_error] == []
