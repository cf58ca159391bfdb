"""Run the centre, and register seats; what ``main.py server`` calls."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn

from app.interruption import ending_signals
from app.sync.client import is_loopback
from app.sync.protocol import OperationResult
from resources.errors import UserError
from server import forgetting, seats
from server.announcing import Announcer
from server.api import make_app
from server.audit import AuditVerdict, verify
from server.backup import back_up, restore
from server.database import CentreDatabase, default_url
from server.feed import publish_articles, withdraw_article
from server.life.rules import life_rules
from server.metrics import SHARED_FOLDER
from server.notices.settings import notice_rules
from server.open311.requests import add_api_key as make_api_key
from server.people import put_person
from server.processes import Processes
from server.rights import Role
from server.taking_over import take_over

log = logging.getLogger(__name__)
FINISH_WITHIN_S = 5
KEEP_ALIVE_S = 75
"""Longer than a seat keeps an idle connection, so that none is closed while it is being used."""


@dataclass(frozen=True, slots=True)
class Listening:
    """The centre answers at ``url``; ``stop`` ends it from any thread."""

    url: str
    stop: Callable[[], None]


def serve(
    host: str = "127.0.0.1",
    port: int = 8345,
    database_url: str | None = None,
    data_dir: Path = Path("."),
    ready: Callable[[Listening], None] | None = None,
    *,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
    plain_http: bool = False,
    processes: int = 1,
) -> None:
    """Serve until a signal to end or ``Listening.stop``; requests under way are finished.

    ``port`` 0 takes a free one. Without ``ready`` the address is printed as
    ``listening on http://127.0.0.1:43121``. Without ``database_url`` the data lie in one file in
    ``data_dir``. ``processes`` > 1 serve one address together, on one database. Raises ``UserError``
    when it cannot start.
    """
    if tls_cert is None and not plain_http and not is_loopback(host):
        raise UserError("SERVER_NEEDS_TLS", host=host)
    if tls_cert is not None:
        _check_tls(tls_cert, tls_key)
    life_rules()  # a file of rules that is none is told now, not at the first ticket
    notice_rules()
    where = database_url or default_url(data_dir)
    database = CentreDatabase(where)
    tell = ready or _print_address
    try:
        with _listen(host, port) as listening, ExitStack() as stack:
            shown = f"[{host}]" if ":" in host else host
            url = f"{'https' if tls_cert else 'http'}://{shown}:{listening.getsockname()[1]}"
            if processes == 1:
                _serve_one(database, listening, tls_cert, tls_key, url, tell)
                return
            database.close()  # its connections must not be shared
            shared = Path(stack.enter_context(TemporaryDirectory(prefix="jiesu-metrics-")))
            os.environ[SHARED_FOLDER] = os.fspath(shared)
            serve_below = partial(_serve_below, where, tls_cert, tls_key)
            together = Processes(serve_below, listening, processes)
            together.run(lambda: tell(Listening(url, together.stop)))
    finally:
        database.close()


def _serve_one(
    database: CentreDatabase,
    listening: socket.socket,
    tls_cert: Path | None,
    tls_key: Path | None,
    url: str,
    ready: Callable[[Listening], None],
) -> None:
    centre = make_app(database)
    config = uvicorn.Config(
        centre,
        log_config=None,
        access_log=False,
        server_header=False,
        ssl_certfile=tls_cert,
        ssl_keyfile=tls_key,
        timeout_graceful_shutdown=FINISH_WITHIN_S,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    _Server(config, centre.state.announcer, url, ready).run(sockets=[listening])


def _serve_below(
    where: str,
    tls_cert: Path | None,
    tls_key: Path | None,
    listening: socket.socket,
    ready: Callable[[], None],
) -> None:
    """One of several processes; the listening socket is its parent's."""
    database = CentreDatabase(where)
    try:
        _serve_one(database, listening, tls_cert, tls_key, "", lambda _: ready())
    finally:
        database.close()


def add_seat(name: str, database_url: str | None = None, data_dir: Path = Path(".")) -> str:
    """Register a seat (or renew a known one's password); its password, which is shown only now."""
    database = CentreDatabase(database_url or default_url(data_dir))
    try:
        return seats.add_seat(database, name)
    finally:
        database.close()


def add_person(
    name: str,
    roles: Sequence[str],
    unit: str = "",
    database_url: str | None = None,
    data_dir: Path = Path("."),
) -> str:
    """Add a person with roles, or give a known one others and a new password, which is returned."""
    try:
        wanted = [Role(role) for role in roles]
    except ValueError:
        raise UserError("SERVER_ROLES", roles=", ".join(roles)) from None
    with closing(CentreDatabase(database_url or default_url(data_dir))) as database:
        return put_person(database, name, wanted, unit)


