"""How long it takes from a keystroke in the desk's search to its painted results, with 20,000 articles.

A real window, drawn offscreen, over a real seat: each character of a question is committed as an input
method does, and the clock stops when the list with the results for the text so far has been painted.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.search import MANY, QuickPassages, generated_articles, installed_embedder
from knowledge_base.evaluation import latency, read_questions
from knowledge_base.importers import read_paths
from resources.loader import resource_path

QUESTIONS = 15
WITHIN_S = 10.0


def painted(folder: Path, questions: Sequence[str]) -> list[float]:
    """Milliseconds from each keystroke to its painted results, in the window of a folder's seat."""
    from PySide6.QtGui import QInputMethodEvent
    from PySide6.QtWidgets import QApplication

    from app.workplace import Workplace
    from ui.main import make_application, open_window

    application = make_application(["typing"])
    desk = Workplace(folder)
    embedder = installed_embedder()
    if embedder is not None:
        desk.knowledge().add_meaning(QuickPassages(embedder))
        desk.knowledge().wait_for_meaning()
    window = open_window(desk, application, folder / "reports")
    window.show()
    window.show_page("knowledge")
    search = window.knowledge_page.search
    shown: list[str] = []
    search.shown.connect(shown.append)
    times: list[float] = []
    for question in questions:
        search.line.clear()
        for typed in range(1, len(question) + 1):
            event = QInputMethodEvent()
            event.setCommitString(question[typed - 1])
            begin = time.perf_counter()
            QApplication.sendEvent(search.line, event)
            wanted = question[:typed].strip()
            while shown[-1:] != [wanted] and time.perf_counter() - begin < WITHIN_S:
                application.processEvents()
                time.sleep(0.0005)  # leave the interpreter to the search
            search.list.viewport().repaint()
            times.append(1000 * (time.perf_counter() - begin))
    window.close()
    window.deleteLater()
    return times


def run(data: Path | None) -> dict[str, Any]:
    """Median and 95th percentile; questions are those of the measurement folder or of the articles."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["JIESU_KEYRING"] = "off"
    bundled, _ = read_paths([resource_path("articles")])
    source, questions = [a.body for a in bundled], [q for a in bundled for q in a.questions]
    if data is not None and (data / "kb").is_dir():
        questions = [one.text for one in read_questions(data / "kb" / "queries_dev.jsonl")]
    questions = [" ".join(text.split())[:12] for text in questions[:QUESTIONS]]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        from app.workplace import Workplace

        with closing(Workplace(folder)) as desk:
            desk.parts.store().articles().put(generated_articles(source, MANY))
            desk.knowledge()
        times = painted(folder, questions)
    by_meaning = installed_embedder() is not None
    return {"articles": MANY, "by_meaning": by_meaning, "keystroke_to_paint": latency(times)}
