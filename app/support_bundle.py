"""A file for whoever helps a seat: findings, settings and logs, without what callers said."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from app.declared import rules
from app.diagnosis import Finding, packages
from app.domain.masking import mask_text
from app.settings import Settings
from resources.errors import UserError

LONGEST_LOG = 2_000_000
"""Bytes of the end of each log that go in."""
MOST_FILES = 5_000
SUFFIX = ".zip"
_PRIVATE = ("operator_device", "caller_device")
"""Names of devices may be names of people."""


def write_bundle(
    data_dir: Path, settings: Settings, findings: Iterable[Finding], target: Path, language: str
) -> None:
    """Write it as a zip file; one of that name is replaced, and only by a whole one.

    No database, no recording, no password; long numbers and mail addresses in logs are hidden, of the
    centre's address only its kind stays. Raises ``UserError("BUNDLE_FAILED")``.
    """
    scratch = target.with_name(f".{target.name}.part")
    try:
        with zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, words in _contents(data_dir, settings, tuple(findings), language):
                bundle.writestr(name, words)
        os.replace(scratch, target)
    except OSError as error:
        raise UserError("BUNDLE_FAILED", path=target, detail=error.strerror or "") from error
    finally:
        if scratch.is_file():
            scratch.unlink()


def _contents(
    data_dir: Path, settings: Settings, findings: tuple[Finding, ...], language: str
) -> Iterator[tuple[str, str]]:
    rows = [
        {"name": one.name, "mark": one.mark, "error": one.error and one.error.code, **one.values}
        for one in findings
    ]
    yield "diagnosis.json", json.dumps(rows, ensure_ascii=False, indent=2)
    lines = (f"[{one.mark}] {one.title(language)}: {one.message(language)}" for one in findings)
    yield "diagnosis.txt", _discreet("\n".join(lines))
    yield "settings.json", json.dumps(_plain_settings(settings), ensure_ascii=False, indent=2)
    yield "packages.txt", "\n".join(f"{name} {version}" for name, version in packages())
    yield "folder.txt", "\n".join(_listed(data_dir))
    for path in sorted((data_dir / "logs").glob("*")):
        if path.is_file():
            yield f"logs/{path.name}", _discreet(_end_of(path))


def _plain_settings(settings: Settings) -> dict[str, object]:
    kept = {name: getattr(settings, name) for name in rules(type(settings))}  # no unknown ones
    for name in _PRIVATE:
        kept[name] = "set" if kept[name] else ""
    try:
        centre = urlsplit(settings.server_url)
        kept["server_url"] = f"{centre.scheme}://…:{centre.port or ''}" if centre.scheme else ""
    except ValueError:
        kept["server_url"] = "invalid"
    return kept


def _listed(data_dir: Path) -> Iterator[str]:
    """Files and their sizes; what calls are called says nothing of callers."""
    for number, path in enumerate(sorted(data_dir.rglob("*"))):
        if number >= MOST_FILES:
            yield "…"
            return
        if path.is_file() and not path.is_symlink():
            yield f"{path.stat().st_size:>12} {path.relative_to(data_dir).as_posix()}"


def _end_of(path: Path) -> str:
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - LONGEST_LOG))
        return log.read().decode("utf-8", "replace")


def _discreet(words: str) -> str:
    """Without long numbers, mail addresses and the name in the path of the home folder."""
    return mask_text(words.replace(str(Path.home()), "~"), entirely=True)