def add_api_key(name: str, database_url: str | None = None, data_dir: Path = Path(".")) -> str:
    """A key for a program that sends requests through Open311."""
    if not 0 < len(name) <= 64 or not name.isprintable():
        raise UserError("SERVER_SEAT_NAME", name=name[:80])
    with closing(CentreDatabase(database_url or default_url(data_dir))) as database:
        return make_api_key(database, name)


def write_backup(
    path: Path, database_url: str | None = None, data_dir: Path = Path(".")
) -> Mapping[str, int]:
    """All data in one file, also while servers run; rows by table. Raises ``UserError``."""
    with closing(CentreDatabase(database_url or default_url(data_dir))) as database:
        return back_up(database, path)


def restore_backup(
    path: Path, database_url: str | None = None, data_dir: Path = Path(".")
) -> Mapping[str, int]:
    """Fill an empty database from a backup; rows by table. Raises ``UserError``."""
    return restore(path, database_url or default_url(data_dir))


def forget_person(
    phone: str = "", number: str = "", database_url: str | None = None, data_dir: Path = Path(".")
) -> int:
    """Forget whoever called from a number, or a ticket's caller; how many tickets. ``UserError``."""
    with closing(CentreDatabase(database_url or default_url(data_dir))) as database:
        return forgetting.forget_person(database, phone, number)


def retire(database_url: str | None = None, data_dir: Path = Path(".")) -> int:
    """Forget what has been kept long enough; how many tickets and recordings."""
    with closing(CentreDatabase(database_url or default_url(data_dir))) as database:
        return forgetting.retire(database, datetime.now(UTC))


def verify_audit(
    noted_head: str | None = None, database_url: str | None = None, data_dir: Path = Path(".")
) -> AuditVerdict:
    """Check the chain of the audit log. Raises ``UserError`` when it is broken."""
    with closing(CentreDatabase(database_url or default_url(data_dir))) as database:
        verdict = verify(database, noted_head)
    if verdict.broken_at is not None:
        raise UserError("SERVER_AUDIT_BROKEN", seq=verdict.broken_at)
    if verdict.missing_head:
        raise UserError("SERVER_AUDIT_CUT", entries=verdict.entries)
    return verdict


def publish(
    paths: Sequence[Path],
    database_url: str | None = None,
    data_dir: Path = Path("."),
    public: bool = False,
) -> tuple[str, ...]:
    """Publish articles to all seats, also while servers run; their ids. Raises ``UserError``."""
    with closing(CentreDatabase(database_url or default_url(data_dir))) as database:
        return publish_articles(database, paths, public)


def withdraw(article_id: str, database_url: str | None = None, data_dir: Path = Path(".")) -> None:
    """Take an article off all seats."""
    with closing(CentreDatabase(database_url or default_url(data_dir))) as database:
        withdraw_article(database, article_id)


def import_outbox(
    path: Path, printed_key: str, database_url: str | None = None, data_dir: Path = Path(".")
) -> tuple[OperationResult, ...]:
    """Take a seat's tickets from a file, also while servers run. Raises ``UserError``."""
    with closing(CentreDatabase(database_url or default_url(data_dir))) as database:
        return tuple(take_over(database, path, printed_key))


def _print_address(listening: Listening) -> None:
    print(f"listening on {listening.url}", flush=True)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=2048)
        # Inherited by every connection. Without it the body of an answer waits 40 ms until its head is
        # acknowledged; asyncio sets it only on sockets that were made with a protocol number.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except (OSError, OverflowError) as error:
        detail = getattr(error, "strerror", None) or str(error)
        raise UserError("SERVER_PORT_TAKEN", host=host, port=port, detail=detail) from error


def _check_tls(cert: Path, key: Path | None) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        raise UserError("SERVER_TLS_FILES", detail=error.strerror or str(error)) from error


class _Server(uvicorn.Server):
    """Tells when it is ready, and after a signal ends like any other program: with status 0."""

    def __init__(
        self,
        config: uvicorn.Config,
        announcer: Announcer,
        url: str,
        ready: Callable[[Listening], None],
    ) -> None:
        super().__init__(config)
        self._announcer = announcer
        self._url = url
        self._tell = ready

    def _stop(self) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._announcer.close()  # the streams would keep their connections open
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await asyncio.to_thread(self._tell, Listening(self._url, self._stop))

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {kind: signal.signal(kind, self.handle_exit) for kind in ending_signals()}
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)
