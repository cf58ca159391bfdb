"""What every request passes first: bounded, well-formed, and answered without a traceback."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import traceback

from pydantic_core import from_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.sync.packing import GZIP, pack, unpack
from app.sync.protocol import (
    COMPRESS_FROM_BYTES,
    MAX_BODY_BYTES,
    PROTOCOL,
    PROTOCOL_HEADER,
    TIME_HEADER,
    Problem,
)
from server.metrics import observe
from server.problems import Refused

log = logging.getLogger(__name__)
BODY_WITHIN_S = 30.0
COMPRESSED = ("/api/v1/changes", "/api/v1/cases", "/api/v1/openapi.json")
"""Where answers are compressed: never where one holds a secret beside what somebody else wrote."""


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
        answer = _Answer(send, _accepts_gzip(scope) and scope["path"].startswith(COMPRESSED))
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
    """Sends with the protocol's headers, and knows whether anything was sent."""

    def __init__(self, send: Send, compress: bool) -> None:
        self._send = send
        self._compress = compress
        self._head: Message | None = None
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            ours = [
                (PROTOCOL_HEADER.lower().encode(), b"%d" % PROTOCOL),
                (TIME_HEADER.lower().encode(), b"%d" % (time.time() * 1000)),
                (b"accept-encoding", GZIP.encode()),  # what bodies of requests may be
            ]
            message = {**message, "headers": [*message.get("headers", ()), *ours]}
            packed = any(name == b"content-encoding" for name, _ in message["headers"])
            if self._compress and not packed:  # until it is known whether the body is worth it
                self._head = message
                return
        elif self._head is not None:
            head, self._head = self._head, None
            if not message.get("more_body") and len(message.get("body", b"")) >= COMPRESS_FROM_BYTES:
                message = {**message, "body": pack(message["body"])}
                head["headers"] = _of_compressed(head["headers"], len(message["body"]))
            await self._send(head)
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


def _accepts_gzip(scope: Scope) -> bool:
    return any(
        name == b"accept-encoding" and GZIP.encode() in value.lower()
        for name, value in scope["headers"]
    )


def _of_compressed(headers: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    kept = [one for one in headers if one[0] != b"content-length"]
    return [*kept, (b"content-length", b"%d" % length), (b"content-encoding", GZIP.encode())]


def _unpacked(scope: Scope, body: bytes) -> bytes:
    """The body without its compression, which may not make more of it than a body may be."""
    encodings = [value.lower() for name, value in scope["headers"] if name == b"content-encoding"]
    if not encodings or encodings == [b"identity"]:
        return body
    if encodings != [GZIP.encode()]:
        raise Refused(415, "BODY_ENCODING_UNKNOWN", "gzip or none expected")
    try:
        return unpack(body, MAX_BODY_BYTES)
    except ValueError:
        raise Refused(400, "BODY_NOT_GZIP") from None
    except OverflowError:
        raise Refused(413, "BODY_TOO_LARGE") from None


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
    plain = _unpacked(scope, bytes(body))
    if plain and not _is_form(scope):
        _check_json(plain)
    return plain


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
