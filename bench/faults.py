"""Random faults between seats and a centre: every submitted ticket is there once, none is lost.

``runs`` random stories of submitting, delivering over a failing link, killing and restarting; see
``bench.fault_machine``. A story with a centre that forgets proves that the checks see it.
"""

from __future__ import annotations

import importlib.util
import logging
import time
from pathlib import Path
from typing import Any

RUNS = 2000
STEPS = 30


def run(data: Path | None, runs: int = RUNS, steps: int = STEPS) -> dict[str, Any]:
    """The figures; ``failure`` is the shortest story found that breaks the promise."""
    del data
    if importlib.util.find_spec("hypothesis") is None:
        return {"skipped": "needs the development packages (hypothesis)"}
    from bench.fault_machine import FaultMachine, ForgetfulCentre, explore, lost_answer

    logging.getLogger("server").setLevel(logging.ERROR)  # bad requests are the point here
    begun, failure = time.perf_counter(), ""
    FaultMachine.met = FaultMachine.runs = 0
    try:
        explore(FaultMachine, runs, steps)
    except AssertionError as error:
        failure = "\n".join([str(error), *getattr(error, "__notes__", [])])
    done, met, took = FaultMachine.runs, FaultMachine.met, time.perf_counter() - begun
    lost_answer(FaultMachine)
    caught = ""
    try:
        lost_answer(ForgetfulCentre)
    except AssertionError as error:
        caught = str(error).splitlines()[0]
    return {
        "runs": done,
        "faults_met": met,
        "lost": int("lost" in failure or "gone" in failure),
        "doubled": int("doubled" in failure or "twice" in failure),
        "failure": failure,
        "broken_on_purpose_caught": bool(caught),
        "caught_as": caught,
        "seconds": round(took, 1),
    }
