"""The floor under the ranking, on measured questions; what is reported comes from the bench."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.knowledge_tools import evaluate as evaluate_command
from app.terminal import EXIT_DEGRADED, EXIT_OK, Terminal
from bench.search import quality, speed
from knowledge_base.article import Article
from knowledge_base.evaluation import Question, evaluate, read_questions
from resources.errors import UserError


@pytest.mark.data
def test_words_alone_rank_well_and_better_than_other_engines(
    hotline_data: Path, tmp_path: Path
) -> None:
    figures = quality(hotline_data, tmp_path)
    ours = figures["by_words"]
    assert ours["all"]["ndcg_at_10"] >= 0.66
    for rival in ("sqlite_fts5", "tantivy"):
        for half in ("tuned_half", "held_half"):
            assert ours[half]["ndcg_at_10"] >= figures[rival][half]["ndcg_at_10"] + 0.02
            assert ours[half]["hit_at_5"] >= figures[rival][half]["hit_at_5"]


def test_the_speed_figures_are_measured_on_what_was_given(tmp_path: Path) -> None:
    articles = [Article(f"a{number}", 1, "停水怎么办", "报修。") for number in range(50)]
    figures = speed(articles, ["停水", "报修"], tmp_path)
    assert (figures["articles"], figures["typed_query"]["n"]) == (50, 2)
    assert figures["change_visible_s"] is not None
    assert figures["articles_per_s"] > 0
    assert figures["tantivy"]["n"] == figures["sqlite_fts5"]["n"] == 2


def test_known_answers_are_counted_by_their_rank() -> None:
    asked = [Question("甲", frozenset({"a"})), Question("乙", frozenset({"b", "c"}))]
    figures = evaluate(lambda text: ["a", "x"] if text == "甲" else ["x", "b", "c"], asked)
    assert (figures["hit_at_1"], figures["hit_at_5"], figures["mrr"]) == (0.5, 1.0, 0.75)
    assert figures["ndcg_at_10"] == pytest.approx(
        (1 + (1 / 1.585 + 0.5) / (1 + 1 / 1.585)) / 2, abs=1e-3
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"text": "x"}',
        b'{"text": "x", "relevant": []}',
        b'{"text": 1, "relevant": "A"}',
        b"\xff\xfe",
    ],
)
def test_questions_that_cannot_be_used_are_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(content)
    with pytest.raises(UserError, match="QUESTIONS_UNREADABLE"):
        read_questions(path)


def test_a_centre_measures_its_own_questions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    articles, queries = tmp_path / "a.jsonl", tmp_path / "q.jsonl"
    articles.write_text('{"id": "w", "title": "停水怎么办"}\n{"id": "h", "title": "暖气不热"}', "utf-8")
    queries.write_text('{"text": "家里停水", "relevant": ["w"]}', "utf-8")
    status = evaluate_command(Terminal("en", True), [articles], queries, tmp_path / "kept", False)
    figures = json.loads(capsys.readouterr().out)
    assert (figures["n"], figures["hit_at_1"], figures["ndcg_at_10"]) == (1, 1.0, 1.0)
    assert status == (EXIT_OK if figures["by_meaning"] else EXIT_DEGRADED)
