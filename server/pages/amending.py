"""The page on which reviewers and team leads put right what a ticket says; forms only, no script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.dispatch.catalogue import bundled_catalogue
from app.domain.amending import AMENDABLE, get_value
from app.domain.codec import Json, field_to_json, without_lone_surrogates
from app.domain.ticket import RequestType
from app.sync.protocol import canonical
from server.asking import Asker, Database, Who
from server.audit import note
from server.life.amending import Amendment, amend_at_centre
from server.life.showing import reveal_caller, shown_for_amending
from server.pages.render import page, read_form, see_other
from server.problems import Refused
from server.rights import rule_for

router = APIRouter(include_in_schema=False)
Form = Annotated[dict[str, str], Depends(read_form)]
FIELDS = (
    *("type", "category", "subject", "summary", "wish"),
    *("district", "street", "place", "limit_hours", "caller.name", "caller.phone"),
)
"""What the form offers, in its order."""
_LONG = ("summary", "wish")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A field as the form shows it. ``withheld`` = it identifies somebody, and no reason was given."""

    name: str
    value: str
    withheld: bool
    long: bool


@router.get("/work/cases/{ticket_id}/amend")
def amend_page(request: Request, ticket_id: str, asker: Who, database: Database) -> Response:
    """The ticket's fields to be put right; those that identify somebody are withheld."""
    return _form_page(request, asker, database, ticket_id)


@router.post("/work/cases/{ticket_id}/amend")
def amend(request: Request, ticket_id: str, form: Form, asker: Who, database: Database) -> Response:
    """Keep what was put right, or show the withheld fields to whoever says why they need them."""
    if "reason" in form:
        reason = form["reason"].strip()
        if not 4 <= len(reason) <= 500 or "\0" in reason:
            return _form_page(request, asker, database, ticket_id, problem="WORDS_MISSING")
        reveal_caller(database, asker, ticket_id, reason)
        return _form_page(request, asker, database, ticket_id, revealed=True)
    _, content, _ = shown_for_amending(database, asker, ticket_id)
    try:
        if form.get("seen") != _digest(content):
            raise Refused(409, "CHANGED_MEANWHILE")
        wanted = _wanted(form, content)
        _keep(database, asker, ticket_id, content, wanted, form.get("words", "").strip())
    except Refused as refusal:
        if refusal.status not in (409, 422):
            raise
        return _form_page(request, asker, database, ticket_id, problem=refusal.code, entered=form)
    return see_other(f"/work/cases/{ticket_id}")


def _keep(
    database: Database, asker: Asker, ticket_id: str, content: Json, wanted: Json, words: str
) -> None:
    if not words or not wanted:
        raise Refused(422, "WORDS_MISSING" if wanted else "NOTHING_CHANGED")
    base = {name: get_value(content, name) for name in wanted}
    try:
        amendment = Amendment(id=ticket_id, base=base, wanted=wanted, words=words)
    except ValueError:
        raise Refused(422, "FORM_INVALID") from None
    with database.write() as connection:
        amend_at_centre(connection, amendment, asker.name, datetime.now(UTC))
        note(connection, asker.name, "ticket.amend", ticket_id, fields=sorted(wanted))


def _wanted(form: Mapping[str, str], content: Json) -> Json:
    """The fields that differ from what the ticket says. Raises ``Refused`` 422."""
    wanted: Json = {}
    for name in FIELDS:
        if name not in form:  # withheld
            continue
        entered = without_lone_surrogates(form[name].replace("\r\n", "\n").strip())
        if entered != _written(get_value(content, name)).strip():
            wanted[name] = _value(name, entered)
    return wanted


def _value(name: str, entered: str) -> Any:
    if "\0" in entered or len(entered) > 4000:
        raise Refused(422, "FORM_INVALID")
    if not entered:
        return None
    if name == "limit_hours":
        if not entered.isdecimal() or len(entered) > 5:
            raise Refused(422, "FORM_INVALID")
        return int(entered)
    if name == "category":
        item = bundled_catalogue().by_code.get(entered.split()[0])
        if item is None:
            raise Refused(422, "CATEGORY_UNKNOWN")
        return field_to_json(name, item.category)
    return entered


def _written(value: Any) -> str:
    """A value as the form shows it; a category by its code and name."""
    if isinstance(value, Mapping):
        return " ".join([str(value["code"]), *map(str, value["path"][-1:])])
    return "" if value is None else str(value)


def _digest(content: Json) -> str:
    """Tells whether the ticket still says what the form showed."""
    return sha256(canonical({name: get_value(content, name) for name in AMENDABLE})).hexdigest()


def _form_page(
    request: Request,
    asker: Asker,
    database: Database,
    ticket_id: str,
    problem: str = "",
    revealed: bool = False,
    entered: Mapping[str, str] | None = None,
) -> Response:
    number, content, identifying = shown_for_amending(database, asker, ticket_id)
    given = entered or {}
    fields = [
        _Shown(
            name,
            given.get(name, _written(get_value(content, name))),
            name in identifying and not revealed and name not in given,
            name in _LONG,
        )
        for name in FIELDS
    ]
    return page(
        request,
        "amend.html",
        422 if problem else 200,
        who=asker,
        sees_rates=asker.is_a(*rule_for("GET", "/work/rates").roles),
        problem=problem and f"problem_{problem}",
        ticket_id=ticket_id,
        number=number,
        fields=fields,
        withheld=any(one.withheld for one in fields),
        seen=_digest(content),
        words=given.get("words", ""),
        types=[kind.value for kind in RequestType],
        items=bundled_catalogue().items,
    )
