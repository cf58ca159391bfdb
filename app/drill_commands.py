"""The commands of `drill`: lint cases, print the format, hold drills unattended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from app.terminal import EXIT_ERROR, EXIT_OK, Terminal
from app.training.drill import Drill, Mode, drill_place
from app.training.scenario import (
    Scenario,
    bundled_scenarios,
    case_files,
    json_schema,
    load_scenario,
)
from app.training.scoring import Score, point_name, score, score_json
from app.training.trainee import Steps, accepting_trainee, load_steps, perfect_trainee, silent_trainee
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


def verify_result(terminal: Terminal, path: Path) -> int:
    """Whether a signed exam result is what the seat issued, and by which key."""
    from app.training.attempts import verify

    attempt, key = verify(path)
    if terminal.json:
        shown = {"id": attempt.id, "trainee": attempt.trainee, "case": attempt.record.scenario.id}
        more = {"seed": attempt.seed, "total": attempt.total, "passed": attempt.passed, "key": key}
        terminal.print_json(shown | {"held_at": attempt.held_at.isoformat()} | more)
    else:
        terminal.show(
            [
                text(
                    "training.verified",
                    terminal.language,
                    trainee=attempt.trainee or "-",
                    case=attempt.record.scenario.title or attempt.record.scenario.id,
                    total=attempt.total,
                    seed=attempt.seed,
                    issuer=key[:16],
                )
            ]
        )
    return EXIT_OK


def run_drills(terminal: Terminal, seat_dir: Path, case: Path | None, trainee: str, mode: str) -> int:
    """Hold one drill, or one for every case, with a scripted trainee; print the scores."""
    files = case_files(case) if case else bundled_scenarios()
    scenarios = [load_scenario(file) for file in files]
    results = []
    with closing(drill_place(seat_dir)) as place:
        for scenario in scenarios:
            record = Drill(place, scenario, Mode(mode)).take(steps_of(trainee, scenario))
            results.append(score(record))
            if not terminal.json:
                terminal.show(_lines(results[-1], scenario.title or scenario.id, terminal.language))
    if terminal.json:
        values = [score_json(result) for result in results]
        terminal.print_json(values if case is None or case.is_dir() else values[0])
    return EXIT_OK


def steps_of(trainee: str, scenario: Scenario) -> Steps:
    """``perfect``, ``silent``, ``desk`` (takes every suggestion), or the steps of a file."""
    known: dict[str, Callable[[], Steps]] = {
        "perfect": lambda: perfect_trainee(scenario),
        "silent": silent_trainee,
        "desk": lambda: accepting_trainee(scenario),
    }
    return known[trainee]() if trainee in known else load_steps(Path(trainee))


def _lines(result: Score, title: str, language: str) -> Iterator[str]:
    yield text("training.score.total", language, title=title, total=result.total)
    for name, (got, of) in result.sections().items():
        yield f"  {text(f'training.section.{name}', language)}  {got:.1f} / {of:.1f}"
    for point in result.points:
        if point.earned < 1:
            moment = "" if point.second is None else f" @{point.second:.0f} s"
            name = point_name(point.name, language)
            lost = point.weight * (1 - point.earned)
            yield f"    −{lost:.1f}  {name}{moment}  {point.detail}".rstrip()
