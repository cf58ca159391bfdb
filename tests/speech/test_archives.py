"""Archives with models in them are hostile until proven good: nothing of a bad one is kept."""

from __future__ import annotations

import stat
import struct
import zipfile
from pathlib import Path

import pytest
from zipped import FILES, code, zipped

from resources.errors import UserError
from speech.archives import unpack


def link_member() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("model/link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "member",
    [
        "../outside",
        "model/../../outside",
        "/etc/outside",
        "C:/outside",
        "model\\..\\..\\outside",
        "..",
        link_member(),
    ],
    ids=str,
)
def test_an_archive_that_reaches_out_is_refused(tmp_path: Path, member: str | zipfile.ZipInfo) -> None:
    archive, into = tmp_path / "bad.zip", tmp_path / "deep" / "into"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("model/good", b"good")
        out.writestr(member, b"/etc/passwd")
    with pytest.raises(UserError) as raised:
        unpack(archive, into, 1_000_000)
    assert code(raised) == "MODEL_UNSAFE_ARCHIVE"
    assert not into.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["bad.zip"]


def test_a_bomb_that_declares_its_size_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("model/zeros", bytes(50_000_000))
    assert archive.stat().st_size < 100_000
    with pytest.raises(UserError) as raised:
        unpack(archive, tmp_path / "into", 1_000_000)
    assert code(raised) == "MODEL_UNSAFE_ARCHIVE"
    assert not (tmp_path / "into").exists()


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "liar.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("model/zeros", bytes(5_000_000))
    raw = archive.read_bytes().replace(struct.pack("<I", 5_000_000), struct.pack("<I", 500))
    archive.write_bytes(raw)
    with pytest.raises(UserError) as raised:
        unpack(archive, tmp_path / "into", 1_000_000)
    assert code(raised) == "MODEL_UNSAFE_ARCHIVE"
    assert sum(path.stat().st_size for path in (tmp_path / "into").rglob("*")) < 1_000_000


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all" * 50, zipped(FILES)[:-40], None])
def test_a_broken_archive_is_refused(tmp_path: Path, content: bytes | None) -> None:
    archive = tmp_path / "broken.zip"
    damaged = bytearray(zipped(FILES))
    damaged[2000] ^= 0xFF
    archive.write_bytes(bytes(damaged) if content is None else content)
    with pytest.raises(UserError) as raised:
        unpack(archive, tmp_path / "into", 10_000_000)
    assert code(raised) == "MODEL_UNSAFE_ARCHIVE"


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    archive = tmp_path / "twice.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("model/a", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            out.writestr("model/a", b"2")
    with pytest.raises(UserError) as raised:
        unpack(archive, tmp_path / "into", 1000)
    assert code(raised) == "MODEL_UNSAFE_ARCHIVE"
