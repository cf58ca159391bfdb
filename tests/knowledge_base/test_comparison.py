"""Versions beside each other, and many short texts put together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.article import Article
from knowledge_base.clusters import clusters
from knowledge_base.comparison import Kind, changes

OLD = Article("a", 1, "停水怎么办", "先看公告，再拨打96116。", questions=("没水了",))


def test_only_what_differs_is_named() -> None:
    new = replace(OLD, version=2, body="先看公告，再拨打12345。", expires=date(2027, 1, 1))
    found = {change.name: change.pieces for change in changes(OLD, new)}
    assert list(found) == ["body", "expires"]
    assert [(piece.kind, piece.text) for piece in found["body"]] == [
        (Kind.SAME, "先看公告，"),
        (Kind.GONE, "再拨打96116。"),
        (Kind.NEW, "再拨打12345。"),
    ]
    assert changes(OLD, replace(OLD, version=7)) == ()


@given(st.text(max_size=80), st.text(max_size=80))
def test_the_pieces_make_up_both_texts(before: str, after: str) -> None:
    for change in changes(replace(OLD, body=before), replace(OLD, body=after)):
        old = "".join(piece.text for piece in change.pieces if piece.kind is not Kind.NEW)
        new = "".join(piece.text for piece in change.pieces if piece.kind is not Kind.GONE)
        assert (old, new) == (before, after)


def test_a_very_long_text_counts_as_replaced() -> None:
    (change,) = changes(OLD, replace(OLD, body="一，" * 10_000))
    assert [piece.kind for piece in change.pieces] == [Kind.GONE, Kind.NEW]


def test_wordings_of_one_thing_come_together() -> None:
    said = [
        "公积金提取",
        "怎么提取公积金",
        "公积金提取需要什么材料",
        "地铁几点停运",
        "公积金提取",
        "？",
    ]
    found = clusters(said)
    assert [(cluster.name, cluster.count) for cluster in found][:1] == [("公积金提取", 4)]
    assert sorted(cluster.count for cluster in found) == [1, 1, 4]
    assert clusters([]) == ()
