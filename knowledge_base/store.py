"""An article store in a folder, for use without a database: one line per article version.

The file only ever grows. A line that a crash cut short is dropped at the next start; everything
before it stands.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from whoosh.util.filelock import FileLock, try_for

from knowledge_base.article import Article
from resources.errors import UserError

log = logging.getLogger(__name__)
_DATES = ("effective", "expires", "review")
_LISTS = ("questions", "synonyms")
_LOCK_WAIT_S = 20.0


def article_to_json(article: Article) -> dict[str, Any]:
    """An article as plain JSON values: dates as ``YYYY-MM-DD``, empty values left out."""
    content: dict[str, Any] = {}
    for name in Article.__slots__:
        value = getattr(article, name)
        if value not in ("", None, ()):
            content[name] = value.isoformat() if isinstance(value, date) else value
    return content


def article_from_json(content: dict[str, Any]) -> Article:
    """The inverse of ``article_to_json``; raises ``TypeError`` or ``ValueError`` on anything else."""
    values = {"id": "", "title": "", "body": "", **content}
    for name in _DATES:
        if name in values:
            values[name] = date.fromisoformat(values[name])
    for name in _LISTS:
        if name in values:
            values[name] = tuple(values[name])
    return Article(**values)


class FolderStore:
    """An ``ArticleStore`` in ``articles.jsonl`` of a folder; several programs may use it at once."""

    def __init__(self, folder: Path) -> None:
        """Raises ``UserError("KNOWLEDGE_STORE_UNREADABLE")`` when the folder cannot be used."""
        self._path = folder / "articles.jsonl"
        self._lock = threading.RLock()
        self._versions: dict[str, list[Article]] = {}
        self._read_bytes = 0
        self._checksum = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._path.touch()
        except OSError as error:
            raise UserError("KNOWLEDGE_STORE_UNREADABLE", path=folder, detail=error) from error
        self._read_on()

    def current(self) -> Iterable[Article]:
        """The newest version of every article, in the order of their first appearance."""
        with self._lock:
            self._read_on()
            return tuple(versions[-1] for versions in self._versions.values())

    def get(self, article_id: str, version: int | None = None) -> Article | None:
        """One article, in its newest or in the named version."""
        with self._lock:
            self._read_on()
            versions = self._versions.get(article_id, [])
            if version is None:
                return versions[-1] if versions else None
            return next((article for article in versions if article.version == version), None)

    def put(self, articles: Iterable[Article]) -> int:
        """Keep articles; a changed one becomes the next version. Returns how many changed.

        The version number an article brings along does not count. All are kept or, after a crash,
        a leading part of them.
        """
        incoming = tuple(articles)
        with self._lock:
            lock = FileLock(str(self._path.with_suffix(".lock")))
            if not try_for(lock.acquire, timeout=_LOCK_WAIT_S, delay=0.05):
                raise UserError("KNOWLEDGE_STORE_UNREADABLE", path=self._path, detail="locked")
            try:
                self._read_on()
                lines = self._next_versions(incoming)
                self._append(lines)
            finally:
                lock.release()
            self._read_on()
            return len(lines)

    def revision(self) -> str:
        """A token that changes whenever the stored articles change."""
        with self._lock:
            self._read_on()
            return f"{self._read_bytes}-{self._checksum:08x}"

    def _next_versions(self, incoming: tuple[Article, ...]) -> list[bytes]:
        newest = {article.id: article for article in (v[-1] for v in self._versions.values())}
        lines: list[bytes] = []
        for article in incoming:
            before = newest.get(article.id)
            if before is not None and replace(article, version=before.version) == before:
                continue
            kept = replace(article, version=before.version + 1 if before else 1)
            newest[article.id] = kept
            line = json.dumps(article_to_json(kept), ensure_ascii=False)
            lines.append(line.encode("utf-8", errors="replace") + b"\n")
        return lines

    def _append(self, lines: list[bytes]) -> None:
        if not lines:
            return
        try:
            with self._path.open("r+b") as file:
                file.truncate(self._read_bytes)  # drop a line that a crash cut short
                file.seek(self._read_bytes)
                file.write(b"".join(lines))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise UserError("KNOWLEDGE_STORE_UNREADABLE", path=self._path, detail=error) from error

    def _read_on(self) -> None:
        """Take in the whole lines that were appended since the last look."""
        try:
            if self._path.stat().st_size == self._read_bytes:
                return
            with self._path.open("rb") as file:
                file.seek(self._read_bytes)
                tail = file.read()
        except OSError as error:
            raise UserError("KNOWLEDGE_STORE_UNREADABLE", path=self._path, detail=error) from error
        whole = tail[: tail.rfind(b"\n") + 1]
        for line in whole.splitlines():
            try:
                article = article_from_json(json.loads(line))
            except (ValueError, TypeError) as error:
                log.warning("a damaged line of %s is passed over: %s", self._path, error)
                continue
            self._versions.setdefault(article.id, []).append(article)
        self._read_bytes += len(whole)
        self._checksum = zlib.crc32(whole, self._checksum)
