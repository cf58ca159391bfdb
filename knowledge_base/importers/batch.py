"""An import from its first file to its last: kept as it goes, told as it goes, gone on with later."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from knowledge_base.alike import near_duplicates
from knowledge_base.article import ArticleStore
from knowledge_base.importers import FileArticles, ImportProblem, ImportReport, files_of, read_files
from knowledge_base.importers.journal import ImportJournal
from resources.errors import Cancelled

log = logging.getLogger(__name__)
KEPT_AT_ONCE = 1_000
"""Articles read from files before they are put into the store."""


class Import:
    """One import of files and folders into a store."""

    def __init__(self, store: ArticleStore, journal: Path) -> None:
        """``journal`` names the file that an interrupted import leaves behind."""
        self._store = store
        self._journal = ImportJournal(journal)
        self._waiting: list[FileArticles] = []
        self._problems: list[ImportProblem] = []
        self._read: list[str] = []
        self._changed = 0

    def run(
        self,
        paths: Iterable[Path],
        progress: Callable[[int, int], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> ImportReport:
        """Read and keep everything; ``progress(files done, files in all)``, ``cancel()`` true stops.

        After a cancel or a crash the same import goes on with the files that are left.
        """
        files = files_of(paths, every_kind=True)
        left = [file for file in files if not self._journal.has(file)]
        done = len(files) - len(left)
        try:
            for one in read_files(left, cancel):
                self._waiting.append(one)
                done += 1
                if progress is not None:
                    progress(done, len(files))
                if sum(len(file.articles) for file in self._waiting) >= KEPT_AT_ONCE:
                    self._keep()
        except Cancelled:
            log.info("an import was cancelled after %d of %d files", done, len(files))
        finally:
            self._keep()
        if done == len(files):
            self._journal.finish()
        unchanged = len(self._read) - self._changed
        problems = tuple(self._problems)
        return ImportReport(self._changed, unchanged, problems, len(files) - done, self._alike())

    def _alike(self) -> tuple[tuple[str, str, float], ...]:
        if not self._changed:
            return ()
        pairs = near_duplicates(tuple(self._store.current()), among=set(self._read))
        return tuple((pair.first.id, pair.second.id, pair.share) for pair in pairs)

    def _keep(self) -> None:
        """Put what was read into the store, then note the files as done: faulty ones are read again."""
        articles = [article for one in self._waiting for article in one.articles]
        if articles:
            self._changed += self._store.put(articles)
        self._read += [article.id for article in articles]
        self._problems += [problem for one in self._waiting for problem in one.problems]
        self._journal.add([one.file for one in self._waiting if not one.problems])
        self._waiting.clear()
