"""The floor under the ranking, on measured questions; what is reported comes from the bench."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.search import quality, speed
from knowledge_base.article import Article


@pytest.mark.data
def test_words_alone_rank_well_and_better_than_full_text_search(
    hotline_data: Path, tmp_path: Path
) -> None:
    figures = quality(hotline_data, tmp_path)
    ours, theirs = figures["knowledge_base"], figures["sqlite_fts5"]
    assert ours["all"]["ndcg_at_10"] >= 0.66
    for half in ("tuned_half", "held_half"):
        assert ours[half]["ndcg_at_10"] >= theirs[half]["ndcg_at_10"] + 0.02
        assert ours[half]["hit_at_5"] >= theirs[half]["hit_at_5"]


def test_the_speed_figures_are_measured_on_what_was_given(tmp_path: Path) -> None:
    articles = [Article(f"a{number}", 1, "停水怎么办", "报修。") for number in range(50)]
    figures = speed(articles, ["停水", "报修"], tmp_path)
    assert (figures["articles"], figures["typed_query"]["n"]) == (50, 2)
    assert figures["change_visible_s"] is not None
    assert figures["articles_per_s"] > 0
