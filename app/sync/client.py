"""The seat's end of the wire: asks the centre, and turns every failure into a clear code."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, JsonValue, RootModel, ValidationError

from app.sync.gaps import GapsSent
from app.sync.packing import GZIP, pack, unpack
from app.sync.people import MyAccount, PersonLogin, PersonTokens
from app.sync.protocol import (
    COMPRESS_FROM_BYTES,
    MAX_BODY_BYTES,
    PROTOCOL,
    PROTOCOL_HEADER,
    TIME_HEADER,
    UNASKED_BYTES,
    Changes,
    Health,
    LoginRequest,
    LoginResponse,
    NewsPage,
    Operation,
    OperationResult,
    Problem,
    PushRequest,
    PushResponse,
    RecordingPart,
    RecordingReceipt,
)
from app.sync.reviews import TranscriptSent
from resources.errors import UserError

M = TypeVar("M", bound=BaseModel)
API = "/api/v1"
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
IDLE_CONNECTION_S = 30.0
WHOLE_ANSWER_S = 30.0
SILENT_AT_MOST_S = 45.0
LONGEST_EVENT = 2 * UNASKED_BYTES
_BUSY = (429, 503)
_MALFORMED = (400, 413, 422)


class TokenRefused(Exception):
    """The centre does not know the token, or it has expired: log in again."""


class BatchRefused(Exception):
    """The centre will not have what was sent; ``code`` says why. Repeating it would not help."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_address(url: str) -> str:
    """The centre's address without a trailing slash.

    Raises ``UserError``: anything but this machine itself must be reached encrypted.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UserError("CENTRE_ADDRESS_INVALID", url=url) from None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise UserError("CENTRE_ADDRESS_INVALID", url=url)
    if parts.query or parts.fragment:
        raise UserError("CENTRE_ADDRESS_INVALID", url=url)
    if parts.scheme == "http" and not is_loopback(host):
        raise UserError("CENTRE_NEEDS_TLS", url=url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Anything(RootModel[JsonValue]):
    """Any JSON."""


class CentreClient:
    """Talks to one centre; an asynchronous context manager.

    Redirects are not followed, proxies of the environment are not used, answers are bounded in
    size and time.
    """

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """``transport`` replaces the network, for measuring what a bad one does."""
        self.url = check_address(url)
        self._http = httpx.AsyncClient(
            transport=transport,
            timeout=TIMEOUT,
            limits=httpx.Limits(keepalive_expiry=IDLE_CONNECTION_S),
            follow_redirects=False,
            trust_env=False,
            verify=ssl.create_default_context() if self.url.startswith("https:") else False,
            headers={PROTOCOL_HEADER: str(PROTOCOL), "Accept-Encoding": GZIP},
        )
        self._takes_gzip = False
        self.ahead_s: float | None = None
        """So many seconds this machine's clock is ahead of the centre's, as last seen."""

    async def __aenter__(self) -> CentreClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def health(self) -> Health:
        """Whether the centre is there and speaks our protocol."""
        status, body = await self._ask("GET", "/health")
        return self._read(Health, status, body)

    async def login(self, seat: str, password: str) -> LoginResponse:
        """A token for ``seat``."""
        try:
            request = LoginRequest(seat=seat, password=password)
        except ValidationError:
            raise UserError("CENTRE_LOGIN_REFUSED") from None
        status, body = await self._ask("POST", "/login", request)
        if status in (401, 403, *_MALFORMED):
            raise UserError("CENTRE_LOGIN_REFUSED")
        if status == 429:
            raise UserError("CENTRE_LOGIN_LIMITED")
        return self._read(LoginResponse, status, body)

    async def who_is(self, name: str, password: str) -> MyAccount:
        """The account of somebody with this password; the session ends at once.

        Raises ``UserError``: PERSON_REFUSED, PERSON_LIMITED, or what keeps the centre from answering.
        """
        try:
            request = PersonLogin(name=name, password=password)
        except ValidationError:
            raise UserError("PERSON_REFUSED") from None
        status, body = await self._ask("POST", "/people/login", request)
        if status == 429:
            raise UserError("PERSON_LIMITED")
        if status in (401, 403, *_MALFORMED):
            raise UserError("PERSON_REFUSED")
        access = self._read(PersonTokens, status, body).access
        status, body = await self._ask("GET", "/people/me", None, access)
        account = self._read(MyAccount, status, body)
        await self._ask("POST", "/people/logout", None, access)
        return account

    async def push(self, token: str, operations: Sequence[Operation]) -> tuple[OperationResult, ...]:
        """The centre's answers. Raises ``TokenRefused``, ``BatchRefused`` or ``UserError``.

        After an error the operations may or may not have arrived: push them again unchanged.
        """
        request = PushRequest(operations=tuple(operations), sent_at=datetime.now(UTC))
        status, body = await self._ask("POST", "/push", request, token)
        if status == 401:
            raise TokenRefused
        if status == 403:
            raise UserError("CENTRE_LOGIN_REFUSED")
        if status in _MALFORMED:
            raise BatchRefused(self._parse(Problem, body).code)
        return self._read(PushResponse, status, body).results

    async def changes(self, token: str, after: int) -> Changes | None:
        """What is new after a cursor; ``None`` when the centre is older than this.

        Raises ``TokenRefused`` or ``UserError``.
        """
        status, body = await self._ask("GET", f"/changes?after={after}", None, token)
        if status == 401:
            raise TokenRefused
        if status == 404:
            return None
        return self._read(Changes, status, body)

    async def keep_recording(self, token: str, part: RecordingPart) -> RecordingReceipt | None:
        """What the centre has of a recording after this part; ``None`` when it takes none.

        Raises ``TokenRefused`` or ``UserError``.
        """
        status, body = await self._ask("POST", "/recordings", part, token)
        if status == 401:
            raise TokenRefused
        if status in (403, 404, *_MALFORMED):
            return None
        return self._read(RecordingReceipt, status, body)

    async def keep_transcript(self, token: str, sent: TranscriptSent) -> None:
        """Send what was said in a call; a centre older than this takes none.

        Raises ``TokenRefused`` or ``UserError``.
        """
        status, body = await self._ask("POST", "/transcripts", sent, token)
        if status == 401:
            raise TokenRefused
        if status not in (204, 403, 404, *_MALFORMED):
            self._read(Problem, status, body)

    async def keep_gaps(self, token: str, sent: GapsSent) -> bool:
        """Send gaps; whether the centre keeps them (an older one takes none).

        Raises ``TokenRefused`` or ``UserError``.
        """
        status, body = await self._ask("POST", "/gaps", sent, token)
        if status == 401:
            raise TokenRefused
        if status not in (204, 403, 404, *_MALFORMED):
            self._read(Problem, status, body)
        return status == 204

    async def ask(
        self, token: str, method: str, path: str, message: BaseModel | None = None
    ) -> JsonValue:
        """The JSON of an answer about tickets after dispatch; ``None`` where there is none.

        Raises ``TokenRefused``, ``BatchRefused`` with the centre's reason, or ``UserError``.
        """
        status, body = await self._ask(method, path, message, token)
        if status == 401:
            raise TokenRefused
        if status == 204:
            return None
        if 400 <= status < 500 and status not in _BUSY:
            raise BatchRefused(self._parse(Problem, body).code)
        if status != 200:
            self._read(Problem, status, body)
        return self._parse(_Anything, body).root

    async def news(self, token: str) -> AsyncIterator[NewsPage | None]:
        """Wait for news until the stream ends: small news in full, or ``None`` = there is something
        to pull, which may also be so when the stream opens.

        Raises ``TokenRefused`` or ``UserError``.
        """
        headers = {"Authorization": f"Bearer {token}"}
        timeout = httpx.Timeout(10.0, connect=5.0, read=SILENT_AT_MOST_S)
        try:
            async with self._http.stream(
                "GET", f"{self.url}{API}/events", headers=headers, timeout=timeout
            ) as response:
                self._check_head(response)
                if response.status_code == 401:
                    raise TokenRefused
                if response.status_code != 200:
                    raise UserError("CENTRE_GARBLED", url=self.url)
                yield None
                rest = b""
                async for chunk in response.aiter_raw():
                    *events, rest = (rest + chunk).split(b"\n\n")
                    if len(rest) > LONGEST_EVENT:
                        raise UserError("CENTRE_GARBLED", url=self.url)
                    for event in events:
                        name, _, data = event.partition(b"\ndata:")
                        if name == b"event: change":
                            yield self._parse(NewsPage, data) if data.strip() else None
        except httpx.HTTPError as error:
            raise UserError("CENTRE_BROKE_OFF", url=self.url) from error

    async def _ask(
        self, method: str, path: str, message: BaseModel | None = None, token: str | None = None
    ) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = None
        if message is not None:
            headers["Content-Type"] = "application/json"
            content = message.model_dump_json().encode()
            if self._takes_gzip and len(content) >= COMPRESS_FROM_BYTES and path != "/recordings":
                content, headers["Content-Encoding"] = pack(content), GZIP
        asked = time.time()
        try:
            async with (
                asyncio.timeout(WHOLE_ANSWER_S),
                self._http.stream(
                    method, self.url + API + path, content=content, headers=headers
                ) as response,
            ):
                self._check_head(response)
                self._compare_clocks(response, asked)
                self._takes_gzip = GZIP in response.headers.get("Accept-Encoding", "")
                return response.status_code, await self._bounded(response)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise UserError("CENTRE_TIMEOUT", url=self.url) from error
        except httpx.RemoteProtocolError as error:
            raise UserError("CENTRE_BROKE_OFF", url=self.url) from error
        except httpx.TransportError as error:
            code = "CENTRE_TLS_FAILED" if _is_tls(error) else "CENTRE_UNREACHABLE"
            raise UserError(code, url=self.url) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise UserError("CENTRE_GARBLED", url=self.url) from error

    def _check_head(self, response: httpx.Response) -> None:
        status, protocol = response.status_code, response.headers.get(PROTOCOL_HEADER)
        if 300 <= status < 400:
            raise UserError("CENTRE_REDIRECTS", url=self.url)
        if protocol is not None and protocol != str(PROTOCOL):
            raise UserError("CENTRE_PROTOCOL", theirs=protocol, ours=PROTOCOL)
        if status >= 500 and status not in _BUSY:
            raise UserError("CENTRE_FAILED", url=self.url, status=status)
        if protocol is None and status not in _BUSY:
            raise UserError("CENTRE_GARBLED", url=self.url)
        if response.headers.get("Content-Encoding", "identity") not in ("identity", GZIP):
            raise UserError("CENTRE_GARBLED", url=self.url)

    def _compare_clocks(self, response: httpx.Response, asked: float) -> None:
        told = response.headers.get(TIME_HEADER, "")
        if told.isdecimal() and len(told) < 16:
            self.ahead_s = (asked + time.time()) / 2 - int(told) / 1000

    async def _bounded(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise UserError("CENTRE_GARBLED", url=self.url)
        if response.headers.get("Content-Encoding") != GZIP:
            return bytes(body)
        try:
            return unpack(bytes(body), MAX_BODY_BYTES)
        except (ValueError, OverflowError) as error:
            raise UserError("CENTRE_GARBLED", url=self.url) from error

    def _read(self, model: type[M], status: int, body: bytes) -> M:
        if status in _BUSY:
            raise UserError("CENTRE_BUSY", url=self.url)
        if status != 200:
            raise UserError("CENTRE_GARBLED", url=self.url)
        return self._parse(model, body)

    def _parse(self, model: type[M], body: bytes) -> M:
        try:
            return model.model_validate_json(body)
        except ValidationError as error:
            raise UserError("CENTRE_GARBLED", url=self.url) from error


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
