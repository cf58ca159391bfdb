"""The diagnosis names what is wrong and goes on; a bundle for helpers gives nobody away."""

from __future__ import annotations

import os
import tomllib
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from sample_tickets import make_ticket

from app.diagnosis import Finding, Mark, diagnose, worst
from app.diagnosis_command import show_diagnosis
from app.domain.call import Call
from app.parts import Parts
from app.release import VERSION
from app.settings import Settings, save_settings
from app.storage.snapshots import take_snapshot
from app.support_bundle import write_bundle
from app.terminal import EXIT_DEGRADED, Terminal
from resources.errors import UserError
from resources.texts import keys

SECRETS = (
    "13800138000",
    "欧阳测试",
    "一三八零零一三八",
    "zhang@example.com",
    "王的耳机",
    "centre.city",
)
ROOT = Path(__file__).parents[2]


def look(folder: Path, settings: Settings | None = None) -> dict[str, Finding]:
    chosen = settings or Settings()
    with closing(Parts(folder, lambda: chosen)) as parts:
        return {one.name: one for one in diagnose(parts, chosen)}


def fill(folder: Path) -> None:
    chosen = Settings()
    with closing(Parts(folder, lambda: chosen)) as parts:
        ticket = make_ticket()
        parts.store().start_call(Call(ticket.call_id, ticket.submitted_at, "x.wav"))
        parts.store().submit(ticket)
        parts.knowledge()


def test_a_new_machine_is_looked_at_without_leaving_anything(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    found = look(folder, Settings(speech_model="no-such-model"))
    assert not folder.exists()
    assert found["model"].mark is Mark.BAD
    assert "no-such-model" in found["model"].message("en")
    assert "database" not in found


def test_a_seat_in_use_is_sound_and_its_copies_are_watched(tmp_path: Path) -> None:
    fill(tmp_path)
    found = look(tmp_path)
    assert found["database"].mark is found["alone"].mark is found["reference"].mark is Mark.GOOD
    assert found["copies"].mark is Mark.LOOK
    assert int(found["knowledge"].values["count"]) > 100
    chosen = Settings()
    with closing(Parts(tmp_path, lambda: chosen)) as parts:
        copy = take_snapshot(tmp_path, parts.key().database, make_ticket().submitted_at)
    assert look(tmp_path)["copies"].mark is Mark.GOOD
    os.utime(copy.path, (0, 0))
    assert look(tmp_path)["copies"].mark is Mark.BAD


def test_what_cannot_be_opened_is_a_finding_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / "seat.db").write_bytes(os.urandom(8192))
    (tmp_path / "seat.db-wal").unlink(missing_ok=True)
    found = look(tmp_path)
    assert found["database"].mark is Mark.BAD
    assert found["database"].error is not None
    assert found["space"].mark is not Mark.BAD
    assert worst(found.values()) is Mark.BAD


def test_it_runs_where_the_settings_are_broken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.json").write_text("{", encoding="utf-8")
    status = show_diagnosis(tmp_path, Terminal("zh"), tmp_path / "b.zip")
    printed = capsys.readouterr().out
    assert status == EXIT_DEGRADED
    assert "BAD   设置文件" in printed
    assert zipfile.is_zipfile(tmp_path / "b.zip")


def test_a_bundle_gives_nobody_away(tmp_path: Path) -> None:
    seat = tmp_path / "seat"
    fill(seat)
    settings = Settings(server_url="https://centre.city:8443", operator_device="王的耳机")
    save_settings(seat, settings)
    logs = seat / "logs"
    logs.mkdir()
    lines = "来电 13800138000，一三八零零一三八零零零\nfrom zhang@example.com\n" * 3
    (logs / "jiesu.log").write_bytes(lines.encode() + b"\xff\xfe ERROR broken\n")
    findings = look(seat, settings).values()
    assert {one.name: one.mark for one in findings}["log"] is Mark.LOOK
    write_bundle(seat, settings, findings, tmp_path / "b.zip", "zh")
    with zipfile.ZipFile(tmp_path / "b.zip") as bundle:
        assert {"diagnosis.txt", "settings.json", "folder.txt"} < set(bundle.namelist())
        words = "\n".join(bundle.read(name).decode() for name in bundle.namelist())
    assert "ERROR broken" in words
    assert "seat.db" in words
    assert [secret for secret in SECRETS if secret in words] == []


def test_a_bundle_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="BUNDLE_FAILED"):
        write_bundle(tmp_path, Settings(), (), tmp_path / "no" / "b.zip", "en")


def test_every_finding_has_its_sentences() -> None:
    for language in ("zh", "en"):
        known = keys(language)
        for name in (key.partition("name_")[2] for key in known if key.startswith("diagnosis.name_")):
            assert name == "settings" or f"diagnosis.{name}_good" in known, (language, name)


def test_the_release_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION
