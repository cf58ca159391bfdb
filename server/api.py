"""The centre's HTTP interface; its description is served as ``/api/v1/openapi.json``."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from app.sync.packing import GZIP
from app.sync.protocol import (
    PROTOCOL,
    PROTOCOL_HEADER,
    Changes,
    Health,
    LoginRequest,
    LoginResponse,
    Problem,
    PushRequest,
    PushResponse,
    RecordingPart,
    RecordingReceipt,
    TicketReceipt,
)
from server import articles_api, gaps_api, people_api, reference_api, reviews, watching
from server.announcing import Announcer
from server.asking import Who, address_of, authorise, make_pace
from server.database import CentreDatabase
from server.gate import Gate, problem_body
from server.life import api as life_api
from server.life.attending import Attendant
from server.notices.sending import Notifier
from server.open311 import api as open311_api
from server.open311.formats import GeoReportError, written_error
from server.open311.requests import WebRequests
from server.pages import amending, knowledge, work
from server.pages.render import problem_page
from server.problems import Refused
from server.public_knowledge import PublicKnowledge
from server.receiving import Push, find_ticket
from server.reception import Reception
from server.recordings import keep_part
from server.seats import log_in, token_digest
from server.shared_pages import SharedPages
from server.statistics import api as statistics_api
from server.statistics.statistician import Statistician

log = logging.getLogger(__name__)
API = "/api/v1"
PAGES = ("/work", "/kb")
PRODUCT = "jiesu-centre"
_PROBLEMS: dict[int | str, dict[str, object]] = {
    status: {"model": Problem}
    for status in (400, 401, 403, 404, 408, 409, 413, 415, 422, 426, 429, 503)
}


async def _database(request: Request) -> CentreDatabase:
    database: CentreDatabase = request.app.state.database
    return database


Database = Annotated[CentreDatabase, Depends(_database)]


def _seat(asker: Who) -> str:
    return asker.name


SeatName = Annotated[str, Depends(_seat)]


async def _reception(request: Request) -> Reception:
    reception: Reception = request.app.state.reception
    return reception


Desk = Annotated[Reception, Depends(_reception)]


async def _speaks_protocol(
    version: Annotated[str | None, Header(alias=PROTOCOL_HEADER)] = None,
) -> None:
    if version != str(PROTOCOL):
        raise Refused(426, "PROTOCOL_MISMATCH", f"this centre speaks version {PROTOCOL}")


open_to_all = APIRouter(prefix=API)
for_seats = APIRouter(prefix=API, dependencies=[Depends(_speaks_protocol)])


@open_to_all.get("/health")
def health(database: Database) -> Health:
    """The centre is up and reaches its database."""
    with database.read() as connection:
        connection.execute(text("SELECT 1"))
    return Health(product=PRODUCT, protocol=PROTOCOL, time=datetime.now(UTC))


@for_seats.post("/login")
def login(message: LoginRequest, request: Request, database: Database) -> LoginResponse:
    """A token for a seat."""
    return log_in(database, message.seat, message.password, address_of(request))


@for_seats.post("/push")
async def push(
    message: PushRequest, reception: Desk, authorization: Annotated[str | None, Header()] = None
) -> PushResponse:
    """Take operations; repeating them is safe and gets the same answers."""
    sent = Push(token_digest(authorization), message.operations, message.sent_at)
    return PushResponse(results=await reception.take(sent))


@for_seats.get("/tickets/{ticket_id}")
def ticket(ticket_id: str, seat: SeatName, database: Database) -> TicketReceipt:
    """A ticket that this seat submitted."""
    found = None if "\0" in ticket_id else find_ticket(database, seat, ticket_id)
    if found is None:
        raise Refused(404, "TICKET_UNKNOWN")
    return found


@for_seats.post("/recordings")
def keep_recording(part: RecordingPart, seat: SeatName, database: Database) -> RecordingReceipt:
    """Take a part of a call's recording; repeating it is safe."""
    return keep_part(database, seat, part)


