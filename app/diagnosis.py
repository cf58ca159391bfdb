"""What this seat needs to work, looked at one by one, for the operator and for whoever helps them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.city import city_time
from resources.errors import UserError
from resources.texts import text

if TYPE_CHECKING:
    from app.parts import Parts
    from app.settings import Settings

GIGABYTE = 1e9
LITTLE_SPACE_GB, HARDLY_SPACE_GB = 5.0, 1.0
OLD_COPY_DAYS = 3
FEW_CORES, LITTLE_MEMORY_GB = 2, 4.0
_PACKAGES = (
    *("PySide6-Essentials", "sqlcipher3", "sqlalchemy", "whoosh3"),
    *("vosk", "faster-whisper", "onnxruntime", "sounddevice", "rtmixer"),
)
_LOG_END = 200_000
"""Bytes of the newest log that are looked at for errors."""


Values = dict[str, str | int | float]


class Mark(StrEnum):
    """How a finding is to be taken."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``values`` go into its sentence; ``error`` = what came instead."""

    name: str
    mark: Mark
    values: Values
    error: UserError | None = None

    def title(self, language: str) -> str:
        """What was looked at."""
        return text(f"diagnosis.name_{self.name}", language)

    def message(self, language: str) -> str:
        """What was found, and where something is wrong what to do."""
        if self.error is not None:
            return self.error.message(language)
        return text(f"diagnosis.{self.name}_{self.mark}", language, **self.values)


Look = Callable[[], tuple[Mark, Values]]


class Checkup:
    """The same for a desk that runs."""

    def __init__(self, parts: Parts, settings: Callable[[], Settings]) -> None:
        self._parts, self._settings = parts, settings

    def look(self) -> tuple[Finding, ...]:
        """Look at everything. Blocks."""
        return diagnose(self._parts, self._settings())

    def models(self, use: str) -> tuple[str, ...]:
        """Names of the installed models for final text (``final``) or live text (``live``). Blocks."""
        return tuple(
            one.name for one in self._parts.models().list() if one.installed and one.use == use
        )

    def save(self, findings: Iterable[Finding], target: Path, language: str) -> None:
        """Write a support bundle. Blocks; raises ``UserError``."""
        from app.support_bundle import write_bundle

        write_bundle(self._parts.data_dir, self._settings(), findings, target, language)


def diagnose(parts: Parts, settings: Settings) -> tuple[Finding, ...]:
    """Look at everything. Blocks for a second or so; changes nothing; what fails is a finding."""
    always: tuple[tuple[str, Look], ...] = (
        ("program", _program),
        ("machine", _machine),
        ("space", lambda: _space(parts.data_dir)),
        ("inputs", _inputs),
        ("model", lambda: _model(parts, settings)),
        ("log", lambda: _log(parts.data_dir)),
    )
    with_data: tuple[tuple[str, Look], ...] = (
        ("key", lambda: _key(parts)),
        ("database", lambda: _database(parts)),
        ("copies", lambda: _copies(parts.data_dir)),
        ("knowledge", lambda: _knowledge(parts)),
        ("centre" if settings.server_url else "alone", lambda: _centre(parts)),
        ("reference", lambda: _reference(parts)),
    )
    from app.security.keys import DATABASE_FILE  # with ciphers, which the window does not wait for

    begun = (parts.data_dir / DATABASE_FILE).exists()
    return tuple(_finding(name, look) for name, look in (*always, *(with_data if begun else ())))


def packages() -> Iterator[tuple[str, str]]:
    """The libraries that matter here and their versions."""
    from importlib.metadata import PackageNotFoundError, version

    for name in (
        "PySide6-Essentials",
        "sqlcipher3",
        "whoosh3",
        "vosk",
        "faster-whisper",
        "onnxruntime",
    ):
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "-"


def worst(findings: Iterable[Finding]) -> Mark:
    """The gravest mark."""
    order = tuple(Mark)
    return max((one.mark for one in findings), key=order.index, default=Mark.GOOD)


def _finding(name: str, look: Look) -> Finding:
    try:
        mark, values = look()
    except UserError as error:
        return Finding(name, Mark.BAD, {}, error)
    except OSError as error:
        return Finding(name, Mark.BAD, {}, UserError("DIAGNOSIS_FAILED", detail=error.strerror or ""))
    return Finding(name, mark, values)


