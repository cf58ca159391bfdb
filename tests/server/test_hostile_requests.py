"""Broken, huge and malicious requests: a clean 4xx with a code, and the centre goes on."""

from __future__ import annotations

import json
import socket
from typing import Any

import httpx
import pytest
from centre_process import Api, CentreProcess, make_submission

from app.sync.protocol import MAX_BODY_BYTES, MAX_OPERATION_BYTES, MAX_OPERATIONS, content_hash
from server.run import add_seat

NESTED = b'{"operations": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "REQUEST_MALFORMED"),
        (b"{", 400, "BODY_NOT_JSON"),
        (b"\xff\xfe\x00", 400, "BODY_NOT_JSON"),
        ('{"operations": "工单"}'.encode("gb18030"), 400, "BODY_NOT_JSON"),
        (b'{"operations": NaN}', 400, "BODY_NOT_JSON"),
        (b'{"operations": "\\ud800"}', 400, "BODY_NOT_JSON"),
        (NESTED, 400, "BODY_NOT_JSON"),
        (b'{"operations": ' + b"9" * 10_000 + b"}", 400, "BODY_NOT_JSON"),
        (b"null", 422, "REQUEST_MALFORMED"),
        (b"[]", 422, "REQUEST_MALFORMED"),
        (b'{"operations": []}', 422, "REQUEST_MALFORMED"),
        (b'{"operations": [7]}', 422, "REQUEST_MALFORMED"),
        (b" " * (MAX_BODY_BYTES + 1), 413, "BODY_TOO_LARGE"),
    ],
)
def test_a_body_that_is_no_push(api: Api, body: bytes, status: int, code: str) -> None:
    answer = api.send("POST", "/push", content=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert api.push(make_submission())[0]["status"] == "accepted"


@pytest.mark.parametrize(
    "changes",
    [
        {"op_id": "not-a-uuid"},
        {"op_id": None},
        {"kind": ""},
        {"kind": "x" * 65},
        {"ticket_id": "a\u0000b"},
        {"ticket_id": {"$ne": ""}},
        {"payload": []},
        {"content_hash": "' OR 1=1 --"},
        {"content_hash": "A" * 64},
        {"created_at": "tomorrow"},
        {"created_at": "2026-11-21T22:00:00"},
    ],
)
def test_a_field_of_the_wrong_kind(api: Api, changes: dict[str, Any]) -> None:
    answer = api.send("POST", "/push", json={"operations": [make_submission(**changes)]})
    assert (answer.status_code, answer.json()["code"]) == (422, "REQUEST_MALFORMED")


def test_what_was_sent_is_not_echoed(api: Api) -> None:
    body = json.dumps({"operations": [{"op_id": "欧阳测试", "13800138000": 1}]}, ensure_ascii=False)
    answer = api.send("POST", "/push", content=body.encode())
    assert "欧阳测试" not in answer.text
    assert "13800138000" not in answer.text


def test_an_oversized_batch_and_an_oversized_operation(api: Api) -> None:
    batch = [make_submission() for _ in range(MAX_OPERATIONS + 1)]
    assert api.send("POST", "/push", json={"operations": batch}).status_code == 422
    submission = make_submission()
    payload = submission["payload"] | {"padding": "长" * (MAX_OPERATION_BYTES // 3)}
    (result,) = api.push(submission | {"payload": payload, "content_hash": content_hash(payload)})
    assert result["reason"] == "OPERATION_TOO_LARGE"


def test_an_infinite_number_in_a_payload_is_refused(api: Api) -> None:
    submission = make_submission()
    body = json.dumps({"operations": [submission]}).replace('"limit_hours": 24', '"limit_hours": 1e999')
    results = api.send("POST", "/push", content=body).json()["results"]
    assert results[0]["reason"] == "TICKET_INVALID"


def test_another_protocol_version_is_told_plainly(api: Api) -> None:
    answer = api.send("POST", "/push", headers={"Jiesu-Protocol": "99"}, json={})
    assert (answer.status_code, answer.json()["code"]) == (426, "PROTOCOL_MISMATCH")
    assert answer.json()["protocol"] == 1


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer \xff"])
def test_without_a_valid_token_nothing_is_taken(api: Api, header: str) -> None:
    headers = {"Authorization": header.encode("latin-1")}
    answer = api.send("POST", "/push", headers=headers, json={"operations": [make_submission()]})
    assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_REFUSED")
    assert api.send("GET", "/tickets/x", headers=headers).status_code == 401


def test_a_seat_cannot_read_the_ticket_of_another(api: Api, centre: CentreProcess) -> None:
    submission = make_submission()
    api.push(submission)
    other = Api(centre.url, *centre.add_seat()).log_in()
    assert other.send("GET", f"/tickets/{submission['ticket_id']}").status_code == 404


def test_a_new_password_ends_the_old_one_and_its_tokens(centre: CentreProcess) -> None:
    seat = Api(centre.url, *centre.add_seat()).log_in()
    fresh = add_seat(seat.name, centre.database_url or None, centre.data_dir)
    assert seat.send("GET", "/tickets/x").status_code == 401
    assert Api(centre.url, seat.name, fresh).log_in().token != seat.token


def test_guessing_passwords_is_stopped_for_known_and_unknown_seats_alike(centre: CentreProcess) -> None:
    name, password = centre.add_seat()
    for seat in (name, f"no-such-{name}"):
        wrong = Api(centre.url, seat, "wrong")
        body = {"seat": seat, "password": "wrong"}
        codes = [wrong.send("POST", "/login", json=body).json()["code"] for _ in range(6)]
        assert codes == ["LOGIN_REFUSED"] * 5 + ["LOGIN_LIMITED"]
    answer = Api(centre.url, name, password).send(
        "POST", "/login", json={"seat": name, "password": password}
    )
    assert answer.status_code == 429


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/push", 405),
        ("GET", "/tickets/%00", 404),
        ("GET", "/tickets/" + "x" * 5000, 404),
        ("GET", "/tickets/..%2f..%2fetc%2fpasswd", 404),
    ],
)
def test_a_path_that_leads_nowhere(api: Api, method: str, path: str, status: int) -> None:
    answer = api.send(method, path)
    assert answer.status_code == status
    assert answer.json()["code"]


def test_a_connection_that_breaks_off_half_way_harms_nobody(api: Api, centre: CentreProcess) -> None:
    head = "POST /api/v1/push HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"
    with socket.create_connection(("127.0.0.1", centre.port), 10) as half:
        half.sendall(head.encode())
    assert api.push(make_submission())[0]["status"] == "accepted"


def test_the_interface_is_described(centre: CentreProcess) -> None:
    with httpx.Client(trust_env=False, verify=False) as http:
        description = http.get(f"{centre.url}/api/v1/openapi.json").json()
        health = http.get(f"{centre.url}/api/v1/health").json()
    assert set(description["paths"]) >= {
        f"/api/v1/{p}" for p in ("health", "login", "push", "changes", "events", "tickets/{ticket_id}")
    }
    assert health["protocol"] == 1
