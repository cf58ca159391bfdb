"""Held drills: kept for progress and coverage; an exam's result is signed, to be checked anywhere."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.domain.codec import Json
from app.security.keys import open_master_key
from app.storage.shelf import Shelf
from app.training.live import Style
from app.training.record import DrillRecord, record_from_json, record_to_json
from app.training.scenario import Scenario
from app.training.scoring import score
from resources.errors import UserError

SHELF = "attempts"
MAX_BYTES = 5_000_000
PASS_MARK = 80.0
"""Points from which an exam is passed and a category counts as covered."""

FEW = 3
"""So many drills tell how somebody stands."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One drill that somebody held. ``total`` of 100; ``seed`` chose the case of an exam."""

    id: str
    trainee: str
    held_at: datetime
    style: Style
    total: float
    record: DrillRecord
    seed: int | None = None

    @property
    def passed(self) -> bool:
        """Whether it reaches the pass mark."""
        return self.total >= PASS_MARK


def attempt_to_json(attempt: Attempt) -> Json:
    """An attempt as JSON values."""
    return {
        "id": attempt.id,
        "trainee": attempt.trainee,
        "held_at": attempt.held_at.isoformat(),
        "style": attempt.style.value,
        "total": round(attempt.total, 4),
        "seed": attempt.seed,
        "record": record_to_json(attempt.record),
    }


def attempt_from_json(value: Json) -> Attempt:
    """The inverse of ``attempt_to_json``. Raises ``ValueError``, ``KeyError`` or ``TypeError``."""
    return Attempt(
        id=str(value["id"]),
        trainee=str(value["trainee"]),
        held_at=datetime.fromisoformat(value["held_at"]),
        style=Style(value["style"]),
        total=float(value["total"]),
        record=record_from_json(value["record"]),
        seed=value["seed"],
    )


class Attempts:
    """The drills that were held at a seat."""

    def __init__(self, folder: Path) -> None:
        """Those in a folder of drills. Raises ``UserError`` when its key is out of reach."""
        self._key = open_master_key(folder)
        self._shelf = Shelf(folder / SHELF, self._key.derive("attempts"))

    def keep(self, attempt: Attempt) -> None:
        """Keep an attempt. Raises ``UserError``."""
        self._shelf.put(attempt.id, attempt_to_json(attempt))

    def all(self) -> tuple[Attempt, ...]:
        """All attempts, oldest first."""
        found = []
        for document in self._shelf.all():
            try:
                found.append(attempt_from_json(document))
            except (ValueError, KeyError, TypeError):
                continue  # of a newer program
        return tuple(sorted(found, key=lambda one: one.held_at))

    def sign(self, attempt: Attempt) -> Json:
        """An exam's result with the seat's signature over every word of it."""
        private = Ed25519PrivateKey.from_private_bytes(self._key.derive("exam"))
        body = attempt_to_json(attempt)
        return {
            "result": body,
            "key": private.public_key().public_bytes_raw().hex(),
            "signature": private.sign(_canonical(body)).hex(),
        }


def verify(path: Path) -> tuple[Attempt, str]:
    """The attempt of a signed result and the key that signed it.

    Raises ``UserError``: ``EXAM_UNREADABLE`` for what is none, ``EXAM_FORGED`` when a word of it was
    changed, or its total is not what its record earns.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("too large")
        document = json.loads(path.read_text(encoding="utf-8"))
        body, key = document["result"], str(document["key"])
        signature = bytes.fromhex(document["signature"])
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        attempt = attempt_from_json(body)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        detail = " ".join(str(error).split())[:120]
        raise UserError("EXAM_UNREADABLE", path=path, detail=detail) from error
    try:
        public.verify(signature, _canonical(body))
    except InvalidSignature as error:
        raise UserError("EXAM_FORGED", path=path, detail="signature") from error
    earned = score(attempt.record).total
    if abs(earned - attempt.total) > 0.01:
        raise UserError("EXAM_FORGED", path=path, detail=f"{attempt.total:g} ≠ {earned:g}")
    return attempt, key


def _canonical(body: Json) -> bytes:
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def exam_case(cases: Sequence[Scenario], level: int, seed: int) -> Scenario:
    """The case of an exam: the same for the same seed. Raises ``UserError("CASES_MISSING")``."""
    fit = sorted((case for case in cases if case.level == level and case.opening), key=lambda c: c.id)
    if not fit:
        raise UserError("CASES_MISSING", path=f"level {level}")
    return random.Random(seed).choice(fit)


def coverage(
    cases: Iterable[Scenario], attempts: Iterable[Attempt], trainee: str = ""
) -> Mapping[str, float | None]:
    """The best total by topmost category (its two-digit code); ``None`` = never tried."""
    best: dict[str, float | None] = {code[:2]: None for case in cases for code in case.categories}
    for attempt in attempts:
        if trainee and attempt.trainee != trainee:
            continue
        for code in attempt.record.scenario.categories:
            best[code[:2]] = max(best.get(code[:2]) or 0.0, attempt.total)
    return dict(sorted(best.items()))


@dataclass(frozen=True, slots=True)
class Progress:
    """How somebody comes on: their drills, oldest first, and the means of the first and last few."""

    attempts: tuple[Attempt, ...]
    first: float
    last: float
    sections: Mapping[str, float]
    """Share of the points earned in the last few drills, by section of the score."""
    behind: Mapping[str, tuple[Attempt, ...]]
    """These drills, the one that lost most first, by section."""

    @property
    def best(self) -> float:
        """The highest total."""
        return max(one.total for one in self.attempts)

    @property
    def passed(self) -> int:
        """How many reached the pass mark."""
        return sum(one.passed for one in self.attempts)


def progress(attempts: Iterable[Attempt], trainee: str = "") -> Progress | None:
    """The progress of one trainee, or of all together; ``None`` where no drill was held."""
    own = tuple(
        sorted((a for a in attempts if trainee in ("", a.trainee)), key=lambda one: one.held_at)
    )
    if not own:
        return None
    parts: dict[str, list[tuple[float, float, Attempt]]] = defaultdict(list)
    for attempt in own[-FEW:]:
        for section, (earned, possible) in score(attempt.record).sections().items():
            if possible:
                parts[section].append((earned, possible, attempt))
    return Progress(
        own,
        first=_mean(own[:FEW]),
        last=_mean(own[-FEW:]),
        sections={
            name: sum(got for got, _, _ in part) / sum(of for _, of, _ in part)
            for name, part in parts.items()
        },
        behind={
            name: tuple(one for _, _, one in sorted(part, key=lambda some: some[0] - some[1]))
            for name, part in parts.items()
        },
    )


def _mean(attempts: Sequence[Attempt]) -> float:
    return sum(one.total for one in attempts) / len(attempts)


def to_text(document: Any) -> str:
    """A signed result as the text of a file."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
