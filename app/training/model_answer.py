"""The model answer on a timeline: the perfect trainee's drill, worked out without a desk."""

from __future__ import annotations

from app.domain.call import Speaker
from app.domain.draft import Origin
from app.training.conversation import Conversation
from app.training.drill import CALLER_PACE, OPERATOR_PACE, STEP_S, field_value
from app.training.record import Done, DrillRecord, Filled, Mode, Said
from app.training.scenario import Scenario
from app.training.topics import topics_in
from app.training.trainee import perfect_trainee


def model_answer(scenario: Scenario) -> DrillRecord:
    """What a perfect operator says and does in a case, and when."""
    record, caller, now, opened = (
        DrillRecord(scenario, Mode.BRANCHING),
        Conversation(scenario),
        0.0,
        False,
    )
    for step in perfect_trainee(scenario):
        if step.say is not None:
            end = now + len(step.say) / OPERATOR_PACE
            asked = topics_in(step.say)
            record.said.append(Said(now, end, Speaker.OPERATOR, step.say, asked))
            now = end
            for line in caller.hear(step.say) if opened else caller.open():
                end = now + len(line.words) / CALLER_PACE
                record.said.append(Said(now, end, Speaker.CALLER, line.words, (), line.fact, line.true))
                now = end
            opened = True
        for name, value in (step.set or {}).items():
            now += STEP_S
            record.filled.append(Filled(now, name, field_value(name, value), Origin.TYPED))
        if step.cite is not None:
            now += STEP_S
            record.done.append(Done(now, "cited", step.cite))
        if step.hang_up:
            record.done.append(Done(now, "ended"))
        if step.submit:
            now += STEP_S
            record.done.append(Done(now, "submitted"))
    return record
