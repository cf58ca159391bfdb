"""The same call through a real sound device: played into a null sink, captured, heard, filled in."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from program import PROGRAM, environment

from app.script import load_case
from resources.loader import resource_path
from speech.evaluate import cer

CALL = resource_path("calls", "03-bbq-fumes.flac")
POINTS = 0.05


def transcript_of(answer: dict) -> str:
    return "".join(one["text"] for one in answer["transcript"])


@pytest.mark.models
@pytest.mark.sound
@pytest.mark.slow
def test_a_call_heard_by_microphone_reads_like_the_file(
    run, models: Path, sound_server, tmp_path
) -> None:
    case = load_case(CALL.with_suffix(".json"))
    length = case.turns[-1].end
    live = subprocess.Popen(
        [
            *PROGRAM,
            "call",
            "--live",
            "--json",
            "--seconds",
            str(length + 4),
            "--data-dir",
            tmp_path / "live",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(JIESU_MODELS=str(models)) | sound_server.env,
    )
    wait_for_capture(sound_server, live)
    player = sound_server.play(CALL)
    out, err = live.communicate(timeout=110)
    player.wait(timeout=10)
    assert b"Traceback" not in err
    heard = json.loads(out)
    file = run("call", CALL, "--json", models=models).json

    true = "".join(turn.text for turn in case.turns)
    by_microphone, by_file = (cer(true, transcript_of(answer)) for answer in (heard, file))
    print(f"character error rate: microphone {by_microphone:.3f}, file {by_file:.3f}")  # pytest -rP
    assert by_microphone <= by_file + POINTS
    assert {one["speaker"] for one in heard["transcript"]} == {"operator", "caller"}
    assert heard["tickets"][0]["street"] == file["tickets"][0]["street"] == "望京街道"


def wait_for_capture(sound_server, process: subprocess.Popen) -> None:
    """Until the program has opened the sound input."""
    while process.poll() is None:
        if "Source #" in sound_server.control("list", "source-outputs") or (
            sound_server.control("list", "short", "source-outputs").strip()
        ):
            return
    raise AssertionError(process.stderr.read().decode() if process.stderr else "")
