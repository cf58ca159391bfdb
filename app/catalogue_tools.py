"""The centre's editor at the command line: lint, compare, export and try out a catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from app.dispatch.catalogue import Catalogue, bundled_catalogue
from app.dispatch.exchange import read_version, write_version
from app.dispatch.lint import lint
from app.dispatch.units import bundled_units
from app.dispatch.versions import diff, replay
from app.domain.call import Transcript
from app.intake.dialogue import parse_dialogue
from app.script import load_case
from app.terminal import EXIT_DEGRADED, EXIT_OK, Terminal
from resources.errors import UserError


def run_catalogue(
    terminal: Terminal, action: str, paths: Sequence[Path], on: date | None, requests: Path | None
) -> int:
    """One of ``lint [FILE]``, ``diff NEW | OLD NEW``, ``export FILE``, ``replay NEW --requests``.

    Where one version is named, the other is the one in force. Raises ``UserError``.
    """
    if action == "lint" and len(paths) <= 1:
        return _lint(terminal, _version(paths[0] if paths else None, on))
    if action == "diff" and len(paths) in (1, 2):
        old = _version(paths[0] if len(paths) == 2 else None, on)
        changes = [asdict(change) for change in diff(old, read_version(paths[-1]))]
        return _print(terminal, {"changes": changes}, changes)
    if action == "export" and len(paths) in (1, 2):
        count = write_version(_version(paths[0] if len(paths) == 2 else None, None), paths[-1], on)
        return _print(terminal, {"items": count, "path": paths[-1]}, [])
    if action == "replay" and len(paths) in (1, 2) and requests is not None:
        old = _version(paths[0] if len(paths) == 2 else None, on)
        count, changed = replay(old, read_version(paths[-1]), read_requests(requests))
        rows = [asdict(one) for one in changed]
        return _print(terminal, {"requests": count, "changes": rows}, rows)
    raise UserError("USAGE", detail=(run_catalogue.__doc__ or "").split("\n")[0])


def _version(path: Path | None, on: date | None) -> Catalogue:
    catalogue = read_version(path) if path else bundled_catalogue()
    return catalogue.in_force(on) if on else catalogue


def _lint(terminal: Terminal, catalogue: Catalogue) -> int:
    findings = lint(catalogue, bundled_units().kinds)
    rows = [
        {
            "code": one.code,
            "rule": one.rule,
            "error": one.is_error,
            "message": one.message(terminal.language),
        }
        for one in findings
    ]
    _print(terminal, {"items": len(catalogue.items), "findings": rows}, rows)
    return EXIT_DEGRADED if any(one.is_error for one in findings) else EXIT_OK


def _print(terminal: Terminal, answer: dict[str, object], rows: Sequence[dict[str, object]]) -> int:
    if terminal.json:
        terminal.print_json(answer)
    else:
        terminal.show("  ".join(str(value) for value in row.values() if value != "") for row in rows)
        terminal.show_figures(
            {name: len(value) if isinstance(value, list) else value for name, value in answer.items()}
        )
    return EXIT_OK


def read_requests(path: Path) -> Iterator[tuple[str, Transcript]]:
    """Past requests: a folder of case files, or JSON Lines with ``id`` and ``text``.

    Raises ``UserError`` for a file or line that is neither.
    """
    if path.is_dir():
        cases = sorted(path.glob("*.json"))
        if not cases:
            raise UserError("CASES_MISSING", path=path)
        for case in map(load_case, cases):
            yield case.id, case.turns
        return
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                    talk = parse_dialogue(str(row["text"]))
                    yield str(row["id"]), talk
                except (ValueError, KeyError, TypeError, RecursionError) as error:
                    raise UserError(
                        "BATCH_LINE", path=path, line=number, detail=str(error)[:80]
                    ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError("BATCH_UNREADABLE", path=path, detail=error) from error
