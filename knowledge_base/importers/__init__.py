"""Articles out of files: Markdown, CSV, JSONL and folders of them. A bad file stops nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.article import Article
from knowledge_base.importers.csv_file import read_csv_file
from knowledge_base.importers.decoding import decoded
from knowledge_base.importers.jsonl_file import read_jsonl_file
from knowledge_base.importers.markdown_file import read_markdown_file
from knowledge_base.importers.values import BadArticle
from resources.errors import Cancelled

MAX_BYTES = 64 * 1024 * 1024
"""A larger file is refused: it is not a hand-written article, and tables can be cut in parts."""

READERS: dict[str, Callable[[str], Iterator[Article | BadArticle]]] = {
    ".md": read_markdown_file,
    ".markdown": read_markdown_file,
    ".csv": read_csv_file,
    ".jsonl": read_jsonl_file,
}


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """What was not imported: ``code`` names a sentence of the errors table, ``detail`` the place."""

    path: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: articles new or changed, articles that were already so, and what failed."""

    imported: int
    unchanged: int
    problems: tuple[ImportProblem, ...]


def read_paths(
    paths: Iterable[Path],
    progress: Callable[[int, int], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> tuple[tuple[Article, ...], tuple[ImportProblem, ...]]:
    """All articles in files and folders, in a stable order, and everything that was wrong.

    Of several articles with one id the first counts. ``progress(files done, files in all)``.
    Raises ``Cancelled`` once ``cancel()`` is true.
    """
    files = [file for path in paths for file in _files(path)]
    found: dict[str, tuple[Article, Path]] = {}
    problems: list[ImportProblem] = []
    for done, file in enumerate(files):
        for result in _read(file):
            if cancel is not None and cancel():
                raise Cancelled
            if isinstance(result, BadArticle):
                problems.append(ImportProblem(str(file), result.code, result.detail))
            elif result.id not in found:
                found[result.id] = (result, file)
            elif found[result.id][0] != result:
                detail = f"{result.id}: {found[result.id][1].name}"
                problems.append(ImportProblem(str(file), "IMPORT_DUPLICATE_ID", detail))
        if progress is not None:
            progress(done + 1, len(files))
    return tuple(article for article, _ in found.values()), tuple(problems)


def _files(path: Path) -> Iterator[Path]:
    """The path itself, or the files of a known kind below it; hidden files and links are left out."""
    if not path.is_dir():
        yield path
        return
    for folder, inner, names in os.walk(path):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder, name)
            if not name.startswith(".") and file.suffix.lower() in READERS:
                yield file


def _read(file: Path) -> Iterator[Article | BadArticle]:
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        yield BadArticle("IMPORT_UNKNOWN_KIND", file.suffix or file.name)
        return
    try:
        if not file.is_file():
            yield BadArticle("IMPORT_UNREADABLE", "not a file" if file.exists() else "no such file")
            return
        size = file.stat().st_size
        if size > MAX_BYTES:
            yield BadArticle("IMPORT_TOO_LARGE", f"{size // (1024 * 1024)} MB")
            return
        content = file.read_bytes()
    except OSError as error:
        yield BadArticle("IMPORT_UNREADABLE", error.strerror or str(error))
        return
    text = decoded(content)
    if text is None:
        yield BadArticle("IMPORT_ENCODING", f"{len(content)} bytes")
    elif not text.strip():
        yield BadArticle("IMPORT_EMPTY", f"{len(content)} bytes")
    else:
        yield from reader(text)
