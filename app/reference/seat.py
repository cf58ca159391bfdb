"""Reference data at a seat: read in the background, taken into use between calls."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, cast

from app.dispatch.catalogue import Catalogue, catalogue_in_force
from app.dispatch.units import UnitDirectory, units_in_force
from app.intake.rulebook import GuardTable, RuleBook, book_in_force, bundled_rules, guarded
from app.own_names import OwnNames
from app.reference.policy import SeatPolicy, policy_in_force
from app.reference.reading import (
    BOOKS,
    CATALOGUE,
    GUARDS,
    MODULES,
    NAMES,
    PLACES,
    POLICY,
    RULES,
    SYNONYMS,
    UNITS,
    UPDATE,
    WORDS,
    Value,
    read,
)
from app.reference.update import Update
from app.text_modules import TextModule, modules_in_force
from knowledge_base.lexicon_in_force import lexicon_in_force
from resources.errors import UserError
from resources.places import Place

if TYPE_CHECKING:
    from app.storage.reference import StoredDocument
    from app.storage.seat_store import SeatStore
    from app.sync.reference_use import ReferenceUse
    from knowledge_base.synonyms import Lexicon


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """One kind of reference data, as the desk shows it; ``version`` empty = what ships holds.

    ``waiting`` holds from the next call on; ``refused`` came later and cannot be used, for ``error``.
    ``update`` = what the news of a newer program say; they wait for no call.
    """

    name: str
    version: str = ""
    since: datetime | None = None
    waiting: str | None = None
    refused: str = ""
    error: UserError | None = None
    update: Update | None = None


@dataclass(frozen=True)
class Prepared:
    """The newest usable document of every name that the centre ever told of, and what it says."""

    documents: Mapping[str, StoredDocument] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def catalogue(self) -> Catalogue | None:
        """The centre's catalogue."""
        value = self.values.get(CATALOGUE)
        return value if isinstance(value, Catalogue) else None

    @property
    def names(self) -> OwnNames:
        """The centre's places and words."""
        places, words = self.values.get(PLACES, ()), self.values.get(WORDS, ())
        assert isinstance(places, tuple)
        assert isinstance(words, tuple)
        return OwnNames(
            tuple(one for one in places if isinstance(one, Place)),
            tuple(one for one in words if isinstance(one, str)),
        )

    def hold(self) -> None:
        """Let it hold in this process; what the centre has nothing of is what ships."""
        units, guards, synonyms = map(self.values.get, (UNITS, GUARDS, SYNONYMS))
        catalogue_in_force.use(self.catalogue)
        units_in_force.use(units if isinstance(units, UnitDirectory) else None)
        lexicon_in_force.use(cast("Lexicon | None", synonyms))
        for name in BOOKS:
            book = self.values.get(RULES + name)
            own = book if isinstance(book, RuleBook) else None
            if isinstance(guards, GuardTable):
                own = guarded(own or bundled_rules(name), guards)
            book_in_force(name).use(own)
        modules = self.values.get(MODULES)
        modules_in_force.use(cast("tuple[TextModule, ...] | None", modules))
        self.hold_policy()

    def hold_policy(self) -> None:
        """Let only the policy hold, which no call depends on."""
        policy = self.values.get(POLICY)
        policy_in_force.use(policy if isinstance(policy, SeatPolicy) else None)


