"""The Whoosh index of an article store: a cache that keeps itself right.

All files lie in one folder. A commit writes new files beside the old ones and then replaces
``manifest.json``, which names the files in force with their checksums; what it does not name is
rubbish. So a writer that dies at any moment leaves the last good state, and readers never wait.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex
from whoosh.util.filelock import FileLock, try_for

from knowledge_base.analysis import ANALYSER_VERSION
from knowledge_base.article import Article, ArticleStore
from knowledge_base.building import (
    BATCH,
    SCHEMA_VERSION,
    ArticleWriter,
    Averages,
    batches,
    facts_of,
    schema,
)
from knowledge_base.snapshot import IndexSnapshot, WhooshSnapshot
from resources.errors import UserError

log = logging.getLogger(__name__)
_NAME = "KB"
_MANIFEST = "manifest.json"
_MAX_SEGMENTS = 12
_LOCK_WAIT_S = 20.0
Progress = Callable[[int], None]
"""Told how many articles are indexed so far; raise ``Cancelled`` in it to stop."""


class ArticleIndex(Protocol):
    """A searchable cache of an article store."""

    def refresh(self, progress: Progress | None = None) -> bool:
        """Bring the index up to the store; false if nothing had changed. Searches go on meanwhile."""

    def reading(self) -> AbstractContextManager[IndexSnapshot]:
        """The newest state, to be used inside a ``with``. Never waits."""

    def close(self) -> None:
        """Let go of all files."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in force: the versions it was made with, the store's revision, files and counts."""

    generation: int = -1
    schema: int = SCHEMA_VERSION
    analyser: int = ANALYSER_VERSION
    revision: str = ""
    count: int = 0
    averages: Averages = field(default_factory=dict)
    files: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Name → size in bytes and CRC-32."""


class _PinnedIndex(FileIndex):
    """A Whoosh index in the state of one table of contents, whatever else lies in the folder."""

    def __init__(self, storage: FileStorage, generation: int) -> None:
        self._pinned: TOC = TOC.read(storage, _NAME, gen=generation)
        super().__init__(storage, indexname=_NAME)

    def _read_toc(self) -> TOC:
        return self._pinned


class WhooshIndex:
    """An ``ArticleIndex`` in a folder. Missing, damaged or outdated, it is rebuilt from the store."""

    def __init__(self, store: ArticleStore, folder: Path) -> None:
        """Open what is there; nothing but the folder is made before ``refresh``.

        Raises ``UserError("KNOWLEDGE_INDEX_UNWRITABLE")`` when the folder cannot be made.
        """
        self._store = store
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError("KNOWLEDGE_INDEX_UNWRITABLE", folder=folder, detail=error) from error
        self._storage = FileStorage(str(folder))
        self._writing = threading.Lock()
        self._swapping = threading.Lock()
        self._manifest = Manifest()
        self._current = self._open()

    @contextmanager
    def reading(self) -> Iterator[IndexSnapshot]:
        """The newest state; it stays open inside the ``with`` even when a newer one replaces it."""
        with self._swapping:
            snapshot = self._current
            snapshot.readers += 1
        try:
            yield snapshot
        finally:
            with self._swapping:
                snapshot.readers -= 1
                if snapshot is not self._current and not snapshot.readers:
                    snapshot.close()

    @property
    def count(self) -> int:
        """How many articles can be found."""
        return self._manifest.count

    def refresh(self, progress: Progress | None = None) -> bool:
        """Bring the index up to the store; false if nothing had changed.

        Raises ``UserError("KNOWLEDGE_INDEX_BUSY")`` when another program writes it for too long.
        """
        with self._writing:
            if self._manifest.generation >= 0 and self._manifest.revision == self._store.revision():
                return False
            try:
                with self._only_writer():
                    self._catch_up(progress or (lambda _: None))
            except OSError as error:
                raise UserError(
                    "KNOWLEDGE_INDEX_UNWRITABLE", folder=self._folder, detail=error
                ) from error
            return True

    def close(self) -> None:
        """Let go of all files as soon as no search needs them. Nothing may be searched after it."""
        with self._writing:
            self._swap(WhooshSnapshot(_empty_reader()))

    def _catch_up(self, progress: Progress) -> None:
        manifest = self._manifest_on_disk()
        if manifest is not None and manifest != self._manifest:  # another program has written
            self._swap(self._open())
        revision = self._store.revision()
        if self._manifest.generation >= 0 and self._manifest.revision == revision:
            return
        written = self._update(revision, progress)
        snapshot = self._snapshot(written)
        _write_manifest(self._folder / _MANIFEST, written)
        self._manifest = written
        self._swap(snapshot)
        self._sweep()

    def _snapshot(self, manifest: Manifest) -> WhooshSnapshot:
        """The state a manifest describes, counted."""
        snapshot = WhooshSnapshot(_PinnedIndex(self._storage, manifest.generation).reader())
        if len(snapshot.numbers) != manifest.count:
            snapshot.close()
            raise ValueError(f"{len(snapshot.numbers)} of {manifest.count} articles")
        return snapshot

    def _swap(self, snapshot: WhooshSnapshot) -> None:
        """Show searches another state; the one before closes with its last reader."""
        with self._swapping:
            before, self._current = self._current, snapshot
            if not before.readers:
                before.close()

    def _manifest_on_disk(self) -> Manifest | None:
        try:
            return _read_manifest(self._folder / _MANIFEST)
        except (OSError, ValueError, TypeError):
            return None

    def _open(self) -> WhooshSnapshot:
        """The state on disk, checked; an empty one if there is none or it is not sound."""
        self._manifest = Manifest()
        path = self._folder / _MANIFEST
        try:
            manifest = _read_manifest(path)
            _check_files(self._folder, manifest)
            snapshot = self._snapshot(manifest)
        except FileNotFoundError as missing:
            if path.exists():
                log.warning("knowledge index incomplete, it will be rebuilt: %s", missing)
        except Exception as damage:  # noqa: BLE001 - whatever is wrong with a cache, it is made anew
            log.warning("knowledge index not usable, it will be rebuilt: %s", damage)
        else:
            self._manifest = manifest
            return snapshot
        return WhooshSnapshot(_empty_reader())

    def _update(self, revision: str, progress: Progress) -> Manifest:
        """Write what changed, or everything when that is better; nothing is in force yet."""
        articles = list(self._store.current())
        old = self._current.numbers if self._manifest.generation >= 0 else {}
        facts = self._current.facts
        changed = [
            article
            for article in articles
            if article.id not in old or facts[old[article.id]] != facts_of(article)
        ]
        gone = old.keys() - {article.id for article in articles}
        segments = self._current.segments + -(-len(changed) // BATCH)
        fresh = (
            self._manifest.generation < 0
            or len(changed) + len(gone) > max(200, len(old) // 4)
            or segments > _MAX_SEGMENTS + len(articles) // BATCH
        )
        if fresh:
            return self._write(articles, [], True, revision, len(articles), progress)
        doomed = [old[name] for name in (*gone, *(article.id for article in changed)) if name in old]
        return self._write(changed, doomed, False, revision, len(articles), progress)

    def _write(
        self,
        articles: list[Article],
        doomed: list[int],
        fresh: bool,
        revision: str,
        count: int,
        progress: Progress,
    ) -> Manifest:
        generation = self._manifest.generation
        averages = None if fresh else self._manifest.averages
        if generation < 0:
            TOC.create(self._storage, schema(), _NAME)
            generation = 0
        index = _PinnedIndex(self._storage, generation)
        done = 0
        for number, batch in enumerate(batches(articles) if articles else iter([[]])):
            writer = ArticleWriter(index, averages, fresh=fresh and number == 0)
            try:
                for document in doomed if number == 0 else ():
                    writer.delete_document(document)
                writer.add_articles(batch)
                writer.commit(merge=False)
            except BaseException:
                if not writer.is_closed:
                    writer.cancel()
                raise
            averages = writer.averages
            generation += 1
            index = _PinnedIndex(self._storage, generation)
            done += len(batch)
            progress(done)
        known = {} if fresh else self._manifest.files
        files = _checksums(self._folder, index, generation, known)
        return Manifest(
            generation, revision=revision, count=count, averages=averages or {}, files=files
        )

    def _sweep(self) -> None:
        """Remove what no manifest names any more."""
        for path in self._folder.iterdir():
            if path.name not in self._manifest.files and f"{_NAME}_" in path.name:
                try:
                    path.unlink()
                except OSError as held:  # Windows keeps a file that a search still reads
                    log.debug("left for the next time: %s", held)

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        lock = FileLock(str(self._folder / "writer.lock"))
        if not try_for(lock.acquire, timeout=_LOCK_WAIT_S, delay=0.05):
            raise UserError("KNOWLEDGE_INDEX_BUSY", folder=self._folder)
        try:
            yield
        finally:
            lock.release()


def _empty_reader() -> Any:
    from whoosh.reading import EmptyReader

    return EmptyReader(schema())


def _read_manifest(path: Path) -> Manifest:
    manifest = Manifest(**json.loads(path.read_text(encoding="utf-8")))
    manifest.files.update({name: (size, checksum) for name, (size, checksum) in manifest.files.items()})
    made_with = (manifest.schema, manifest.analyser)
    if made_with != (SCHEMA_VERSION, ANALYSER_VERSION):
        raise ValueError(f"made with versions {made_with}")
    return manifest


def _write_manifest(path: Path, manifest: Manifest) -> None:
    content = {name: getattr(manifest, name) for name in Manifest.__slots__}
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(content), encoding="utf-8")
    os.replace(scratch, path)


def _check_files(folder: Path, manifest: Manifest) -> None:
    for name, (size, checksum) in manifest.files.items():
        if (size, checksum) != _checksum(folder / name):
            raise ValueError(f"{name} is damaged")


def _checksum(path: Path) -> tuple[int, int]:
    content = path.read_bytes()
    return len(content), zlib.crc32(content)


def _checksums(
    folder: Path, index: _PinnedIndex, generation: int, known: dict[str, tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    """Size and checksum of every file that an index is made of; a known file never changes."""
    prefixes = tuple(f"{segment.segment_id()}." for segment in index._segments())
    names: Iterable[str] = (
        path.name
        for path in folder.iterdir()
        if path.name.startswith(prefixes) or path.name == f"_{_NAME}_{generation}.toc"
    )
    return {name: known[name] if name in known else _checksum(folder / name) for name in names}
