"""What becomes of a ticket after it was submitted: its stages, and the steps between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Stage(StrEnum):
    """Where a ticket is in its life."""

    WAITING = "waiting"
    """待受理: came without an operator, lies in the seats' queue."""
    UNASSIGNED = "unassigned"
    """待派单: no unit yet, to be conferred about."""
    DISPATCHED = "dispatched"
    """待签收: with its unit, not yet accepted."""
    OBJECTED = "objected"
    """异议待审: the unit says it is not theirs."""
    RETURNED = "returned"
    """退单: the objection was upheld; lies in the seats' queue."""
    JOINED = "joined"
    """已并案: its caller joined an earlier ticket and waits for that one's result."""
    HANDLING = "handling"
    """办理中."""
    REPORTED = "reported"
    """待回访: the unit has reported its result; lies in the callback queue."""
    CLOSED = "closed"
    """已结."""


class Step(StrEnum):
    """What somebody does with a ticket."""

    DISPATCH = "dispatch"
    ACCEPT = "accept"
    OBJECT = "object"
    UPHOLD = "uphold"
    REFUSE_OBJECTION = "refuse_objection"
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    REFUSE_EXTENSION = "refuse_extension"
    TELL_CALLER = "tell_caller"
    ASK_HELP = "ask_help"
    ANSWER_HELP = "answer_help"
    REPORT = "report"
    CALL_BACK = "call_back"
    CHASE = "chase"
    ANSWER = "answer"
    AMEND = "amend"
    """Put right what the ticket says; possible in every stage, leads nowhere."""
    JOIN = "join"
    """Another caller joined the ticket as co-reporter; leads nowhere."""


class ObjectionReason(StrEnum):
    """Why a unit says a ticket is not theirs 异议理由."""

    NOT_OUR_DUTY = "not_our_duty"
    NOT_OUR_AREA = "not_our_area"
    FACTS_UNCLEAR = "facts_unclear"
    DUPLICATE = "duplicate"
    OTHER_CHANNEL = "other_channel"


class ExtensionReason(StrEnum):
    """Why a unit needs longer 延期理由."""

    WEATHER = "weather"
    MATERIAL = "material"
    SEVERAL_UNITS = "several_units"
    INVESTIGATION = "investigation"
    PLANNING = "planning"


class Satisfaction(StrEnum):
    """How the caller sees the result 满意度."""

    SATISFIED = "satisfied"
    PARTLY = "partly"
    DISSATISFIED = "dissatisfied"


MOVES: Mapping[tuple[Stage, Step], Stage] = {
    (Stage.WAITING, Step.DISPATCH): Stage.DISPATCHED,
    (Stage.WAITING, Step.ANSWER): Stage.CLOSED,
    (Stage.UNASSIGNED, Step.DISPATCH): Stage.DISPATCHED,
    (Stage.UNASSIGNED, Step.ANSWER): Stage.CLOSED,
    (Stage.RETURNED, Step.DISPATCH): Stage.DISPATCHED,
    (Stage.RETURNED, Step.ANSWER): Stage.CLOSED,
    (Stage.JOINED, Step.DISPATCH): Stage.DISPATCHED,
    (Stage.DISPATCHED, Step.ACCEPT): Stage.HANDLING,
    (Stage.DISPATCHED, Step.OBJECT): Stage.OBJECTED,
    (Stage.DISPATCHED, Step.CHASE): Stage.DISPATCHED,
    (Stage.OBJECTED, Step.UPHOLD): Stage.RETURNED,
    (Stage.OBJECTED, Step.REFUSE_OBJECTION): Stage.DISPATCHED,
    (Stage.HANDLING, Step.ASK_EXTENSION): Stage.HANDLING,
    (Stage.HANDLING, Step.GRANT_EXTENSION): Stage.HANDLING,
    (Stage.HANDLING, Step.REFUSE_EXTENSION): Stage.HANDLING,
    (Stage.HANDLING, Step.TELL_CALLER): Stage.HANDLING,
    (Stage.HANDLING, Step.ASK_HELP): Stage.HANDLING,
    (Stage.HANDLING, Step.ANSWER_HELP): Stage.HANDLING,
    (Stage.HANDLING, Step.CHASE): Stage.HANDLING,
    (Stage.HANDLING, Step.REPORT): Stage.REPORTED,
    (Stage.REPORTED, Step.CALL_BACK): Stage.CLOSED,
}
"""Where a step leads from a stage. The result of a ticket (``REPORT``, ``ANSWER``) also takes those
that joined it from ``JOINED`` to ``REPORTED``. A callback that finds the matter unsolved leads back to
``HANDLING`` as often as the centre's rules say (``resources/life/rules.yaml``)."""


def steps_from(stage: Stage) -> tuple[Step, ...]:
    """What may be done in a stage, whoever does it."""
    return tuple(step for at, step in MOVES if at is stage)
