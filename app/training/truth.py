"""How a ticket agrees with the truth of a case, field by field: one judge for drills and figures.

Agreement is counted only where the reference states a field:

- exact: type, handling, emergency_line, channel, district, limit_hours, phone
- street: one of ``street_ok``; 街道/地区/镇/乡 of one name are one body
- place: one contains the other after normalising; name: same, or the surname begins it
- subject: at least half of the reference's character pairs, or of its characters, in the subject
- category: the item, a finer one below it, or one of ``category_ok``
- units: the first suggestion is an accepted one / one of the first three is
- repeat: exact; amount: one of the ticket's sums has the value
- group_risk, confidential: must also be absent where the reference does not state them
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.ticket import TicketContent
from app.intake.numerals import house_numbers, large_number

_ENDINGS = ("街道", "地区", "镇", "乡")
_EXACT = ("type", "handling", "emergency_line", "channel", "district", "limit_hours")


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
    if "category" in reference:
        accepted_items = (reference["category"], *reference.get("category_ok", ()))
        code = ticket.category.code if ticket.category else ""
        right = bool(code) and code.startswith(tuple(accepted_items))
        yield "category", right, f"{code} ∉ {list(accepted_items)}"
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