class SeatReference:
    """What the centre published, for one seat. Any thread."""

    def __init__(self, store: Callable[[], SeatStore], trust: Callable[[Update], None]) -> None:
        """``trust`` raises ``UserError`` for news of an update that this seat must not believe."""
        self._store, self._trust = store, trust
        self._lock = threading.Lock()
        self._ready: Prepared | None = None
        self._used = Prepared()
        self._refused: dict[str, tuple[StoredDocument, UserError]] = {}
        self._seen: set[int] = set()
        self.prepared = False
        """Whether what is kept has been read since the program began."""

    @property
    def ready(self) -> Prepared:
        """What holds from the next call on."""
        return self._ready or self._used

    @property
    def used(self) -> Prepared:
        """What holds now."""
        return self._used

    def prepare(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Read what arrived: the names of what is new, and of what cannot be used and was not told.

        Where a document cannot be used, the usable one before it stays. What an earlier program
        refused is tried again.
        """
        with self._lock:
            documents: dict[str, StoredDocument] = {}
            values: dict[str, Value] = {}
            refused: dict[str, tuple[StoredDocument, UserError]] = {}
            errors: dict[int, UserError] = {}
            for one in self._store().reference():  # of each name the newest first
                if one.name in documents or one.name not in NAMES:
                    continue
                try:
                    if (value := self._read(one)) is not None:
                        values[one.name] = value
                    documents[one.name] = one
                except UserError as error:
                    if one.seq not in self._seen:
                        log.warning("%s %s refused: %s", one.name, one.version, error.code)
                    errors[one.seq] = error
                    refused.setdefault(one.name, (one, error))
            self._store().note_checked({one.seq for one in documents.values()}, errors)
            ready, before = Prepared(documents, values), _seqs(self.ready)
            self._ready, self._refused = ready, refused
            news = tuple(name for name, seq in _seqs(ready).items() if before.get(name) != seq)
            told = tuple(name for name, (one, _) in refused.items() if one.seq not in self._seen)
            self._seen |= set(errors)
            self.prepared = True
        if documents:
            ready.hold_policy()
        return news, told

    def take_up(self) -> bool:
        """Let what was made ready hold; whether that changed anything. Between calls."""
        with self._lock:
            ready = self._ready
            if ready is None:
                return False
            changed = _seqs(ready) != _seqs(self._used)
            self._used, self._ready = ready, None
            if changed:
                ready.hold()
            return changed

    @property
    def update(self) -> Update | None:
        """News of a program that is newer than this one."""
        value = self.ready.values.get(UPDATE)
        return value if isinstance(value, Update) and value.newer else None

    def rows(self) -> tuple[ReferenceRow, ...]:
        """What holds, waits and was refused, of every kind of reference data."""
        with self._lock:
            used, ready = self._used, self._ready or self._used
            return tuple(self._row(name, used, ready) for name in NAMES)

    def in_use(self) -> ReferenceUse | None:
        """What of it to tell the centre; ``None`` before anything was read."""
        from app.sync.reference_use import DocumentUse, ReferenceUse

        if not self.prepared:
            return None
        return ReferenceUse(
            documents=tuple(
                DocumentUse(
                    name=row.name,
                    version=row.version,
                    waiting=row.waiting,
                    refused=row.refused,
                    reason=row.error.code if row.error else "",
                )
                for row in self.rows()
                if row.version or row.refused or row.waiting is not None
            )
        )

    def close(self) -> None:
        """Let what ships hold again in this process, if this seat changed it."""
        if self._used.documents:
            Prepared().hold()

    def _row(self, name: str, used: Prepared, ready: Prepared) -> ReferenceRow:
        now, then = used.documents.get(name), ready.documents.get(name)
        bad, error = self._refused.get(name, (None, None))
        if name == UPDATE:
            now = then
        return ReferenceRow(
            name,
            now.version if now else "",
            now.arrived_at if now and now.version else None,
            then.version if then is not None and (now is None or then.seq != now.seq) else None,
            bad.version if bad else "",
            error,
            self.update if name == UPDATE else None,
        )

    def _read(self, one: StoredDocument) -> Value | None:
        if one.damaged:
            raise UserError("REFERENCE_DAMAGED", name=one.name, version=one.version)
        value = None if one.content is None else read(one.name, one.content, one.version)
        if isinstance(value, Update):
            self._trust(value)
        return value


def _seqs(prepared: Prepared) -> dict[str, int]:
    return {name: one.seq for name, one in prepared.documents.items()}
