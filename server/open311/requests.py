"""Requests that come through Open311: kept as tickets without an operator, shown without persons."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, func, insert, select

from app.dispatch.catalogue import Catalogue, catalogue_in_force
from app.dispatch.limits import ORDINARY_HOURS
from app.domain.city import CITY_TIME
from app.domain.codec import ticket_to_json, without_lone_surrogates
from app.domain.life import Stage
from app.domain.masking import mask_text
from app.domain.ticket import Caller, Category, Ticket, TicketContent
from app.sync.protocol import canonical
from resources.texts import text
from server.audit import note
from server.database import CentreDatabase, insert_into
from server.kept import shown_ticket
from server.life.starting import WEB, begin_life
from server.numbers import Numbers
from server.open311.formats import GeoReportError
from server.passwords import digest
from server.schema import api_key, seat, ticket, ticket_event, ticket_life, web_request

SEAT = "open311"
SPAN = timedelta(days=90)
MOST = 1000
REPEAT_WITHIN = timedelta(minutes=10)
_CODE_CHARACTERS = 4
_LONGEST = {"description": 4000, "address_string": 300, "media_url": 500, "phone": 40, "email": 200}
_LONGEST_OTHER = 100


@dataclass(frozen=True, slots=True)
class Service:
    """What can be asked for: the second level of the dispatch catalogue."""

    code: str
    name: str
    group: str


def services() -> Mapping[str, Service]:
    """All services by code."""
    return _services(catalogue_in_force())


@lru_cache(maxsize=2)
def _services(catalogue: Catalogue) -> Mapping[str, Service]:
    found: dict[str, Service] = {}
    for item in catalogue.items:
        code = item.code[:_CODE_CHARACTERS]
        name = item.path[1] if len(item.path) > 1 else item.path[0]
        found.setdefault(code, Service(code, name, item.path[0]))
    return found


def add_api_key(database: CentreDatabase, name: str) -> str:
    """A key for a program that sends requests; an earlier one of that name ends."""
    key = secrets.token_urlsafe(24)
    values = {"hash": digest(key)}
    with database.write() as connection:
        connection.execute(
            insert_into(connection, api_key)
            .values(name=name, created_at=datetime.now(UTC), **values)
            .on_conflict_do_update(index_elements=["name"], set_=values)
        )
        note(connection, "console", "api_key.add", name)
    return key


def holder_of(database: CentreDatabase, key: str) -> str | None:
    """Whose key this is."""
    query = select(api_key.c.name).where(api_key.c.hash == digest(key))
    with database.read() as connection:
        return connection.scalar(query)


class WebRequests:
    """Takes and shows requests. Safe from any thread."""

    def __init__(self, database: CentreDatabase) -> None:
        self._database = database
        self._numbers = Numbers(database)
        self._lock = threading.Lock()

    def take(self, holder: str, form: Mapping[str, str]) -> str:
        """Keep a request; its official number. The same again within minutes gets the same number.

        Raises ``GeoReportError`` 400 or 404.
        """
        fields = _checked(form)
        now = datetime.now(UTC)
        hashed = sha256(canonical({"by": holder, **fields})).hexdigest()
        sent = _as_ticket(fields, now)
        with self._lock:
            (number,) = self._numbers.take(now.astimezone(CITY_TIME).date(), 1)
        with self._database.write() as connection:
            _register_seat(connection)
            before = connection.scalar(
                select(ticket.c.number)
                .join(web_request, web_request.c.ticket_id == ticket.c.id)
                .where(
                    web_request.c.digest == hashed,
                    web_request.c.requested_at > now - REPEAT_WITHIN,
                )
            )
            if before is None:
                _keep(connection, sent, number, hashed, fields, now)
        if before is not None:
            with self._lock:
                self._numbers.give_back([number])
        return before or number

    def find(self, numbers: Sequence[str]) -> list[dict[str, Any]]:
        """Requests by their numbers; those that did not come this way are not there."""
        return self._shown(_QUERY.where(ticket.c.number.in_(list(numbers)[:MOST])))

    def search(
        self,
        codes: Sequence[str],
        statuses: Sequence[str],
        start: datetime | None,
        end: datetime | None,
    ) -> list[dict[str, Any]]:
        """Requests of at most 90 days, newest first. Raises ``GeoReportError`` 400."""
        end = end or (start + SPAN if start else datetime.now(UTC) + timedelta(minutes=1))
        start = start or end - SPAN
        if end - start > SPAN:
            raise GeoReportError(400, "start_date and end_date may not span more than 90 days")
        when = web_request.c.requested_at
        query = _QUERY.where(when >= start, when <= end)
        if codes:
            query = query.where(web_request.c.service_code.in_(codes))
        if statuses:
            closed = ticket_life.c.stage == Stage.CLOSED.value
            wanted = {"closed": closed, "open": ~closed}
            chosen = [wanted[one] for one in statuses if one in wanted]
            if len(chosen) != len(statuses):
                raise GeoReportError(400, "status must be open or closed")
            if len(set(statuses)) == 1:
                query = query.where(chosen[0])
        return self._shown(query)

    def _shown(self, query: Any) -> list[dict[str, Any]]:
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(web_request.c.requested_at.desc()).limit(MOST))
            return [_shown(row) for row in rows]


_UPDATED = (
    select(func.max(ticket_event.c.at))
    .where(ticket_event.c.ticket_id == ticket.c.id)
    .scalar_subquery()
    .label("updated_at")
)
_QUERY = (
    select(web_request, ticket.c.number, ticket.c.payload, ticket_life, _UPDATED)
    .join(ticket, ticket.c.id == web_request.c.ticket_id)
    .join(ticket_life, ticket_life.c.ticket_id == ticket.c.id)
)


def _checked(form: Mapping[str, str]) -> dict[str, str]:
    fields: dict[str, str] = without_lone_surrogates(
        {name: value.strip() for name, value in form.items() if name in _FIELDS and value.strip()}
    )
    for name, value in fields.items():
        if len(value) > _LONGEST.get(name, _LONGEST_OTHER) or "\0" in value:
            raise GeoReportError(400, f"{name} is too long or holds characters that cannot be kept")
    code = fields.get("service_code")
    if code is None:
        raise GeoReportError(400, "service_code was not provided")
    if code not in services():
        raise GeoReportError(404, "service_code was not found")
    try:
        for name, most in (("lat", 90.0), ("long", 180.0)):
            if name in fields and not -most <= float(fields[name]) <= most:
                raise ValueError
    except ValueError:
        raise GeoReportError(400, "lat and long must be degrees (WGS 84)") from None
    if "address_string" not in fields and not {"lat", "long"} <= fields.keys():
        raise GeoReportError(400, "lat and long, or address_string, are required")
    if not fields.get("description"):
        raise GeoReportError(400, "description was not provided")
    return fields


_FIELDS = frozenset(
    {
        *("service_code", "lat", "long", "address_string", "address_id", "email", "device_id"),
        *("account_id", "first_name", "last_name", "phone", "description", "media_url"),
    }
)


def _as_ticket(fields: Mapping[str, str], now: datetime) -> Ticket:
    service = services()[fields["service_code"]]
    place = fields.get("address_string") or f"{fields['lat']}, {fields['long']}"
    name = f"{fields.get('last_name', '')}{fields.get('first_name', '')}"
    content = TicketContent(
        subject=service.name,
        summary=fields["description"],
        place=place,
        category=Category(service.code, (service.group, service.name)),
        limit_hours=ORDINARY_HOURS,
        caller=Caller(name or None, fields.get("phone") or fields.get("email")),
    )
    return Ticket(str(uuid4()), f"{WEB}{SEAT}", SEAT, content, now)


def _register_seat(connection: Any) -> None:
    """The seat in whose name requests arrive; nobody can log in as it."""
    values = {"name": SEAT, "password_hash": "-", "active": False, "created_at": datetime.now(UTC)}
    connection.execute(
        insert_into(connection, seat).values(**values).on_conflict_do_nothing(index_elements=["name"])
    )


def _keep(
    connection: Any,
    sent: Ticket,
    number: str,
    hashed: str,
    fields: Mapping[str, str],
    now: datetime,
) -> None:
    payload = canonical(ticket_to_json(sent)).decode()
    connection.execute(
        insert(ticket).values(
            id=sent.id,
            number=number,
            seat=SEAT,
            content_hash=sha256(payload.encode()).hexdigest(),
            payload=payload,
            submitted_at=now,
            received_at=now,
        )
    )
    connection.execute(
        insert(web_request).values(
            ticket_id=sent.id,
            service_code=fields["service_code"],
            lat=fields.get("lat", ""),
            long=fields.get("long", ""),
            digest=hashed,
            requested_at=now,
        )
    )
    begin_life(
        connection,
        connection.execute(
            select(
                ticket.c.id,
                ticket.c.payload,
                ticket.c.seat,
                ticket.c.submitted_at,
                ticket.c.received_at,
            ).where(ticket.c.id == sent.id)
        ).all(),
    )


def _shown(row: Row[Any]) -> dict[str, Any]:
    """A request for everybody: nothing that says who sent it."""
    content = shown_ticket(row.payload, row.number).content
    names = [content.caller.name or "", content.caller.phone or ""]
    service = services().get(row.service_code)
    return {
        "service_request_id": row.number,
        "status": "closed" if row.stage == Stage.CLOSED.value else "open",
        "status_notes": text(f"centre.stage_{row.stage}", "zh"),
        "service_name": service.name if service else "",
        "service_code": row.service_code,
        "description": mask_text(content.summary or "", names, entirely=True),
        "agency_responsible": row.unit,
        "service_notice": "",
        "requested_datetime": _moment(row.requested_at),
        "updated_datetime": _moment(row.updated_at or row.requested_at),
        "expected_datetime": _moment(row.due_at),
        "address": mask_text(content.place or "", names, entirely=True) if not row.lat else "",
        "address_id": "",
        "zipcode": "",
        "lat": float(row.lat) if row.lat else None,
        "long": float(row.long) if row.long else None,
        "media_url": "",
    }


def _moment(value: datetime | str | None) -> str | None:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if value is None:
        return None
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
