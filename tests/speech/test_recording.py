"""The recording: lossless, sealed, and whole up to the last second whatever happens."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sounds import KEY, blocks_of, noise, tone

from resources.errors import UserError
from resources.texts import LANGUAGES
from speech.audio.files import FileSource
from speech.audio.recording import RecordingReader, RecordingWriter
from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE, Samples
from speech.utterance import Speaker

SIDES = {Speaker.OPERATOR: noise(3.3, seed=1), Speaker.CALLER: noise(3.3, seed=2)}


def record(path: Path, sides: dict[Speaker, Samples], close: bool = True) -> RecordingWriter:
    writer = RecordingWriter(path, KEY)
    for pair in zip(*(blocks_of(samples, speaker) for speaker, samples in sides.items()), strict=True):
        for block in pair:
            writer.append(block)
    if close:
        writer.close()
    else:
        writer.flush()
    return writer


def test_what_was_recorded_comes_back_bit_by_bit(tmp_path: Path) -> None:
    path = tmp_path / "calls" / "a.jrec"
    writer = record(path, SIDES)
    assert writer.safe_until == pytest.approx(3.3)
    reader = RecordingReader(path, KEY)
    assert reader.complete
    assert not reader.damaged
    assert reader.seconds == pytest.approx(3.3)
    assert reader.speakers == tuple(Speaker)
    for speaker, samples in SIDES.items():
        assert (reader.read(speaker) == samples).all()
        assert (reader.read(speaker, 0.95, 2.05) == samples[15_200:32_800]).all()
        assert len(reader.read(speaker, 3.0, 99.0)) == len(samples) - 48_000
        assert len(reader.read(speaker, 5.0, 4.0)) == 0


def test_nothing_in_the_file_is_readable(tmp_path: Path) -> None:
    record(tmp_path / "a.jrec", SIDES)
    stored = (tmp_path / "a.jrec").read_bytes()
    assert b"fLaC" not in stored
    assert SIDES[Speaker.CALLER][:50].tobytes() not in stored
    assert (tmp_path / "a.jrec").stat().st_mode & 0o077 == 0


def test_two_recordings_of_the_same_call_have_nothing_in_common(tmp_path: Path) -> None:
    record(tmp_path / "a.jrec", SIDES)
    record(tmp_path / "b.jrec", SIDES)
    first, second = ((tmp_path / name).read_bytes() for name in ("a.jrec", "b.jrec"))
    assert first[8:56] != second[8:56]
    assert first[90:500] != second[90:500]


def test_another_key_is_refused(tmp_path: Path) -> None:
    record(tmp_path / "a.jrec", SIDES)
    with pytest.raises(UserError) as raised:
        RecordingReader(tmp_path / "a.jrec", b"x" * 32)
    assert raised.value.code == "RECORDING_KEY"


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "RECORDING_MISSING"), (b"", "RECORDING_BROKEN"), (b"RIFF" * 100, "RECORDING_BROKEN")],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes | None, code: str) -> None:
    path = tmp_path / "a.jrec"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError) as raised:
        RecordingReader(path, KEY)
    assert raised.value.code == code
    assert all("a.jrec" in raised.value.message(language) for language in LANGUAGES)


def test_a_recording_is_never_written_over(tmp_path: Path) -> None:
    record(tmp_path / "a.jrec", SIDES)
    before = (tmp_path / "a.jrec").read_bytes()
    with pytest.raises(UserError) as raised:
        RecordingWriter(tmp_path / "a.jrec", KEY)
    assert raised.value.code == "RECORDING_FAILED"
    assert (tmp_path / "a.jrec").read_bytes() == before


def test_a_gap_is_silence_of_the_same_length(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "a.jrec", KEY)
    first, second = noise(0.5, seed=3), noise(0.7, seed=4)
    for block in blocks_of(first) + blocks_of(second, start=2.25):
        writer.append(block)
    writer.close()
    read = RecordingReader(tmp_path / "a.jrec", KEY).read(Speaker.CALLER)
    assert (read[:8000] == first).all()
    assert not read[8000:36_000].any()
    assert (read[36_000:] == second).all()


def test_a_running_recording_can_be_played(tmp_path: Path) -> None:
    writer = record(tmp_path / "a.jrec", SIDES, close=False)
    reader = RecordingReader(tmp_path / "a.jrec", KEY)
    assert not reader.complete
    assert not reader.damaged
    assert (reader.read(Speaker.CALLER) == SIDES[Speaker.CALLER]).all()
    writer.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    plan=st.lists(
        st.tuples(st.sampled_from(Speaker), st.integers(0, 300), st.integers(1, 40_000)), max_size=8
    )
)
def test_any_blocks_come_back(tmp_path: Path, plan: list[tuple[Speaker, int, int]]) -> None:
    path = tmp_path / "any.jrec"
    path.unlink(missing_ok=True)
    writer = RecordingWriter(path, KEY)
    expected = {speaker: np.zeros(0, dtype=np.int16) for speaker in Speaker}
    for speaker, hole, length in plan:
        samples = np.random.default_rng(length).integers(-32768, 32768, length).astype(np.int16)
        start = len(expected[speaker]) + hole
        writer.append(AudioBlock(speaker, start / SAMPLE_RATE, samples))
        silence = np.zeros(hole, dtype=np.int16)
        expected[speaker] = np.concatenate([expected[speaker], silence, samples])
    writer.close()
    reader = RecordingReader(path, KEY)
    for speaker, samples in expected.items():
        assert (reader.read(speaker)[: len(samples)] == samples).all()
        assert not reader.read(speaker)[len(samples) :].any()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "a.jrec"
    record(path, SIDES)
    return path.read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 1))
def test_a_file_cut_anywhere_keeps_what_precedes_the_cut(
    tmp_path: Path, whole: bytes, cut: float
) -> None:
    path = tmp_path / "cut.jrec"
    path.write_bytes(whole[: 56 + int(cut * (len(whole) - 57))])
    reader = RecordingReader(path, KEY)
    assert not reader.complete
    for speaker in reader.speakers:
        read = reader.read(speaker)
        true = SIDES[speaker][: len(read)]
        assert ((read == true) | (read == 0)).all()
    # Chunks are at most one second: all but the last one or two survive in proportion.
    assert reader.seconds >= 3.3 * cut - 1.05


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
def test_a_changed_byte_never_becomes_sound(
    tmp_path: Path, whole: bytes, place: float, change: int
) -> None:
    path = tmp_path / "changed.jrec"
    changed = bytearray(whole)
    at = 56 + int(place * (len(whole) - 56))
    changed[at] ^= change
    path.write_bytes(changed)
    reader = RecordingReader(path, KEY)
    lost = 0
    for speaker, true in SIDES.items():
        read = reader.read(speaker)
        same = read == true[: len(read)]
        assert (same | (read == 0)).all()
        lost += int((~same).sum()) + len(true) - len(read)
    assert reader.damaged
    assert lost <= SAMPLE_RATE


def test_chunks_cannot_be_exchanged(tmp_path: Path, whole: bytes) -> None:
    first = whole.index(b"JRck")
    second = whole.index(b"JRck", first + 4)
    third = whole.index(b"JRck", second + 4)
    path = tmp_path / "exchanged.jrec"
    path.write_bytes(whole[:first] + whole[second:third] + whole[first:second] + whole[third:])
    reader = RecordingReader(path, KEY)
    assert reader.damaged
    for speaker, true in SIDES.items():
        read = reader.read(speaker)
        assert ((read == true[: len(read)]) | (read == 0)).all()


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_an_export_is_a_plain_stereo_file(tmp_path: Path, suffix: str) -> None:
    record(tmp_path / "a.jrec", SIDES)
    target = tmp_path / f"a{suffix}"
    RecordingReader(tmp_path / "a.jrec", KEY).export(target)
    samples, rate = soundfile.read(target, dtype="int16")
    assert rate == SAMPLE_RATE
    assert (samples[:, 0] == SIDES[Speaker.OPERATOR]).all()
    assert (samples[:, 1] == SIDES[Speaker.CALLER]).all()
    assert FileSource(target).seconds == pytest.approx(3.3)


@pytest.mark.parametrize(("name", "code"), [("a.mp4", "EXPORT_FORMAT"), ("no/a.wav", "EXPORT_FAILED")])
def test_an_impossible_export_is_refused(tmp_path: Path, name: str, code: str) -> None:
    record(tmp_path / "a.jrec", SIDES)
    with pytest.raises(UserError) as raised:
        RecordingReader(tmp_path / "a.jrec", KEY).export(tmp_path / name)
    assert raised.value.code == code
    assert [path.name for path in tmp_path.iterdir()] == ["a.jrec"]


RECORD_FOR_EVER = """
import sys, time
from pathlib import Path
import numpy as np
from speech.audio.recording import RecordingWriter
from speech.audio.source import AudioBlock
from speech.utterance import Speaker

writer = RecordingWriter(Path(sys.argv[1]), b"0123456789abcdef0123456789abcdef")
begun, number = time.monotonic(), 0
print("recording", flush=True)
while True:
    time.sleep(max(0.0, begun + (number + 1) * 0.1 - time.monotonic()))
    samples = np.random.default_rng(number).integers(-9999, 9999, 1600).astype(np.int16)
    for speaker in Speaker:
        writer.append(AudioBlock(speaker, number * 0.1, samples))
    number += 1
    print(number * 0.1, flush=True)
"""


@pytest.mark.parametrize("after", [0.4, 1.3, 2.1])
def test_kill_9_loses_less_than_a_second(tmp_path: Path, after: float) -> None:
    path = tmp_path / "killed.jrec"
    process = subprocess.Popen(
        [sys.executable, "-c", RECORD_FOR_EVER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "recording\n"
    heard = 0.0
    while heard < after:
        heard = float(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read().split()
    process.stdout.close()
    process.wait(10)
    heard = float(rest[-1]) if rest else heard
    reader = RecordingReader(path, KEY)
    assert not reader.complete
    assert heard - 1.0 <= reader.seconds
    for speaker in reader.speakers:
        read = reader.read(speaker)
        # A side's last block may be under way while the other side's is already written.
        for number in range(len(read) // 1600 - 1):
            true = np.random.default_rng(number).integers(-9999, 9999, 1600).astype(np.int16)
            assert (read[number * 1600 : (number + 1) * 1600] == true).all()


RECORD_ON_A_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from resources.errors import UserError
from speech.audio.recording import RecordingWriter
from speech.audio.source import AudioBlock
from speech.utterance import Speaker

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
writer = RecordingWriter(Path(sys.argv[1]), b"0123456789abcdef0123456789abcdef")
try:
    for number in range(100):
        samples = np.random.default_rng(number).integers(-9999, 9999, 1600).astype(np.int16)
        writer.append(AudioBlock(Speaker.CALLER, number * 0.1, samples))
except UserError as error:
    print(error.code, writer.safe_until)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits the file size as POSIX does")
def test_a_full_disk_is_told_and_keeps_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "full.jrec"
    command = [sys.executable, "-c", RECORD_ON_A_FULL_DISK, str(path)]
    told = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=True
    ).stdout.split()
    assert told[0] == "RECORDING_FAILED"
    reader = RecordingReader(path, KEY)
    assert reader.seconds >= float(told[1])
    assert reader.seconds >= 2.0


def test_what_is_called_safe_is_on_disk(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "a.jrec", KEY)
    for block in blocks_of(tone(5.0)):
        writer.append(block)
        assert RecordingReader(tmp_path / "a.jrec", KEY).seconds >= writer.safe_until
    writer.flush()
    assert writer.safe_until == pytest.approx(5.0)
    writer.close()


def test_a_lost_side_does_not_hold_back_what_is_safe(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "a.jrec", KEY)
    for block in blocks_of(tone(1.0), Speaker.OPERATOR) + blocks_of(tone(4.0), Speaker.CALLER):
        writer.append(block)
    writer.flush()
    assert writer.safe_until == pytest.approx(4.0)
    writer.close()


def test_recording_is_far_faster_than_time(tmp_path: Path) -> None:
    sides = {speaker: np.tile(samples, 10) for speaker, samples in SIDES.items()}
    begun = time.monotonic()
    record(tmp_path / "a.jrec", sides)
    print(f"recorded 33 s of stereo in {time.monotonic() - begun:.2f} s")
    assert RecordingReader(tmp_path / "a.jrec", KEY).seconds == pytest.approx(33.0)
