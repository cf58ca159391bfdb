"""A live call through a real sound server: what is played into the line is what is recorded."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sounds import KEY

from bench.sound_server import SoundServer
from speech.audio.recording import RecordingReader
from speech.engines.base import SAMPLE_RATE, Samples
from speech.engines.whisper import WhisperEngine
from speech.evaluate import cer
from speech.models import ModelStore
from speech.utterance import Speaker

pytestmark = pytest.mark.sound

CAPTURE = Path(__file__).with_name("capture.py")


@contextmanager
def capture(server: SoundServer, recording: Path, *models: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that captures the null sink's monitor; it is ready when this returns."""
    process = subprocess.Popen(
        [sys.executable, str(CAPTURE), str(recording), *map(str, models)],
        env=server.env | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(process, "ready")
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == word:
            return
    pytest.fail(f"the capture ended before {word!r}")


def finish(process: subprocess.Popen[str]) -> dict:
    """End the capture; what it recorded and heard."""
    out, _err = process.communicate("stop\n", timeout=90)
    assert process.returncode == 0
    return json.loads(out.splitlines()[-1])


def run(program: str, env: dict[str, str]) -> str:
    """What a Python program prints in a process with this environment."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def in_step(true: Samples, captured: Samples) -> float:
    """Highest correlation of the played sound with the captured sound over all delays."""
    size = 1 << (len(true) + len(captured)).bit_length()
    spectra = [np.fft.rfft(side.astype(float), size) for side in (true, captured)]
    power = np.sqrt((true.astype(float) ** 2).sum() * (captured.astype(float) ** 2).sum())
    return float(np.fft.irfft(np.conj(spectra[0]) * spectra[1]).max() / power)


@pytest.fixture(scope="module")
def excerpt(tmp_path_factory: pytest.TempPathFactory, call_audio: Path) -> Path:
    """Question and answer of the sample call, 8 s in stereo."""
    path = tmp_path_factory.mktemp("excerpt") / "excerpt.wav"
    samples, rate = soundfile.read(call_audio, dtype="int16")
    soundfile.write(path, samples[int(17.0 * rate) : int(25.2 * rate)], rate)
    return path


@pytest.mark.models
def test_a_call_through_the_sound_device_is_heard_like_its_file(
    tmp_path: Path, sound_server: SoundServer, excerpt: Path, store: ModelStore, whisper: WhisperEngine
) -> None:
    with capture(sound_server, tmp_path / "live.jrec", store.folder) as process:
        assert sound_server.play(excerpt).wait(60) == 0
        told = finish(process)
    assert "pulse" in told["devices"]
    assert told["drops"] == 0
    assert told["gaps"] == []
    assert set(told["degraded"]) <= {"SPEECH_BEHIND"}  # the machine may be busy with other things
    text = {s: "".join(h["text"] for h in told["heard"] if h["speaker"] == s) for s in Speaker}
    assert cer("请您说一下具体地址", text[Speaker.OPERATOR]) < 0.2
    assert cer("昌平区回龙观街道龙泽苑东区，整个小区都没有水", text[Speaker.CALLER]) < 0.45
    reader = RecordingReader(tmp_path / "live.jrec", KEY)
    assert reader.complete
    assert reader.seconds == pytest.approx(told["seconds"])
    played, rate = soundfile.read(excerpt, dtype="int16")
    for column, speaker in enumerate(Speaker):
        captured = reader.read(speaker)
        assert in_step(played[:, column], captured[:: SAMPLE_RATE // rate]) > 0.95
        assert in_step(played[:, 1 - column], captured[:: SAMPLE_RATE // rate]) < 0.2


def test_a_device_that_falls_silent_is_noticed_and_taken_up_again(
    tmp_path: Path, sound_server: SoundServer
) -> None:
    with capture(sound_server, tmp_path / "live.jrec") as process:
        try:
            sound_server.control("suspend-sink", "call", "1")
            wait_for(process, "AUDIO_DEVICE_LOST")
        finally:
            sound_server.control("suspend-sink", "call", "0")
        wait_for(process, "gap")
        told = finish(process)
    assert told["degraded"] == ["NO_SPEECH_MODEL", "AUDIO_DEVICE_LOST"]
    assert len(told["gaps"]) == 2  # one for each speaker
    for start, end in told["gaps"]:
        assert 0.7 < end - start < 10
    assert told["seconds"] > told["gaps"][0][1]
    reader = RecordingReader(tmp_path / "live.jrec", KEY)
    assert reader.complete
    assert reader.seconds == pytest.approx(told["seconds"])


def test_no_sound_is_lost_while_something_else_holds_the_interpreter(
    tmp_path: Path, sound_server: SoundServer, excerpt: Path
) -> None:
    program = (
        "import sys, threading, time\n"
        "import numpy as np\n"
        "from speech.audio.devices import DeviceSource\n"
        "source, blocks = DeviceSource(), []\n"
        "reader = threading.Thread(target=lambda: blocks.extend(source.blocks()))\n"
        "reader.start()\n"
        "while not blocks: time.sleep(0.05)\n"
        "print('ready', flush=True)\n"
        "until = time.monotonic() + 10\n"
        "while time.monotonic() < until:\n"
        "    sum(range(80_000_000))\n"  # about a second in one call that lets nobody else in
        "    time.sleep(0.1)\n"
        "source.stop(); reader.join()\n"
        "left = [b.samples for b in blocks if b.speaker == 'operator']\n"
        "np.save(sys.argv[1], np.concatenate(left))"
    )
    target = tmp_path / "captured.npy"
    command = [sys.executable, "-c", program, str(target)]
    env = sound_server.env
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        wait_for(process, "ready")
        assert sound_server.play(excerpt).wait(60) == 0
        assert process.wait(60) == 0
    played, rate = soundfile.read(excerpt, dtype="int16")
    captured = np.load(target)[:: SAMPLE_RATE // rate]
    assert in_step(played[:, 0], captured) > 0.95


def test_an_unknown_device_is_named(sound_server: SoundServer) -> None:
    program = (
        "from resources.errors import UserError\n"
        "from speech.audio.devices import DeviceSource\n"
        "try: DeviceSource('no such headset')\n"
        "except UserError as error: print(error.code, error.message('en'))"
    )
    command = [sys.executable, "-c", program]
    out = subprocess.run(
        command, env=sound_server.env, capture_output=True, text=True, timeout=30, check=True
    )
    assert out.stdout.startswith("AUDIO_DEVICE_MISSING")
    assert "no such headset" in out.stdout


def test_without_a_sound_server_recording_is_refused_clearly(tmp_path: Path) -> None:
    program = (
        "from resources.errors import UserError\n"
        "from speech.audio.devices import DeviceSource\n"
        "try:\n"
        "    for _block in DeviceSource().blocks(): break\n"
        "except UserError as error: print(error.code)"
    )
    env = {"PULSE_SERVER": f"unix:{tmp_path}/none", "HOME": str(tmp_path), "PATH": ""}
    assert run(program, env).strip() in {"AUDIO_NO_INPUT", "AUDIO_DEVICE_FAILED"}


def test_a_stretch_is_played_and_a_newer_one_stops_the_older(
    tmp_path: Path, sound_server: SoundServer
) -> None:
    program = (
        "import numpy as np\n"
        "from speech.audio.playback import Player\n"
        "player = Player()\n"
        "at = lambda s: np.arange(int(s * 16000)) / 16000\n"
        "tone = lambda s, f: (9000 * np.sin(2 * np.pi * f * at(s))).astype(np.int16)\n"
        "older = player.play(tone(60, 300))\n"
        "newer = player.play(tone(1, 700))\n"
        "assert older.wait(5) and newer.wait(10)\n"
        "player.stop()"
    )
    target = tmp_path / "played.wav"
    recorder = subprocess.Popen(
        ["parec", "--device=call.monitor", "--file-format=wav", str(target)], env=sound_server.env
    )
    run(program, sound_server.env)
    recorder.terminate()
    recorder.wait(10)
    samples, rate = soundfile.read(target)
    loud = samples[np.abs(samples[:, 0]) > 0.01]
    assert 0.7 * rate < len(loud) < 3 * rate
    spectrum = np.abs(np.fft.rfft(samples[:, 0]))
    assert np.argmax(spectrum) * rate / len(samples) == pytest.approx(700, abs=5)


def test_the_list_of_devices_is_made_anew_except_while_one_is_in_use(sound_server: SoundServer) -> None:
    told = run(
        "from speech.audio.devices import DeviceSource, input_devices\n"
        "from speech.audio.portaudio import refresh_devices\n"
        "names, source = input_devices(), DeviceSource()\n"
        "blocks = source.blocks()\n"
        "first = next(blocks)\n"
        "looked = refresh_devices()\n"
        "second = next(blocks)\n"
        "blocks.close()\n"
        "print('pulse' in names, looked, len(second.samples) > 0)\n"
        "print(refresh_devices(), input_devices() == names)",
        sound_server.env,
    )
    assert told.splitlines() == ["True False True", "True True"]


def test_several_may_ask_for_the_devices_at_once(sound_server: SoundServer) -> None:
    told = run(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from speech.audio.devices import DeviceSource, input_devices\n"
        "with ThreadPoolExecutor(4) as pool:\n"
        "    lists = list(pool.map(lambda _: input_devices(), range(24)))\n"
        "    opened = list(pool.map(lambda _: DeviceSource().speakers, range(8)))\n"
        "print(len(set(lists)), len(set(opened)))",
        sound_server.env,
    )
    assert told.split() == ["1", "1"]
