"""Who asks, and whether they may: checked for every endpoint before it does anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from server.database import CentreDatabase
from server.pace import Pace
from server.people import ACCESS, PAGE, person_with
from server.problems import Refused
from server.rights import Role, rule_for
from server.seats import seats_of, token_digest

COOKIE = "jiesu_session"
PUBLIC_PER_MINUTE = 60.0
PUBLIC_BURST = 40


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever sent a request. ``name`` is empty for the public; ``unit`` is a handling unit's."""

    name: str
    roles: frozenset[Role]
    unit: str = ""

    def is_a(self, *roles: Role) -> bool:
        """Whether the asker has one of these roles."""
        return bool(self.roles.intersection(roles))


NOBODY = Asker("", frozenset())


def make_pace() -> Pace:
    """The pace of the public, per address and process."""
    return Pace(PUBLIC_PER_MINUTE, PUBLIC_BURST)


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


async def authorise(request: Request) -> Asker:
    """The asker, if the rule of the route lets them in. Raises ``Refused`` 401, 403 or 429."""
    rule = rule_for(request.method, getattr(request.scope.get("route"), "path", ""))
    if rule.by_handler:
        return NOBODY
    if rule.everybody:
        _keep_pace(request)
        return NOBODY
    asker = await run_in_threadpool(_identify, request)
    if not asker.roles & rule.roles:
        raise Refused(403, "NOT_ALLOWED")
    return asker


def _database(request: Request) -> CentreDatabase:
    database: CentreDatabase = request.app.state.database
    return database


Who = Annotated[Asker, Depends(authorise)]
Database = Annotated[CentreDatabase, Depends(_database)]


def _keep_pace(request: Request) -> None:
    """Seats log in all at once after a restart of the centre: their door has limits of its own."""
    pace: Pace = request.app.state.pace
    path = getattr(request.scope.get("route"), "path", "")
    if path in ("/api/v1/login", "/api/v1/health", "/page.css"):
        return
    if not pace.allows(address_of(request)):
        raise Refused(429, "TOO_MANY_REQUESTS")


def _identify(request: Request) -> Asker:
    database: CentreDatabase = request.app.state.database
    header = request.headers.get("authorization")
    if header is None and COOKIE in request.cookies:
        _check_same_origin(request)
        person = person_with(database, request.cookies[COOKIE], PAGE)
    else:
        digest = token_digest(header)
        with database.read() as connection:
            seat = seats_of(connection, {digest}, datetime.now(UTC)).get(digest)
        if seat is not None:
            return Asker(seat, frozenset({Role.SEAT}))
        person = person_with(database, (header or "").partition(" ")[2].strip(), ACCESS)
    if person is None:
        raise Refused(401, "TOKEN_REFUSED")
    return Asker(person.name, person.roles, person.unit)


def _check_same_origin(request: Request) -> None:
    """A browser says where a form stands; one of another site is refused besides the strict cookie."""
    if request.method in ("GET", "HEAD"):
        return
    origin = request.headers.get("origin") or request.headers.get("referer") or ""
    if urlsplit(origin).netloc != request.headers.get("host"):
        raise Refused(403, "OTHER_ORIGIN")
