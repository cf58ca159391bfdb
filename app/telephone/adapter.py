"""The door for softphones: HTTP on the loopback interface, with a token; and how to find it.

A running desk writes where it listens and its token into ``DIR/telephone.json``, which only its user
may read. ``main.py --incoming`` and a replay come in by the same door as a softphone's own messages.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR, socket

from app.telephone.acts import Act, Acts
from app.telephone.events import LARGEST_EVENT, LineEvent, event_to_json, parse_event
from app.telephone.line import Phase
from resources.errors import UserError

FILE_NAME, TOKEN_FILE = "telephone.json", "telephone-token"
LOOPBACK, PATH, ACTS_PATH = "127.0.0.1", "/events", "/acts"
MOST_AT_ONCE = 16
ANSWER_WITHIN_S = 5.0
WAIT_FOR_ACTS_S = 4.0
"""So long a softphone that asks for acts is kept waiting for one."""
Take = Callable[[LineEvent], Phase]


@dataclass(frozen=True, slots=True)
class Door:
    """Where a running desk listens."""

    port: int
    token: str


class LineServer:
    """Listens until it is closed. ``take`` gets each event that came with the right token."""

    def __init__(self, data_dir: Path, take: Take, port: int = 0, acts: Acts | None = None) -> None:
        """Raises ``UserError("LINE_PORT")`` when the port is taken or the folder cannot be written."""
        self._path = data_dir / FILE_NAME
        try:
            token = _lasting_token(data_dir)
            self._server = _Server((LOOPBACK, port), take, token, acts or Acts())
        except (OSError, OverflowError) as error:
            raise UserError("LINE_PORT", port=port, detail=str(error)) from error
        self.door = Door(self._server.server_address[1], token)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.2,), name="telephone-http", daemon=True
        )
        try:
            _write_private(self._path, json.dumps({"port": self.door.port, "token": token}))
        except OSError as error:
            self._server.server_close()
            raise UserError("LINE_PORT", port=port, detail=str(error)) from error
        self._thread.start()

    def close(self) -> None:
        """Listen no longer; bounded."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(ANSWER_WITHIN_S)


def tell_desk(data_dir: Path, event: LineEvent) -> Phase:
    """Tell the desk that runs over this folder; the phase the call is in then.

    Raises ``UserError``: ``NO_DESK`` when none runs, or what the desk says.
    """
    door = find_door(data_dir)
    connection = HTTPConnection(LOOPBACK, door.port, timeout=ANSWER_WITHIN_S)
    body = json.dumps(event_to_json(event)).encode()
    headers = {"Authorization": f"Bearer {door.token}", "Content-Type": "application/json"}
    try:
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read(LARGEST_EVENT))
        if answer.status == 200:
            return Phase(told["phase"])
        code, detail = str(told["code"]), str(told["detail"])
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        raise UserError("NO_DESK", path=data_dir) from None
    finally:
        connection.close()
    if code == "LINE_UNKNOWN":
        raise UserError("LINE_UNKNOWN", id=event.call_id)
    raise UserError("LINE_EVENT", detail=detail)


