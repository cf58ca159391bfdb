"""Recorded calls as a source: every usual file, and every kind of broken one."""

from __future__ import annotations

import os
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sounds import tone

from resources.errors import UserError
from resources.texts import LANGUAGES
from speech.audio.files import FileSource
from speech.engines.base import SAMPLE_RATE
from speech.events import AudioEnded, SpeechDegraded
from speech.utterance import Speaker


def sides(seconds: float, rate: int) -> np.ndarray:
    """Left 300 Hz, right 700 Hz."""
    at = np.arange(int(seconds * rate)) / rate
    return 0.4 * np.stack([np.sin(2 * np.pi * 300 * at), np.sin(2 * np.pi * 700 * at)], axis=1)


def channel(source: FileSource, speaker: Speaker) -> np.ndarray:
    return np.concatenate([b.samples for b in source.blocks() if b.speaker is speaker])


def pitch(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * SAMPLE_RATE / len(samples))


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000])
@pytest.mark.parametrize(
    ("suffix", "subtype"),
    [
        ("flac", "PCM_16"),
        ("wav", "ULAW"),
        ("wav", "FLOAT"),
        ("wav", "PCM_U8"),
        ("ogg", "VORBIS"),
        ("mp3", None),
    ],
)
def test_left_is_the_operator_and_right_the_caller(
    tmp_path: Path, rate: int, suffix: str, subtype: str | None
) -> None:
    path = tmp_path / f"call.{suffix}"
    soundfile.write(path, sides(2.0, rate), rate, subtype=subtype)
    source = FileSource(path)
    assert source.speakers == (Speaker.OPERATOR, Speaker.CALLER)
    operator, caller = channel(source, Speaker.OPERATOR), channel(source, Speaker.CALLER)
    assert len(operator) == len(caller) == pytest.approx(2 * SAMPLE_RATE, abs=0.08 * SAMPLE_RATE)
    assert pitch(operator) == pytest.approx(300, abs=2)
    assert pitch(caller) == pytest.approx(700, abs=2)
    assert np.abs(operator[3000:-3000]).max() == pytest.approx(0.4 * 32768, rel=0.25)


def test_16_khz_samples_come_through_untouched(tmp_path: Path) -> None:
    samples = np.random.default_rng(3).integers(-32768, 32768, (16_123, 2)).astype(np.int16)
    path = tmp_path / "call.flac"
    soundfile.write(path, samples, SAMPLE_RATE)
    for column, speaker in enumerate(Speaker):
        assert (channel(FileSource(path), speaker) == samples[:, column]).all()


def test_blocks_follow_each_other_without_overlap(call_audio: Path) -> None:
    ends = dict.fromkeys(Speaker, 0.0)
    for block in FileSource(call_audio).blocks():
        assert block.start == pytest.approx(ends[block.speaker], abs=1e-9)
        assert 0 < len(block.samples) <= 0.6 * SAMPLE_RATE
        ends[block.speaker] = block.end
    assert ends[Speaker.OPERATOR] == ends[Speaker.CALLER] == pytest.approx(44.78, abs=0.05)


def test_a_mono_file_is_the_caller(tmp_path: Path, hear) -> None:
    path = tmp_path / "mono.wav"
    soundfile.write(path, tone(1.0), SAMPLE_RATE)
    source = FileSource(path)
    assert source.speakers == (Speaker.CALLER,)
    told = [event for event in hear(source) if isinstance(event, SpeechDegraded)]
    assert SpeechDegraded("AUDIO_ONE_SIDE", "caller") in told


def test_real_time_takes_real_time_and_stops_at_once(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    soundfile.write(path, sides(60.0, 8000), 8000)
    source = FileSource(path, pace=1.0)
    begun = time.monotonic()
    for block in source.blocks():
        if block.end >= 0.5:
            break
    assert time.monotonic() - begun >= 0.45
    source.stop()
    assert list(source.blocks()) == []


def _truncated(path: Path, whole: Path) -> None:
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])


