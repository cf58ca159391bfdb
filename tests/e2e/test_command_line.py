"""Every command as a user types it: the documented JSON, and one clear line when it cannot."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.script import load_case
from resources.loader import resource_path
from speech.evaluate import cer

CALL = resource_path("calls", "03-bbq-fumes.flac")
TICKET_KEYS = {
    *("type", "handling", "emergency_line", "channel", "district", "street", "place", "subject"),
    *("summary", "category", "limit_hours", "caller", "units", "risks", "proof"),
}
ERROR_LINE = re.compile(r"^[A-Z][A-Z_0-9]+: .+$")


def one_clear_line(ended) -> str:
    """The error code; there must be exactly one line, and nothing on standard output."""
    lines = ended.err.strip().splitlines()
    assert len(lines) == 1, ended.err
    assert ERROR_LINE.match(lines[0])
    return lines[0].split(":")[0]


@pytest.mark.models
@pytest.mark.slow
def test_a_recorded_call_becomes_a_ticket(run, models: Path) -> None:
    ended = run("call", CALL, "--json", "--submit", models=models)
    assert ended.status == 0, ended.err
    answer = ended.json
    assert {"transcript", "tickets", "articles", "ask_back", "timings"} <= answer.keys()
    ticket = answer["tickets"][0]
    assert ticket.keys() >= TICKET_KEYS
    assert (ticket["type"], ticket["handling"]) == ("投诉", "dispatch")
    assert (ticket["district"], ticket["street"]) == ("朝阳区", "望京街道")
    assert ticket["caller"] == {"name": None, "phone": None, "confidential": True}
    assert ticket["limit_hours"] == 168
    assert "望京街道办事处" in [unit["name"] for unit in ticket["units"][:3]]
    proof = ticket["proof"]["district"]
    assert proof["speaker"] == "caller"
    assert 5 < proof["start"] < proof["end"] < 20
    heard = "".join(one["text"] for one in answer["transcript"])
    true = "".join(turn.text for turn in load_case(CALL.with_suffix(".json")).turns)
    assert cer(true, heard) < 0.25
    assert {one["speaker"] for one in answer["transcript"]} == {"operator", "caller"}
    assert len(answer["ticket_ids"]) == 1


def test_suggest_reads_plain_words(run) -> None:
    answer = run("suggest", "朝阳区望京街道花家地西里没有水了", "--json").json
    assert "transcript" not in answer
    ticket = answer["tickets"][0]
    assert (ticket["district"], ticket["street"]) == ("朝阳区", "望京街道")
    assert ticket["caller"]["phone"] is None
    assert ticket["proof"]["district"]["start"] is None


def test_suggest_reads_a_dialogue_from_standard_input(run) -> None:
    talk = "operator: 您好，请问有什么可以帮您？\ncaller: 我想问一下居住证怎么办\n"
    ended = run("suggest", "-", "--json", stdin=talk.encode())
    assert ended.json["tickets"][0]["type"] == "咨询"
    assert ended.json["articles"]


@pytest.mark.parametrize(
    "words", ["", " ", "asdf qwer", "😀" * 50, "一" * 20_000, "caller:", "\x00\x01", "operator: 您好"]
)
def test_suggest_takes_anything_and_guesses_nothing(run, words: str) -> None:
    ended = run("suggest", "-", "--json", stdin=words.encode())
    assert ended.status == 0
    for ticket in ended.json["tickets"]:
        assert ticket["district"] is None
        assert ticket["caller"]["phone"] is None


def test_suggest_refuses_text_that_is_not_utf8(run) -> None:
    assert one_clear_line(run("suggest", "-", stdin="小区停水了".encode("gb18030"))) == "TEXT_NOT_UTF8"


def make_bad_audio(folder: Path) -> dict[str, tuple[Path, str]]:
    tone = (np.sin(np.arange(8000) / 5) * 8000).astype(np.int16)
    three = folder / "three.wav"
    soundfile.write(three, np.stack([tone] * 3, axis=1), 8000)
    silent = folder / "zero-length.wav"
    soundfile.write(silent, np.zeros((0, 2), np.int16), 8000)
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.flac").write_text("这不是声音" * 100)
    (folder / "random.wav").write_bytes(np.random.default_rng(1).bytes(100_000))
    (folder / "folder.wav").mkdir()
    return {
        "missing": (folder / "no-such.wav", "AUDIO_"),
        "empty": (folder / "empty.wav", "AUDIO_"),
        "zero length": (silent, "AUDIO_"),
        "three channels": (three, "AUDIO_"),
        "text": (folder / "text.flac", "AUDIO_"),
        "random": (folder / "random.wav", "AUDIO_"),
        "folder": (folder / "folder.wav", "AUDIO_"),
    }


@pytest.mark.parametrize("command", ["call", "transcribe"])
@pytest.mark.parametrize(
    "kind", ["missing", "empty", "zero length", "three channels", "text", "random", "folder"]
)
def test_bad_audio_gets_one_clear_line(run, tmp_path: Path, command: str, kind: str) -> None:
    path, code = make_bad_audio(tmp_path)[kind]
    ended = run(command, path)
    assert ended.status == 2
    assert ended.out == ""
    assert one_clear_line(ended).startswith(code)


@pytest.mark.models
@pytest.mark.slow
def test_a_truncated_call_is_read_as_far_as_it_goes(run, tmp_path: Path, models: Path) -> None:
    cut = tmp_path / "cut.flac"
    cut.write_bytes(CALL.read_bytes()[: CALL.stat().st_size // 2])
    ended = run("call", cut, "--json", models=models)
    assert ended.status == 3
    assert one_clear_line(ended) == "AUDIO_TRUNCATED"
    assert "望京" in "".join(one["text"] for one in ended.json["transcript"])


def test_without_a_model_the_call_is_recorded_and_the_missing_model_named(run, tmp_path: Path) -> None:
    ended = run("call", CALL, "--json")
    assert ended.status == 3
    assert "MODEL_MISSING" in ended.err
    assert "models install whisper-base" in ended.err
    assert ended.json["transcript"] == []
    recordings = list((tmp_path / "seat" / "recordings").iterdir())
    assert len(recordings) == 1
    assert recordings[0].stat().st_size > 100_000


def test_knowledge_is_imported_listed_and_found(run, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "good.md").write_text("---\ntitle: 量子咖啡馆执照\n---\n量子咖啡馆须先登记。", "utf-8")
    (folder / "bad.md").write_bytes(b"---\ntitle: [\n---\n\xff\xfe")
    imported = run("kb", "import", folder, "--json")
    assert imported.status == 3
    assert imported.json["imported"] == 1
    assert [Path(one["path"]).name for one in imported.json["problems"]] == ["bad.md"]
    assert run("kb", "search", "量子咖啡馆", "--json").json[0]["title"] == "量子咖啡馆执照"
    listed = run("kb", "list", "--json").json
    assert len(listed) >= 61
    assert {"id", "version", "title", "category", "region"} <= listed[0].keys()


def test_an_archive_that_climbs_out_of_its_folder_is_refused(run, tmp_path: Path) -> None:
    archive = tmp_path / "model.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("../../escaped.txt", "x")
    ended = run("models", "install", "vosk-model-cn-0.22", "--archive", archive)
    assert ended.status == 2
    assert one_clear_line(ended) == "MODEL_UNSAFE_ARCHIVE"
    assert not list(tmp_path.rglob("escaped.txt"))


def test_a_damaged_model_is_noticed(run, tmp_path: Path, models: Path) -> None:
    assert run("models", "verify", "whisper-base", models=models).status == 0
    own = tmp_path / "own-models"
    (own / "whisper-base").mkdir(parents=True)
    for file in (models / "whisper-base").iterdir():
        content = file.read_bytes()
        target = own / "whisper-base" / file.name
        target.write_bytes(
            content if file.name != "model.bin" else content[:-1] + bytes([content[-1] ^ 0xFF])
        )
    assert one_clear_line(run("models", "verify", "whisper-base", models=own)) == "MODEL_CHECKSUM"


def test_models_are_listed_with_licence_and_size(run) -> None:
    listed = {model["name"]: model for model in run("models", "list", "--json").json}
    assert {"whisper-base", "vosk-model-small-cn-0.22", "vosk-model-cn-0.22"} <= listed.keys()
    assert listed["whisper-base"]["licence"] == "MIT"
    assert not listed["whisper-base"]["installed"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["no-such-command"], "USAGE"),
        (["call"], "USAGE"),
        (["models", "install", "no-such-model"], "MODEL_UNKNOWN"),
        (["models", "verify"], "USAGE"),
        (["bench", "no-such-benchmark"], "BENCH_UNKNOWN"),
        (["sync"], "NO_CENTRE"),
        (["sync", "--server", "http://example.invalid"], "CENTRE_"),
        (["sync", "--server", "not an address"], "CENTRE_"),
    ],
)
def test_wrong_commands_get_one_clear_line(run, arguments: list[str], code: str) -> None:
    ended = run(*arguments)
    assert ended.status == 2
    assert one_clear_line(ended).startswith(code)


def test_broken_settings_are_left_alone_and_named(run, tmp_path: Path) -> None:
    seat = tmp_path / "seat"
    seat.mkdir()
    (seat / "settings.json").write_text("{broken")
    assert one_clear_line(run("kb", "list")) == "SETTINGS_BROKEN"
    assert (seat / "settings.json").read_text() == "{broken"


def test_a_plaintext_database_is_refused_and_left_alone(run, tmp_path: Path) -> None:
    import sqlite3

    assert run("kb", "list").status == 0
    database = tmp_path / "seat" / "seat.db"
    database.unlink()
    with sqlite3.connect(database) as connection:
        connection.execute("create table t (x)")
    connection.close()
    before = database.read_bytes()
    ended = run("kb", "list")
    assert ended.status == 2
    one_clear_line(ended)
    assert database.read_bytes() == before


def test_json_output_is_one_document(run) -> None:
    out = run("suggest", "路灯不亮", "--json").out
    assert json.dumps(json.loads(out), ensure_ascii=False, indent=2) + "\n" == out


@pytest.mark.models
@pytest.mark.slow
def test_a_submitted_ticket_reaches_the_centre_exactly_once(run, models: Path, centre) -> None:
    submitted = run("call", CALL, "--json", "--submit", models=models).json["ticket_ids"]
    login = ("--server", centre.url, "--seat", "seat-cli", "--password-stdin")
    password = centre.add_seat("seat-cli").encode() + b"\n"
    first = run("sync", "--json", *login, stdin=password)
    assert first.status == 0, first.err
    assert list(first.json["numbers"]) == submitted
    assert first.json["waiting"] == 0
    again = run("sync", "--json")
    assert again.json == {"accepted": 0, "refused": 0, "waiting": 0, "numbers": {}}


def test_a_wrong_password_is_told_and_nothing_is_lost(run, centre) -> None:
    login = ("--server", centre.url, "--seat", "nobody", "--password-stdin")
    assert one_clear_line(run("sync", *login, stdin=b"wrong\n")).startswith("CENTRE_")
