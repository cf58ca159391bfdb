"""A real centre in a process of its own, on SQLite and on PostgreSQL; imported by conftest files."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sample_tickets import make_ticket

from app.domain.codec import ticket_to_json
from app.domain.ticket import Ticket
from app.sync.protocol import PROTOCOL, PROTOCOL_HEADER, SUBMIT_TICKET, make_operation
from bench.postgres import NoPostgresError, running_postgres
from bench.postgres import new_database as empty_database
from server.run import add_seat

ROOT = Path(__file__).parents[1]
SERVE = (
    "import logging, sys; from pathlib import Path; from server.run import serve; "
    "logging.basicConfig(level='INFO'); "
    "serve(port=int(sys.argv[3]), database_url=sys.argv[1] or None, data_dir=Path(sys.argv[2]))"
)


class CentreProcess:
    """The centre as its administrator runs it; ``url`` is where it listens."""

    def __init__(self, database_url: str, data_dir: Path) -> None:
        self.database_url = database_url
        self.data_dir = data_dir
        self.port = 0
        self.start()

    def start(self) -> None:
        """Start, on the same port as the last time, and wait until it listens."""
        self.log = self.data_dir / f"log-{uuid.uuid4().hex}"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE, self.database_url, self.data_dir, str(self.port)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        assert line.startswith("listening on http://127.0.0.1:"), (line, self.log.read_text())
        self.url = line.removeprefix("listening on ").strip()
        self.port = int(self.url.rpartition(":")[2])

    def add_seat(self) -> tuple[str, str]:
        """A new seat: its name and password."""
        name = f"seat-{uuid.uuid4().hex[:8]}"
        return name, add_seat(name, self.database_url or None, self.data_dir)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self._reap()

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.process.terminate()
        return self._reap()

    def _reap(self) -> int:
        status = self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """One PostgreSQL for the whole run; its address without a database."""
    with ExitStack() as stack:
        try:
            address = stack.enter_context(running_postgres(durable=False))
        except NoPostgresError as reason:
            pytest.skip(str(reason))
        yield address


def new_database(kind: str, request: pytest.FixtureRequest) -> str:
    """The address of an empty database; empty text for the embedded one."""
    return "" if kind == "sqlite" else empty_database(request.getfixturevalue("postgres"))


def run_centre(kind: str, request: pytest.FixtureRequest, data_dir: Path) -> Iterator[CentreProcess]:
    """A running centre that is stopped in the end."""
    centre = CentreProcess(new_database(kind, request), data_dir)
    try:
        yield centre
    finally:
        if centre.process.poll() is None:
            centre.stop()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def centre(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CentreProcess]:
    """One centre for all tests that do not stop it, on each database."""
    yield from run_centre(request.param, request, tmp_path_factory.mktemp("centre"))


@pytest.fixture(params=["sqlite", "postgresql"])
def own_centre(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CentreProcess]:
    """A centre that a test may kill and start again."""
    data_dir = tmp_path / "centre"
    data_dir.mkdir()
    yield from run_centre(request.param, request, data_dir)


@dataclass(frozen=True)
class Api:
    """A logged-in seat that speaks plain HTTP with the centre."""

    url: str
    name: str
    password: str
    token: str = ""

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request with the headers that a seat sends; ``headers`` replace them one by one."""
        headers = {PROTOCOL_HEADER: str(PROTOCOL), "Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        headers |= more.pop("headers", {})
        with httpx.Client(trust_env=False, timeout=60, verify=False) as http:  # plain HTTP
            return http.request(method, f"{self.url}/api/v1{path}", headers=headers, **more)

    def log_in(self) -> Api:
        """The same seat with a fresh token."""
        answer = self.send("POST", "/login", json={"seat": self.name, "password": self.password})
        assert answer.status_code == 200, answer.text
        return replace(self, token=answer.json()["token"])

    def push(self, *operations: dict[str, Any]) -> list[dict[str, Any]]:
        """The results of a push that the centre must take."""
        answer = self.send("POST", "/push", json={"operations": operations})
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results


@pytest.fixture(scope="session")
def api(centre: CentreProcess) -> Api:
    """A seat at the shared centre."""
    return Api(centre.url, *centre.add_seat()).log_in()


def make_submission(ticket: Ticket | None = None, **changes: Any) -> dict[str, Any]:
    """The operation that submits a ticket, as JSON; ``changes`` break it afterwards."""
    ticket = ticket or make_ticket()
    operation = make_operation(
        uuid.uuid4(), SUBMIT_TICKET, ticket.id, ticket_to_json(ticket), datetime.now(UTC)
    )
    return operation.model_dump(mode="json") | changes
