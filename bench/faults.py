"""Random faults between seats and a centre: every submitted ticket is there once, none is lost.

``runs`` random stories of submitting, delivering over a failing link, killing and restarting; see
``bench.fault_machine``. A story with a centre that forgets proves that the checks see it.
"""

from __future__ import annotations

import importlib.util
import logging
import sys
import time
from pathlib import Path
from typing import Any

RUNS = 2000
STEPS = 30
AT_A_TIME = 100
"""Each hundred runs start from a new seed: the library remembers less, and progress is told."""


def run(data: Path | None, runs: int = RUNS, steps: int = STEPS) -> dict[str, Any]:
    """The figures; ``failure`` is the shortest story found that breaks the promise."""
    del data
    if importlib.util.find_spec("hypothesis") is None:
        return {"skipped": "needs the development packages (hypothesis)"}
    from bench.fault_machine import FaultMachine, ForgetfulCentre, explore, lost_answer

    logging.getLogger("server").setLevel(logging.ERROR)  # bad requests are the point here
    begun, busy, failure = time.perf_counter(), time.process_time(), ""
    FaultMachine.met.clear()
    FaultMachine.runs = FaultMachine.tickets = 0
    while FaultMachine.runs < runs and not failure:
        try:
            explore(FaultMachine, min(AT_A_TIME, runs), steps)
        except AssertionError as error:
            failure = "\n".join([str(error), *getattr(error, "__notes__", [])])
        print(f"{FaultMachine.runs} runs, {FaultMachine.tickets} tickets", file=sys.stderr, flush=True)
    done, tickets, met = FaultMachine.runs, FaultMachine.tickets, dict(FaultMachine.met.most_common())
    took, busy = time.perf_counter() - begun, time.process_time() - busy
    lost_answer(FaultMachine)
    caught = ""
    try:
        lost_answer(ForgetfulCentre)
    except AssertionError as error:
        caught = str(error).splitlines()[0]
    return {
        "runs": done,
        "tickets": tickets,
        "faults_met": sum(met.values()),
        "faults_by_kind": met,
        "lost": int("lost" in failure or "gone" in failure),
        "doubled": int("doubled" in failure or "twice" in failure),
        "failure": failure,
        "broken_on_purpose_caught": bool(caught),
        "caught_as": caught,
        "seconds": round(took, 1),
        "processor_seconds": round(busy, 1),
        "runs_per_minute": round(60 * done / took, 1),
        "runs_per_processor_minute": round(60 * done / busy, 1),
    }
