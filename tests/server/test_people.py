"""People at the centre: logging in, short tokens, lockout, and a log that cannot be mended."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from centre_process import ROOT, CentreProcess
from sqlalchemy import create_engine, text

from resources.errors import UserError
from server.audit import entries_after, verify
from server.database import CentreDatabase
from server.pace import Pace
from server.people import put_person
from server.rights import Role
from server.run import add_person, verify_audit


@dataclass
class Door:
    """Plain HTTP with a centre."""

    url: str

    def send(self, method: str, path: str, token: str = "", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with httpx.Client(trust_env=False, timeout=60, verify=False) as http:
            return http.request(method, f"{self.url}/api/v1{path}", headers=headers, **more)

    def log_in(self, name: str, password: str) -> httpx.Response:
        return self.send("POST", "/people/login", json={"name": name, "password": password})


@pytest.fixture
def door(centre: CentreProcess) -> Door:
    return Door(centre.url)


def new_person(
    centre: CentreProcess, role: Role = Role.ADMINISTRATOR, unit: str = ""
) -> tuple[str, str]:
    """Name and password of a new account."""
    name = f"p{len(list(centre.data_dir.glob('used-*')))}-{role}"
    (centre.data_dir / f"used-{name}").touch()
    return name, add_person(name, [role], unit, centre.database_url or None, centre.data_dir)


@pytest.fixture
def database(centre: CentreProcess) -> Iterator[CentreDatabase]:
    with closing(
        CentreDatabase(centre.database_url or f"sqlite:///{centre.data_dir}/centre.db")
    ) as one:
        yield one


def test_a_refresh_token_works_once_and_a_second_use_ends_the_session(
    door: Door, centre: CentreProcess
) -> None:
    first = door.log_in(*new_person(centre)).json()
    assert door.send("GET", "/people/me", first["access"]).json()["roles"] == ["administrator"]
    second = door.send("POST", "/people/refresh", json={"refresh": first["refresh"]}).json()
    assert door.send("GET", "/people/me", second["access"]).status_code == 200
    again = door.send("POST", "/people/refresh", json={"refresh": first["refresh"]})
    assert again.status_code == 401
    assert door.send("GET", "/people/me", second["access"]).status_code == 401
    assert door.send("POST", "/people/refresh", json={"refresh": second["refresh"]}).status_code == 401


def test_a_refresh_token_is_no_access_token(door: Door, centre: CentreProcess) -> None:
    tokens = door.log_in(*new_person(centre)).json()
    assert door.send("GET", "/people/me", tokens["refresh"]).status_code == 401
    wrong = door.send("POST", "/people/refresh", json={"refresh": tokens["access"]})
    assert wrong.status_code == 401


def test_logging_out_ends_access_and_refresh(door: Door, centre: CentreProcess) -> None:
    tokens = door.log_in(*new_person(centre)).json()
    assert door.send("POST", "/people/logout", tokens["access"]).status_code == 204
    assert door.send("GET", "/people/me", tokens["access"]).status_code == 401
    assert door.send("POST", "/people/refresh", json={"refresh": tokens["refresh"]}).status_code == 401


def test_guessing_locks_known_and_unknown_names_alike_and_an_administrator_can_unlock(
    door: Door, centre: CentreProcess
) -> None:
    name, _ = new_person(centre, Role.TRAINER)
    for who in (name, f"nobody-{name}"):
        codes = [door.log_in(who, "wrong").json()["code"] for _ in range(6)]
        assert codes == ["LOGIN_REFUSED"] * 5 + ["LOGIN_LIMITED"]


def test_an_administrator_adds_changes_and_ends_access(door: Door, centre: CentreProcess) -> None:
    admin = door.log_in(*new_person(centre)).json()["access"]
    name = f"unit-{centre.port}-{centre.log.name}"
    wanted = {"roles": ["handling_unit"], "unit": "望京街道办事处"}
    made = door.send("PUT", f"/people/{name}", admin, json=wanted).json()
    token = door.log_in(name, made["password"]).json()["access"]
    assert door.send("GET", "/people/me", token).json()["unit"] == "望京街道办事处"
    assert door.send("GET", "/people", token).status_code == 403
    ended = door.send("PUT", f"/people/{name}", admin, json={"active": False})
    assert ended.status_code == 200
    assert door.send("GET", "/people/me", token).status_code == 401
    assert door.log_in(name, made["password"]).status_code == 401
    assert door.send("POST", f"/people/{name}/unlock", admin).status_code == 204


@pytest.mark.parametrize(
    ("roles", "unit", "code"),
    [
        ([], "", "SERVER_ROLES"),
        (["emperor"], "", "SERVER_ROLES"),
        (["seat"], "", "SERVER_ROLES"),
        (["handling_unit"], "", "SERVER_UNIT_OF_PERSON"),
        (["operator"], "望京街道办事处", "SERVER_UNIT_OF_PERSON"),
        (["handling_unit", "auditor"], "望京街道办事处", "SERVER_UNIT_OF_PERSON"),
        (["auditor", "administrator"], "", "SERVER_AUDITOR_ALONE"),
    ],
)
def test_a_combination_of_roles_that_must_not_be(
    tmp_path: Path, roles: list[str], unit: str, code: str
) -> None:
    with pytest.raises(UserError, match=code):
        add_person("somebody", roles, unit, data_dir=tmp_path)


def test_a_password_of_ones_own_must_be_long_and_ends_all_sessions(
    door: Door, centre: CentreProcess
) -> None:
    name, password = new_person(centre, Role.OPERATOR)
    token = door.log_in(name, password).json()["access"]
    for weak in ("short", f"{name}-{name}", password):
        body = {"old": password, "new": weak}
        assert door.send("POST", "/people/password", token, json=body).json()["code"] == "PASSWORD_WEAK"
    fresh = "correct horse battery"
    body = {"old": password, "new": fresh}
    assert door.send("POST", "/people/password", token, json=body).status_code == 204
    assert door.send("GET", "/people/me", token).status_code == 401
    assert door.log_in(name, fresh).status_code == 200


def test_the_log_keeps_logins_and_refusals_but_no_password(
    door: Door, centre: CentreProcess, database: CentreDatabase
) -> None:
    name, password = new_person(centre, Role.TEAM_LEAD)
    door.log_in(name, "hunter2-hunter2")
    door.log_in(name, password)
    entries, after = [], 0
    while page := entries_after(database, after):
        entries, after = [*entries, *page], page[-1].seq
    mine = [one.action for one in entries if name in (one.who, one.subject)]
    assert mine == ["person.put", "login.refused", "login"]
    assert "hunter2" not in str(entries)
    assert verify(database).sound


def test_a_changed_removed_or_inserted_entry_is_found(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/centre.db"
    with closing(CentreDatabase(address)) as database:
        for number in range(5):
            put_person(database, f"p{number}", [Role.OPERATOR])
        noted = verify(database).head
    spoils = (
        "UPDATE audit SET who = 'another' WHERE seq = 3",
        "UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "INSERT INTO audit SELECT 6, at, who, action, subject, detail, hash FROM audit WHERE seq = 5",
    )
    whole = (tmp_path / "centre.db").read_bytes()
    for spoil in spoils:
        with closing(sqlite3.connect(tmp_path / "centre.db")) as raw:
            raw.execute(spoil)
            raw.commit()
        with pytest.raises(UserError, match="SERVER_AUDIT_BROKEN"):
            verify_audit(data_dir=tmp_path)
        (tmp_path / "centre.db").write_bytes(whole)
    with closing(sqlite3.connect(tmp_path / "centre.db")) as raw:
        raw.execute("DELETE FROM audit WHERE seq = 5")
        raw.commit()
    assert verify_audit(data_dir=tmp_path).entries == 4
    with pytest.raises(UserError, match="SERVER_AUDIT_CUT"):
        verify_audit(noted, data_dir=tmp_path)


def test_the_command_line_adds_a_person_and_checks_the_log(tmp_path: Path) -> None:
    def run(*arguments: str) -> dict[str, Any]:
        command = [sys.executable, "main.py", "server", "--data-dir", str(tmp_path), "--json"]
        done = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, check=True)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    made = run("--add-person", "审核员", "--roles", "dispatch_reviewer", "team_lead")
    assert len(made["password"]) >= 12
    found = run("--verify-audit")
    assert found["entries"] == 1
    assert run("--verify-audit", found["head"]) == found
    assert made["password"].encode() not in (tmp_path / "centre.db").read_bytes()


def test_passwords_lie_as_argon2id_and_tokens_as_digests(door: Door, centre: CentreProcess) -> None:
    name, password = new_person(centre)
    tokens = door.log_in(name, password).json()
    url = (centre.database_url or f"sqlite:///{centre.data_dir}/centre.db").replace(
        "postgresql:", "postgresql+psycopg:"
    )
    engine = create_engine(url)
    with engine.connect() as connection:
        kept = connection.execute(
            text("SELECT password_hash FROM person WHERE name = :name"), {"name": name}
        ).scalar_one()
        hashes = connection.execute(text("SELECT hash FROM person_token")).scalars().all()
    engine.dispose()
    assert kept.startswith("$argon2id$")
    assert tokens["access"] not in hashes
    assert tokens["refresh"] not in hashes


def test_the_pace_of_one_address_leaves_the_others_alone() -> None:
    now = [0.0]
    pace = Pace(per_minute=60, burst=3, clock=lambda: now[0])
    assert [pace.allows("a") for _ in range(4)] == [True, True, True, False]
    assert pace.allows("b")
    now[0] = 1.0
    assert [pace.allows("a") for _ in range(2)] == [True, False]
