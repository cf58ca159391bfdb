"""Every endpoint × every role: who is let in, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from centre_process import make_submission
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute, Route

from app.sync.protocol import PROTOCOL, PROTOCOL_HEADER
from server.api import make_app
from server.database import CentreDatabase, default_url
from server.pace import Pace
from server.people import log_in, put_person
from server.rights import RULES, Role, rule_for
from server.seats import add_seat
from server.seats import log_in as log_in_seat

PROTOCOL_HEADERS = {PROTOCOL_HEADER: str(PROTOCOL), "Content-Type": "application/json"}


def endpoints(app: FastAPI) -> list[tuple[str, str]]:
    """All (method, path) of the application, out of its own route table."""

    def walk(routes: list[BaseRoute]) -> Iterator[Route]:
        for route in routes:
            if isinstance(route, Route):
                yield route
            elif inner := getattr(route, "original_router", None):
                yield from walk(inner.routes)
            else:
                raise AssertionError(f"a route nobody guards: {route}")

    return [
        (method, route.path)
        for route in walk(app.routes)
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]


class Centre:
    """A centre in this process with one account for every role."""

    def __init__(self, folder: Path) -> None:
        self.database = CentreDatabase(default_url(folder))
        self.app = make_app(self.database)
        self.app.state.pace = Pace(1e9, 10**9)
        self.tokens: dict[Role | None, str] = {None: ""}
        for role in Role:
            if role is Role.SEAT:
                password = add_seat(self.database, "seat-1")
                self.tokens[role] = log_in_seat(self.database, "seat-1", password, "").token
            else:
                unit = "望京街道办事处" if role is Role.HANDLING_UNIT else ""
                password = put_person(self.database, f"p-{role}", [role], unit)
                self.tokens[role] = log_in(self.database, f"p-{role}", password, "").access

    def close(self) -> None:
        """End what the application opened: its lifespan does not run here."""
        self.app.state.knowledge.close()
        self.database.close()

    def ask(self, method: str, path: str, role: Role | None) -> tuple[int, str]:
        """Status and code of an answer."""
        client = TestClient(self.app, raise_server_exceptions=False, follow_redirects=False)
        headers = dict(PROTOCOL_HEADERS)
        if self.tokens[role]:
            headers["Authorization"] = f"Bearer {self.tokens[role]}"
        url = re.sub(r"{[^}]+}", "x", path.replace("{kind}", "json"))
        push = {"operations": [make_submission()]} if path.endswith("/push") else None
        with client.stream(method, url, headers=headers, json=push) as answer:
            status = answer.status_code
            if status == 303 and answer.headers["location"] == "/work/login":
                status = 401  # how a page says it
            if answer.headers.get("content-type") != "application/json":
                return status, ""
            body = answer.json() if answer.read() else None
            return status, body.get("code", "") if isinstance(body, dict) else ""


@pytest.fixture(scope="module")
def centre_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    centre = Centre(tmp_path_factory.mktemp("rights"))
    yield centre
    centre.close()


def test_every_endpoint_has_a_rule_and_every_rule_an_endpoint(centre_here: Centre) -> None:
    found = endpoints(centre_here.app)
    assert len(found) > 10
    missing = sorted(set(found) - RULES.keys())
    assert not missing, f"write a rule for these in server/rights.py: {missing}"
    assert RULES.keys() <= set(found)


def test_role_by_endpoint(centre_here: Centre) -> None:
    holes = []
    for method, path in endpoints(centre_here.app):
        if path == "/api/v1/events" or path.endswith("/logout"):
            continue  # a stream without an end, and the end of the token: tested on their own
        rule = rule_for(method, path)
        for role in (None, *Role):
            status, code = centre_here.ask(method, path, role)
            may = rule.everybody or role in rule.roles
            let_in = status not in (401, 403)
            if may != let_in:
                holes.append((method, path, role, status, code))
    assert holes == []


def test_events_and_logout_are_guarded_too(centre_here: Centre) -> None:
    for role in (None, *Role):
        if role is not Role.SEAT:
            status, _ = centre_here.ask("GET", "/api/v1/events", role)
            assert status == (401 if role is None else 403)
    assert centre_here.ask("POST", "/api/v1/people/logout", None)[0] == 401
    assert centre_here.ask("POST", "/api/v1/people/logout", Role.SEAT)[0] == 403


def test_an_endpoint_without_a_rule_answers_nobody(tmp_path: Path) -> None:
    centre = Centre(tmp_path)
    centre.app.add_api_route("/api/v1/forgotten", lambda: {"secret": 1}, methods=["GET"])
    assert isinstance(centre.app.routes[-1], APIRoute)
    for role in (None, *Role):
        assert centre.ask("GET", "/api/v1/forgotten", role)[0] in (401, 403)
    centre.close()
