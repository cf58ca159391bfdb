"""Units hear of new work, reminders and escalations without looking at a page."""

from __future__ import annotations

import hmac
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from centre_process import new_database
from sample_tickets import make_ticket
from sqlalchemy import insert, select
from starlette.testclient import TestClient

from app.domain.codec import ticket_to_json
from app.domain.life import Step
from app.domain.ticket import UnitRole, UnitSuggestion
from app.sync.cases import StepRequest
from app.sync.protocol import canonical
from resources.errors import UserError
from server.api import make_app
from server.asking import Asker
from server.database import CentreDatabase, default_url
from server.life.attending import attend
from server.life.steps import take_step
from server.metrics import figures
from server.notices.sending import GIVE_UP_AFTER, pause, send_due, signature
from server.notices.settings import FILE, notice_rules
from server.rights import Role
from server.schema import notice
from server.schema import ticket as ticket_table
from server.seats import add_seat

STREET, BUREAU = "望京街道办事处", "朝阳区生态环境局"
UNIT = Asker("王科员", frozenset({Role.HANDLING_UNIT}), STREET)
REVIEWER = Asker("审核员", frozenset({Role.DISPATCH_REVIEWER}))
KEY = b"a key that nobody else knows"
START = datetime(2026, 11, 22, 1, tzinfo=UTC)


@dataclass
class Receiver:
    """A unit's own system: keeps what it is sent, answers with ``status``."""

    url: str = ""
    status: int = 204
    got: list[dict[str, Any]] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def kinds(self) -> list[str]:
        return [one["kind"] for one in self.got]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            at = self.headers["Jiesu-Signature"].split(",")[0].removeprefix("t=")
            assert self.headers["Jiesu-Signature"] == signature(KEY, int(at), body)
            assert (
                hmac.digest(KEY, f"{at}.".encode() + body, "sha256").hex()
                in (self.headers["Jiesu-Signature"])
            )
            told = json.loads(body)
            assert self.headers["Jiesu-Notice"] == told["id"]
            if receiver.status < 300:
                receiver.got.append(told)
            self.send_response(receiver.status)
            self.send_header("Content-Length", "0")
            self.send_header("Location", receiver.url)
            self.end_headers()
            receiver.arrived.set()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hotline"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def unit() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def review() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "notices.key").write_bytes(KEY + b"\n")

    def use(**rules: Any) -> None:
        path = tmp_path / "notices.yaml"
        path.write_text(json.dumps({"signing_key_file": "notices.key"} | rules), "utf-8")
        monkeypatch.setenv(FILE, str(path))

    return use


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CentreDatabase]:
    with closing(CentreDatabase(new_database(request.param, request) or default_url(tmp_path))) as one:
        add_seat(one, "seat-1")
        yield one


def submit(database: CentreDatabase, at: datetime = START, joins: str | None = None) -> str:
    """A ticket of 24 hours that comes to a street with a bureau assisting."""
    sample = make_ticket()
    units = (
        UnitSuggestion(STREET, UnitRole.LEAD, 0.9),
        UnitSuggestion(BUREAU, UnitRole.ASSIST, 0.5),
    )
    sent = replace(sample, content=replace(sample.content, units=units, joins=joins), submitted_at=at)
    values = {"id": sent.id, "number": f"JS-{sent.id[:8]}".upper(), "seat": "seat-1"}
    values |= {"content_hash": "0" * 64, "payload": canonical(ticket_to_json(sent)).decode()}
    with database.write() as connection:
        connection.execute(insert(ticket_table).values(**values, submitted_at=at, received_at=at))
    attend(database, at)
    return sent.id


def step(database: CentreDatabase, who: Asker, ticket_id: str, wanted: Step, **more: Any) -> None:
    asked = StepRequest(step=wanted, words="张三 13800138000", **more)
    take_step(database, who, ticket_id, asked, START + timedelta(hours=1))


def test_new_work_reminder_and_escalations_arrive_signed_and_name_nobody(
    database: CentreDatabase, configure: Any, unit: Receiver, review: Receiver
) -> None:
    hooks = {STREET: unit.url, "dispatch_reviewer": review.url, "team_lead": review.url}
    configure(webhooks=hooks, page="https://centre.example/work/")
    ticket_id = submit(database)
    for hours in (0, 17, 18.5, 25, 26, 48.5, 60):
        attend(database, START + timedelta(hours=hours))
        send_due(database, START + timedelta(hours=hours))
    assert unit.kinds == ["new", "reminder", "overdue", "overdue"]
    assert [(one["to"], one["kind"]) for one in review.got] == [
        ("dispatch_reviewer", "overdue"),
        ("team_lead", "overdue"),
    ]
    first = unit.got[0]
    assert first["page"] == f"https://centre.example/work/cases/{ticket_id}"
    assert (first["unit"], first["stage"]) == (STREET, "dispatched")
    assert datetime.fromisoformat(first["due_at"]) > START
    assert not any(word in str(unit.got) for word in ("欧阳", "13800138000", "阜通"))


def test_decisions_reach_whoever_asked_and_whoever_decides(
    database: CentreDatabase, configure: Any, unit: Receiver, review: Receiver
) -> None:
    configure(webhooks={STREET: unit.url, "dispatch_reviewer": review.url})
    first, second = submit(database), submit(database)
    submit(database, joins=first)
    until = START + timedelta(days=5)
    step(database, UNIT, first, Step.ACCEPT)
    step(database, UNIT, first, Step.ASK_EXTENSION, reason="weather", until=until)
    step(database, REVIEWER, first, Step.GRANT_EXTENSION)
    step(database, UNIT, second, Step.OBJECT, reason="not_our_duty")
    step(database, REVIEWER, second, Step.UPHOLD)
    send_due(database, START + timedelta(hours=2))
    assert sorted(unit.kinds) == ["extension_granted", "joined", "new", "new", "taken_back"]
    assert sorted(review.kinds) == ["extension_asked", "objected"]
    assert "13800138000" not in str(unit.got + review.got)


