"""Commands on articles that need no seat: measuring a search."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from app.terminal import EXIT_DEGRADED, EXIT_OK, Terminal
from resources.errors import UserError
from resources.texts import text

_TELL_EVERY_S = 10.0


def evaluate(
    terminal: Terminal, articles: Sequence[Path], questions: Path, folder: Path, words_only: bool
) -> int:
    """Print nDCG@10, hit@1, hit@5, MRR and latency of the search on questions with known answers.

    ``folder`` keeps the computed embeddings for the next time. Waits until all are there.
    """
    from knowledge_base.embedding import E5Embedder
    from knowledge_base.evaluation import evaluate as measure
    from knowledge_base.evaluation import read_questions
    from knowledge_base.importers import read_paths
    from knowledge_base.search import KnowledgeBase
    from knowledge_base.store import FolderStore

    asked = read_questions(questions)
    found, problems = read_paths(articles)
    for one in problems:
        print(f"{one.code}: {one.path}: {one.detail}", file=sys.stderr)
    status = EXIT_DEGRADED if problems else EXIT_OK
    embedder = None
    if not words_only:
        try:
            embedder = E5Embedder()
        except UserError as error:
            status = terminal.complain_of([error])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        store = FolderStore(Path(name) / "store")
        store.put(found)
        knowledge = KnowledgeBase(store, Path(name) / "index", embedder=embedder, vectors_dir=folder)
        with closing(knowledge):
            while not knowledge.wait_for_meaning(_TELL_EVERY_S):
                state = knowledge.meaning()
                if state is None:
                    break
                said = text("cli.kb_embedding", terminal.language, ready=state.ready, total=state.total)
                print(said, file=sys.stderr, flush=True)
            figures = measure(lambda words: [hit.article.id for hit in knowledge.search(words)], asked)
            by_meaning = knowledge.meaning() is not None
    if terminal.json:
        terminal.print_json({**figures, "by_meaning": by_meaning})
    else:
        terminal.show_figures(figures)
    return status
