"""Documents are read in a process of their own: one that hangs or eats memory is ended.

Parsers of foreign formats meet files made to break them. The process answers in JSON, so that nothing
a file does to it reaches the program.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from knowledge_base.article import Article
from knowledge_base.importers.html_file import read_html_file
from knowledge_base.importers.office import read_docx_file, read_xlsx_file
from knowledge_base.importers.pdf_file import read_pdf_file
from knowledge_base.importers.values import BadArticle
from knowledge_base.store import article_from_json, article_to_json

DOCUMENTS: dict[str, Callable[[bytes, str], Iterator[Article | BadArticle]]] = {
    ".html": read_html_file,
    ".htm": read_html_file,
    ".docx": read_docx_file,
    ".xlsx": read_xlsx_file,
    ".pdf": read_pdf_file,
}
"""File ending → reader of a file's bytes and its name."""
WITHIN_S = 60.0
"""A document that takes longer is given up; an ordinary one takes less than a second."""
MEMORY = 1 << 30
"""Bytes that reading may take beyond what the process begins with (where the system can limit it)."""
MAX_RESULTS = 50_000

_Result = Article | BadArticle


class DocumentReader:
    """Reads documents one after the other. The process starts with the first; ``close`` ends it."""

    def __init__(self, within_s: float = WITHIN_S) -> None:
        self._within_s = within_s
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def read(self, file: Path) -> list[_Result]:
        """The articles of a document, and what was wrong with it. It never raises."""
        pipe = self._pipe or self._start()
        try:
            pipe.send_bytes(str(file).encode(errors="surrogateescape"))
            if not pipe.poll(self._within_s):
                self.close()
                return [BadArticle("IMPORT_TOO_SLOW", f"{self._within_s:.0f} s")]
            return [_taken(row) for row in json.loads(pipe.recv_bytes())]
        except (EOFError, OSError) as error:
            self.close()
            return [BadArticle("IMPORT_DOCUMENT", f"{type(error).__name__}: the reader ended")]

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is not None and self._pipe is not None:
            self._pipe.close()
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process = self._pipe = None

    def _start(self) -> Connection:
        fresh = multiprocessing.get_context("spawn")
        ours, theirs = fresh.Pipe()
        process = fresh.Process(target=_serve, args=(theirs,), name="documents", daemon=True)
        process.start()
        theirs.close()
        self._process, self._pipe = process, ours
        return ours


def _serve(pipe: Connection) -> None:
    """The life of the process: a path in, the results out, until the other end is gone."""
    _limit_memory()
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            file = Path(pipe.recv_bytes().decode(errors="surrogateescape"))
            pipe.send_bytes(json.dumps([_given(result) for result in _read(file)]).encode())


def _read(file: Path) -> list[_Result]:
    """What a document holds; what stopped the reading comes last, behind what was read before it."""
    results: list[_Result] = []
    try:
        for result in DOCUMENTS[file.suffix.lower()](file.read_bytes(), file.name):
            if len(results) == MAX_RESULTS:
                raise BadArticle("IMPORT_TOO_LARGE", f"more than {MAX_RESULTS} articles")
            results.append(result)
    except BadArticle as bad:
        results.append(bad)
    except MemoryError:
        results.append(BadArticle("IMPORT_TOO_LARGE", f"more than {MEMORY >> 20} MB when read"))
    except RecursionError:
        results.append(BadArticle("IMPORT_DOCUMENT", "nested too deeply"))
    except Exception as error:  # noqa: BLE001 - parsers fail in many ways on broken files
        results.append(BadArticle("IMPORT_DOCUMENT", f"{type(error).__name__}: {error}"[:120]))
    return results


def _given(result: _Result) -> object:
    if isinstance(result, BadArticle):
        return [result.code, result.detail]
    return article_to_json(result)


def _taken(row: dict[str, Any] | list[str]) -> _Result:
    return article_from_json(row) if isinstance(row, dict) else BadArticle(row[0], row[1])


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        pages = 0
    most = pages * resource.getpagesize() + MEMORY
    with suppress(ValueError, OSError):  # a system that does not let itself be limited
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
