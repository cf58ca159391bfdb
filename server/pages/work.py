"""The page on which handling units and reviewers work; forms only, no script."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import ValidationError
from starlette.responses import Response

from app.dispatch.units import units_in_force
from app.domain.life import ExtensionReason, ObjectionReason, Stage, Step
from app.sync.cases import CaseShown, StepRequest
from server.asking import COOKIE, Asker, Database, Who, address_of
from server.life.api import TicketNumber
from server.life.rates import unit_rates
from server.life.rules import life_rules
from server.life.showing import PAGE, case, cases, reveal_caller
from server.life.steps import WORDS_NEEDED, take_step
from server.pages.render import CITY, page, read_form, see_other
from server.people import SESSION_LIFE, log_in_page, log_out
from server.problems import Refused
from server.rights import Role, rule_for

router = APIRouter(include_in_schema=False)
Form = Annotated[dict[str, str], Depends(read_form)]
_REASONS = {Step.OBJECT: tuple(ObjectionReason), Step.ASK_EXTENSION: tuple(ExtensionReason)}
_NAMES_A_UNIT = {Step.OBJECT, Step.ASK_HELP, Step.DISPATCH}
_STYLE = (Path(__file__).parent / "templates" / "page.css").read_bytes()


@router.get("/page.css")
def style() -> Response:
    """The style of all pages."""
    return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


@router.get("/work/login")
def login_page(request: Request) -> Response:
    """Ask for name and password."""
    return page(request, "login.html", problem="")


@router.post("/work/login")
def log_in(request: Request, form: Form, database: Database) -> Response:
    """A session in a cookie that no script and no other site can use."""
    name, password = form.get("name", ""), form.get("password", "")
    if not name or not password or len(password) > 256 or len(name) > 64 or "\0" in name:
        return page(request, "login.html", 422, problem="problem_LOGIN_REFUSED")
    try:
        token = log_in_page(database, name, password, address_of(request))
    except Refused as refusal:
        return page(request, "login.html", refusal.status, problem=f"problem_{refusal.code}")
    answer = see_other("/work")
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_LIFE.total_seconds()),
        path="/work",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/work/logout")
def leave(request: Request, database: Database) -> Response:
    """End the session."""
    log_out(database, request.cookies.get(COOKIE, ""))
    answer = see_other("/work/login")
    answer.delete_cookie(COOKIE, path="/work")
    return answer


def _work(request: Request, asker: Asker, template: str, status: int = 200, **values: Any) -> Response:
    sees_rates = asker.is_a(*rule_for("GET", "/work/rates").roles)
    amends = asker.is_a(*rule_for("GET", "/work/cases/{ticket_id}/amend").roles)
    shown = {"sees_rates": sees_rates, "amends": amends, **values}
    return page(request, template, status, who=asker, **shown)


@router.get("/work")
def list_page(
    request: Request,
    asker: Who,
    database: Database,
    stage: str = "",
    overdue: str = "",
    number: TicketNumber = "",
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> Response:
    """Tickets by deadline."""
    chosen = Stage(stage) if stage in tuple(Stage) else None
    lines = cases(database, asker, chosen, offset, overdue=overdue == "yes", number=number)
    shown: dict[str, Any] = {"lines": lines, "stages": tuple(Stage), "stage": chosen or ""}
    shown["number"] = number
    shown["overdue"] = "yes" if overdue == "yes" else ""
    return _work(request, asker, "cases.html", offset=offset, page_size=PAGE, **shown)


def _case_page(
    request: Request, asker: Asker, database: Database, ticket_id: str, **more: Any
) -> Response:
    values = {"problem": "", "revealed": None, "status": 200, "entered": {}} | more
    found = case(database, asker, ticket_id)
    shown: dict[str, Any] = {"reasons": _REASONS, "words_needed": WORDS_NEEDED}
    shown["units"] = _units_near(found)
    return _work(request, asker, "case.html", case=found, **shown, **values)


def _units_near(found: CaseShown) -> list[str]:
    """The units that a step may name: those of the ticket's district and of the whole city."""
    if not _NAMES_A_UNIT & set(found.steps):
        return []
    near = (None, "", found.line.district)
    return [one.name for one in units_in_force().units if one.district in near]


@router.get("/work/cases/{ticket_id}")
def case_page(request: Request, ticket_id: str, asker: Who, database: Database) -> Response:
    """One ticket, what may be done with it, and its timeline."""
    return _case_page(request, asker, database, ticket_id)


@router.post("/work/cases/{ticket_id}")
def step(request: Request, ticket_id: str, form: Form, asker: Who, database: Database) -> Response:
    """Take a step; back to the ticket, or to the list when it is no longer there for the asker."""
    try:
        take_step(database, asker, ticket_id, _wanted(form))
    except Refused as refusal:
        if refusal.status not in (409, 422):
            raise
        told = {"problem": f"problem_{refusal.code}", "status": refusal.status}
        return _case_page(request, asker, database, ticket_id, entered=form, **told)
    try:
        case(database, asker, ticket_id)
    except Refused:
        return see_other("/work")
    return see_other(request.url.path)


@router.post("/work/cases/{ticket_id}/caller")
def reveal(request: Request, ticket_id: str, form: Form, asker: Who, database: Database) -> Response:
    """Show who called, once, for a reason that is logged."""
    reason = form.get("reason", "").strip()
    if not 4 <= len(reason) <= 500 or "\0" in reason:
        return _case_page(
            request, asker, database, ticket_id, problem="problem_WORDS_MISSING", status=422
        )
    found = reveal_caller(database, asker, ticket_id, reason)
    return _case_page(request, asker, database, ticket_id, revealed=found)


@router.get("/work/rates")
def rates_page(request: Request, asker: Who, database: Database) -> Response:
    """The three rates of the last 30 days."""
    end = datetime.now(UTC)
    unit = asker.unit if Role.HANDLING_UNIT in asker.roles else None
    found = unit_rates(database, end - timedelta(days=30), end, unit)
    scope = life_rules().evaluation
    return _work(request, asker, "rates.html", rates=found, scope=scope)


def _wanted(form: dict[str, str]) -> StepRequest:
    values: dict[str, Any] = {
        name: form[name] for name in ("step", "reason", "words", "unit") if form.get(name)
    }
    for name in ("contacted", "solved"):
        if name in form:
            values[name] = form[name] == "yes"
    if form.get("reached") == "no":
        values["reached"] = False
    if form.get("satisfaction"):
        values["satisfaction"] = form["satisfaction"]
    try:
        if form.get("until"):
            values["until"] = datetime.fromisoformat(form["until"]).replace(tzinfo=CITY)
        return StepRequest(**values)
    except (ValidationError, ValueError):
        raise Refused(422, "FORM_INVALID") from None
