"""The index heals itself: missing, damaged, outdated, interrupted at any moment."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from whoosh.query.terms import Prefix, Term
from whoosh.searching import Searcher
from whoosh.util.filelock import FileLock

from knowledge_base import building, index
from knowledge_base.article import Article
from knowledge_base.search import KnowledgeBase
from knowledge_base.store import FolderStore
from resources.errors import Cancelled, UserError

SUBJECTS = [
    "停水",
    "停电",
    "燃气",
    "供暖",
    "居住证",
    "落户",
    "医保",
    "公积金",
    "摇号",
    "限行",
    "噪声",
    "油烟",
]


def article(number: int) -> Article:
    subject = SUBJECTS[number % len(SUBJECTS)]
    return Article(
        f"a{number}", 1, f"{subject}第{number}号说明", f"关于{subject}的办理说明，编号{number:05d}。"
    )


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path / "store")
    store.put([article(number) for number in range(300)])
    return store


def found(knowledge: KnowledgeBase, query: str) -> list[str]:
    return [hit.article.id for hit in knowledge.search(query, limit=5)]


def answers(store: FolderStore, folder: Path) -> None:
    """Opened anew, the knowledge base has every article of the store in its newest version."""
    with closing(KnowledgeBase(store, folder)) as knowledge:
        assert knowledge.count() == len(list(store.current()))
        for number in (0, 7, 299):
            newest = store.get(f"a{number}")
            assert newest is not None
            hits = knowledge.search(f"编号{number:05d}", limit=3)
            assert newest in [hit.article for hit in hits]


def test_an_index_is_built_once_and_opened_again_without_building(
    store: FolderStore, tmp_path: Path
) -> None:
    KnowledgeBase(store, tmp_path / "index").close()
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "index").iterdir()}
    answers(store, tmp_path / "index")
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "index").iterdir()} == before


def test_a_change_a_new_and_a_removed_article_are_seen_after_refresh(
    store: FolderStore, tmp_path: Path
) -> None:
    with closing(KnowledgeBase(store, tmp_path / "index")) as knowledge:
        assert knowledge.refresh() is False
        store.put([replace(article(3), title="冰雪运动季门票"), Article("new", 1, "舞龙大赛报名", "")])
        assert knowledge.refresh() is True
        assert found(knowledge, "冰雪运动") == ["a3"]
        assert found(knowledge, "舞龙大赛") == ["new"]
        assert knowledge.count() == 301

        class Shrunk(FolderStore):
            def current(self) -> tuple[Article, ...]:
                return tuple(a for a in super().current() if a.id != "new")

            def revision(self) -> str:
                return super().revision() + "-shrunk"

    with closing(KnowledgeBase(Shrunk(tmp_path / "store"), tmp_path / "index")) as knowledge:
        assert "new" not in found(knowledge, "舞龙大赛报名")
        assert knowledge.count() == 300


def test_many_small_changes_do_not_pile_up_segments(store: FolderStore, tmp_path: Path) -> None:
    with closing(KnowledgeBase(store, tmp_path / "index")) as knowledge:
        for number in range(30):
            store.put([replace(article(number), body=f"改过了，编号{number:05d}。")])
            knowledge.refresh()
        with knowledge.reading() as snapshot:
            assert snapshot.size < 340
        assert knowledge.count() == 300
    assert len(list((tmp_path / "index").glob("*.trm"))) < 16
    answers(store, tmp_path / "index")


DAMAGE = {
    "cut": lambda content: content[: len(content) // 2],
    "flipped": lambda content: content[:-9] + bytes([content[-9] ^ 4]) + content[-8:],
    "emptied": lambda content: b"",
    "replaced": lambda content: os.urandom(len(content)),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("ending", [".trm", ".pst", ".col", ".toc", "manifest.json"])
def test_a_damaged_file_is_noticed_and_the_index_made_anew(
    store: FolderStore, tmp_path: Path, caplog: pytest.LogCaptureFixture, ending: str, damage: str
) -> None:
    folder = tmp_path / "index"
    KnowledgeBase(store, folder).close()
    victims = [path for path in folder.iterdir() if path.name.endswith(ending)]
    assert victims
    for victim in victims:
        victim.write_bytes(DAMAGE[damage](victim.read_bytes()))
    answers(store, folder)
    assert "rebuilt" in caplog.text


@pytest.mark.parametrize("ending", [".trm", ".pst", ".col", ".toc", "manifest.json", ""])
def test_a_missing_file_is_noticed_and_the_index_made_anew(
    store: FolderStore, tmp_path: Path, ending: str
) -> None:
    folder = tmp_path / "index"
    KnowledgeBase(store, folder).close()
    for path in folder.iterdir():
        if path.name.endswith(ending):
            path.unlink()
    answers(store, folder)


@pytest.mark.parametrize("key", ["schema", "analyser"])
def test_an_index_of_an_older_program_is_made_anew(
    store: FolderStore, tmp_path: Path, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    folder = tmp_path / "index"
    KnowledgeBase(store, folder).close()
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {key: 0}))
    answers(store, folder)
    assert "versions" in caplog.text


def test_a_cancelled_build_leaves_the_last_state_and_the_next_completes(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "BATCH", 50)
    with closing(KnowledgeBase(store, tmp_path / "index")) as knowledge:
        store.put([replace(article(number), body="冰雪") for number in range(300)])

        def stop(done: int) -> None:
            raise Cancelled

        with pytest.raises(Cancelled):
            knowledge.refresh(stop)
        assert found(knowledge, "冰雪") == []
        assert knowledge.count() == 300
        assert knowledge.refresh() is True
        assert len(found(knowledge, "冰雪")) == 5


def test_searches_go_on_while_the_index_is_rewritten(store: FolderStore, tmp_path: Path) -> None:
    wrong: list[object] = []
    with closing(KnowledgeBase(store, tmp_path / "index")) as knowledge:
        done = threading.Event()

        def keep_asking() -> None:
            chance = random.Random(1)
            while not done.is_set():
                number = chance.randrange(300)
                hits = knowledge.search(f"编号{number:05d}", limit=3)
                if f"a{number}" not in [hit.article.id for hit in hits]:
                    wrong.append((number, hits))

        askers = [threading.Thread(target=keep_asking) for _ in range(2)]
        for asker in askers:
            asker.start()
        for round_ in range(12):
            count = 300 if round_ % 3 else 5
            store.put([replace(article(n), spoken=f"第{round_}轮") for n in range(count)])
            knowledge.refresh()
        done.set()
        for asker in askers:
            asker.join(20)
    assert wrong == []


def test_a_search_under_way_reads_articles_whose_files_a_writer_has_swept_away(
    store: FolderStore, tmp_path: Path
) -> None:
    with closing(index.WhooshIndex(store, tmp_path / "index")) as kept:
        kept.refresh()
        with kept.reading() as before:
            store.put([replace(article(n), spoken="后来") for n in range(300)])
            kept.refresh()
            found = before.article(before.numbers["a1"])
        assert (found.id, found.spoken) == ("a1", article(1).spoken)


def test_only_one_program_writes_and_the_other_says_so(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_LOCK_WAIT_S", 0.1)
    with closing(KnowledgeBase(store, tmp_path / "index")) as knowledge:
        store.put([replace(article(1), body="改")])
        lock = FileLock(str(tmp_path / "index" / "writer.lock"))
        assert lock.acquire()
        with pytest.raises(UserError) as failure:
            knowledge.refresh()
        lock.release()
        assert failure.value.code == "KNOWLEDGE_INDEX_BUSY"
        assert found(knowledge, "编号00001") == ["a1"]
        assert knowledge.refresh() is True


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An index folder with an index of the store that another program is writing to."""
    monkeypatch.setattr(index, "_LOCK_WAIT_S", 0.1)
    (tmp_path / "index").mkdir(exist_ok=True)
    lock = FileLock(str(tmp_path / "index" / "writer.lock"))
    assert lock.acquire()
    yield tmp_path / "index"
    lock.release()


