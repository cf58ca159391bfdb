"""A sound input that goes away in the middle of a call and comes back.

``python -m bench.unplugged RECORDING [MODELS]`` is the program that takes part in the call: it
prints each event with the machine's monotonic time as one JSON line, until its input ends.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import soundfile

from bench.sound_server import SoundServer, missing_tools, running_server
from speech.audio.devices import DeviceSource
from speech.audio.recording import RecordingReader, RecordingWriter
from speech.events import AudioGap, AudioLevel, SpeechDegraded, SpeechEvent, UtteranceHeard
from speech.models import ModelStore
from speech.recogniser import Recogniser

KEY = b"a key for a call with a hole...."
AWAY_S = 3.0
STRETCHES = ((17.0, 25.2), (25.2, 35.5))
"""What is said before and after, in seconds of the call."""


def unplugged(audio: Path, models: Path | None) -> dict[str, Any]:
    """``noticed_s``: from pulling the input until it is told; ``back_s``: from bringing it back until
    sound comes in again; ``gap_s`` = the hole in audio and text; the text before and after it."""
    if missing := missing_tools():
        return {"skipped": f"not installed: {', '.join(missing)}"}
    with running_server() as server, tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "call.jrec"
        program = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "bench.unplugged",
                str(recording),
                *([str(models)] if models else []),
            ],
            env=server.env,
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # PortAudio names every failed attempt to open the input
            text=True,
        )
        try:
            return _trial(server, program, audio, Path(folder)) | {
                "recording_complete": RecordingReader(recording, KEY).complete
            }
        finally:
            program.kill()
            program.communicate()


def _trial(
    server: SoundServer, program: subprocess.Popen[str], audio: Path, folder: Path
) -> dict[str, Any]:
    told: list[dict[str, Any]] = []
    events = _events(program, told)
    _until(events, "ready")
    sound, rate = soundfile.read(audio, dtype="int16")
    pieces = []
    for number, (begin, end) in enumerate(STRETCHES):
        pieces.append(folder / f"{number}.wav")
        soundfile.write(pieces[-1], sound[int(begin * rate) : int(end * rate)], rate)
    server.play(pieces[0]).wait()
    pulled = time.monotonic()
    server.unplug()
    noticed = _until(events, "AUDIO_DEVICE_LOST")["at"]
    time.sleep(max(0.0, pulled + AWAY_S - time.monotonic()))
    server.plug()
    back = time.monotonic()
    gap = _until(events, "gap")
    server.play(pieces[1]).wait()
    assert program.stdin is not None
    program.stdin.write("end\n")
    program.stdin.flush()
    for _event in events:
        continue
    heard = [one for one in told if one["what"] == "heard"]
    return {
        "noticed_s": round(noticed - pulled, 2),
        "back_s": round(gap["at"] - back, 2),
        "gap_s": round(gap["end"] - gap["start"], 2),
        "away_s": round(gap["at"] - pulled, 2),
        "before": "".join(one["text"] for one in heard if one["start"] < gap["start"]),
        "after": "".join(one["text"] for one in heard if one["start"] >= gap["start"]),
    }


def _events(program: subprocess.Popen[str], told: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    assert program.stdout is not None
    for line in program.stdout:
        told.append(json.loads(line))
        yield told[-1]


def _until(events: Iterator[dict[str, Any]], what: str) -> dict[str, Any]:
    for event in events:
        if event["what"] == what:
            return event
    raise RuntimeError(f"the call ended before {what}")


def take_part(recording: Path, models: Path | None) -> None:
    """The program in the call: the default sound input, until a line comes on standard input."""
    final = ModelStore(models).load_final("whisper-base") if models else None
    ready = threading.Event()

    def tell(what: str, **values: object) -> None:
        print(json.dumps({"what": what, "at": time.monotonic(), **values}), flush=True)

    def listen(event: SpeechEvent) -> None:
        match event:
            case AudioLevel() if not ready.is_set():
                ready.set()
                tell("ready")
            case AudioGap(start, end):
                tell("gap", start=start, end=end)
            case SpeechDegraded(code):
                tell(code)
            case UtteranceHeard(said):
                tell("heard", start=said.start, text=said.text)

    writer = RecordingWriter(recording, KEY)
    recogniser = Recogniser(DeviceSource(), writer, None, final, None, None, listen)
    recogniser.start()
    sys.stdin.readline()
    recogniser.stop()
    recogniser.join(60)


if __name__ == "__main__":
    take_part(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
