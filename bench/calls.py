"""How far tickets agree with the reference of recorded calls, field by field.

``python -m bench.calls --data DIR`` reads ``DIR/calls/*.json`` (case files). What counts as agreement
stands in ``app/training/truth.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.analysis import Analyst
from app.domain.call import Transcript
from app.domain.ticket import TicketContent
from app.hearing import transcribe_file
from app.intake.analyst import RuleAnalyst
from app.parts import Parts
from app.script import Case, load_case
from app.settings import Settings
from app.training.truth import judge
from resources.errors import UserError
from speech.evaluate import corpus_cer, normalise
from speech.manifest import places_written
from speech.repair.repairer import Repairer
from speech.utterance import Speaker

Transcripts = Callable[[Case], Transcript | None]
"""The transcript to judge for a case; ``None`` leaves the case out."""


def true_text(case: Case) -> Transcript:
    """The turns as they were written."""
    return case.turns


def heard_text(folder: Path, mode: str, repairer: Repairer) -> Transcripts:
    """What an engine heard in each turn, repaired: ``folder/<call>.<mode>.json`` with ``turns``."""

    def transcript(case: Case) -> Transcript | None:
        path = folder / f"{case.id}.{mode}.json"
        if not path.is_file():
            return None
        turns = json.loads(path.read_text(encoding="utf-8"))["turns"]
        repair = repairer.for_call()
        pairs = zip(case.turns, turns, strict=True)
        return [repair(replace(true, text=turn["heard"], heard=turn["heard"])) for true, turn in pairs]

    return transcript


def run(data: Path | None) -> dict[str, Any]:
    """Agreement from true text, and from heard text where ``HOTLINE_HEARD`` names its folder."""
    if data is None or not (data / "calls").is_dir():
        return {"skipped": "no folder `calls` in the measurement data"}
    analyst = RuleAnalyst()
    figures = {"true_text": measure(data, analyst)}
    if heard := os.environ.get("HOTLINE_HEARD"):
        repairer = Repairer()
        modes = sorted({path.name.split(".")[-2] for path in Path(heard).glob("*.*.json")})
        for mode in modes:
            figures[mode] = measure(data, analyst, heard_text(Path(heard), mode, repairer))
    return figures


def evaluate(folder: Path, parts: Parts, settings: Settings, audio: bool = True) -> dict[str, Any]:
    """Agreement over the cases of a folder, from true text and, with the seat's models, from audio.

    Raises ``UserError("CASES_MISSING")``; a model that is not installed stands in the result.
    """
    if not any(folder.glob("*.json")):
        raise UserError("CASES_MISSING", path=folder)
    analyst = RuleAnalyst(knowledge=parts.suggested_articles())
    figures: dict[str, Any] = {"true_text": measure_folder(folder, analyst)}
    if not audio:
        return figures

    words = Words(parts.repairer())

    def heard(case: Case) -> Transcript | None:
        if case.audio is None or not case.audio.is_file():
            return None
        transcript = transcribe_file(case.audio, parts, settings.speech_model).transcript
        words.add(case.turns, transcript)
        return transcript

    try:
        figures["audio"] = measure_folder(folder, analyst, heard)
        figures["audio"]["words"] = words.figures()
    except UserError as error:
        figures["audio"] = {"skipped": f"{error.code}: {error.message('en')}"}
    return figures


class Words:
    """Character error rate of heard and repaired calls, and the places that repair wrote."""

    def __init__(self, repairer: Repairer) -> None:
        self._repairer = repairer
        self._shown: list[tuple[str, str]] = []
        self._heard: list[tuple[str, str]] = []
        self._written = self._false = 0

    def add(self, true: Transcript, heard: Transcript) -> None:
        """One call: what was said and what became of it."""
        for speaker in Speaker:
            said = "".join(turn.text for turn in true if turn.speaker is speaker)
            mine = [utterance for utterance in heard if utterance.speaker is speaker]
            self._shown.append((said, "".join(utterance.text for utterance in mine)))
            self._heard.append((said, "".join(utterance.heard for utterance in mine)))
        again = self._repairer.for_call()
        for utterance in heard:
            again(replace(utterance, text=utterance.heard))
        written, false = places_written(again.edits, "".join(turn.text for turn in true))
        self._written, self._false = self._written + written, self._false + false

    def figures(self) -> dict[str, float]:
        """The figures over all calls so far."""
        length = sum(len(normalise(said)) for said, _ in self._shown)
        return {
            "cer": round(corpus_cer(self._shown), 4),
            "cer_heard": round(corpus_cer(self._heard), 4),
            "place_repairs": self._written,
            "false_places": self._false,
            "false_places_per_1000": round(1000 * self._false / max(1, length), 2),
        }


def measure(data: Path, analyst: Analyst, transcripts: Transcripts = true_text) -> dict[str, Any]:
    """Agreement over all calls in ``data/calls``."""
    return measure_folder(data / "calls", analyst, transcripts)


def measure_folder(
    folder: Path, analyst: Analyst, transcripts: Transcripts = true_text
) -> dict[str, Any]:
    """Agreement over the case files of a folder.

    ``fields``: field → (right, stated); ``misses``: call → lines "field: got ≠ wanted";
    ``articles``: call to be answered → the articles suggested at its end, ``article_top3`` among the
    fields where the reference names ``articles`` that answer it; ``ms``: milliseconds of each analysis,
    sorted.
    """
    fields: dict[str, list[int]] = {}
    misses: dict[str, list[str]] = {}
    articles: dict[str, list[str]] = {}
    took: list[float] = []
    for path in sorted(folder.glob("*.json")):
        case = load_case(path)
        transcript = transcripts(case)
        if transcript is None:
            continue
        began = time.perf_counter()
        analysis = analyst.analyse(transcript)
        took.append((time.perf_counter() - began) * 1000)
        if case.reference.get("handling") == "answer":
            articles[case.id] = [hit.article.id for hit in analysis.articles[:3]]
        judged = _judged(analysis.tickets, case.reference)
        for field, right, note in (*judged, *_judge_articles(articles.get(case.id), case.reference)):
            count = fields.setdefault(field, [0, 0])
            count[0] += right
            count[1] += 1
            if not right:
                misses.setdefault(case.id, []).append(f"{field}: {note}")
    return {
        "calls": len(took),
        "fields": {name: (right, stated) for name, (right, stated) in sorted(fields.items())},
        "misses": misses,
        "articles": articles,
        "ms": sorted(round(ms, 1) for ms in took),
    }


def _judged(
    tickets: Sequence[TicketContent], reference: Mapping[str, Any]
) -> Iterator[tuple[str, bool, str]]:
    """The first ticket's fields, and whether there are as many tickets as requests."""
    yield from judge(tickets[0] if tickets else TicketContent(), reference)
    yield "tickets", len(tickets) == reference.get("tickets", 1), str(len(tickets))


