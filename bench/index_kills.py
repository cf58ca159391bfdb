"""Programs killed while they index articles: whether search still answers, with everything, afterwards.

``python -m bench.index_kills STORE INDEX`` is the program that gets killed: it changes articles and
indexes them without end, and says when it has begun.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from knowledge_base import building
from knowledge_base.article import Article
from knowledge_base.index import WhooshIndex
from knowledge_base.search import KnowledgeBase
from knowledge_base.store import FolderStore

KILLS = 50
ARTICLES = 500
LONGEST_S = 1.0
_SMALL_BATCH = 64
"""So that a build writes many files, and a kill finds one half-written."""


def article(number: int) -> Article:
    """An article that one word alone finds."""
    return Article(
        f"a{number}", 1, f"第{number}号办事指南", f"编号{number:05}的事项，请携带身份证办理。"
    )


def index_without_end(store_folder: Path, index_folder: Path) -> None:
    """The program to kill."""
    building.BATCH = _SMALL_BATCH
    store = FolderStore(store_folder)
    index = WhooshIndex(store, index_folder)
    index.refresh()
    print("begun", flush=True)
    for round_number in range(1_000_000):
        every = 1 + round_number % 7  # whole rebuilds and small changes in turn
        changed = [replace(one, spoken=f"第{round_number}轮") for one in store.current()][::every]
        store.put(changed)
        index.refresh()


def kills(folder: Path, trials: int = KILLS) -> dict[str, Any]:
    """Kill the program so many times; what the next start finds each time."""
    store_folder, index_folder = folder / "store", folder / "index"
    FolderStore(store_folder).put([article(number) for number in range(ARTICLES)])
    chance = random.Random()
    answered = whole = 0
    reopened: list[float] = []
    for _ in range(trials):
        command = [sys.executable, "-m", "bench.index_kills", str(store_folder), str(index_folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
            assert program.stdout is not None
            program.stdout.readline()
            time.sleep(chance.uniform(0, LONGEST_S))
            program.kill()
        begin = time.perf_counter()
        with closing(KnowledgeBase(FolderStore(store_folder), index_folder)) as knowledge:
            reopened.append(time.perf_counter() - begin)
            number = chance.randrange(ARTICLES)
            hits = knowledge.search(f"编号{number:05}", limit=1)
            answered += bool(hits) and hits[0].article.id == f"a{number}"
            kept = FolderStore(store_folder)
            same = [knowledge.article(one.id) == one for one in kept.current()]
            whole += knowledge.count() == ARTICLES == len(same) and all(same)
    return {
        "kills": trials,
        "search_answers": answered,
        "nothing_missing": whole,
        "longest_reopen_s": round(max(reopened), 2),
    }


def run(data: Path | None) -> dict[str, Any]:
    """Fifty kills; no measurement data is needed."""
    del data
    with tempfile.TemporaryDirectory() as name:
        return kills(Path(name))


if __name__ == "__main__":
    index_without_end(Path(sys.argv[1]), Path(sys.argv[2]))
