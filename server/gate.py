"""What every request passes first: bounded, well-formed, and answered without a traceback."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import traceback

from pydantic_core import from_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.sync.protocol import MAX_BODY_BYTES, PROTOCOL, PROTOCOL_HEADER, Problem
from server.metrics import observe
from server.problems import Refused

log = logging.getLogger(__name__)
BODY_WITHIN_S = 30.0


class Gate:
    """Reads the body within its limits before the application sees it.

    Bodies must be forms, or JSON in UTF-8 without infinite numbers and with bounded depth. The log gets
    method, path pattern, status and time: never what a request said.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        started = time.perf_counter()
        try:
            body = await _read_body(scope, receive)
            await self._app(scope, _replay(body, receive), answer)
        except Refused as refusal:
            await answer.problem(refusal)
        except Exception as error:  # noqa: BLE001 - a bug: its message may hold what the caller said
            frames = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s in\n%s", type(error).__name__, frames)
            await answer.problem(Refused(500, "INTERNAL"))
        route = getattr(scope.get("route"), "path", "-")
        took = time.perf_counter() - started
        observe(scope["method"], route, answer.status, took)
        said = {"method": scope["method"], "route": route, "status": answer.status}
        log.info(
            "%s %s %s %.0f ms",
            *said.values(),
            took * 1000,
            extra={"request": {**said, "ms": round(took * 1000)}},
        )


class _Answer:
    """Sends with the protocol's header, and knows whether anything was sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            header = (PROTOCOL_HEADER.lower().encode(), str(PROTOCOL).encode())
            message = {**message, "headers": [*message.get("headers", ()), header]}
        await self._send(message)

    async def problem(self, refusal: Refused) -> None:
        if self.status is not None:
            return
        body = problem_body(refusal)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        if refusal.status in (408, 413):
            headers.append((b"connection", b"close"))
        await self({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await self({"type": "http.response.body", "body": body})


def problem_body(refusal: Refused) -> bytes:
    """The JSON body of a refusal."""
    return Problem(code=refusal.code, detail=refusal.detail).model_dump_json().encode()


async def _read_body(scope: Scope, receive: Receive) -> bytes:
    for name, value in scope["headers"]:
        if name == b"content-length" and (not value.isdigit() or int(value[:20]) > MAX_BODY_BYTES):
            raise Refused(413, "BODY_TOO_LARGE")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refused(400, "BODY_INCOMPLETE")
                body += message.get("body", b"")
                if len(body) > MAX_BODY_BYTES:
                    raise Refused(413, "BODY_TOO_LARGE")
                if not message.get("more_body"):
                    break
    except TimeoutError:
        raise Refused(408, "BODY_TOO_SLOW") from None
    if body and not _is_form(scope):
        _check_json(bytes(body))
    return bytes(body)


def _is_form(scope: Scope) -> bool:
    """A browser's form, which only pages and the open interface read; they check it themselves."""
    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    return len(kinds) == 1 and kinds[0].lower().startswith(b"application/x-www-form-urlencoded")


def _check_json(body: bytes) -> None:
    try:
        from_json(body, allow_inf_nan=False)
        json.loads(body)  # what the application reads it with must agree
    except (ValueError, RecursionError):
        raise Refused(400, "BODY_NOT_JSON", "UTF-8 JSON with bounded nesting expected") from None


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