def _judge_articles(
    suggested: list[str] | None, reference: Mapping[str, Any]
) -> Iterator[tuple[str, bool, str]]:
    wanted = reference.get("articles")
    if wanted and suggested is not None:
        yield "article_top3", not {*wanted}.isdisjoint(suggested), f"{suggested} ∌ {wanted}"


def table(result: Mapping[str, Any]) -> Iterator[str]:
    """The result as lines for a terminal."""
    for name, (right, stated) in result["fields"].items():
        yield f"{name:<20}{right:>4} / {stated:<4}{100 * right / stated:6.1f} %"
    for name, value in result.get("words", {}).items():
        yield f"{name:<24}{value:>8}"
    for call, lines in result["misses"].items():
        for line in lines:
            yield f"  {call}: {line}"
    for call, found in result["articles"].items():
        yield f"  {call}: articles {', '.join(found) or '-'}"
    if took := result["ms"]:
        last = min(len(took) - 1, int(0.95 * len(took)))
        yield f"analysis of a call: median {took[len(took) // 2]} ms, p95 {took[last]} ms"


def result_lines(figures: Mapping[str, Any]) -> Iterator[str]:
    """Every part of the figures under its heading."""
    for name, result in figures.items():
        yield f"== {name}"
        yield from table(result) if "fields" in result else [str(result)]


def main() -> None:
    """Print the agreement as tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("HOTLINE_DATA"))
    options = parser.parse_args()
    for line in result_lines(run(Path(options.data) if options.data else None)):
        print(line)


if __name__ == "__main__":
    main()
