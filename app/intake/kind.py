"""Type of a request 诉求类型: what the caller says it is, else what it looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.call import Utterance
from app.domain.ticket import Proof, RequestType
from app.intake.rulebook import Hit, rule_book
from app.intake.telling import lean

USUAL_WEIGHT = 1.0
ANSWERED_WEIGHT = 2.0
"""What it says for a question that the operator explains and promises nothing."""
PROMISED_WEIGHT = 0.3
"""A told matter that the operator takes down is at least a call for help."""
TAKEN_DISCOUNT = 2.5
"""What a question loses when the operator passes the matter on and explains nothing."""
IN_OWN_WORDS = 6.0
"""From this weight on a type was named, and how it is told says nothing any more."""
LEAN_WEIGHT = 5.0
"""What the learnt telling counts: found on calls left out, for sets of other voices."""
EMERGENCY_WEIGHT = 8.0
"""Who calls in danger calls for help, whatever they ask."""


@dataclass(frozen=True, slots=True)
class Kind:
    """The type with its proof and how far it leads (0 = a tie)."""

    type: RequestType
    proof: Proof
    margin: float

    @property
    def in_own_words(self) -> bool:
        """Whether somebody named the type (我要投诉), rather than told what looks like it."""
        return self.type is not RequestType.QUESTION and self.proof.rule.startswith("types.says-")


def find_kind(talk: Sequence[Utterance], usual: RequestType | None = None) -> Kind | None:
    """The type whose rules weigh most; every rule counts once. ``None`` when nothing tells it.

    ``usual`` is the usual type of the matter (from the catalogue), worth a little; praise must be said.
    Where nobody names the type, how such requests are told counts too.
    """
    best_hits: dict[str, Hit] = {}
    for hit in rule_book("types").hits(talk):
        best_hits.setdefault(hit.rule.name, hit)
    weights: dict[RequestType, float] = {}
    for hit in best_hits.values():
        kind = RequestType(hit.rule.gives["type"])
        weights[kind] = weights.get(kind, 0.0) + float(hit.rule.gives["weight"])
    if usual is not None and usual is not RequestType.PRAISE:
        weights[usual] = weights.get(usual, 0.0) + USUAL_WEIGHT
    taken, answered = _operator(talk)
    if answered and not taken:
        weights[RequestType.QUESTION] = weights.get(RequestType.QUESTION, 0.0) + ANSWERED_WEIGHT
    if taken:
        weights[RequestType.HELP] = weights.get(RequestType.HELP, 0.0) + PROMISED_WEIGHT
        if not answered and RequestType.QUESTION in weights:
            weights[RequestType.QUESTION] -= TAKEN_DISCOUNT
    if rule_book("emergency").first(talk):
        weights[RequestType.HELP] = weights.get(RequestType.HELP, 0.0) + EMERGENCY_WEIGHT
    if not weights:
        return None
    if max(weights.values()) < IN_OWN_WORDS:
        for kind, odds in lean(talk).items():
            weights[kind] = weights.get(kind, 0.0) + LEAN_WEIGHT * odds
    order = [RequestType(rule.gives["type"]) for rule in rule_book("types").rules]
    ranked = sorted(weights, key=lambda kind: (-weights[kind], order.index(kind)))
    winner = ranked[0]
    heaviest = max(
        (hit for hit in best_hits.values() if hit.rule.gives["type"] == winner.value),
        key=lambda hit: float(hit.rule.gives["weight"]),
        default=None,
    )
    margin = weights[winner] - (weights[ranked[1]] if len(ranked) > 1 else 0.0)
    if heaviest is None:
        if told := {RequestType.QUESTION: answered, RequestType.HELP: taken}.get(winner):
            return Kind(winner, told.span.proof(f"handling.{told.rule.name}"), margin)
        usually = "types.usual-of-matter" if winner is usual else "types.as-told"
        return Kind(winner, Proof(rule=usually), margin)
    return Kind(winner, heaviest.span.proof(f"types.{heaviest.rule.name}"), margin)


def _operator(talk: Sequence[Utterance]) -> tuple[Hit | None, Hit | None]:
    """What the operator does with the request: takes it down or passes it on, or explains."""
    hits = {str(hit.rule.gives["handling"]): hit for hit in rule_book("handling").hits(talk)}
    return hits.get("dispatch"), hits.get("answer")
