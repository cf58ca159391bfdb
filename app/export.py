"""A call as a file for others, without its personal numbers: TXT, SRT, JSON, DOCX, WAV or FLAC."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.domain.call import Speaker, Transcript
from app.report import transcript_json
from resources.errors import UserError
from resources.texts import text
from speech.privacy import masked

if TYPE_CHECKING:
    from speech.audio.source import AudioBlock

SOUND = (".wav", ".flac")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def export_text(transcript: Transcript, path: Path, language: str) -> None:
    """Write the masked transcript in the form of the file's suffix.

    A file of that name is replaced, and only by a whole one. Raises ``UserError`` with EXPORT_FORMAT
    or EXPORT_FAILED.
    """
    if path.suffix.lower() not in _WRITERS:
        raise _unknown(path)
    write = _WRITERS[path.suffix.lower()]
    hidden = [replace(said, heard=said.text, words=()) for said in masked(tuple(transcript))]
    _put(path, lambda scratch: write(hidden, scratch, language))


def export_sound(blocks: Iterable[AudioBlock], transcript: Transcript, path: Path) -> None:
    """Write the call's sound with a tone over each personal number; left = operator, right = caller.

    Raises ``UserError`` with EXPORT_FORMAT or EXPORT_FAILED.
    """
    if path.suffix.lower() not in SOUND:
        raise _unknown(path)
    from speech.redaction import private_stretches, redacted

    private = private_stretches(tuple(transcript))
    _put(path, lambda scratch: _write_sound(redacted(blocks, private), scratch, path.suffix))


def _unknown(path: Path) -> UserError:
    return UserError("EXPORT_SUFFIX", path=path, known=", ".join((*_WRITERS, *SOUND)))


def _put(path: Path, write: Callable[[Path], None]) -> None:
    scratch = path.with_name(path.name + ".part")
    try:
        write(scratch)
        os.replace(scratch, path)
    except (OSError, RuntimeError) as error:  # libsndfile's errors are RuntimeErrors
        raise UserError("EXPORT_FAILED", path=path, detail=error) from error
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)


def _write_sound(blocks: Iterable[AudioBlock], path: Path, suffix: str) -> None:
    import numpy as np
    import soundfile

    from speech.engines.base import SAMPLE_RATE

    sides: dict[Speaker, list[AudioBlock]] = {speaker: [] for speaker in Speaker}
    for block in blocks:
        sides[block.speaker].append(block)
    length = max((round(b.end * SAMPLE_RATE) for side in sides.values() for b in side), default=0)
    sound = np.zeros((length, len(sides)), dtype=np.int16)
    for column, side in enumerate(sides.values()):
        for block in side:
            first = round(block.start * SAMPLE_RATE)
            sound[first : first + len(block.samples), column] = block.samples
    soundfile.write(path, sound, SAMPLE_RATE, "PCM_16", format=suffix.lstrip(".").upper())


def _who(speaker: Speaker, language: str) -> str:
    return text(f"cli.export.{speaker.value}", language)


def _moment(seconds: float, mark: str) -> str:
    """``h:mm:ss`` and milliseconds after ``mark``."""
    thousandths = max(0, round(seconds * 1000))
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}{mark}{rest % 1000:03d}"


def _write_txt(transcript: Transcript, path: Path, language: str) -> None:
    lines = [
        f"[{_moment(said.start, '.')[:8]}] {_who(said.speaker, language)}: {_plain(said.text)}\n"
        for said in transcript
    ]
    path.write_text("".join(lines), encoding="utf-8")


def _write_srt(transcript: Transcript, path: Path, language: str) -> None:
    cues = [
        f"{number}\n{_moment(said.start, ',')} --> {_moment(max(said.end, said.start), ',')}\n"
        f"{_who(said.speaker, language)}: {_plain(said.text)}\n"
        for number, said in enumerate(transcript, 1)
    ]
    path.write_text("\n".join(cues), encoding="utf-8")


def _write_json(transcript: Transcript, path: Path, language: str) -> None:
    del language
    answer: dict[str, Any] = {"transcript": transcript_json(transcript)}
    path.write_text(json.dumps(answer, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _write_docx(transcript: Transcript, path: Path, language: str) -> None:
    import docx

    document = docx.Document()
    document.core_properties.author = ""
    document.add_heading(text("cli.export.title", language), level=1)
    table = document.add_table(rows=0, cols=3)
    table.style = "Light Grid"
    for said in transcript:
        cells = table.add_row().cells
        cells[0].text = _moment(said.start, ".")[:8]
        cells[1].text = _who(said.speaker, language)
        cells[2].text = _plain(said.text)
    with path.open("wb") as file:
        document.save(file)


def _plain(words: str) -> str:
    """One line without characters that XML or a subtitle cannot hold."""
    return " ".join(_CONTROL.sub("", words).split())


_WRITERS: dict[str, Callable[[Transcript, Path, str], None]] = {
    ".txt": _write_txt,
    ".srt": _write_srt,
    ".json": _write_json,
    ".docx": _write_docx,
}
