"""What an administrator relies on: backup and restore, figures, logs, deployment files."""

from __future__ import annotations

import gzip
import json
import logging
import os
import shutil
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from centre_process import ROOT, Api, CentreProcess, make_submission, new_database
from prometheus_client.parser import text_string_to_metric_families
from sample_tickets import make_ticket
from sqlalchemy import insert, select

from app.domain.ticket import UnitRole, UnitSuggestion
from resources.errors import UserError
from server.audit import note_alone, verify
from server.backup import back_up, restore
from server.database import CentreDatabase, default_url
from server.life.attending import attend
from server.logs import JsonLines
from server.run import add_api_key
from server.schema import metadata, recording, recording_part, ticket, ticket_event


def fill(centre: CentreProcess) -> None:
    """A seat, tickets with lives, audit entries."""
    seat = Api(centre.url, *centre.add_seat()).log_in()
    sample = make_ticket(subject="😀路灯\u202e")
    units = (UnitSuggestion("望京街道办事处", UnitRole.LEAD, 0.9),)
    seat.push(make_submission(replace(sample, content=replace(sample.content, units=units))))
    seat.push(*(make_submission() for _ in range(5)))
    with closing(open_database(centre)) as database:
        attend(database)
        note_alone(database, "审计员", "试验", "x")
        whole = {"size": 3, "sha256": "0" * 64, "file_key": "key", "received": 3}
        with database.write() as connection:
            connection.execute(insert(recording).values(call_id="c", seat=seat.name, **whole))
            connection.execute(insert(recording_part).values(call_id="c", offset=0, data=b"\x00\xff\n"))


def open_database(centre: CentreProcess) -> CentreDatabase:
    return CentreDatabase(centre.database_url or default_url(centre.data_dir))


def content(database: CentreDatabase) -> dict[str, list[tuple[object, ...]]]:
    left_out = {"token", "person_token", "login_failure"}
    with database.read() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))
            ]
            for table in metadata.sorted_tables
            if table.name not in left_out
        }


@pytest.mark.parametrize("other", ["sqlite", "postgresql"])
def test_a_backup_restores_everything_also_into_the_other_kind_of_database(
    own_centre: CentreProcess, request: pytest.FixtureRequest, tmp_path: Path, other: str
) -> None:
    fill(own_centre)
    file = tmp_path / "backup.gz"
    with closing(open_database(own_centre)) as database:
        back_up(database, file)
        before = content(database)
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    url = new_database(other, request) or default_url(tmp_path / "restored")
    counts = restore(file, url)
    assert counts["ticket"] == 6
    with closing(CentreDatabase(url)) as database:
        assert content(database) == before
        assert verify(database).sound
        assert before["ticket_event"]
        attend(database)
        note_alone(database, "审计员", "恢复后", "x")  # numbers go on where they were
        with database.write() as connection:
            ticket_id = connection.scalar(select(ticket.c.id).limit(1))
            row = dict.fromkeys(("who", "unit", "step", "stage", "detail"), "-")
            moment = connection.scalar(select(ticket.c.received_at).limit(1))
            connection.execute(ticket_event.insert().values(ticket_id=ticket_id, at=moment, **row))
    with pytest.raises(UserError, match="SERVER_RESTORE_NOT_EMPTY"):
        restore(file, url)


def test_a_damaged_backup_restores_nothing(tmp_path: Path) -> None:
    with closing(CentreDatabase(default_url(tmp_path / "old"))) as database:
        note_alone(database, "a", "b")
        whole = tmp_path / "whole.gz"
        back_up(database, whole)
    data = whole.read_bytes()
    lines = gzip.decompress(data).splitlines(keepends=True)
    spoiled = {
        "empty": b"",
        "text": b"no backup at all",
        "cut": data[: len(data) // 2],
        "flipped": data[:-20] + bytes([data[-20] ^ 255]) + data[-19:],
        "row-missing": gzip.compress(b"".join(lines[:1] + lines[2:])),
        "no-end": gzip.compress(b"".join(lines[:-1])),
        "strange-table": gzip.compress(b"".join([lines[0], b'["users", 1]\n', *lines[1:]])),
        "not-json": gzip.compress(b"{"),
    }
    for name, bad in spoiled.items():
        file = tmp_path / name
        file.write_bytes(bad)
        with pytest.raises(UserError, match="SERVER_BACKUP_DAMAGED"):
            restore(file, default_url(tmp_path / "new"))
        assert not (tmp_path / "new").exists()
    head = json.loads(lines[0]) | {"revision": "0001"}
    file.write_bytes(gzip.compress(json.dumps(head).encode() + b"\n" + b"".join(lines[1:])))
    with pytest.raises(UserError, match="SERVER_BACKUP_VERSION"):
        restore(file, default_url(tmp_path / "new"))


def test_a_backup_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with (
        closing(CentreDatabase(default_url(tmp_path))) as database,
        pytest.raises(UserError, match="SERVER_BACKUP_FILE"),
    ):
        back_up(database, tmp_path / "no-such-folder" / "backup.gz")


def test_backup_and_restore_on_the_command_line(tmp_path: Path) -> None:
    def run(folder: str, *arguments: str) -> dict[str, int]:
        command = [sys.executable, "main.py", "server", "--data-dir", str(tmp_path / folder), "--json"]
        done = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, check=True)
        answer: dict[str, int] = json.loads(done.stdout)
        return answer

    run("a", "--add-seat", "seat-1")
    file = str(tmp_path / "b.gz")
    assert run("a", "--backup", file)["seat"] == 1
    assert run("b", "--restore", file)["seat"] == 1