def test_without_any_state_a_held_index_says_so(store: FolderStore, held: Path) -> None:
    with pytest.raises(UserError, match="KNOWLEDGE_INDEX_BUSY"):
        KnowledgeBase(store, held)


@pytest.fixture
def built(store: FolderStore, tmp_path: Path) -> None:
    """The index is there, and older than the store."""
    KnowledgeBase(store, tmp_path / "index").close()
    store.put([replace(article(1), title="冰雪运动季门票")])


@pytest.mark.usefixtures("built")
def test_with_an_older_state_a_held_index_answers_from_it(
    store: FolderStore, held: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(KnowledgeBase(store, held)) as knowledge:
        assert found(knowledge, "编号00001") == ["a1"]
    assert "older state" in caplog.text


def test_an_index_folder_that_cannot_be_made_is_named(store: FolderStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(UserError) as failure:
        KnowledgeBase(store, tmp_path / "file" / "index")
    assert failure.value.code == "KNOWLEDGE_INDEX_UNWRITABLE"
    assert str(tmp_path) in failure.value.message("en")


def test_two_programs_on_one_index_both_see_the_newest_state(
    store: FolderStore, tmp_path: Path
) -> None:
    with (
        closing(KnowledgeBase(store, tmp_path / "index")) as one,
        closing(KnowledgeBase(FolderStore(tmp_path / "store"), tmp_path / "index")) as other,
    ):
        store.put([replace(article(1), title="冰雪运动季门票")])
        assert one.refresh()
        assert other.refresh()
        assert found(one, "冰雪运动") == found(other, "冰雪运动") == ["a1"]


def test_whooshs_own_queries_work_on_the_packed_postings(store: FolderStore, tmp_path: Path) -> None:
    with (
        closing(KnowledgeBase(store, tmp_path / "index")) as knowledge,
        knowledge.reading() as snapshot,
    ):
        searcher = Searcher(snapshot._reader)  # type: ignore[attr-defined]
        assert len(searcher.search(Term("words", "停水"), limit=None)) == 25
        assert len(searcher.search(Prefix("id", "a29"), limit=None)) == 11


def test_killed_at_any_moment_the_next_start_answers_with_everything(
    store: FolderStore, tmp_path: Path
) -> None:
    program = Path(__file__).with_name("build_index.py")
    chance = random.Random(7)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for _ in range(6):
        delay = str(chance.uniform(0, 0.6))
        command = [sys.executable, program, tmp_path / "store", tmp_path / "index", delay]
        writer = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
        assert writer.stderr == b""
        assert writer.returncode not in (0, 1)
        answers(FolderStore(tmp_path / "store"), tmp_path / "index")
    with closing(KnowledgeBase(store, tmp_path / "index")) as knowledge:
        store.put([replace(article(0), body="最后一改")])
        knowledge.refresh()
    kept = json.loads((tmp_path / "index" / "manifest.json").read_text())["files"]
    left = {path.name for path in (tmp_path / "index").iterdir() if "KB_" in path.name}
    assert left == set(kept), "what dead writers left is swept up"
