"""How far tickets agree with the reference of recorded calls, field by field.

``python -m bench.calls --data DIR`` reads ``DIR/calls/*.json`` (case files). Agreement is counted
only where the reference states a field:

- exact: type, handling, emergency_line, channel, district, limit_hours, phone
- street: one of ``street_ok``; 街道/地区/镇/乡 of one name are one body
- place: one contains the other after normalising; name: same, or the surname begins it
- subject: at least half of the reference's character pairs, or of its characters, in the subject
- units: the first suggestion is an accepted one / one of the first three is
- repeat: exact; amount: one of the ticket's sums has the value
- group_risk, confidential: must also be absent where the reference does not state them
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
from app.intake.numerals import house_numbers, large_number
from app.parts import Parts
from app.script import Case, load_case
from app.settings import Settings
from resources.errors import UserError
from speech.repair.repairer import Repairer

Transcripts = Callable[[Case], Transcript | None]
"""The transcript to judge for a case; ``None`` leaves the case out."""

_ENDINGS = ("街道", "地区", "镇", "乡")
_EXACT = ("type", "handling", "emergency_line", "channel", "district", "limit_hours")


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
    analyst = RuleAnalyst()
    figures: dict[str, Any] = {"true_text": measure_folder(folder, analyst)}
    if not audio:
        return figures

    def heard(case: Case) -> Transcript | None:
        if case.audio is None or not case.audio.is_file():
            return None
        return transcribe_file(case.audio, parts, settings, "whisper").transcript

    try:
        figures["audio"] = measure_folder(folder, analyst, heard)
    except UserError as error:
        figures["audio"] = {"skipped": f"{error.code}: {error.message('en')}"}
    return figures


def measure(data: Path, analyst: Analyst, transcripts: Transcripts = true_text) -> dict[str, Any]:
    """Agreement over all calls in ``data/calls``."""
    return measure_folder(data / "calls", analyst, transcripts)


def measure_folder(
    folder: Path, analyst: Analyst, transcripts: Transcripts = true_text
) -> dict[str, Any]:
    """Agreement over the case files of a folder.

    ``fields``: field → (right, stated); ``misses``: call → lines "field: got ≠ wanted";
    ``ms``: milliseconds of each analysis, sorted.
    """
    fields: dict[str, list[int]] = {}
    misses: dict[str, list[str]] = {}
    took: list[float] = []
    for path in sorted(folder.glob("*.json")):
        case = load_case(path)
        transcript = transcripts(case)
        if transcript is None:
            continue
        began = time.perf_counter()
        tickets = analyst.analyse(transcript).tickets
        took.append((time.perf_counter() - began) * 1000)
        for field, right, note in _judged(tickets, case.reference):
            count = fields.setdefault(field, [0, 0])
            count[0] += right
            count[1] += 1
            if not right:
                misses.setdefault(case.id, []).append(f"{field}: {note}")
    return {
        "calls": len(took),
        "fields": {name: (right, stated) for name, (right, stated) in sorted(fields.items())},
        "misses": misses,
        "ms": sorted(round(ms, 1) for ms in took),
    }


def _judged(
    tickets: Sequence[TicketContent], reference: Mapping[str, Any]
) -> Iterator[tuple[str, bool, str]]:
    """The first ticket's fields, and whether there are as many tickets as requests."""
    yield from judge(tickets[0] if tickets else TicketContent(), reference)
    yield "tickets", len(tickets) == reference.get("tickets", 1), str(len(tickets))


def judge(ticket: TicketContent, reference: Mapping[str, Any]) -> Iterator[tuple[str, bool, str]]:
    """(field, agrees, "got ≠ wanted") for each field that the reference states."""
    got = {name: getattr(ticket, name) for name in _EXACT}
    for name in _EXACT:
        if name in reference:
            value = got[name]
            yield name, value == reference[name], f"{value} ≠ {reference[name]}"
    if reference.get("handling") != "emergency":
        yield "no_false_emergency", ticket.emergency_line is None, f"{ticket.emergency_line} ≠ None"
    if "street" in reference:
        accepted = {_stem(name) for name in (reference["street"], *reference.get("street_ok", ()))}
        right = ticket.street is not None and _stem(ticket.street) in accepted
        yield "street", right, f"{ticket.street} ≠ {reference['street']}"
    if "place" in reference:
        ours, theirs = _plain(ticket.place or ""), _plain(reference["place"])
        yield "place", bool(ours) and (ours in theirs or theirs in ours), f"{ours} ≠ {theirs}"
    if "subject" in reference:
        right = overlap(ticket.subject or "", reference["subject"]) >= 0.5
        yield "subject", right, f"{ticket.subject} ≠ {reference['subject']}"
    if "repeat" in reference:
        yield "repeat", ticket.repeat is bool(reference["repeat"]), f"{ticket.repeat}"
    if "amount" in reference:
        right = _value(str(reference["amount"])) in {_value(amount) for amount in ticket.amounts}
        yield "amount", right, f"{ticket.amounts} ∌ {reference['amount']}"
    yield from _judge_caller(ticket, reference)
    yield from _judge_units(ticket, reference)
    group = any("群体" in risk for risk in ticket.risks)
    yield "group_risk", group is bool(reference.get("group_risk")), f"{ticket.risks}"


def _judge_caller(
    ticket: TicketContent, reference: Mapping[str, Any]
) -> Iterator[tuple[str, bool, str]]:
    caller = ticket.caller
    wanted = reference.get("phone")
    yield "phone", caller.phone == wanted, f"{caller.phone} ≠ {wanted}"
    name = reference.get("name") or reference.get("surname")
    right = (caller.name or "").startswith(str(name)) if "surname" in reference else caller.name == name
    yield "name", right, f"{caller.name} ≠ {name}"
    confidential = bool(reference.get("confidential"))
    yield "confidential", caller.confidential is confidential, f"{caller.confidential} ≠ {confidential}"


def _judge_units(
    ticket: TicketContent, reference: Mapping[str, Any]
) -> Iterator[tuple[str, bool, str]]:
    if "units" not in reference:
        return
    names = [unit.name for unit in ticket.units]
    accepted = set(reference["units"])
    yield "unit_first", bool(names) and names[0] in accepted, f"{names[:1]} ∉ {sorted(accepted)}"
    yield "unit_top3", bool(accepted & set(names[:3])), f"{names[:3]} ∌ {sorted(accepted)}"


def overlap(subject: str, wanted: str) -> float:
    """Share of the wanted subject's character pairs, or of its characters, found in ours."""
    pairs = [wanted[n : n + 2] for n in range(len(wanted) - 1)] or [wanted]
    by_pairs = sum(pair in subject for pair in pairs) / len(pairs)
    return max(by_pairs, sum(char in subject for char in wanted) / max(1, len(wanted)))


def _stem(street: str) -> str:
    for ending in _ENDINGS:
        if street.endswith(ending):
            return street.removesuffix(ending)
    return street


def _value(amount: str) -> float | None:
    return large_number(amount.strip("元块钱余多 ").replace("多", ""))


def _plain(place: str) -> str:
    return house_numbers(place).removesuffix("小区").replace(" ", "")


def table(result: Mapping[str, Any]) -> Iterator[str]:
    """The result as lines for a terminal."""
    for name, (right, stated) in result["fields"].items():
        yield f"{name:<20}{right:>4} / {stated:<4}{100 * right / stated:6.1f} %"
    for call, lines in result["misses"].items():
        for line in lines:
            yield f"  {call}: {line}"
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
