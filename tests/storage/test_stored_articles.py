"""The seat's encrypted store keeps the contract of every article store."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.storage.seat_store import SeatStore
from knowledge_base.article import ArticleStore

sys.path.append(str(Path(__file__).parents[1] / "knowledge_base"))
from article_store_contract import PERMIT, ArticleStoreContract


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Callable[[], ArticleStore]]:
    """Opens the store of this test as a restarted program would."""
    opened: list[SeatStore] = []

    def open_again() -> ArticleStore:
        for store in opened:
            store.close()
        opened[:] = [SeatStore(tmp_path, bytes(32))]
        return opened[0].articles()

    yield open_again
    for store in opened:
        store.close()


class TestStoredArticles(ArticleStoreContract):
    """The contract, in SQLCipher."""


def test_half_a_character_does_not_stop_an_import(open_store: Callable[[], ArticleStore]) -> None:
    store = open_store()
    assert store.put([replace(PERMIT, title="a\ud83d")]) == 1
    found = store.get(PERMIT.id)
    assert found is not None
    assert found.title == "a\ufffd"
