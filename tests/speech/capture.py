"""Capture the default sound input of this process's environment until a line comes on stdin.

Prints ``ready`` when sound comes in, then each loss and each gap as it happens, and at the end a
JSON with what was recorded and heard.
Usage: capture.py RECORDING [MODELS_FOLDER]
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

from sounds import KEY

from speech.audio.devices import DeviceSource, input_devices
from speech.audio.recording import RecordingWriter
from speech.events import AudioEnded, AudioGap, AudioLevel, SpeechDegraded, SpeechEvent, UtteranceHeard
from speech.models import ModelStore
from speech.recogniser import Recogniser


def main(recording: Path, models: Path | None) -> None:
    final = ModelStore(models).load_final("whisper-base") if models else None
    source = DeviceSource()
    told: dict[str, Any] = {
        "devices": input_devices(),
        "heard": [],
        "gaps": [],
        "degraded": [],
        "seconds": 0.0,
    }
    ready = threading.Event()

    def listen(event: SpeechEvent) -> None:
        match event:
            case AudioLevel():
                ready.set()
            case UtteranceHeard(utterance, lag):
                heard = {"speaker": utterance.speaker, "text": utterance.text, "lag": lag}
                told["heard"].append(heard | {"start": utterance.start, "end": utterance.end})
            case AudioGap(start, end):
                told["gaps"].append([start, end])
                print("gap", flush=True)
            case SpeechDegraded(code):
                told["degraded"].append(code)
                print(code, flush=True)
            case AudioEnded(seconds):
                told["seconds"] = seconds

    writer = RecordingWriter(recording, KEY)
    recogniser = Recogniser(source, writer, None, final, None, None, listen)
    recogniser.start()
    assert ready.wait(20)
    print("ready", flush=True)
    sys.stdin.readline()
    recogniser.stop()
    assert recogniser.join(60)
    print(json.dumps(told | {"drops": source.drops}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
