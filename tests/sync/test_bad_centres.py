"""A centre that refuses, hangs, lies or breaks off: a clear code, and no ticket is lost."""

from __future__ import annotations

import gzip
import ipaddress
import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from wire import answering, http

from app.desk import OutboxState
from app.events import CentreChanged
from app.sync import client
from app.sync.client import check_address
from app.sync.credential import Credential
from resources.errors import UserError
from server.run import Listening, serve

OURS = "Jiesu-Protocol: 1"


def sync_fails(seat: Any, url: str) -> str:
    """The code with which a delivery to ``url`` ends; the ticket must still wait, unharmed."""
    seat.use(url)
    seat.store.set_credential(Credential(url, "seat-1", "password", "token"))
    ticket = seat.submit()
    before = seat.store.waiting(10)
    with pytest.raises(UserError) as failure:
        seat.worker.sync_once()
    assert failure.value.message("zh")
    assert failure.value.message("en")
    assert seat.store.waiting(10) == before
    assert seat.store.ticket(ticket.id) == ticket
    code: str = failure.value.code
    return code


RESULT = {"op_id": str(uuid4()), "status": "accepted", "number": "JS20261121-000001"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (None, "CENTRE_BROKE_OFF"),
        (b"\x00\xff" * 5000, "CENTRE_BROKE_OFF"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nJiesu-Protocol: 1\r\nConnection: close\r\n\r\n{",
            "CENTRE_BROKE_OFF",
        ),
        (http("200 OK", b"<html>welcome to the hotel wifi"), "CENTRE_GARBLED"),
        (http("200 OK", b"<html>", OURS), "CENTRE_GARBLED"),
        (http("200 OK", b"\xff\xfe", OURS), "CENTRE_GARBLED"),
        (http("200 OK", b"[" * 100_000, OURS), "CENTRE_GARBLED"),
        (http("200 OK", b" " * 3_000_000, OURS), "CENTRE_GARBLED"),
        (http("200 OK", gzip.compress(b"{}"), OURS, "Content-Encoding: gzip"), "CENTRE_GARBLED"),
        (http("200 OK", b'{"results": []}', OURS), "CENTRE_GARBLED"),
        (http("200 OK", json.dumps({"results": [RESULT]}).encode(), OURS), "CENTRE_GARBLED"),
        (http("200 OK", b'{"results": [{"status": "accepted"}]}', OURS), "CENTRE_GARBLED"),
        (http("204 No Content", b"", OURS), "CENTRE_GARBLED"),
        (http("200 OK", b"{}", "Jiesu-Protocol: 99"), "CENTRE_PROTOCOL"),
        (http("426 Upgrade Required", b"{}", "Jiesu-Protocol: 2"), "CENTRE_PROTOCOL"),
        (http("302 Found", b"", "Location: https://elsewhere.example/"), "CENTRE_REDIRECTS"),
        (http("307 Temporary Redirect", b"", OURS, "Location: /elsewhere"), "CENTRE_REDIRECTS"),
        (http("404 Not Found", b"nothing here"), "CENTRE_GARBLED"),
        (http("413 Too Large", b"<html>proxy"), "CENTRE_GARBLED"),
        (http("403 Forbidden", b"{}", OURS), "CENTRE_LOGIN_REFUSED"),
        (http("429 Too Many", b"{}", OURS), "CENTRE_BUSY"),
        (http("500 Oops", b"{}"), "CENTRE_FAILED"),
        (http("502 Bad Gateway", b"<html>"), "CENTRE_FAILED"),
        (http("503 Unavailable", b""), "CENTRE_BUSY"),
    ],
)
def test_an_answer_that_is_no_answer(seat: Any, answer: bytes | None, code: str) -> None:
    with answering(lambda _request: answer) as url:
        assert sync_fails(seat, url) == code


