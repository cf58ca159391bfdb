"""Commands that give a call to others, without its personal numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.call import Transcript
from app.export import SOUND, export_sound, export_text
from app.terminal import EXIT_OK, Terminal
from app.workplace import Workplace
from resources.errors import UserError

if TYPE_CHECKING:
    from speech.audio.source import AudioBlock

NEWEST = "last"


def export_transcript(desk: Workplace, terminal: Terminal, call: str, target: Path) -> int:
    """Write a call of this seat (its id, or ``last``), or a sound file's call, to ``target``."""
    sound = Path(call)
    if sound.is_file():
        from app.hearing import transcribe_file
        from speech.audio.files import FileSource

        transcript = transcribe_file(sound, desk.parts, desk.settings.speech_model).transcript
        _write(transcript, lambda: FileSource(sound).blocks(), target, terminal.language)
    else:
        call_id = _stored(desk, call)
        _write(desk.transcript(call_id), lambda: _recorded(desk, call_id), target, terminal.language)
    if terminal.json:
        terminal.print_json({"exported": str(target)})
    else:
        terminal.say("exported", path=target)
    return EXIT_OK


def _stored(desk: Workplace, call: str) -> str:
    """The id of a stored call. Raises ``UserError("CALL_UNKNOWN")``."""
    store = desk.parts.store()
    newest = store.calls(1)
    if call == NEWEST and newest:
        return newest[0].call.id
    if store.call(call) is None:
        raise UserError("CALL_UNKNOWN", call=call)
    return call


def _recorded(desk: Workplace, call_id: str) -> Iterable[AudioBlock]:
    from speech.audio.recording import RecordingReader

    path = desk.parts.recording_path(call_id)
    return RecordingReader(path, desk.parts.key().recordings).blocks()


def _write(
    transcript: Transcript, sound: Callable[[], Iterable[AudioBlock]], target: Path, language: str
) -> None:
    if target.suffix.lower() in SOUND:
        export_sound(sound(), transcript, target)
    else:
        export_text(transcript, target, language)
