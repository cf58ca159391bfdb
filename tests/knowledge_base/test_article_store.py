"""The folder store keeps the contract, and what a crash or a stray byte leaves of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from article_store_contract import PERMIT, ArticleStoreContract

from knowledge_base.store import FolderStore
from resources.errors import UserError


@pytest.fixture
def open_store(tmp_path: Path) -> Callable[[], FolderStore]:
    return lambda: FolderStore(tmp_path / "store")


class TestFolderStore(ArticleStoreContract):
    """The contract, on files."""


def test_a_line_cut_short_by_a_crash_is_dropped_and_the_rest_stands(tmp_path: Path) -> None:
    FolderStore(tmp_path).put([PERMIT, replace(PERMIT, id="second")])
    file = tmp_path / "articles.jsonl"
    file.write_bytes(file.read_bytes()[:-20])
    store = FolderStore(tmp_path)
    assert [article.id for article in store.current()] == [PERMIT.id]
    assert store.put([replace(PERMIT, id="third")]) == 1
    assert [article.id for article in FolderStore(tmp_path).current()] == [PERMIT.id, "third"]


def test_a_damaged_line_costs_only_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    FolderStore(tmp_path).put([replace(PERMIT, id=name) for name in ("one", "two", "three")])
    file = tmp_path / "articles.jsonl"
    lines = file.read_bytes().split(b"\n")
    lines[1] = b'{"id": "two", "title'
    file.write_bytes(b"\n".join(lines))
    store = FolderStore(tmp_path)
    assert [article.id for article in store.current()] == ["one", "three"]
    assert "articles.jsonl" in caplog.text


def test_two_programs_on_one_folder_see_each_other(tmp_path: Path) -> None:
    one, other = FolderStore(tmp_path), FolderStore(tmp_path)
    one.put([PERMIT])
    assert other.put([replace(PERMIT, body="改")]) == 1
    newest = one.get(PERMIT.id)
    assert newest is not None
    assert newest.version == 2
    assert one.revision() == other.revision()


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(UserError) as failure:
        FolderStore(tmp_path / "file" / "inside")
    assert failure.value.code == "KNOWLEDGE_STORE_UNREADABLE"
    assert str(tmp_path) in failure.value.message("zh")
