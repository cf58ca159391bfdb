"""The door for softphones: messages, tokens, files and commands, hostile ones among them."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from app.command_line import Options
from app.security.desk_lock import DeskLock
from app.telephone.adapter import LOOPBACK, LineServer, find_door, tell_desk
from app.telephone.events import LineEvent, LineKind, parse_event
from app.telephone.line import Phase
from app.telephone.replay import read_events, replay
from app.terminal import Terminal
from app.workplace import Workplace
from main import parser
from resources.errors import UserError

WAIT_S = 20.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JIESU_KEYRING", "off")
    return tmp_path


@pytest.fixture
def desk(folder: Path) -> Iterator[Workplace]:
    with closing(Workplace(folder)) as made:
        yield made


HOSTILE = [
    b"", b"null", b"[]", b"{}", b"\xff\xfe{", b"[" * 4000, b"9" * 4097, b'{"event":"ring"}',
    b'{"event":"explode","call_id":"1"}', b'{"event":"ring","call_id":{}}',
    b'{"event":"ring","call_id":true}',
    b'{"event":"ring","call_id":"a\\u0000b"}', b'{"event":"ring","call_id":"1","number":[1]}',
    b'{"event":"ring","call_id":"1","to":"' + b"x" * 100 + b'"}',
    "{\"event\":\"ring\"}".encode("utf-16"),
    b'{"event":"ring","call_id":"' + b"9" * 129 + b'"}', b'{"event":"ring","call_id":NaN}',
]  # fmt: skip


@pytest.mark.parametrize("data", HOSTILE)
def test_hostile_messages_are_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(UserError) as refused:
        parse_event(data)
    assert refused.value.code == "LINE_EVENT"
    assert refused.value.message("en")


def ask(port: int, body: bytes, headers: dict[str, str], path: str = "/events") -> tuple[int, dict]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    with closing(connection):
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def test_the_door_lets_in_only_who_knows_the_token(tmp_path: Path) -> None:
    taken: list[LineEvent] = []

    def take(event: LineEvent) -> Phase:
        if event.kind is LineKind.HELD:
            raise UserError("LINE_UNKNOWN", id=event.call_id)
        taken.append(event)
        return Phase.RINGING

    with closing(LineServer(tmp_path, take)) as server:
        port, right = server.door.port, {"Authorization": f"Bearer {server.door.token}"}
        body = b'{"event":"ring","call_id":"1","number":"13800138000","extra":1}'
        assert ask(port, body, right) == (200, {"phase": "ringing"})
        assert ask(port, body, {})[0] == 401
        assert ask(port, body, {"Authorization": "Bearer wrong"})[0] == 401
        assert ask(port, body, {"Authorization": "Bearer \xe9\xff"})[0] == 401
        assert ask(port, body, {**right, "Origin": "http://evil.example"})[0] == 403
        assert ask(port, body, {**right, "Host": "evil.example"})[0] == 403
        assert ask(port, body, right, "/other")[0] == 404
        assert ask(port, b"x" * 5000, right)[0] == 413
        assert ask(port, b"", {**right, "Content-Length": "-1"})[0] == 411
        for data in HOSTILE[:6]:
            assert ask(port, data, right)[0] == 422
        assert ask(port, b'{"event":"held","call_id":"9"}', right)[0] == 409
        with socket.create_connection((LOOPBACK, port), timeout=10) as raw:
            raw.sendall(b"\x16\x03\x01 not http at all\r\n\r\n")
            assert b"400" in raw.recv(4096)
        assert len(taken) == 1
        assert find_door(tmp_path) == server.door
        assert tell_desk(tmp_path, taken[0]) is Phase.RINGING
        assert (tmp_path / "telephone.json").stat().st_mode & 0o077 == 0
        with pytest.raises(UserError, match="LINE_PORT"):
            LineServer(tmp_path / "other", take, port)
    with pytest.raises(UserError, match="NO_DESK"):
        tell_desk(tmp_path, taken[0])
    with closing(LineServer(tmp_path, take)) as again:
        assert again.door.token == server.door.token  # a softphone is told once


def test_many_messages_at_once_are_all_taken(tmp_path: Path) -> None:
    taken: list[str] = []

    def take(event: LineEvent) -> Phase:
        taken.append(event.call_id)
        return Phase.RINGING

    with closing(LineServer(tmp_path, take)):

        def send(first: int) -> None:
            for number in range(first, first + 25):
                tell_desk(tmp_path, LineEvent(LineKind.RING, str(number)))

        threads = [threading.Thread(target=send, args=(at,)) for at in range(0, 500, 25)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(taken, key=int) == [str(number) for number in range(500)]


def test_a_file_is_replayed_in_its_time(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    path.write_text(
        '{"at": 5, "event": "ended", "call_id": "1"}\n\n'
        '{"at": 0, "event": "ring", "call_id": "1", "sound": "call.json"}\n'
        '{"at": 3, "event": "held", "call_id": "nobody"}\n',
        encoding="utf-8",
    )
    waits: list[float] = []

    def take(event: LineEvent) -> None:
        if event.call_id == "nobody":
            raise UserError("LINE_UNKNOWN", id=event.call_id)

    took = list(replay(read_events(path), take, waits.append, 10.0))
    assert [event.kind for event in took] == [LineKind.RING, LineKind.ENDED]
    assert took[0].sound == tmp_path.resolve() / "call.json"
    assert waits == pytest.approx([0.3, 0.2])


def run(folder: Path, *arguments: str) -> int:
    """A command without its log file and its last line of defence."""
    options = Options(language=None, data_dir=folder, json=True, command=None)
    parser().parse_args(list(arguments), options)
    return options.run(options, Terminal("en", True))


def test_a_ring_from_the_command_line(
    desk: Workplace, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ringing = ("--incoming", "sip:13512345678@pbx", "--call-id", "c-1")
    with pytest.raises(UserError, match="NO_DESK"):
        run(folder, *ringing)
    with DeskLock(folder):
        with pytest.raises(UserError, match="NO_DESK"):
            run(folder, *ringing)  # the desk is there but does not listen yet
        desk.telephone.listen(folder, 0)
        assert run(folder, *ringing) == 0
        assert desk.telephone.shown.ringing[0].number == "13512345678"
        capsys.readouterr()
        assert run(folder, "telephone", "ended", "--call-id", "c-1") == 0
        assert json.loads(capsys.readouterr().out)["phase"] == "missed"
        for arguments, code in (
            (("telephone", "held", "--call-id", "c-9"), "LINE_UNKNOWN"),
            (("telephone", "ended"), "USAGE"),
            (("--incoming", "139", "--call-id", "x" * 999), "LINE_EVENT"),
        ):
            with pytest.raises(UserError, match=code):
                run(folder, *arguments)
        day = folder / "day.jsonl"
        day.write_text('{"event": "ring", "call_id": "d"}\n{"event": "ended", "call_id": "d"}\n')
        assert run(folder, "telephone", "replay", str(day)) == 0
        assert json.loads(capsys.readouterr().out) == {"taken": 2, "refused": 0}
        assert run(folder, "telephone", "door") == 0
        assert "127.0.0.1" in json.loads(capsys.readouterr().out)["address"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xff", b"[]", b'{"event":"ring"}', b'{"at":-1,"event":"ring","call_id":"1"}',
    b'{"at":1e400,"event":"ring","call_id":"1"}', b'{"at":[],"event":"ring","call_id":"1"}',
    b"[" * 100_000],
)  # fmt: skip
def test_a_broken_file_is_named_and_not_begun(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_bytes(content)
    with pytest.raises(UserError, match="LINE_FILE"):
        read_events(path)


@pytest.mark.parametrize("query", ["?after=-1", "?after=x", "?after=99999999999", "?after=１"])
def test_acts_are_asked_for_with_token_and_number(tmp_path: Path, query: str) -> None:
    with closing(LineServer(tmp_path, lambda event: Phase.RINGING)) as server:
        connection = http.client.HTTPConnection(LOOPBACK, server.door.port, timeout=WAIT_S)
        with closing(connection):
            path = quote(f"/acts{query}", safe="/?=")
            connection.request("GET", path, headers={"Authorization": f"Bearer {server.door.token}"})
            assert connection.getresponse().status == 422
            connection.request("GET", "/acts")
            assert connection.getresponse().status == 401
