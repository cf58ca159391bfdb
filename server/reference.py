"""Reference data at the centre: published to all seats after lint, and used by the centre itself."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import func, select

from app.dispatch.catalogue import Catalogue, catalogue_in_force
from app.dispatch.limits import CHINA
from app.dispatch.units import UnitDirectory, units_in_force
from app.reference.reading import (
    CATALOGUE,
    MAX_BYTES,
    NAMES,
    SYNONYMS,
    UNITS,
    check_name,
    lint,
    read,
    text_of,
)
from app.sync.changes import Document
from app.sync.kinds import REFERENCE
from app.sync.protocol import canonical
from app.sync.reference_use import ReferenceUse
from knowledge_base.lexicon_in_force import lexicon_in_force
from knowledge_base.synonyms import Lexicon
from resources.errors import UserError
from server.audit import note
from server.database import CentreDatabase, insert_into
from server.feed import EVERY_SEAT, News, tell
from server.schema import change, reference_use
from server.schema import seat as seat_table

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Published:
    """A document in force; ``version`` empty = what ships with the program."""

    name: str
    version: str = ""
    sha256: str = ""
    bytes: int = 0
    at: datetime | None = None


def publish_file(database: CentreDatabase, name: str, path: Path, by: str = "console") -> Published:
    """Publish a file. Raises ``UserError``; then what was in force before still is."""
    return publish(database, name, text_of(name, path), by)


def publish(database: CentreDatabase, name: str, content: str, by: str) -> Published:
    """Publish a document to all seats, unless its lint finds an error. Raises ``UserError``."""
    check_name(name)
    lint(name, content)
    now = datetime.now(UTC)
    document = Document.of(now.astimezone(CHINA).strftime("%Y%m%d-%H%M%S"), content)
    body = canonical(document.model_dump(mode="json"))
    if len(body) > MAX_BYTES:
        raise UserError("REFERENCE_TOO_LARGE", name=name, limit=MAX_BYTES // 1000)
    with database.write() as connection:
        tell(connection, [News(REFERENCE, name, body.decode())])
        facts = {"version": document.version, "sha256": document.sha256}
        note(connection, by, "reference.publish", name, **facts)
    return Published(name, **facts, bytes=len(content.encode()), at=now)


def withdraw(database: CentreDatabase, name: str, by: str = "console") -> None:
    """Let what ships with the program hold again. Raises ``UserError``."""
    check_name(name)
    with database.write() as connection:
        tell(connection, [News(REFERENCE, name, None)])
        note(connection, by, "reference.withdraw", name)


def document(database: CentreDatabase, name: str) -> Document | None:
    """What is published under a name; ``None`` = what ships. Raises ``UserError``."""
    check_name(name)
    query = select(change.c.body).where(
        change.c.kind == REFERENCE, change.c.key == name, change.c.seat == EVERY_SEAT
    )
    with database.read() as connection:
        body = connection.scalar(query)
    return None if body is None else _read(body, name)


def _read(body: str, name: str) -> Document | None:
    """A published document; what this version cannot read is as good as none."""
    try:
        return Document.model_validate_json(body)
    except ValidationError:
        log.warning("reference %s cannot be read", name)
        return None


def published(database: CentreDatabase) -> Sequence[Published]:
    """Every kind of reference data, with what is published of it."""
    query = select(change.c.key, change.c.body, change.c.at).where(
        change.c.kind == REFERENCE, change.c.seat == EVERY_SEAT, change.c.body.is_not(None)
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
    kept = {row.key: (_read(row.body, row.key), row.at) for row in rows}
    found = {
        name: Published(name, one.version, one.sha256, len(one.content.encode()), at)
        for name, (one, at) in kept.items()
        if one is not None
    }
    return [found[name] for name in NAMES if name in found] + [
        Published(name) for name in NAMES if name not in found
    ]


@dataclass(frozen=True, slots=True)
class SeatUse:
    """What a seat told last of the reference data that it uses."""

    seat: str
    at: datetime
    use: ReferenceUse


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a document has come: how many seats use which version (empty = what ships), and where
    a version was refused, as (seat, version, code of the reason)."""

    seats: Mapping[str, int]
    refused: Sequence[tuple[str, str, str]]


def note_use(database: CentreDatabase, seat: str, use: ReferenceUse) -> None:
    """Keep what a seat uses, in place of what it told before."""
    told = {"body": canonical(use.model_dump(mode="json")).decode(), "at": datetime.now(UTC)}
    with database.write() as connection:
        connection.execute(
            insert_into(connection, reference_use)
            .values(seat=seat, **told)
            .on_conflict_do_update(index_elements=["seat"], set_=told)
        )


def uses(database: CentreDatabase) -> Sequence[SeatUse]:
    """What every active seat that ever told uses, by seat."""
    query = (
        select(reference_use)
        .join(seat_table, seat_table.c.name == reference_use.c.seat)
        .where(seat_table.c.active)
        .order_by(reference_use.c.seat)
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
    told = []
    for row in rows:
        try:
            told.append(SeatUse(row.seat, row.at, ReferenceUse.model_validate_json(row.body)))
        except ValidationError:
            log.warning("what seat %s uses cannot be read", row.seat)
    return told


def spread(told: Sequence[SeatUse], name: str) -> Spread:
    """How far one document has come."""
    counts: Counter[str] = Counter()
    refused = []
    for one in told:
        found = next((each for each in one.use.documents if each.name == name), None)
        counts[found.version if found else ""] += 1
        if found is not None and found.refused:
            refused.append((one.seat, found.refused, found.reason))
    return Spread(dict(counts.most_common()), refused)


class CentreReference:
    """Lets what is published hold in this process too: the catalogue for deadlines and types of
    request, units to choose from, synonyms for the search of citizens."""

    def __init__(self, database: CentreDatabase) -> None:
        self._database = database
        self._seen = 0

    def look(self) -> None:
        """Take up what was published since the last look; what cannot be read changes nothing."""
        query = select(func.max(change.c.seq)).where(
            change.c.kind == REFERENCE, change.c.key.in_((CATALOGUE, UNITS, SYNONYMS))
        )
        with self._database.read() as connection:
            newest = connection.scalar(query) or 0
        if newest == self._seen:
            return
        self._seen = newest
        for name in (CATALOGUE, UNITS, SYNONYMS):
            found = document(self._database, name)
            try:
                value = None if found is None else read(name, found.content, found.version)
            except UserError as error:
                log.warning("%s: %s", name, error.code)
                continue
            if name == CATALOGUE:
                catalogue_in_force.use(value if isinstance(value, Catalogue) else None)
            elif name == UNITS:
                units_in_force.use(value if isinstance(value, UnitDirectory) else None)
            else:
                lexicon_in_force.use(value if isinstance(value, Lexicon) else None)
