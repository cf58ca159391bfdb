"""Articles as files for others: to be imported again as they were, or to be read and printed."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from knowledge_base.article import Article
from knowledge_base.exporters.documents import as_page, write_docx
from knowledge_base.exporters.tables import as_markdown, write_csv, write_jsonl, write_xlsx
from resources.errors import UserError

PrintPdf = Callable[[str, Path], None]
"""Prints a web page to a file."""
_Writer = Callable[[Sequence[Article], Path, str], None]

_WRITERS: dict[str, _Writer] = {
    ".csv": write_csv,
    ".xlsx": write_xlsx,
    ".jsonl": write_jsonl,
    ".html": lambda articles, path, language: _write_text(as_page(articles, language), path),
    ".docx": write_docx,
}
KINDS = (*_WRITERS, ".pdf")
_UNSAFE_NAME = re.compile(r'[\x00-\x1f<>:"/\\|?*]|^\.+|[. ]+$')
_LONGEST_NAME = 80


def write_articles(
    articles: Iterable[Article], target: Path, language: str, print_pdf: PrintPdf
) -> int:
    """Write articles in the form that the name of ``target`` ends in; how many were written.

    Without an ending it is a new or empty folder of Markdown files. Such a folder, CSV, Excel and JSON
    Lines can be imported again as they were; web page, Word and PDF are to be read. A file of that name
    is replaced, and only by a whole one. ``language`` is that of the facts' names. Raises ``UserError``
    with KB_EXPORT_KIND, KB_EXPORT_FOLDER, KB_EXPORT_LONG or KB_EXPORT_FAILED.
    """
    chosen = sorted(articles, key=lambda article: article.id)
    kind = target.suffix.lower()
    if kind and kind not in KINDS:
        raise UserError("KB_EXPORT_KIND", path=target, known=", ".join(KINDS))
    try:
        if not kind and target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise UserError("KB_EXPORT_FOLDER", path=target)
        if kind and target.is_dir():
            raise UserError("KB_EXPORT_FAILED", path=target, detail=os.strerror(errno.EISDIR))
        with TemporaryDirectory(prefix=".jiesu-export-", dir=target.parent) as folder:
            scratch = Path(folder) / f"articles{kind}"
            if not kind:
                _write_folder(chosen, scratch)
            elif kind == ".pdf":
                print_pdf(as_page(chosen, language), scratch)
            else:
                _WRITERS[kind](chosen, scratch, language)
            if target.is_dir():
                target.rmdir()  # it is empty; Windows would not replace it
            os.replace(scratch, target)
    except OSError as error:
        raise UserError("KB_EXPORT_FAILED", path=target, detail=error.strerror or error) from error
    return len(chosen)


def _write_folder(articles: Iterable[Article], folder: Path) -> None:
    folder.mkdir()
    taken: set[str] = set()
    for article in articles:
        plain = _UNSAFE_NAME.sub("_", article.id)[:_LONGEST_NAME] or "_"
        name, count = plain, 1
        while name.lower() in taken:  # ids that file names cannot tell apart
            count += 1
            name = f"{plain}-{count}"
        taken.add(name.lower())
        _write_text(as_markdown(article), folder / f"{name}.md")


def _write_text(words: str, path: Path) -> None:
    path.write_text(words, encoding="utf-8", newline="\n")
