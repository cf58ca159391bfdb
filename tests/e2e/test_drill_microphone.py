"""A drill with the trainee's real voice: spoken into a null sink, captured, recognised, answered."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from program import ROOT, environment

from resources.loader import resource_path

CALL = resource_path("calls", "03-bbq-fumes.flac")
CASE = resource_path("calls", "03-bbq-fumes.json")

HOLD = """
import json, sys, threading
from pathlib import Path
from app.training.drill import drill_place
from app.training.live import LiveDrill, Setup
from app.training.scenario import load_scenario
from app.domain.call import Speaker

place = drill_place(Path(sys.argv[1]))
place.preload()
moved = threading.Event()
drill = LiveDrill(place, Setup(load_scenario(Path(sys.argv[2])), microphone=True), moved.set)
print("listening", flush=True)
said = lambda who: [one for one in drill.record().said if one.speaker is who]
while len(said(Speaker.OPERATOR)) < 2 or len(drill.told) < 1:
    if not moved.wait(90):
        break
    moved.clear()
call = place.parts.store().calls(1)[0].call
transcript = [[one.speaker.value, one.engine, one.text] for one in place.transcript(call.id)]
record = drill.finish()
sound = place.parts.recording_path(call.id)
print(json.dumps({
    "operator": [one.words for one in record.said if one.speaker is Speaker.OPERATOR],
    "caller": [one.words for one in record.said if one.speaker is Speaker.CALLER],
    "told": sorted(drill.told), "transcript": transcript,
    "recorded": sound.exists() and sound.stat().st_size, "sent": place.outbox() != (),
}), flush=True)
place.close()
"""


def operators_voice(path: Path) -> Path:
    """The operator's side alone: greeting and the next question, with a pause for the answer."""
    turns = json.loads(CASE.read_text(encoding="utf-8"))["turns"]
    greeting, question = [turn for turn in turns if turn["speaker"] == "operator"][:2]
    sound, rate = soundfile.read(CALL)
    quiet = np.zeros(int(12 * rate))
    parts = [np.zeros(rate)]
    for turn in (greeting, question):
        parts += [sound[int(turn["start"] * rate) : int((turn["end"] + 0.3) * rate), 0], quiet]
    voice = np.concatenate(parts)
    soundfile.write(path, np.stack([voice, np.zeros_like(voice)], axis=1), rate)
    return path


@pytest.mark.models
@pytest.mark.sound
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_caller_answers_what_the_trainee_says_into_the_microphone(
    models: Path, sound_server, tmp_path: Path
) -> None:
    voice = operators_voice(tmp_path / "voice.wav")
    drill = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "seat"), str(CASE)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(JIESU_MODELS=str(models)) | sound_server.env,
        text=True,
    )
    assert drill.stdout is not None
    assert drill.stdout.readline().strip() == "listening", drill.stderr.read()
    while "#" not in sound_server.control("list", "source-outputs"):
        assert drill.poll() is None
    player = sound_server.play(voice)
    out, err = drill.communicate(timeout=240)
    player.wait(timeout=60)
    held = json.loads(out.splitlines()[-1])
    print(held)
    assert "Traceback" not in err, err
    case = json.loads(CASE.read_text(encoding="utf-8"))
    callers = [turn["text"] for turn in case["turns"] if turn["speaker"] == "caller"]
    assert len(held["operator"]) >= 2, "both of the trainee's turns were heard"
    assert held["caller"][0] == callers[0], "the greeting was recognised, the caller begins"
    assert held["told"], "the spoken question released what the caller knows"
    engines = {speaker: engine for speaker, engine, _ in held["transcript"]}
    assert engines["operator"].startswith("whisper")
    assert engines["caller"] == "drill"
    assert held["recorded"]
    assert not held["sent"]
