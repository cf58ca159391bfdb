"""What is done with one recorded call: heard, sorted into tickets, screened, and its text judged.

Runs in whatever process or machine it is given to; its outcome depends on nothing but its order.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.domain.call import Transcript
from app.domain.ticket import TicketContent
from app.hearing import transcribe_with
from app.intake.analyst import RuleAnalyst
from app.parts import models_dir
from app.report import analysis_json
from app.review.evaluation import evaluate
from app.review.rubric import bundled_rubric
from app.script import load_case
from resources.errors import UserError
from speech.audio.files import FileSource
from speech.engines.base import StreamingEngine, UtteranceEngine
from speech.evaluate import errors
from speech.models import ModelStore, streams
from speech.repair.repairer import Repairer

WORK_VERSION = 1
"""Raised when the outcome of the same recording would be another one."""
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Order:
    """One recording to work on. ``case``: its true text, where somebody wrote or corrected it."""

    name: str
    audio: str
    case: str | None
    model: str
    key: str
    """Says what the outcome depends on: the same key, the same outcome."""


@dataclass(frozen=True, slots=True)
class Done:
    """The outcome of an order, and what it cost."""

    name: str
    outcome: Mapping[str, Any]
    audio_s: float
    cpu_s: float
    took_s: float


def make_order(audio: Path, model: str) -> Order:
    """The order for a recording; a case file of the same name beside it holds the true text."""
    case = audio.with_suffix(".json")
    digest = hashlib.sha256()
    for path in (audio, case):
        if path.is_file():
            with path.open("rb") as file:
                while piece := file.read(_CHUNK):
                    digest.update(piece)
        digest.update(b"\0")
    digest.update(f"{model} {WORK_VERSION} {bundled_rubric().version}".encode())
    return Order(
        name=audio.stem,
        audio=str(audio),
        case=str(case) if case.is_file() else None,
        model=model,
        key=digest.hexdigest(),
    )


def work_on(order: Order) -> Done:
    """Do an order. What is wrong with a recording stands in its outcome; nothing is raised for it."""
    began, cpu = time.perf_counter(), time.process_time()
    audio_s = 0.0
    try:
        live, final = engines(order.model)
        heard = transcribe_with(FileSource(Path(order.audio), pace=None), repairer(), live, final)
        audio_s = heard.audio_s
        outcome = outcome_of(order, heard.transcript)
        if problems := sorted({problem.code for problem in heard.problems}):
            outcome["problems"] = problems
    except UserError as error:
        outcome = {"key": order.key, "name": order.name, "error": error.code}
    return Done(
        name=order.name,
        outcome=outcome,
        audio_s=audio_s,
        cpu_s=time.process_time() - cpu,
        took_s=time.perf_counter() - began,
    )


def outcome_of(order: Order, transcript: Transcript) -> dict[str, Any]:
    """Text, tickets, screening and the error count of a transcript, as JSON values."""
    analysis = analyst().analyse(transcript)
    content = analysis.tickets[0] if analysis.tickets else TicketContent()
    outcome: dict[str, Any] = {
        "key": order.key,
        "name": order.name,
        "model": order.model,
        "transcript": [
            {
                "speaker": said.speaker.value,
                "start": round(said.start, 2),
                "end": round(said.end, 2),
                "text": said.text,
                "heard": said.heard,
            }
            for said in transcript
        ],
        **analysis_json(analysis),
        "screening": screening(transcript, content),
    }
    if order.case is not None:
        true = "".join(turn.text for turn in load_case(Path(order.case)).turns)
        wrong, length = errors(true, "".join(said.text for said in transcript))
        outcome["hearing"] = {"errors": wrong, "characters": length}
    outcome.pop("timings", None)
    return outcome


def screening(transcript: Transcript, content: TicketContent) -> dict[str, Any]:
    """Every answer that rules give, with the second it cites, and the score over them."""
    review = evaluate(bundled_rubric(), transcript, content)
    answers = {name: asdict(given[-1]) for name, given in sorted(review.answers.items())}
    for answer in answers.values():
        del answer["by"], answer["reason"]
    result = review.result()
    score = round(result.total, 2)
    return {"score": score, "knocked_out": list(result.knocked_out), "answers": answers}


def canonical(outcome: Mapping[str, Any]) -> bytes:
    """An outcome as bytes: the same outcome, the same bytes."""
    return json.dumps(outcome, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


@cache
def engines(model: str) -> tuple[StreamingEngine | None, UtteranceEngine | None]:
    """The engine of this process, on one thread: there are as many processes as cores."""
    store = ModelStore(models_dir())
    if streams(model):
        return store.load_live(model), None
    return None, store.load_final(model, threads=1)


@cache
def repairer() -> Repairer:
    """The text repair of this process."""
    return Repairer()


@cache
def analyst() -> RuleAnalyst:
    """The analyst of this process; rules only, so that every machine says the same."""
    return RuleAnalyst()
