"""Sort a request 分类处理: emergency line, lawful channel, risks, and the handling that follows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.domain.call import Speaker, Utterance
from app.domain.ticket import Handling, Proof, RequestType
from app.intake.rulebook import Hit, rule_book

_PASSES_ON = re.compile(r"(?:转|派|交给|移交|通知|安排)(?!接|账|弯|诊|学)[^。！？!?；;]{1,30}")
_OPEN = re.compile(
    r"核实|(?:跟|和|与|给)?您(?:直接)?(?:联系|回电|回话|答复)|联系您|回复您|答复您"
    r"|(?:查|答复|回答|解答|确认)(?:询)?不(?:到|了)|没有?(?:能)?查(?:询)?到"
)
"""An operator who promises an answer has not given it."""
DISCIPLINE = "纪检监察"
"""The channel of reports on officials; all others begin with a question."""


@dataclass(frozen=True)
class Sorting:
    """What becomes of a request, each value with its proof in ``proofs`` under its field's name."""

    handling: Handling | None = None
    emergency_line: str | None = None
    channel: str | None = None
    risks: tuple[str, ...] = ()
    topic: str | None = None
    """What the subject line calls a danger or a matter of another channel."""
    item: str | None = None
    """Code of the catalogue item of a danger or of another channel's matter."""
    proofs: dict[str, Proof] = field(default_factory=dict)


def sort_request(talk: Sequence[Utterance], kind: RequestType | None) -> Sorting:
    """How to handle what the talk is about; danger to life comes before everything else."""
    emergency = rule_book("emergency").first(talk)
    dangers = rule_book("risks").hits(talk)
    mass = next((hit for hit in dangers if hit.rule.gives.get("dual")), None)
    door = _door(talk)
    proofs: dict[str, Proof] = {}
    risks = _risks([*([emergency] if emergency else []), *dangers], proofs)

    def proved(handling: Handling, hit: Hit, book: str, field: str = "handling") -> Sorting:
        proof = hit.span.proof(f"{book}.{hit.rule.name}")
        return Sorting(handling, risks=risks, proofs=proofs | {"handling": proof, field: proof})

    if mass and (emergency is None or _yields(emergency)):
        return proved(Handling.DUAL_DISPATCH, mass, "risks")
    if emergency:
        sorting = proved(Handling.EMERGENCY, emergency, "emergency", "emergency_line")
        gives = emergency.rule.gives
        return replace(
            sorting,
            emergency_line=str(gives["line"]),
            topic=gives.get("topic"),
            item=gives.get("item"),
        )
    if door:
        sorting = proved(Handling.OTHER_CHANNEL, door, "channels", "channel")
        gives = door.rule.gives
        return replace(sorting, channel=gives["channel"], topic=gives["topic"], item=gives.get("item"))
    handling, proof = _ordinary(talk, kind)
    if handling is None:
        return Sorting(risks=risks, proofs=proofs)
    return Sorting(handling, risks=risks, proofs=proofs | {"handling": proof})


def _yields(emergency: Hit) -> bool:
    """Whether a mass threat goes first: the danger is that threat, or only the operator's word."""
    return emergency.rule.gives.get("risk") == "极端" or emergency.rule.who is Speaker.OPERATOR


def _door(talk: Sequence[Utterance]) -> Hit | None:
    """The lawful channel; the caller's mention of one yields to an operator who takes the request."""
    door = rule_book("channels").first([u for u in talk if u.speaker is Speaker.OPERATOR])
    if door:
        return door
    promises = rule_book("handling").hits(talk)
    if any(hit.rule.gives["handling"] == "dispatch" for hit in promises):
        return None
    return rule_book("channels").first(talk)


def _risks(hits: Sequence[Hit], proofs: dict[str, Proof]) -> tuple[str, ...]:
    names: list[str] = []
    for hit in hits:
        if (risk := hit.rule.gives.get("risk")) and risk not in names:
            names.append(risk)
            proofs.setdefault("risks", hit.span.proof(f"risks.{hit.rule.name}"))
    return tuple(names)


def _ordinary(talk: Sequence[Utterance], kind: RequestType | None) -> tuple[Handling | None, Proof]:
    """Handling of a request without danger and without another lawful door."""
    hits = {}
    for hit in rule_book("handling").hits(talk):
        hits[hit.rule.gives["handling"]] = hit

    def proof(name: str) -> Proof:
        return hits[name].span.proof(f"handling.{hits[name].rule.name}")

    if "confer" in hits:
        return Handling.CONFER, proof("confer")
    if kind is RequestType.QUESTION:
        if "dispatch" in hits and not _answered_first(talk, hits):
            return Handling.DISPATCH, proof("dispatch")
        if "answer" in hits:
            return Handling.ANSWER, proof("answer")
        return Handling.ANSWER, Proof(rule="handling.questions-are-answered")
    if kind is None and not any(said.speaker is Speaker.CALLER for said in talk):
        return None, Proof(rule="")
    if "dispatch" in hits:
        return Handling.DISPATCH, proof("dispatch")
    if kind is None:
        return None, Proof(rule="")
    return Handling.DISPATCH, Proof(rule="handling.requests-are-dispatched")


def _answered_first(talk: Sequence[Utterance], hits: dict[str, Hit]) -> bool:
    """Whether the operator's explanation is the longer part and the dispatch only a courtesy."""
    if "answer" not in hits:
        return False
    answer, promise = hits["answer"].span.utterance, hits["dispatch"].span.utterance
    return answer is promise and not _OPEN.search(promise.text)


def promised_words(talk: Sequence[Utterance]) -> str:
    """What the operator said about who gets the request (转燃气集团); empty while nothing was said."""
    return "；".join(
        found[0]
        for said in talk
        if said.speaker is Speaker.OPERATOR
        for found in _PASSES_ON.finditer(said.text)
    )
