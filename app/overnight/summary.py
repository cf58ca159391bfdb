"""A night in numbers: what was asked, how the calls were held, how well they were heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from app.dispatch.learning.examples import Examples
from app.dispatch.learning.file import save_model
from app.dispatch.learning.training import train
from app.domain.ticket import Ticket, UnitRole
from resources.errors import UserError

LEAST_EXAMPLES = 50


def summarise(outcomes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts of tickets, the share of calls that pass each question, the error rate by engine."""
    counts: dict[str, Counter[str]] = {
        name: Counter() for name in ("type", "handling", "category", "district", "risks", "failed")
    }
    passed: dict[str, list[float]] = {}
    scores: list[float] = []
    heard: dict[str, list[int]] = {}
    for outcome in outcomes:
        if error := outcome.get("error"):
            counts["failed"][str(error)] += 1
            continue
        for ticket in outcome["tickets"]:
            _count(counts, ticket)
        screening = outcome["screening"]
        scores.append(screening["score"])
        for name, answer in screening["answers"].items():
            if answer["value"] is not None:
                passed.setdefault(name, []).append(answer["value"])
        if hearing := outcome.get("hearing"):
            sums = heard.setdefault(outcome["model"], [0, 0, 0])
            for number, add in enumerate((1, hearing["errors"], hearing["characters"])):
                sums[number] += add
    return {
        "screened": len(scores),
        "score": round(sum(scores) / len(scores), 2) if scores else None,
        "passed": {name: round(sum(all_) / len(all_), 4) for name, all_ in sorted(passed.items())},
        "heard": {
            model: {"calls": calls, "error_rate": round(wrong / length, 4) if length else None}
            for model, (calls, wrong, length) in sorted(heard.items())
        },
        **{name: dict(sorted(counter.items())) for name, counter in counts.items()},
    }


def _count(counts: Mapping[str, Counter[str]], ticket: Mapping[str, Any]) -> None:
    for name in ("type", "handling", "district"):
        if ticket.get(name):
            counts[name][ticket[name]] += 1
    if ticket.get("category"):
        counts["category"][ticket["category"]["code"]] += 1
    counts["risks"].update(ticket.get("risks", ()))


def examples_from(tickets: Iterable[Ticket]) -> Examples:
    """What submitted tickets teach about units: their words and the unit that leads; oldest first."""
    pairs = [
        (content.summary or content.subject or "", lead)
        for content in (ticket.content for ticket in sorted(tickets, key=lambda one: one.submitted_at))
        if (lead := next((u.name for u in content.units if u.role is UnitRole.LEAD), ""))
    ]
    kept = [(words, unit) for words, unit in pairs if words]
    return Examples("unit", tuple(words for words, _ in kept), tuple(unit for _, unit in kept))


def retrain(examples: Examples, path: Path) -> dict[str, Any]:
    """Learn units from tickets and write the model; says why not where there is too little."""
    if len(examples) < LEAST_EXAMPLES:
        return {"skipped": f"{len(examples)} < {LEAST_EXAMPLES}"}
    try:
        model = train(examples)
    except UserError as error:
        return {"skipped": error.code}
    path.parent.mkdir(parents=True, exist_ok=True)
    return {"rows": len(examples), "labels": len(model.labels), "bytes": save_model(model, path)}
