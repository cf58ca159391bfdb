"""The diagnosis at the command line; it runs where the desk cannot."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from app.diagnosis import Finding, Mark, diagnose, worst
from app.parts import Parts
from app.settings import Settings, load_settings
from app.support_bundle import write_bundle
from app.terminal import EXIT_DEGRADED, EXIT_OK, Terminal
from resources.errors import UserError


def show_diagnosis(data_dir: Path, terminal: Terminal, bundle: Path | None) -> int:
    """Print what was found, and write the bundle if one is wanted; status 3 where something is bad."""
    broken: tuple[Finding, ...] = ()
    try:
        settings = load_settings(data_dir)
    except UserError as error:
        settings, broken = Settings(), (Finding("settings", Mark.BAD, {}, error),)
    with closing(Parts(data_dir, lambda: settings)) as parts:
        findings = (*broken, *diagnose(parts, settings))
    if bundle is not None:
        write_bundle(data_dir, settings, findings, bundle, terminal.language)
    if terminal.json:
        terminal.print_json(
            [
                {"name": one.name, "mark": one.mark, "message": one.message(terminal.language)}
                for one in findings
            ]
        )
    else:
        for one in findings:
            title = one.title(terminal.language)
            terminal.show([f"{one.mark.upper():<4}  {title}: {one.message(terminal.language)}"])
        if bundle is not None:
            terminal.say("bundle_written", path=bundle)
    return EXIT_DEGRADED if worst(findings) is Mark.BAD else EXIT_OK