@pytest.fixture
def bad_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "bad.wav"
    match request.param:
        case "missing":
            pass
        case "folder":
            path.mkdir()
        case "no bytes":
            path.touch()
        case "no frames":
            soundfile.write(path, np.zeros((0, 2)), 8000)
        case "three channels":
            soundfile.write(path, np.zeros((800, 3)), 8000)
        case "text":
            path.write_text("你好，这不是音频。" * 100, encoding="utf-8")
        case "random bytes":
            path.write_bytes(np.random.default_rng(5).bytes(50_000))
        case "header only":
            path.write_bytes(b"RIFF\xff\xff\xff\xffWAVEfmt ")
        case "1 Hz":
            soundfile.write(path, np.zeros((800, 2)), 1)
        case "1 MHz":
            soundfile.write(path, np.zeros((800, 2)), 1_000_000)
        case "no permission":
            soundfile.write(path, np.zeros((800, 2)), 8000)
            path.chmod(0)
            if os.geteuid() == 0:
                pytest.skip("root may read everything")
    return path


@pytest.mark.parametrize(
    ("bad_file", "code"),
    [
        ("missing", "AUDIO_MISSING"),
        ("folder", "AUDIO_NOT_A_FILE"),
        ("no bytes", "AUDIO_EMPTY"),
        ("no frames", "AUDIO_EMPTY"),
        ("three channels", "AUDIO_CHANNELS"),
        ("text", "AUDIO_NOT_AUDIO"),
        ("random bytes", "AUDIO_NOT_AUDIO"),
        ("header only", "AUDIO_NOT_AUDIO"),
        ("1 Hz", "AUDIO_RATE"),
        ("1 MHz", "AUDIO_RATE"),
        ("no permission", "AUDIO_UNREADABLE"),
    ],
    indirect=["bad_file"],
)
def test_a_bad_file_is_named_at_once(bad_file: Path, code: str) -> None:
    with pytest.raises(UserError) as raised:
        FileSource(bad_file)
    assert raised.value.code == code
    for language in LANGUAGES:
        assert bad_file.name in raised.value.message(language)


@pytest.mark.parametrize("suffix", ["flac", "wav"])
def test_a_truncated_call_is_heard_as_far_as_it_goes(
    tmp_path: Path, hear, call_audio: Path, suffix: str
) -> None:
    whole, path = tmp_path / f"whole.{suffix}", tmp_path / f"cut.{suffix}"
    samples, rate = soundfile.read(call_audio)
    soundfile.write(whole, samples, rate)
    _truncated(path, whole)
    *before, last = hear(FileSource(path))
    assert isinstance(last, AudioEnded)
    assert 15 < last.seconds < 30
    told = [event for event in before if isinstance(event, SpeechDegraded)]
    cut = next(event for event in told if event.code == "AUDIO_TRUNCATED")
    for language in LANGUAGES:
        assert f"{last.seconds:.1f}" in cut.message(language)


def test_values_that_are_no_numbers_are_silence(tmp_path: Path) -> None:
    path = tmp_path / "nan.wav"
    frames = np.full((8000, 2), np.nan, dtype=np.float32)
    frames[:, 1] = np.inf
    soundfile.write(path, frames, 8000, subtype="FLOAT")
    assert not channel(FileSource(path), Speaker.OPERATOR).any()


def test_a_long_call_is_read_block_by_block(tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    with soundfile.SoundFile(path, "w", 8000, 2) as sound:
        for _minute in range(60):
            sound.write(np.zeros((60 * 8000, 2), dtype=np.int16))
    source, taken = FileSource(path), 0
    tracemalloc.start()
    for block in source.blocks():
        taken += len(block.samples)
        if block.start > 300:
            source.stop()
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert source.seconds == 3600
    assert taken > 2 * 300 * SAMPLE_RATE
    assert peak < 4_000_000