@for_seats.get("/changes", response_model=Changes)
def changes(
    seat: SeatName, request: Request, after: Annotated[int, Query(ge=0, lt=2**63)] = 0
) -> Response:
    """What has changed for a seat after its cursor."""
    shared: SharedPages = request.app.state.shared_pages
    page = shared.after(seat, after)
    if page.packed is None or GZIP not in request.headers.get("accept-encoding", "").lower():
        return Response(page.body, media_type="application/json")
    packed = {"Content-Encoding": GZIP}
    return Response(page.packed, media_type="application/json", headers=packed)


@for_seats.get("/events", response_class=StreamingResponse)
def events(seat: SeatName, request: Request) -> StreamingResponse:
    """Server-sent events: `change` whenever there is something new to pull."""
    announcer: Announcer = request.app.state.announcer
    return StreamingResponse(announcer.stream(seat), media_type="text/event-stream")


@asynccontextmanager
async def _attended(app: FastAPI) -> AsyncIterator[None]:
    attendant = Attendant(app.state.database)
    attendant.start()
    statistician = Statistician(app.state.database)
    statistician.start()
    notifier = Notifier(app.state.database)
    notifier.start()
    yield
    await run_in_threadpool(notifier.close)
    await run_in_threadpool(statistician.close)
    await run_in_threadpool(attendant.close)
    await run_in_threadpool(app.state.knowledge.close)


def make_app(database: CentreDatabase) -> FastAPI:
    """The centre as an ASGI application. It keeps nothing of value in memory: run several."""
    app = FastAPI(
        title="Jiesu centre",
        version=str(PROTOCOL),
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses=_PROBLEMS,
        lifespan=_attended,
        dependencies=[Depends(authorise)],  # every endpoint asks server/rights.py
    )
    app.add_middleware(Gate)
    _answer_failures(app)
    begin_anew(app, database)
    app.include_router(open_to_all)
    app.include_router(for_seats)
    app.include_router(people_api.router)
    app.include_router(articles_api.router)
    app.include_router(gaps_api.router)
    app.include_router(reference_api.router)
    app.include_router(reference_api.uses)
    app.include_router(life_api.router)
    app.include_router(statistics_api.router)
    app.include_router(reviews.router)
    app.include_router(watching.router)
    app.include_router(work.router)
    app.include_router(amending.router)
    app.include_router(open311_api.router)
    app.include_router(knowledge.router)
    return app


def begin_anew(app: FastAPI, database: CentreDatabase) -> None:
    """Give an application all that it keeps in memory, as a new process on ``database`` has it."""
    app.state = State()
    app.state.database = database
    app.state.web_requests = WebRequests(database)
    app.state.knowledge = PublicKnowledge(database)
    app.state.pace = make_pace()
    app.state.reception = Reception(database)
    app.state.announcer = Announcer(database)
    app.state.shared_pages = SharedPages(database)


def _answer_failures(app: FastAPI) -> None:
    def answer(request: Request, refusal: Refused) -> Response:
        if request.url.path.startswith(PAGES):
            return problem_page(request, refusal)
        if request.url.path.startswith("/open311"):
            return open311_api.answer_refusal(request, refusal)
        return Response(problem_body(refusal), refusal.status, media_type="application/json")

    @app.exception_handler(Refused)
    def refused(request: Request, error: Refused) -> Response:
        return answer(request, error)

    @app.exception_handler(GeoReportError)
    def georeport(request: Request, error: GeoReportError) -> Response:
        return written_error(open311_api.kind_of(request.url.path), error)

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][:4])
        return answer(request, Refused(422, "REQUEST_MALFORMED", f"{where}: {first['type']}"))

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> Response:
        codes = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}
        return answer(
            request, Refused(error.status_code, codes.get(error.status_code, "REQUEST_MALFORMED"))
        )

    @app.exception_handler(DBAPIError)
    @app.exception_handler(PoolTimeout)
    def database_away(request: Request, error: Exception) -> Response:
        log.warning("database: %s", type(error).__name__)
        return answer(request, Refused(503, "DATABASE_UNAVAILABLE"))
