"""Knowledge bases to ask, made of real parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from knowledge_base.search import KnowledgeBase
from knowledge_base.store import FolderStore
from resources.loader import resource_path

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    """The articles that ship with the product, on a fixed day."""
    folder = tmp_path_factory.mktemp("bundled")
    with closing(
        KnowledgeBase(FolderStore(folder / "store"), folder / "index", lambda: TODAY)
    ) as knowledge:
        report = knowledge.import_paths([resource_path("articles")])
        assert report.problems == ()
        yield knowledge


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[KnowledgeBase]:
    """A knowledge base without articles; its store lies in ``tmp_path / "store"``."""
    store = FolderStore(tmp_path / "store")
    with closing(KnowledgeBase(store, tmp_path / "index", lambda: TODAY)) as knowledge:
        yield knowledge
