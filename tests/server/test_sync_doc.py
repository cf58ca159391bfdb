"""What ``docs/sync.md`` says is what the centre does: its endpoints, reasons, kinds, limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.reference.reading import MAX_BYTES, NAMES
from app.sync import changes, protocol
from server.api import API, make_app
from server.database import CentreDatabase, default_url
from server.rights import RULES, Role

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "sync.md").read_text("utf-8")
PARAMETER = re.compile(r"\{[^}]*\}")


@pytest.fixture
def described(tmp_path: Path) -> Iterator[set[tuple[str, str]]]:
    """Method and path of every endpoint of the centre's OpenAPI; parameters without their names."""
    database = CentreDatabase(default_url(tmp_path))
    paths = make_app(database).openapi()["paths"]
    yield {(method.upper(), PARAMETER.sub("{}", path)) for path in paths for method in paths[path]}
    database.close()


def documented() -> set[tuple[str, str]]:
    """Method and path of every endpoint that the page names."""
    found = re.finditer(r"((?:`?(?:GET|PUT|POST|DELETE)`?,? ?)+)`?(/api/v1/[^`?\s]*)", TEXT)
    return {
        (method, PARAMETER.sub("{}", one.group(2)))
        for one in found
        for method in re.findall(r"[A-Z]+", one.group(1))
    }


def test_every_endpoint_of_the_page_exists(described: set[tuple[str, str]]) -> None:
    assert documented() - described == set()


def test_every_endpoint_of_a_seat_is_on_the_page(described: set[tuple[str, str]]) -> None:
    of_seats = {
        (method, PARAMETER.sub("{}", path))
        for (method, path), rule in RULES.items()
        if Role.SEAT in rule.roles or (rule.everybody and path in (f"{API}/health", f"{API}/login"))
    }
    assert of_seats <= described
    assert of_seats - documented() == set()


def test_every_reason_for_refusal_is_explained() -> None:
    rows = set(re.findall(r"^\| `([A-Z_]+)` \|", TEXT, re.M))
    assert {reason.value for reason in protocol.RefusalReason} == rows


def test_every_kind_of_operation_and_change_is_explained() -> None:
    rows = set(re.findall(r"^\| `([a-z.]+)` \|", TEXT, re.M))
    told = {value for name, value in vars(changes).items() if name.isupper() and isinstance(value, str)}
    assert {protocol.SUBMIT_TICKET, protocol.AMEND_TICKET} | told <= rows
    for name in NAMES:
        assert f"`{name}`" in TEXT or f"`.{name.removeprefix('rules.')}`" in TEXT, name


def test_the_limits_are_those_of_the_program() -> None:
    assert f"{protocol.MAX_OPERATIONS} operations and {protocol.MAX_BODY_BYTES >> 20} MiB" in TEXT
    assert f"{protocol.MAX_OPERATION_BYTES >> 10} KiB per payload" in TEXT
    assert f"at most {protocol.PART_BYTES >> 10} KiB" in TEXT
    assert f"{MAX_BYTES / 1e6:.1f} MB" in TEXT
    assert f"`{protocol.PROTOCOL_HEADER}: {protocol.PROTOCOL}`" in TEXT