def test_figures_for_prometheus_need_the_key_and_name_nobody(own_centre: CentreProcess) -> None:
    fill(own_centre)
    where = own_centre.database_url or None
    key = add_api_key("metrics", where, own_centre.data_dir)
    other = add_api_key("another", where, own_centre.data_dir)

    def ask(token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with httpx.Client(trust_env=False, timeout=60) as http:
            return http.get(f"{own_centre.url}/metrics", headers=headers)

    assert ask("").status_code == ask(other).status_code == 401
    found = {family.name: family for family in text_string_to_metric_families(ask(key).text)}
    stages = {one.labels["stage"]: one.value for one in found["jiesu_tickets_open"].samples}
    assert stages["dispatched"] == 1
    pushes = [
        one.value
        for one in found["jiesu_requests"].samples
        if one.labels.get("route") == "/api/v1/push" and one.labels["status"] == "200"
    ]
    assert pushes == [2.0]
    assert "欧阳" not in ask(key).text


def test_a_log_line_is_one_json_object_without_what_an_error_said() -> None:
    try:
        raise ValueError("欧阳测试 13800138000")
    except ValueError:
        caught = sys.exc_info()
    record = logging.LogRecord("server.gate", logging.INFO, "x", 1, "%s", ("GET /kb",), caught)
    record.request = {"route": "/kb", "status": 200, "ms": 12}
    line = JsonLines().format(record)
    fields = json.loads(line)
    assert (fields["route"], fields["ms"], fields["error"]) == ("/kb", 12, "ValueError")
    assert "\n" not in line
    assert "13800138000" not in line


def test_the_container_file_copies_every_room_the_centre_imports() -> None:
    copied = {
        line.split()[1]
        for line in (ROOT / "deploy" / "Containerfile").read_text("utf-8").splitlines()
        if line.startswith("COPY ") and "--from" not in line
    }
    for name in (
        "main.py",
        "app",
        "knowledge_base",
        "resources",
        "server",
        "speech",
        "requirements.lock",
    ):
        assert name in copied
        assert (ROOT / name).exists()


def test_the_unit_file_starts_what_there_is() -> None:
    lines = (ROOT / "deploy" / "jiesu-centre.service").read_text("utf-8").splitlines()
    (start,) = [line for line in lines if line.startswith("ExecStart=")]
    assert "main.py server --data-dir ${STATE_DIRECTORY}" in start


WRITER = """
import logging, sys
from server import logs
logs.LARGEST, logs.KEPT = 10_000, int(sys.argv[2])
logs.log_of_a_centre()
for n in range(150):
    logging.getLogger("server").info("%s line %d %s", sys.argv[1], n, "x" * 60)
"""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_nothing_wrong_with_the_unit_file_and_calls_it_confined(tmp_path: Path) -> None:
    here = (ROOT / "deploy" / "jiesu-centre.service").read_text("utf-8")
    here = here.replace("/opt/jiesu-desk/.venv/bin/python", sys.executable)
    unit = tmp_path / "jiesu-centre.service"
    unit.write_text(here.replace("/opt/jiesu-desk", os.fspath(ROOT)), "utf-8")
    for words in (["verify"], ["security", "--offline=true", "--threshold=20"]):
        command = ["systemd-analyze", *words, os.fspath(unit)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.parametrize("kept", [99, 2])
def test_processes_share_a_log_file_that_gives_way_when_it_is_full(tmp_path: Path, kept: int) -> None:
    file = tmp_path / "centre.log"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, name, str(kept)],
            cwd=ROOT,
            env=os.environ | {"JIESU_LOG_FILE": str(file), "JIESU_LOG": "INFO"},
        )
        for name in "abc"
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    files = [*tmp_path.glob("centre.log"), *tmp_path.glob("centre.log.[0-9]*")]
    lines = [line for one in files for line in one.read_text("utf-8").splitlines()]
    assert all(line.endswith("x" * 60) for line in lines)
    assert len(files) == 3 if kept == 2 else len(lines) == len(set(lines)) == 450


def test_the_log_of_a_busy_centre_names_nobody(own_centre: CentreProcess) -> None:
    fill(own_centre)
    name, password = own_centre.add_seat()
    with httpx.Client(base_url=own_centre.url, trust_env=False, timeout=60) as http:
        for path in ("/kb?q=13800138000", "/api/v1/tickets/欧阳测试", "/work/cases/13800138000"):
            http.get(path)
        http.post("/api/v1/login", json={"seat": name, "password": "13800138000"})
        http.post("/api/v1/push", content=b'{"phone": "13800138000", "name": "\xff')
        http.post("/open311/v2/requests.json", data={"phone": "13800138000", "first_name": "欧阳测试"})
        Api(own_centre.url, name, password).log_in()
    written = own_centre.log.read_text("utf-8")
    assert "/api/v1/push" in written
    for secret in ("欧阳", "13800138000", "阜通东大街", name, password, "夜里看不清路"):
        assert secret not in written
