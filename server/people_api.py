"""Logging in, accounts and the audit log over HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import AwareDatetime, Field

from app.sync.people import MyAccount, Password, PersonLogin, PersonTokens, Token
from app.sync.protocol import Message, Name
from resources.errors import UserError
from server import people
from server.accounts import generation_of
from server.asking import Database, Who, address_of
from server.audit import entries_after, verify
from server.problems import Refused
from server.rights import Role


class RefreshRequest(Message):
    """The refresh token; it works once."""

    refresh: Token


class PasswordChange(Message):
    """A password of one's own choice."""

    old: Password
    new: Password


class PersonShown(Message):
    """A person without anything secret."""

    name: str
    roles: tuple[Role, ...]
    unit: str
    active: bool


class PersonWanted(Message):
    """What a person is to be; ``active`` false ends the access and keeps the rest."""

    roles: tuple[Role, ...] = ()
    unit: Annotated[str, Field(max_length=128)] = ""
    active: bool = True


class PersonPassword(Message):
    """The password that the centre made; shown once, none when access was ended."""

    name: str
    password: str | None = None


class AuditShown(Message):
    """An entry of the audit log."""

    seq: int
    at: AwareDatetime
    who: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str


class AuditChecked(Message):
    """The outcome of checking the whole chain."""

    sound: bool
    entries: int
    head: str
    broken_at: int | None = None
    missing_head: bool = False


router = APIRouter(prefix="/api/v1")


def _tokens(tokens: people.Tokens) -> PersonTokens:
    moment: datetime = tokens.expires_at
    return PersonTokens(access=tokens.access, refresh=tokens.refresh, expires_at=moment)


def _shown(person: people.Person) -> PersonShown:
    roles: Iterable[Role] = sorted(person.roles)
    return PersonShown(name=person.name, roles=tuple(roles), unit=person.unit, active=person.active)


@router.post("/people/login")
def log_in(message: PersonLogin, request: Request, database: Database) -> PersonTokens:
    """Tokens for a person."""
    return _tokens(people.log_in(database, message.name, message.password, address_of(request)))


@router.post("/people/refresh")
def refresh(message: RefreshRequest, database: Database) -> PersonTokens:
    """The next tokens."""
    return _tokens(people.refresh(database, message.refresh))


@router.post("/people/logout", status_code=204)
def log_out(
    asker: Who, database: Database, authorization: Annotated[str | None, Header()] = None
) -> None:
    """End this session."""
    people.log_out(database, (authorization or "").partition(" ")[2].strip())


@router.post("/people/password", status_code=204)
def change_password(message: PasswordChange, request: Request, asker: Who, database: Database) -> None:
    """Take another password; all sessions end."""
    people.change_password(database, asker.name, message.old, message.new, address_of(request))


@router.get("/people/me")
def me(asker: Who, database: Database) -> MyAccount:
    """Who am I here?"""
    with database.read() as connection:
        generation = generation_of(connection, asker.name)
    return MyAccount(
        name=asker.name,
        roles=tuple(sorted(asker.roles)),
        unit=asker.unit,
        active=True,
        generation=generation,
    )


@router.get("/people")
def everybody(database: Database) -> list[PersonShown]:
    """All people with their roles."""
    return [_shown(person) for person in people.people(database)]


@router.put("/people/{name}")
def put_person(name: Name, message: PersonWanted, asker: Who, database: Database) -> PersonPassword:
    """Add or change a person, or end their access."""
    if not message.active:
        people.deactivate(database, name, asker.name)
        return PersonPassword(name=name)
    try:
        password = people.put_person(database, name, message.roles, message.unit, asker.name)
    except UserError as error:
        raise Refused(422, error.code) from None
    return PersonPassword(name=name, password=password)


@router.post("/people/{name}/unlock", status_code=204)
def unlock(name: Name, asker: Who, database: Database) -> None:
    """Let somebody try again at once after too many failed logins."""
    people.unlock(database, name, asker.name)


@router.get("/audit")
def audit(database: Database, after: Annotated[int, Query(ge=0, lt=2**63)] = 0) -> list[AuditShown]:
    """A page of the audit log."""
    return [
        AuditShown(
            seq=one.seq,
            at=one.at,
            who=one.who,
            action=one.action,
            subject=one.subject,
            detail=dict(one.detail),
            hash=one.hash,
        )
        for one in entries_after(database, after)
    ]


@router.get("/audit/verify")
def verify_audit(
    database: Database, head: Annotated[str | None, Query(max_length=64)] = None
) -> AuditChecked:
    """Check the chain of the audit log, against a head noted earlier if one is given."""
    verdict = verify(database, head)
    return AuditChecked(
        sound=verdict.sound,
        entries=verdict.entries,
        head=verdict.head,
        broken_at=verdict.broken_at,
        missing_head=verdict.missing_head,
    )
