"""The commands of `drill`: lint cases, print the format, run a drill unattended."""

from __future__ import annotations

from pathlib import Path

from app.terminal import EXIT_ERROR, EXIT_OK, Terminal
from app.training.scenario import bundled_scenarios, case_files, json_schema
from resources.loader import resource_path
from resources.texts import text


def print_schema(terminal: Terminal) -> int:
    """The case format as JSON Schema."""
    terminal.print_json(json_schema())
    return EXIT_OK


def lint_cases(terminal: Terminal, path: Path | None) -> int:
    """What the authors of these cases must mend; without a path, of the bundled ones."""
    from app.training.lint import bundled_directory, lint_files

    files = case_files(path) if path else bundled_scenarios()
    articles = [file.stem for file in resource_path("articles").glob("*.md")]
    findings = lint_files(files, bundled_directory(), articles)
    if terminal.json:
        rows = [{"case": f.case, "kind": f.kind, "detail": f.detail} for f in findings]
        terminal.print_json({"cases": len(files), "findings": rows})
    elif findings:
        terminal.show(finding.message(terminal.language) for finding in findings)
    else:
        terminal.show([text("training.lint.clean", terminal.language, count=len(files))])
    return EXIT_ERROR if findings else EXIT_OK
