"""What can go wrong between seats and a centre: the link, the centre's database, a full disk."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from starlette.types import ASGIApp

from server.database import CentreDatabase

SEATS_CODE = str(Path(__file__).parents[1] / "app")
CENTRES_CODE = str(Path(__file__).parents[1] / "server")
FAULTS = (
    "lose the request",
    "lose the answer",
    "send twice",
    "break off the request",
    "break off the answer",
    "deliver later",
    "answer from a proxy",
    "kill the seat before",
    "kill the seat after",
)
DATABASE_FAULTS = ("away", "gone before the commit", "gone after the commit")


class KilledError(BaseException):
    """The seat's process ends here."""


class Death:
    """kill -9 at any line of the seat's own code: after ``lines`` of them, on whatever thread.

    ``at_death`` saves the files as they lie at that line; what the dying code still does (ending its
    transaction, as no killed process could) happens to files that nobody looks at again.
    """

    def __init__(self, lines: int, at_death: Callable[[], None]) -> None:
        self._left = lines
        self._at_death = at_death
        self._lock = threading.Lock()

    @contextmanager
    def lurking(self) -> Iterator[None]:
        """Counts lines on this thread and on threads begun inside the block."""
        threading.settrace(self._called)
        sys.settrace(self._called)
        try:
            yield
        finally:
            self._left = 0  # threads that live on go unharmed
            sys.settrace(None)
            threading.settrace(None)

    def _called(self, frame: FrameType, event: str, argument: object) -> Any:
        mine = self._left > 0 and frame.f_code.co_filename.startswith(SEATS_CODE)
        return self._line if mine and not _at_the_centre(frame) else None

    def _line(self, frame: FrameType, event: str, argument: object) -> Any:
        if event == "line" and self._left > 0:
            with self._lock:
                self._left -= 1
                if self._left == 0:
                    self._at_death()
                    raise KilledError
        return self._line if self._left > 0 else None


def _at_the_centre(frame: FrameType | None) -> bool:
    """Whether the centre called this, which lives in the same process here."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(CENTRES_CODE):
            return True
        frame = frame.f_back
    return False


class FaultyLink(httpx.AsyncBaseTransport):
    """Carries requests to the centre; ``faults`` are what happens to the next ones."""

    def __init__(self, centre: Callable[[], ASGIApp]) -> None:
        self._centre = centre
        self.faults: list[str] = []
        self.late: list[httpx.Request] = []
        self.met = Counter[str]()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """What httpx calls for every request."""
        await request.aread()
        fault = self.faults.pop(0) if self.faults else ""
        self.met.update([fault] if fault else [])
        if fault == "lose the request":
            raise httpx.ConnectError("lost")
        if fault == "kill the seat before":
            raise KilledError
        if fault == "deliver later":
            self.late.append(request)
            raise httpx.ReadTimeout("late")
        if fault == "answer from a proxy":
            return _response(502, b"<html>bad gateway</html>", {})
        if fault == "break off the request":
            await self._carry(request, request.content[: len(request.content) // 2])
            raise httpx.RemoteProtocolError("broken")
        return await self._with_answer(request, fault)

    async def _with_answer(self, request: httpx.Request, fault: str) -> httpx.Response:
        if fault == "send twice":
            answer, _ = await asyncio.gather(self._carry(request), self._carry(request))
        else:
            answer = await self._carry(request)
        await self.arrive()
        if fault == "lose the answer":
            raise httpx.ReadError("lost")
        if fault == "kill the seat after":
            raise KilledError
        if fault == "break off the answer":
            body: bytes = answer.extensions["body"]
            half = body[: len(body) // 2]
            return _response(answer.status_code, half, _head(answer))
        return answer

    async def arrive(self) -> None:
        """What was under way arrives now, after what was sent later."""
        while self.late:
            await self._carry(self.late.pop())

    async def _carry(self, request: httpx.Request, content: bytes | None = None) -> httpx.Response:
        body = request.content if content is None else content
        headers = {k: v for k, v in request.headers.items() if k != "content-length"}
        again = httpx.Request(request.method, request.url, headers=headers, content=body)
        answer = await httpx.ASGITransport(self._centre()).handle_async_request(again)
        return _response(answer.status_code, await answer.aread(), _head(answer))


def _response(status: int, body: bytes, headers: dict[str, str]) -> httpx.Response:
    given = httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))
    given.extensions["body"] = body  # the stream can be read once only
    return given


def _head(answer: httpx.Response) -> dict[str, str]:
    return {k: v for k, v in answer.headers.items() if k == "jiesu-protocol"}


class FaultyDatabase(CentreDatabase):
    """The centre's database, of which the server goes away: before the work, before the commit, or
    after it, when nobody knows whether it was kept. ``faults`` are for the next transactions."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.faults: list[str] = []
        self.met = Counter[str]()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """What the centre calls for every transaction that changes something."""
        faults: list[str] = getattr(self, "faults", [])
        fault = faults.pop(0) if faults else ""
        if fault:
            self.met[f"database {fault}"] += 1
        if fault == "away":
            raise _gone()
        with super().write() as connection:
            yield connection
            if fault == "gone before the commit":
                raise _gone()
        if fault == "gone after the commit":
            raise _gone()


def _gone() -> OperationalError:
    return OperationalError("COMMIT", {}, ConnectionResetError("the database went away"))


@contextmanager
def no_room() -> Iterator[None]:
    """No file grows beyond one page, as on a full disk: appending to any journal fails."""
    import resource  # POSIX only; without it there is no such fault

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
