"""Search as an operator meets it: the right article, in force, the reason, in spite of spelling."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.article import Article, Validity
from knowledge_base.passage import plain_text
from knowledge_base.search import KnowledgeBase
from knowledge_base.store import FolderStore

QUESTIONS = yaml.safe_load(
    Path(__file__).with_name("colloquial_questions.yaml").read_text(encoding="utf-8")
)


def found(knowledge: KnowledgeBase, query: str, **filters: object) -> list[str]:
    return [hit.article.id for hit in knowledge.search(query, **filters)]  # type: ignore[arg-type]


def filled(knowledge: KnowledgeBase, tmp_path: Path, articles: Iterable[Article]) -> None:
    FolderStore(tmp_path / "store").put(articles)
    knowledge.refresh()


def test_callers_words_find_the_right_article_among_the_first_three(bundled: KnowledgeBase) -> None:
    ranks = [
        (question["ask"], found(bundled, question["ask"], limit=3).index(question["want"]))
        for question in QUESTIONS
        if question["want"] in found(bundled, question["ask"], limit=3)
    ]
    missed = {question["ask"] for question in QUESTIONS} - {ask for ask, _ in ranks}
    assert len(QUESTIONS) >= 70
    assert len(missed) <= 0.05 * len(QUESTIONS), missed
    assert sum(rank == 0 for _, rank in ranks) >= 0.9 * len(QUESTIONS)


@pytest.mark.parametrize(
    ("typed", "want"),
    [
        ("juzhuzheng", "hukou-residence-permit"),
        ("jzz", "hukou-residence-permit"),
        ("gongjijintiqu", "fund-withdraw"),
        ("gjj", "fund-withdraw"),
        ("yidijiuyi", "medical-remote-filing"),
        ("居住證", "hukou-residence-permit"),
        ("１２３８８", "discipline-report-12388"),
        ("异地就医 beian", "medical-remote-filing"),
    ],
)
def test_pinyin_initials_traditional_and_wide_characters_are_understood(
    bundled: KnowledgeBase, typed: str, want: str
) -> None:
    assert want in found(bundled, typed, limit=3)


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("居住正怎么办", "居住证怎么办"),
        ("充电庄", "充电桩"),
        ("医保爆销", "医保报销"),
        ("居住证", None),
    ],
)
def test_a_misspelled_question_is_set_right(
    bundled: KnowledgeBase, heard: str, meant: str | None
) -> None:
    assert bundled.did_you_mean(heard) == meant


@pytest.mark.parametrize("query", ["", "   ", "？！。", "的", "qqqqxzxz", "您好请问", "\0\ud800", "🙂"])
def test_a_question_without_content_finds_nothing(bundled: KnowledgeBase, query: str) -> None:
    assert bundled.search(query) == ()
    assert bundled.did_you_mean(query) is None


@settings(max_examples=120, deadline=None)
@given(query=st.text(max_size=80) | st.text(alphabet="居住证怎么办暖气abcjz 1二", max_size=60))
def test_any_question_gets_sound_hits(bundled: KnowledgeBase, query: str) -> None:
    hits = bundled.search(query, limit=5)
    assert len(hits) <= 5
    for hit in hits:
        assert hit.score > 0
        assert len(hit.passage) <= 120
        assert "\n" not in hit.passage
        edges = [place for mark in hit.marks for place in mark]
        assert edges == sorted(edges)
        assert not edges or (edges[0] >= 0 and edges[-1] <= len(hit.passage))
        assert all(start < end for start, end in hit.marks)


def test_a_book_pasted_into_the_search_is_answered(bundled: KnowledgeBase) -> None:
    assert found(bundled, "居住证怎么办，" * 5_000)[0] == "hukou-residence-permit"


def test_the_passage_shows_the_answer_and_marks_the_words(bundled: KnowledgeBase) -> None:
    hit = bundled.search("办居住证要登记满几个月")[0]
    marked = {hit.passage[start:end] for start, end in hit.marks}
    assert any("居住" in text for text in marked)
    assert not set("#*`") & set(hit.passage)
    assert "居住证" in hit.matched
    assert not {"要", "几"} & set(hit.matched)


def test_what_is_not_in_force_comes_last_and_says_so(bundled: KnowledgeBase) -> None:
    hits = bundled.search("尾号限行 2025至2026年度通告")
    validity = [hit.article.validity(bundled.today()) for hit in hits]
    assert Validity.EXPIRED in validity
    assert validity == sorted(validity, key=lambda value: value is not Validity.VALID)
    then = bundled.search("尾号限行 2025至2026年度通告", on=date(2026, 1, 15))
    assert then[0].article.id == "traffic-tail-number-2025"


def test_a_region_leaves_out_other_districts_and_keeps_the_city(bundled: KnowledgeBase) -> None:
    question = "非京籍孩子入学材料"
    assert "education-haidian-nonlocal" in found(bundled, question, region="海淀区")
    assert "education-haidian-nonlocal" in found(bundled, question, region="北京市")
    others = found(bundled, question, region="朝阳区")
    assert "education-haidian-nonlocal" not in others
    assert "education-nonlocal-enrolment" in others


def test_a_body_leaves_out_all_others_and_limits_alone_list_what_is_left(
    bundled: KnowledgeBase,
) -> None:
    choices = bundled.choices()
    assert {"教育"} <= set(choices.categories)
    body = choices.issuers[0]
    (first, *_) = bundled.search("", issuer=body)
    for query in (first.article.title, ""):
        hits = bundled.search(query, issuer=body, limit=500)
        assert hits
        assert {hit.article.issuer for hit in hits} == {body}
    listed = bundled.search("", category="教育", region="海淀区", limit=500)
    assert {hit.article.category for hit in listed} == {"教育"}
    assert bundled.search("") == ()
    assert bundled.search("怎么办理", issuer="没有的机关") == ()


def test_a_category_leaves_out_all_others(bundled: KnowledgeBase) -> None:
    hits = bundled.search("怎么投诉", category="教育")
    assert hits
    assert {hit.article.category for hit in hits} == {"教育"}


def test_the_title_says_more_than_the_body(empty: KnowledgeBase, tmp_path: Path) -> None:
    other = "关于其他事项的说明。" * 5
    filled(
        empty,
        tmp_path,
        [
            Article("body", 1, "办事指南", other + "附带提到摇号。"),
            Article("title", 1, "摇号", other),
            Article("neither", 1, "垃圾分类", other),
        ],
    )
    assert found(empty, "摇号") == ["title", "body"]


def test_a_question_in_official_or_citizens_words_finds_the_same(
    empty: KnowledgeBase, tmp_path: Path
) -> None:
    filled(
        empty,
        tmp_path,
        [
            Article("water", 1, "供水抢修服务", "市自来水集团受理供水管线漏水。"),
            Article("heat", 1, "供热服务规范", "居民供热问题。"),
        ],
    )
    assert found(empty, "水管爆了")[0] == found(empty, "供水抢修")[0] == "water"


def test_a_short_answer_beats_a_forty_page_document(empty: KnowledgeBase, tmp_path: Path) -> None:
    subjects = ["居住证申领", "户口登记", "出入境", "养犬", "身份证", "消防", "治安", "禁毒"]
    book = "".join(f"第{n}条 本办法所称{subjects[n % 8]}事项另行规定，各司其职。" for n in range(800))
    filled(
        empty,
        tmp_path,
        [
            Article("book", 1, "居住证管理办法汇编", book),
            Article("short", 1, "居住证怎么申领", "到派出所。"),
            *(Article(f"n{n}", 1, f"第{n}件事怎么办", f"办理第{n}件事的说明。") for n in range(40)),
        ],
    )
    assert found(empty, "居住证申领")[:2] == ["short", "book"]


def test_old_versions_come_from_the_store_and_new_ones_from_the_index(
    empty: KnowledgeBase, tmp_path: Path
) -> None:
    filled(empty, tmp_path, [Article("a", 1, "旧标题", "")])
    filled(empty, tmp_path, [Article("a", 1, "新标题", "")])
    newest, oldest = empty.article("a"), empty.article("a", 1)
    assert newest is not None
    assert oldest is not None
    assert (newest.title, oldest.title) == ("新标题", "旧标题")
    assert empty.article("a", 9) is None
    assert empty.article("b") is None


def test_odd_articles_can_be_kept_and_found(empty: KnowledgeBase, tmp_path: Path) -> None:
    odd = [
        Article("", 1, "空编号", ""),
        Article("x" * 500, 1, "长" * 3000, "字" * 200_000),
        Article("表情🙂", 1, "🙂🙂", "𠮷野家"),
        Article("ascii", 1, "abc" * 5000, "\n\n\n"),
        Article("blank", 1, "", ""),
    ]
    filled(empty, tmp_path, odd)
    assert empty.count() == len(odd)
    assert found(empty, "空编号") == [""]
    assert found(empty, "野家") == ["表情🙂"]
    with closing(KnowledgeBase(FolderStore(tmp_path / "store"), tmp_path / "index")) as again:
        assert again.count() == len(odd)


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("## 条件\n\n- 住满**六个月**\n1. 带`证件`\n> 提示", "住满六个月\n带证件\n提示"),
        ("见[公告](http://example.org/a_b)。\n\n| 区 | 电话 |\n|---|---|", "见公告。\n区  电话"),
    ],
)
def test_a_passage_is_running_text_without_marks_and_headings(markdown: str, plain: str) -> None:
    assert plain_text(markdown) == plain