def test_what_does_not_arrive_is_tried_again_and_given_up_in_the_end(
    database: CentreDatabase, configure: Any, unit: Receiver
) -> None:
    configure(webhooks={STREET: unit.url})
    submit(database)
    unit.status = 302  # a redirect is not followed
    assert send_due(database, START) == 1
    assert send_due(database, START + timedelta(seconds=5)) == 0
    unit.status = 500
    assert send_due(database, START + timedelta(minutes=1)) == 1
    unit.status = 204
    assert send_due(database, START + timedelta(hours=2)) == 1
    assert send_due(database, START + timedelta(days=1)) == 0
    assert unit.kinds == ["new"]
    unit.status = 404
    submit(database)
    for days in (0, 1, 4):
        send_due(database, START + timedelta(days=days))
    told = figures(database).decode()
    assert "jiesu_notices_failed 1.0" in told
    assert "jiesu_notices_waiting 0.0" in told
    with database.read() as connection:
        assert set(connection.scalars(select(notice.c.failed))) == {None, "TOO_OLD"}
    assert timedelta(days=4) > GIVE_UP_AFTER
    assert pause(1) < timedelta(seconds=13) < pause(9) < timedelta(hours=1.3)


def test_a_running_centre_sends_by_itself(
    database: CentreDatabase, configure: Any, unit: Receiver
) -> None:
    configure(webhooks={STREET: unit.url})
    submit(database, datetime.now(UTC))
    with TestClient(make_app(database)):
        assert unit.arrived.wait(30)
    assert unit.kinds == ["new"]


def test_another_address_holds_at_once_and_a_broken_file_changes_nothing(
    database: CentreDatabase,
    configure: Any,
    unit: Receiver,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    configure()
    submit(database, datetime.now(UTC))  # the centre's own clock runs in what follows
    with TestClient(make_app(database)):  # runs on while the file changes
        configure(webhooks={STREET: unit.url})
        submit(database, datetime.now(UTC))
        assert unit.arrived.wait(30)
    assert unit.kinds == ["new"], "nobody is told of what came before there was an address"
    for broken in ("webhooks: [", "nonsense: 1", ""):
        (tmp_path / "notices.yaml").write_text(broken, "utf-8")
        assert STREET in notice_rules().addresses
    (tmp_path / "notices.yaml").unlink()
    assert STREET in notice_rules().addresses
    assert "the addresses before it hold on" in caplog.text
    caplog.clear()
    configure(webhooks={BUREAU: unit.url})
    assert list(notice_rules().addresses) == [BUREAU]


def test_one_address_that_is_away_holds_up_no_other(
    database: CentreDatabase, configure: Any, unit: Receiver
) -> None:
    configure(webhooks={STREET: "http://127.0.0.1:9/", BUREAU: unit.url})
    for _ in range(3):
        submit(database)
    assert send_due(database, START) == 6
    assert unit.kinds == ["assist"] * 3


def test_without_a_file_nobody_is_told_and_nothing_is_kept(
    database: CentreDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(FILE, raising=False)
    submit(database)
    with database.read() as connection:
        assert connection.execute(select(notice)).first() is None


class _MailServer(socketserver.StreamRequestHandler):
    """As much of a mail server as takes one mail (RFC 5321)."""

    def handle(self) -> None:
        got: list[bytes] = self.server.got  # type: ignore[attr-defined]
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                got.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            refused = word == b"RCPT" and b"gone@" in line
            self.wfile.write(b"550 nobody\r\n" if refused else b"250 ok\r\n")


def test_by_mail_as_well(database: CentreDatabase, configure: Any) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _MailServer) as server:
        server.got = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        smtp = {"host": "127.0.0.1", "port": server.server_address[1], "tls": "none"}
        smtp["from"] = "hotline@city.example"
        configure(mail={STREET: ["duty@unit.example", "gone@unit.example"]}, smtp=smtp)
        submit(database)
        send_due(database, START)
        server.shutdown()
        thread.join()
        got: list[bytes] = server.got  # type: ignore[attr-defined]
    (mail,) = (message_from_bytes(one, policy=policy.default) for one in got)
    assert "新工单 JS-" in mail["Subject"]
    assert "望京街道办事处" in mail.get_content()
    assert "138001" not in mail.as_string()
    with database.read() as connection:
        kept = connection.execute(select(notice.c.failed, notice.c.next_at)).all()
    assert sorted(kept, key=str) == [("SMTP_550", None), (None, None)]


@pytest.mark.parametrize(
    "rules",
    [
        {"webhooks": {STREET: "http://unit.example/"}},
        {"webhooks": {STREET: "ftp://unit.example/"}},
        {"webhooks": {STREET: "https://a b/"}},
        {"webhooks": {STREET: "https://unit.example/"}, "signing_key_file": "none.key"},
        {"webhooks": {STREET: "https://unit.example/"}, "signing_key_file": ""},
        {"webhooks": [STREET]},
        {"mail": {STREET: "duty@unit.example"}},
        {"mail": {STREET: "a@b\r\nBcc: c@d"}, "smtp": {"host": "127.0.0.1", "from": "a@b"}},
        {"mail": {}, "smtp": {"host": "mail.example", "from": "a@b", "tls": "none"}},
        {"about": ["something"]},
        {"unknown": 1},
    ],
)
def test_a_file_that_will_not_do_is_told_at_the_start(configure: Any, rules: dict[str, Any]) -> None:
    configure(**rules)
    with pytest.raises(UserError, match="SERVER_NOTICES"):
        notice_rules()
