"""Settings on disk: read back as written, hostile files refused, a newer program's settings kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.settings import FILE_NAME, Settings, load_settings, save_settings
from resources.errors import UserError


def test_settings_are_read_back_as_written(tmp_path: Path) -> None:
    settings = Settings(language="en", seat="三号", sync_interval_s=2, telephone_port=8400)
    save_settings(tmp_path, settings)
    assert load_settings(tmp_path) == settings
    assert load_settings(tmp_path / "nowhere") == Settings()


def test_what_a_newer_program_wrote_is_kept(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('{"seat": "a", "colour_of_tea": ["green"]}', encoding="utf-8")
    save_settings(tmp_path, replace(load_settings(tmp_path), seat="b"))
    kept = json.loads((tmp_path / FILE_NAME).read_text(encoding="utf-8"))
    assert (kept["seat"], kept["colour_of_tea"]) == ("b", ["green"])


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"seat": "a"',
    ],
)  # fmt: skip
def test_a_broken_file_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(UserError, match="SETTINGS_BROKEN"):
        load_settings(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == content


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("language", "fr"), ("seat", ""), ("seat", 7), ("sync_interval_s", float("nan")),
        ("sync_interval_s", "5"), ("telephone_port", 70000), ("telephone_port", True),
        ("keep_recordings_days", 1.5), ("text_size", 1000), ("theme", None), ("server_url", ["x"]),
    ],
)  # fmt: skip
def test_a_value_that_is_none_is_kept_while_the_default_holds(
    tmp_path: Path, name: str, value: object
) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(json.dumps({name: value, "keep_recordings_days": 5} | {name: value}), "utf-8")
    settings = load_settings(tmp_path)
    assert getattr(settings, name) == getattr(Settings(), name)
    assert list(settings.unread) == [name]
    save_settings(tmp_path, settings.changed({"live_model": "other"}))
    kept = json.loads(path.read_text("utf-8"))
    assert json.dumps(kept[name]) == json.dumps(value)
    assert kept["live_model"] == "other"
    save_settings(tmp_path, load_settings(tmp_path).changed({name: getattr(Settings(), name)}))
    assert load_settings(tmp_path).unread == {}


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="SETTINGS_NOT_KEPT"):
        save_settings(tmp_path / "file", Settings())
