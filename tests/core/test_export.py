"""A call given to others holds no personal number, in whatever form."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import docx
import numpy as np
import pytest
import soundfile

from app.export import export_sound, export_text
from resources.errors import UserError
from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE
from speech.utterance import Speaker, Utterance, Word

SAID = (
    Utterance("1", Speaker.OPERATOR, 0.2, 2.0, "请问您的联系电话？", "请问您的联系电话", "test"),
    Utterance("2", Speaker.CALLER, 2.5, 6.5, "一三八零零一三八", "一三八零零一三八", "test"),
    Utterance("3", Speaker.OPERATOR, 6.8, 7.2, "嗯，请继续。", "恩请继续", "test"),
    Utterance("4", Speaker.CALLER, 7.5, 9.5, "零零一，车牌京A12345，谢谢。\x0b", "零零一", "test"),
)
NUMBERS = ("一三八", "零零一", "A12345", "12345")
TEXTS = (".txt", ".srt", ".json", ".docx")


def words_of(path: Path) -> str:
    """Everything that can be read in an exported file."""
    if path.suffix == ".docx":
        rows = [row for table in docx.Document(str(path)).tables for row in table.rows]
        return "\n".join(cell.text for row in rows for cell in row.cells)
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", TEXTS)
def test_an_exported_text_has_masks_for_numbers_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"call{suffix}"
    export_text(SAID, path, "zh")
    words = words_of(path)
    assert "请问您的联系电话？" in words
    assert "谢谢" in words
    assert "********" in words
    for number in NUMBERS:
        assert number not in words
    assert list(tmp_path.iterdir()) == [path]
    if suffix == ".docx":
        with zipfile.ZipFile(path) as parts:
            assert "零零一" not in parts.read("word/document.xml").decode()
    if suffix == ".json":
        assert [one["speaker"] for one in json.loads(words)["transcript"]][:2] == ["operator", "caller"]
    if suffix == ".srt":
        assert "00:00:00,200 --> 00:00:02,000" in words


def flat(speaker: Speaker, seconds: float) -> list[AudioBlock]:
    """Sound that is the same number all the time, in blocks of 100 ms."""
    part = np.full(1600, 7, dtype=np.int16)
    return [AudioBlock(speaker, n / 10, part) for n in range(round(seconds * 10))]


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_tone_covers_the_numbers_of_the_one_who_says_them(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"call{suffix}"
    export_sound(flat(Speaker.OPERATOR, 10) + flat(Speaker.CALLER, 10), SAID, path)
    sound, rate = soundfile.read(path, dtype="int16")
    assert (rate, sound.shape) == (SAMPLE_RATE, (160_000, 2))
    operator, caller = sound.T
    assert (operator == 7).all()
    covered = caller[int(2.5 * rate) : int(6.5 * rate)]
    assert (covered == 7).mean() < 0.01
    assert (caller[: int(2.0 * rate)] == 7).all()


def test_word_times_say_exactly_where_the_tone_is(tmp_path: Path) -> None:
    digits = "一五零九二一七四二一八"
    words = tuple(Word(d, 3 + n * 0.3, 3.3 + n * 0.3) for n, d in enumerate(digits))
    text = "电话是" + digits + "谢谢"
    words = (Word("电话是", 2.0, 2.9), *words, Word("谢谢", 8.0, 8.6))
    said = Utterance("1", Speaker.CALLER, 2.0, 8.6, text, text, "vosk", words=words)
    export_sound(flat(Speaker.CALLER, 10), [said], tmp_path / "call.wav")
    sound, rate = soundfile.read(tmp_path / "call.wav", dtype="int16")
    caller = sound[:, 1] != 7
    assert caller[int(2.8 * rate) : int(6.5 * rate)].mean() > 0.99
    assert not caller[: int(2.6 * rate)].any()
    assert not caller[int(7.0 * rate) :].any()


@pytest.mark.parametrize("name", ["call.pdf", "call", "call.txt/call.docx"])
def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "call.txt").write_text("older")
    with pytest.raises(UserError) as raised:
        export_text(SAID, tmp_path / name, "zh")
    assert raised.value.code in ("EXPORT_SUFFIX", "EXPORT_FAILED")
    assert [path.name for path in tmp_path.iterdir()] == ["call.txt"]
    assert (tmp_path / "call.txt").read_text() == "older"