def test_nobody_listens(seat: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert sync_fails(seat, f"http://127.0.0.1:{port}") == "CENTRE_UNREACHABLE"


def test_a_centre_that_never_answers(seat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT", httpx.Timeout(0.2))
    given_up = threading.Event()

    def hang(_request: bytes) -> None:
        given_up.wait(30)

    with answering(hang) as url:
        assert sync_fails(seat, url) == "CENTRE_TIMEOUT"
        given_up.set()


def test_an_answer_that_trickles_for_ever(seat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "WHOLE_ANSWER_S", 0.3)
    listening = socket.create_server(("127.0.0.1", 0))

    def trickle() -> None:
        stream, _ = listening.accept()
        with stream:
            stream.sendall(b"HTTP/1.1 200 OK\r\nJiesu-Protocol: 1\r\nContent-Length: 9999999\r\n\r\n")
            try:
                while stream.recv(65536):
                    stream.sendall(b" ")
            except OSError:
                return

    thread = threading.Thread(target=trickle)
    thread.start()
    assert sync_fails(seat, f"http://127.0.0.1:{listening.getsockname()[1]}") == "CENTRE_TIMEOUT"
    thread.join(10)
    listening.close()


def test_what_the_centre_cannot_read_is_parked_and_the_rest_goes_on(seat: Any) -> None:
    bad = [seat.submit(), seat.submit(), seat.submit()][1]

    def answer(request: bytes) -> bytes:
        if request.startswith(b"GET /api/v1/changes"):  # a centre from before there were any
            return http("404 Not Found", b'{"code": "NOT_FOUND"}', OURS)
        operations = json.loads(request.partition(b"\r\n\r\n")[2])["operations"]
        if any(operation["ticket_id"] == bad.id for operation in operations):
            return http("422 Unprocessable", b'{"code": "REQUEST_MALFORMED"}', OURS)
        results = [
            {"op_id": operation["op_id"], "status": "accepted", "number": "JS-" + operation["op_id"]}
            for operation in operations
        ]
        return http("200 OK", json.dumps({"results": results}).encode(), OURS)

    with answering(answer) as url:
        seat.use(url)
        seat.store.set_credential(Credential(url, "seat-1", "password", "token"))
        report = seat.worker.sync_once()
    assert (report.accepted, report.refused, report.waiting) == (2, 1, 0)
    (refused,) = [row for row in seat.store.outbox() if row.state is OutboxState.REFUSED]
    assert (refused.ticket_id, refused.reason) == (bad.id, "REQUEST_MALFORMED")
    assert seat.store.ticket(bad.id) == bad


def test_password_and_token_go_only_to_the_centre_they_were_given_for(seat: Any) -> None:
    asked: list[bytes] = []

    def answer(request: bytes) -> bytes:
        asked.append(request)
        return http("401 Unauthorized", b'{"code": "TOKEN_REFUSED"}', OURS)

    seat.submit()
    with answering(answer) as url:
        seat.use(url)
        seat.store.set_credential(Credential("https://the-real-one.example", "seat-1", "geheim", "tok"))
        with pytest.raises(UserError, match="CENTRE_LOGIN_NEEDED"):
            seat.worker.sync_once()
    assert asked == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "NO_CENTRE"),
        ("centre.example", "CENTRE_ADDRESS_INVALID"),
        ("ftp://centre.example", "CENTRE_ADDRESS_INVALID"),
        ("https://", "CENTRE_ADDRESS_INVALID"),
        ("https://user:pw@centre.example", "CENTRE_ADDRESS_INVALID"),
        ("https://centre.example:99999", "CENTRE_ADDRESS_INVALID"),
        ("https://[::1", "CENTRE_ADDRESS_INVALID"),
        ("https://centre.example/?a=b", "CENTRE_ADDRESS_INVALID"),
        ("http://centre.example", "CENTRE_NEEDS_TLS"),
        ("http://localhost.example", "CENTRE_NEEDS_TLS"),
        ("http://10.0.0.1", "CENTRE_NEEDS_TLS"),
    ],
)
def test_an_address_that_will_not_do(seat: Any, url: str, code: str) -> None:
    assert sync_fails(seat, url) == code


def test_addresses_are_kept_in_one_form() -> None:
    assert (
        check_address(" https://centre.example:8443/hotline/ ") == "https://centre.example:8443/hotline"
    )
    assert check_address("http://[::1]:8000/") == "http://[::1]:8000"


def test_a_certificate_that_nobody_vouches_for(seat: Any, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(pem))
    form, open_key = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "key.pem").write_bytes(key.private_bytes(pem, form, open_key))
    ready: list[Listening] = []
    known = threading.Event()

    def tell(listening: Listening) -> None:
        ready.append(listening)
        known.set()

    options = {"tls_cert": tmp_path / "cert.pem", "tls_key": tmp_path / "key.pem", "ready": tell}
    thread = threading.Thread(
        target=serve, kwargs={"port": 0, "data_dir": tmp_path / "centre", **options}
    )
    thread.start()
    try:
        assert known.wait(30)
        assert ready[0].url.startswith("https://")
        assert sync_fails(seat, ready[0].url) == "CENTRE_TLS_FAILED"
    finally:
        ready[0].stop()
        thread.join(20)


def test_the_worker_tells_what_is_wrong_once_and_goes_on(seat: Any) -> None:
    asked = threading.Semaphore(0)
    answers = iter([http("500 Oops"), http("500 Oops")])

    def answer(_request: bytes) -> bytes:
        asked.release()
        return next(answers, http("503 Busy"))

    with answering(answer) as url:
        seat.use(url)
        seat.store.set_credential(Credential(url, "seat-1", "password", "token"))
        seat.submit()
        seat.worker.start()
        seat.wait_for(lambda event: event == CentreChanged(False, "CENTRE_FAILED"))
        for _ in range(2):
            assert asked.acquire(timeout=20)
            seat.worker.kick()
        seat.wait_for(lambda event: event == CentreChanged(False, "CENTRE_BUSY"))
        assert seat.worker.stop()
    told = [event for event in seat.heard if isinstance(event, CentreChanged)]
    assert told == [CentreChanged(False, "CENTRE_FAILED"), CentreChanged(False, "CENTRE_BUSY")]


def test_stopping_does_not_wait_for_a_centre_that_hangs(seat: Any) -> None:
    hanging, given_up = threading.Event(), threading.Event()

    def hang(_request: bytes) -> None:
        hanging.set()
        given_up.wait(30)

    with answering(hang) as url:
        seat.use(url)
        seat.store.set_credential(Credential(url, "seat-1", "password", "token"))
        ticket = seat.submit()
        seat.worker.start()
        assert hanging.wait(20)
        assert seat.worker.stop(5)
        given_up.set()
    assert [operation.ticket_id for operation in seat.store.waiting(10)] == [ticket.id]