def ask_acts(data_dir: Path, after: int) -> tuple[Act, ...]:
    """What the operator did after the ``after``-th act; waits a few seconds for one.

    Raises ``UserError("NO_DESK")`` when no desk runs over this folder.
    """
    door = find_door(data_dir)
    connection = HTTPConnection(LOOPBACK, door.port, timeout=WAIT_FOR_ACTS_S + ANSWER_WITHIN_S)
    headers = {"Authorization": f"Bearer {door.token}"}
    try:
        connection.request("GET", f"{ACTS_PATH}?after={after}", headers=headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        return tuple(Act(**one) for one in told["acts"])
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        raise UserError("NO_DESK", path=data_dir) from None
    finally:
        connection.close()


def find_door(data_dir: Path) -> Door:
    """Where the desk of a folder listens. Raises ``UserError("NO_DESK")``."""
    try:
        told = json.loads((data_dir / FILE_NAME).read_text(encoding="utf-8"))
        return Door(int(told["port"]), str(told["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError("NO_DESK", path=data_dir) from None


def _lasting_token(data_dir: Path) -> str:
    """The folder's token, made once, so that a softphone needs to be told only once."""
    path = data_dir / TOKEN_FILE
    with contextlib.suppress(OSError, ValueError):
        token = path.read_text(encoding="ascii").strip()
        if len(token) >= 32:
            return token
    token = secrets.token_urlsafe(32)
    _write_private(path, token)
    return token


def _write_private(path: Path, text: str) -> None:
    """A file only its user may read, old or new but never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = path.with_name(path.name + ".new")
    with contextlib.suppress(FileNotFoundError):
        scratch.unlink()
    file = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(text)
    os.replace(scratch, path)


class _Server(ThreadingHTTPServer):
    """So many messages at once and no more; whoever says nothing is cut off."""

    daemon_threads = True
    block_on_close = True
    request_queue_size = 128
    allow_reuse_address = os.name != "nt"

    def __init__(self, address: tuple[str, int], take: Take, token: str, acts: Acts) -> None:
        self.take, self.token, self.acts = take, token, acts
        self._free = threading.BoundedSemaphore(MOST_AT_ONCE)
        super().__init__(address, _Handler)

    def process_request(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        self._free.acquire()
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(
        self, request: socket | tuple[bytes, socket], client_address: object
    ) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever hangs up in the middle of a message is no error of ours."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = ANSWER_WITHIN_S
    server_version, sys_version = "jiesu-desk", ""

    def handle(self) -> None:
        """A message that comes drop by drop is cut off, or sixteen of them would close the door."""
        end = threading.Timer(2 * ANSWER_WITHIN_S, self._cut_off)
        end.daemon = True
        end.start()
        try:
            super().handle()
        finally:
            end.cancel()
            end.join()

    def _cut_off(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(SHUT_RDWR)

    def do_GET(self) -> None:
        if not self._let_in(ACTS_PATH):
            return None
        after = self.path.partition("?after=")[2] or "0"
        if not (after.isascii() and after.isdigit()) or len(after) > 9:
            return self._answer(422, "LINE_EVENT", "after")
        acts = self.server.acts.after(int(after), WAIT_FOR_ACTS_S)
        return self._send(200, {"acts": [act._asdict() for act in acts]})

    def _let_in(self, path: str) -> bool:
        """Whether who asks may; the answer where not."""
        self.close_connection = True
        if self.headers.get("Origin") is not None or not self._meant_for_us():
            self._answer(403, "FORBIDDEN", "a web page may not do this")
            return False
        given = self.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.server.token.encode()):
            self._answer(401, "TOKEN", "Authorization: Bearer TOKEN")
            return False
        if self.path.partition("?")[0] != path:
            self._answer(404, "NOT_FOUND", path)
            return False
        return True

    def do_POST(self) -> None:
        if not self._let_in(PATH):
            return None
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or len(length) > 9:
            return self._answer(411, "LINE_EVENT", "Content-Length")
        if int(length) > LARGEST_EVENT:
            return self._answer(413, "LINE_EVENT", f"> {LARGEST_EVENT} bytes")
        try:
            phase = self.server.take(parse_event(self.rfile.read(int(length))))
        except UserError as error:
            status = 409 if error.code == "LINE_UNKNOWN" else 422
            return self._answer(status, error.code, str(next(iter(error.values.values()), "")))
        return self._send(200, {"phase": phase.value})

    def _meant_for_us(self) -> bool:
        """Whether the message was sent to this machine by its own name: a rebound name is none."""
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        return host in (LOOPBACK, "localhost")

    def _answer(self, status: int, code: str, detail: str) -> None:
        self._send(status, {"code": code, "detail": detail})

    def _send(self, status: int, told: Mapping[str, object]) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Numbers of callers do not belong in a log."""