def _program() -> tuple[Mark, Values]:
    import platform

    from app.release import VERSION

    system = f"{platform.system()} {platform.machine()}"
    python = platform.python_version()
    return Mark.GOOD, {"version": VERSION, "python": python, "system": system}


def _machine() -> tuple[Mark, Values]:
    cores, memory = os.cpu_count() or 1, _memory_gb()
    weak = cores < FEW_CORES or (memory is not None and memory < LITTLE_MEMORY_GB)
    shown = "?" if memory is None else f"{memory:.0f}"
    return Mark.LOOK if weak else Mark.GOOD, {"cores": cores, "memory": shown}


def _memory_gb() -> float | None:
    from speech.machine import memory_mb

    total = memory_mb()
    return None if total is None else total / 1000


def _space(data_dir: Path) -> tuple[Mark, Values]:
    there = next(folder for folder in (data_dir, *data_dir.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free / GIGABYTE
    mark = Mark.BAD if free < HARDLY_SPACE_GB else Mark.LOOK if free < LITTLE_SPACE_GB else Mark.GOOD
    return mark, {"free": f"{free:.1f}"}


def _key(parts: Parts) -> tuple[Mark, Values]:
    return Mark.LOOK if parts.key().fallback else Mark.GOOD, {}


def _database(parts: Parts) -> tuple[Mark, Values]:
    drafts = len(parts.store().open_drafts())  # which opens it with its key
    size = sum(path.stat().st_size for path in parts.data_dir.glob("seat.db*"))
    return Mark.GOOD, {"megabytes": round(size / 1e6, 1), "drafts": drafts}


def _copies(data_dir: Path) -> tuple[Mark, Values]:
    from app.storage.snapshots import snapshots

    copies = snapshots(data_dir)
    if not copies:
        return Mark.LOOK, {}
    taken = datetime.fromtimestamp(copies[0].stat().st_mtime, UTC)
    old = (datetime.now(UTC) - taken).days >= OLD_COPY_DAYS
    newest = f"{city_time(taken):%Y-%m-%d %H:%M}"
    return Mark.BAD if old else Mark.GOOD, {"count": len(copies), "newest": newest}


def _inputs() -> tuple[Mark, Values]:
    from speech.audio.devices import input_devices

    count = len(input_devices())
    return Mark.GOOD if count else Mark.BAD, {"count": count}


def _model(parts: Parts, settings: Settings) -> tuple[Mark, Values]:
    installed = {state.name for state in parts.models().list() if state.installed}
    there = settings.speech_model in installed
    live = settings.live_model or parts.live_model()
    return Mark.GOOD if there else Mark.BAD, {"name": settings.speech_model, "live": live or "—"}


def _knowledge(parts: Parts) -> tuple[Mark, Values]:
    count = sum(1 for _ in parts.store().articles().current())
    built = parts.knowledge.built()
    state = built.meaning() if built is not None else None
    return Mark.GOOD if count else Mark.LOOK, {"count": count, "ready": state.ready if state else 0}


def _centre(parts: Parts) -> tuple[Mark, Values]:
    from app.desk import OutboxState

    counts = parts.store().counts()
    refused = counts[OutboxState.REFUSED]
    values: Values = {"waiting": counts[OutboxState.WAITING], "refused": refused}
    return Mark.LOOK if refused else Mark.GOOD, values


def _reference(parts: Parts) -> tuple[Mark, Values]:
    rows = parts.reference.rows()
    refused = sum(row.error is not None for row in rows)
    count = sum(bool(row.version) for row in rows)
    return Mark.LOOK if refused else Mark.GOOD, {"count": count, "refused": refused}


def _log(data_dir: Path) -> tuple[Mark, Values]:
    path = data_dir / "logs" / "jiesu.log"
    if not path.exists():
        return Mark.GOOD, {"errors": 0}
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - _LOG_END))
        errors = sum(b" ERROR " in line for line in log)
    return Mark.LOOK if errors else Mark.GOOD, {"errors": errors}
