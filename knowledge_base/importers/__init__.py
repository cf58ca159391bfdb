"""Articles out of files: Markdown, text, tables, web pages, documents. A bad file stops nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.article import Article
from knowledge_base.importers.apart import DOCUMENTS, DocumentReader
from knowledge_base.importers.csv_file import read_csv_file
from knowledge_base.importers.decoding import decoded
from knowledge_base.importers.jsonl_file import read_jsonl_file
from knowledge_base.importers.markdown_file import read_markdown_file
from knowledge_base.importers.text_file import read_text_file
from knowledge_base.importers.values import BadArticle
from resources.errors import Cancelled

MAX_BYTES = 64 * 1024 * 1024
"""A larger file is refused: it is not a hand-written article, and tables can be cut in parts."""

READERS: dict[str, Callable[[str, str], Iterator[Article | BadArticle]]] = {
    ".md": read_markdown_file,
    ".markdown": read_markdown_file,
    ".csv": lambda text, _: read_csv_file(text),
    ".jsonl": lambda text, _: read_jsonl_file(text),
    ".txt": read_text_file,
}
"""File ending → reader of a file's text and its name without the ending."""
KINDS = frozenset(READERS) | frozenset(DOCUMENTS)


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """What was not imported: ``code`` names a sentence of the errors table, ``detail`` the place."""

    path: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: articles new or changed, articles that were already so, and what failed.

    ``left`` files were not looked at because it was cancelled; the same import again goes on there.
    ``alike`` are the ids of near-duplicates, one of them at least imported, and the share they have in
    common.
    """

    imported: int
    unchanged: int
    problems: tuple[ImportProblem, ...]
    left: int = 0
    alike: tuple[tuple[str, str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class FileArticles:
    """What one file held."""

    file: Path
    articles: tuple[Article, ...]
    problems: tuple[ImportProblem, ...]


def files_of(paths: Iterable[Path], every_kind: bool = False) -> list[Path]:
    """The files among the paths and those in the folders, in a stable order, without hidden ones.

    Of a folder's files only those of a known kind, unless ``every_kind``.
    """
    found = (file for path in paths for file in _below(path, every_kind))
    return list(dict.fromkeys(found))


def read_files(
    files: Iterable[Path], cancel: Callable[[], bool] | None = None
) -> Iterator[FileArticles]:
    """The files one after the other. Of several articles with one id the first counts.

    Raises ``Cancelled`` once ``cancel()`` is true; what came before stands.
    """
    first: dict[str, tuple[Article, Path]] = {}
    with closing(DocumentReader()) as documents:
        for file in files:
            articles: list[Article] = []
            problems: list[ImportProblem] = []
            empty = BadArticle("IMPORT_EMPTY", "nothing in it")
            for result in _or_else(_read(file, documents), empty):
                if cancel is not None and cancel():
                    raise Cancelled
                if isinstance(result, BadArticle):
                    problems.append(ImportProblem(str(file), result.code, result.detail))
                elif result.id not in first:
                    first[result.id] = (result, file)
                    articles.append(result)
                elif first[result.id][0] != result:
                    detail = f"{result.id}: {first[result.id][1].name}"
                    problems.append(ImportProblem(str(file), "IMPORT_DUPLICATE_ID", detail))
            yield FileArticles(file, tuple(articles), tuple(problems))


def read_paths(
    paths: Iterable[Path],
    progress: Callable[[int, int], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> tuple[tuple[Article, ...], tuple[ImportProblem, ...]]:
    """All articles in files and folders at once, and everything that was wrong.

    ``progress(files done, files in all)``. Raises ``Cancelled`` once ``cancel()`` is true.
    """
    files = files_of(paths)
    articles: list[Article] = []
    problems: list[ImportProblem] = []
    for done, one in enumerate(read_files(files, cancel), 1):
        articles += one.articles
        problems += one.problems
        if progress is not None:
            progress(done, len(files))
    return tuple(articles), tuple(problems)


def _below(path: Path, every_kind: bool) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, inner, names in os.walk(path):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder, name)
            if not name.startswith(".") and (every_kind or file.suffix.lower() in KINDS):
                yield file


def _or_else(
    results: Iterable[Article | BadArticle], nothing: BadArticle
) -> Iterator[Article | BadArticle]:
    """The results, or what it means that there is none."""
    none = True
    for result in results:
        none = False
        yield result
    if none:
        yield nothing


def _read(file: Path, documents: DocumentReader) -> Iterable[Article | BadArticle]:
    kind = file.suffix.lower()
    if kind not in KINDS:
        return [BadArticle("IMPORT_UNKNOWN_KIND", file.suffix or file.name)]
    try:
        if not file.is_file():
            detail = "not a file" if file.exists() else "no such file"
            return [BadArticle("IMPORT_UNREADABLE", detail)]
        size = file.stat().st_size
        if size > MAX_BYTES:
            return [BadArticle("IMPORT_TOO_LARGE", f"{size // (1024 * 1024)} MB")]
        if size == 0:
            return [BadArticle("IMPORT_EMPTY", "0 bytes")]
        if kind in DOCUMENTS:
            return documents.read(file)
        content = file.read_bytes()
    except (OSError, ValueError) as error:
        return [BadArticle("IMPORT_UNREADABLE", getattr(error, "strerror", None) or str(error))]
    text = decoded(content)
    if text is None:
        return [BadArticle("IMPORT_ENCODING", f"{len(content)} bytes")]
    if not text.strip():
        return [BadArticle("IMPORT_EMPTY", f"{len(content)} bytes")]
    return READERS[kind](text, file.stem)
