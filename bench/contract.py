"""The centre's own description of its interface, held against what it does: schemathesis over OpenAPI.

For every operation ``examples`` requests made from the description, each sent by somebody who may:
no answer is a 5xx, every status is described, and every body is what the description says.
"""

from __future__ import annotations

import importlib.util
import logging
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.domain.codec import ticket_to_json
from app.sync.protocol import SUBMIT_TICKET, make_operation
from bench.seats import sample_ticket
from server.api import make_app
from server.database import CentreDatabase, default_url
from server.life.attending import attend
from server.numbers import Numbers
from server.people import log_in as person_log_in
from server.people import put_person
from server.receiving import Push, receive
from server.rights import Role, rule_for
from server.seats import add_seat, log_in, token_digest

EXAMPLES = 40
UNIT = "望京街道办事处"
_ENDLESS = "/api/v1/events"
_ENDS_A_SESSION = ("/people/logout", "/people/password", "/people/{name}", "/people/login")


def run(data: Path | None, examples: int = EXAMPLES) -> dict[str, Any]:
    """The figures; ``failures`` names operation, check and the shortest request found."""
    del data
    if importlib.util.find_spec("schemathesis") is None:
        return {"skipped": "needs the development packages (schemathesis)"}
    logging.getLogger("server").setLevel(logging.ERROR)  # bad requests are the point here
    begun = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(CentreDatabase(default_url(Path(folder)))) as database,
    ):
        app = make_app(database)
        try:
            tokens = _tokens(database)
            known = _submit(database, tokens[Role.SEAT])
            statuses, failures = _try_all(app, tokens, known, examples)
        finally:
            app.state.knowledge.close()
    return {
        "operations": len({name for name, _ in statuses}),
        "requests": sum(statuses.values()),
        "server_errors": sum(count for (_, status), count in statuses.items() if status >= 500),
        "failures": failures,
        "seconds": round(time.perf_counter() - begun, 1),
    }


def _tokens(database: CentreDatabase) -> dict[Role, str]:
    tokens = {Role.SEAT: log_in(database, "seat-1", add_seat(database, "seat-1"), "").token}
    for role in Role:
        if role is not Role.SEAT:
            unit = UNIT if role is Role.HANDLING_UNIT else ""
            password = put_person(database, f"p-{role}", [role], unit)
            tokens[role] = person_log_in(database, f"p-{role}", password, "").access
    return tokens


def _submit(database: CentreDatabase, token: str) -> str:
    """A ticket that the requests may be about; its id."""
    ticket = sample_ticket("seat-1")
    made = make_operation(
        uuid4(), SUBMIT_TICKET, ticket.id, ticket_to_json(ticket), ticket.submitted_at
    )
    receive(database, Numbers(database), [Push(token_digest(f"Bearer {token}"), (made,))])
    attend(database)
    return ticket.id


def _try_all(
    app: Any, tokens: dict[Role, str], known: str, examples: int
) -> tuple[Counter[tuple[str, int]], list[str]]:
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, settings
    from schemathesis.core.failures import FailureGroup
    from schemathesis.specs.openapi.checks import (
        response_schema_conformance,
        status_code_conformance,
    )

    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    statuses, failures = Counter[tuple[str, int]](), list[str]()
    chosen = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    for operation in _in_order(schema):
        name, headers = f"{operation.method.upper()} {operation.path}", _headers(operation, tokens)

        def try_one(case: Any) -> None:
            if "ticket_id" in case.path_parameters:
                case.path_parameters["ticket_id"] = known
            response = case.call(headers=headers)  # noqa: B023 - called before the next one
            statuses[name, response.status_code] += 1  # noqa: B023
            case.validate_response(
                response, checks=[status_code_conformance, response_schema_conformance]
            )

        try:
            chosen(given(case=operation.as_strategy())(try_one))()
        except (FailureGroup, AssertionError) as error:
            failures.append(f"{name}: {str(error)[:600]}")
    return statuses, failures


def _in_order(schema: Any) -> Iterator[Any]:
    """Every operation that ends; those that end a session last."""
    found = [result.ok() for result in schema.get_all_operations()]
    found = [one for one in found if one.path != _ENDLESS]
    yield from sorted(found, key=lambda one: one.path.endswith(_ENDS_A_SESSION))


def _headers(operation: Any, tokens: dict[Role, str]) -> dict[str, str]:
    rule = rule_for(operation.method.upper(), operation.path)
    role = Role.SEAT if rule.by_handler else next(iter(sorted(rule.roles)), None)
    return {"Jiesu-Protocol": "1"} | ({"Authorization": f"Bearer {tokens[role]}"} if role else {})
