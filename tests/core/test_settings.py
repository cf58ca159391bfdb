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
        b"", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"language": "fr"}', b'{"seat": ""}',
        b'{"seat": 7}', b'{"sync_interval_s": NaN}', b'{"sync_interval_s": "5"}',
        b'{"telephone_port": 70000}', b'{"telephone_port": true}', b'{"keep_recordings_days": 1.5}',
    ],
)  # fmt: skip
def test_a_broken_file_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(UserError, match="SETTINGS_BROKEN"):
        load_settings(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == content
