"""An operator who only accepts chips: keystrokes and seconds from hang-up to submitted.

Runs over the product's own ``Draft`` rules, without a window. For each recorded call the transcript
grows utterance by utterance into the drafts; at hang-up the operator reads the ticket, accepts all
suggestions (Alt+A) and submits (Ctrl+Enter), once for each request of the call. Nothing is typed: a
ticket whose required fields are not filled then is *not valid at hang-up* and not submitted.

Seconds are a keystroke-level model (Card, Moran, Newell 1983): 0.28 s for each key, 1.35 s for each
decision, 8 Chinese characters read a second; and the measured analysis of the last utterance.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.analysis import Analyst
from app.domain.call import Transcript
from app.domain.draft import Draft, get_field, is_empty
from app.domain.required import missing_fields
from app.domain.ticket import FIELDS, TicketContent
from app.intake.analyst import RuleAnalyst
from app.script import load_case
from app.training.truth import judge

KEY_S, DECISION_S, READ_CHARS_PER_S = 0.28, 1.35, 8.0
KEYS_OF_A_TICKET = 4
"""Alt+A and Ctrl+Enter."""
KEYS_TO_THE_NEXT = 2
"""Ctrl+PageDown, between the requests of one call."""
DECISIONS_OF_A_TICKET = 2


def run(data: Path | None) -> dict[str, Any]:
    """Figures for each call of ``data/calls`` and over all."""
    if data is None or not (data / "calls").is_dir():
        return {"skipped": "no folder `calls` in the measurement data"}
    analyst = RuleAnalyst()
    calls: dict[str, Any] = {}
    for path in sorted((data / "calls").glob("*.json")):
        case = load_case(path)
        drafts, machine_s = at_hang_up(analyst, case.turns)
        figures = hands(drafts)
        wrong = [
            name
            for name, right, _ in judge(
                drafts[0].content if drafts else TicketContent(), case.reference
            )
            if not right
        ]
        seconds = figures["hands_s"] + figures["reading_s"] + machine_s
        calls[case.id] = {**figures, "seconds": round(seconds, 1), "unlike_reference": wrong}
    valid = [figures for figures in calls.values() if figures["valid_at_hang_up"]]
    return {
        "calls": calls,
        "valid_at_hang_up": f"{len(valid)} / {len(calls)}",
        "valid_and_like_reference": sum(not one["unlike_reference"] for one in valid),
        "median_seconds": sorted(one["seconds"] for one in calls.values())[len(calls) // 2],
        "median_keystrokes": sorted(one["keystrokes"] for one in calls.values())[len(calls) // 2],
    }


def at_hang_up(analyst: Analyst, turns: Transcript) -> tuple[list[Draft], float]:
    """The drafts of a call that was heard to its end; seconds of the last analysis."""
    drafts: list[Draft] = []
    took = 0.0
    for heard in range(1, len(turns) + 1):
        began = time.perf_counter()
        tickets = analyst.analyse(turns[:heard]).tickets
        took = time.perf_counter() - began
        while len(drafts) < len(tickets):
            drafts.append(Draft(id=f"d{len(drafts)}", call_id="c"))
        drafts = [draft.suggest(one) for draft, one in zip(drafts, tickets, strict=False)]
    return drafts, took


def hands(drafts: Sequence[Draft]) -> dict[str, Any]:
    """What the operator's eyes and hands do with the drafts of one call."""
    accepted = [draft.accept_all() for draft in drafts]
    missing = sorted({name for draft in accepted for name in missing_fields(draft.content)})
    keys = KEYS_OF_A_TICKET * len(accepted) + KEYS_TO_THE_NEXT * max(0, len(accepted) - 1)
    shown = "".join(
        str(value)
        for draft in accepted
        for name in FIELDS
        if name in ("subject", "summary", "place", "street", "caller.phone")
        and not is_empty(value := get_field(draft.content, name))
    )
    return {
        "tickets": len(accepted),
        "chips": sum(len(draft.origins) for draft in accepted),
        "keystrokes": keys,
        "hands_s": round(keys * KEY_S + DECISIONS_OF_A_TICKET * DECISION_S * len(accepted), 2),
        "reading_s": round(len(shown) / READ_CHARS_PER_S, 1),
        "missing": missing,
        "valid_at_hang_up": bool(accepted) and not missing,
    }
