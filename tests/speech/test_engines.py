"""What every engine promises, tried on the real ones, and what each does of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from sounds import noise, ring_back, tone

from resources.errors import UserError
from speech.audio.files import FileSource
from speech.engines.base import SAMPLE_RATE, Samples
from speech.engines.vosk import VoskEngine, join_words
from speech.engines.whisper import WhisperEngine, invented
from speech.evaluate import cer
from speech.utterance import Speaker


@pytest.fixture(scope="module")
def caller(call_audio: Path) -> Samples:
    blocks = FileSource(call_audio).blocks()
    return np.concatenate([b.samples for b in blocks if b.speaker is Speaker.CALLER])


def turn(call_audio: Path, number: int) -> tuple[float, float, str]:
    turns = json.loads(call_audio.with_suffix(".json").read_text(encoding="utf-8"))["turns"]
    return turns[number]["start"], turns[number]["end"], turns[number]["text"]


def stretch(samples: Samples, start: float, end: float) -> Samples:
    return samples[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]


NO_SPEECH = {
    "nothing": np.zeros(0, dtype=np.int16),
    "one sample": np.ones(1, dtype=np.int16),
    "silence": np.zeros(3 * SAMPLE_RATE, dtype=np.int16),
    "line noise": noise(3, 0.003),
    "loud noise": noise(3, 0.1),
    "tone": tone(3),
    "ring-back": ring_back(3),
}


@pytest.mark.models
@pytest.mark.parametrize("sound", NO_SPEECH.values(), ids=NO_SPEECH.keys())
def test_whisper_invents_nothing(whisper: WhisperEngine, sound: Samples) -> None:
    assert whisper.decode(sound).text == ""


@pytest.mark.models
def test_whisper_reads_a_turn(whisper: WhisperEngine, call_audio: Path, caller: Samples) -> None:
    start, end, true = turn(call_audio, 1)
    decoded = whisper.decode(stretch(caller, start, end))
    assert cer(true, decoded.text) < 0.15
    assert decoded.confidence is not None
    assert 0.4 < decoded.confidence <= 1.0


@pytest.mark.models
def test_whisper_listens_to_hot_words(
    whisper: WhisperEngine, call_audio: Path, caller: Samples
) -> None:
    start, end, _true = turn(call_audio, 3)
    sound = stretch(caller, start - 0.2, end + 0.3)
    assert "昌平区" in whisper.decode(sound, ["昌平区", "海淀区", "回龙观街道"]).text


@pytest.mark.models
def test_whisper_takes_any_number_of_hot_words(whisper: WhisperEngine, caller: Samples) -> None:
    many = [f"第{number}街道" for number in range(5000)]
    assert whisper.decode(stretch(caller, 20, 25), many).text


@pytest.mark.models
def test_whisper_skims_what_it_would_read(
    whisper: WhisperEngine, call_audio: Path, caller: Samples
) -> None:
    start, end, true = turn(call_audio, 1)
    sound = stretch(caller, start, end)
    assert cer(true, whisper.skim(sound)) < 0.3
    beginning = whisper.skim(sound[: len(sound) // 2])
    assert 0 < len(beginning) < 0.8 * len(true)


@pytest.mark.models
@pytest.mark.parametrize("sound", NO_SPEECH.values(), ids=NO_SPEECH.keys())
def test_whisper_skims_nothing_out_of_noise(whisper: WhisperEngine, sound: Samples) -> None:
    assert len(whisper.skim(sound)) < 3


def test_whisper_never_asks_the_network(tmp_path: Path) -> None:
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    for name in ("model.bin", "config.json"):
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(UserError) as raised:
        WhisperEngine(tmp_path, "whisper-base")
    assert raised.value.code == "MODEL_BROKEN"


def test_a_broken_whisper_model_is_named(tmp_path: Path) -> None:
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(UserError) as raised:
        WhisperEngine(tmp_path, "whisper-base")
    assert raised.value.code == "MODEL_BROKEN"


def test_a_broken_vosk_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "final.mdl").write_bytes(b"no model")
    with pytest.raises(UserError) as raised:
        VoskEngine(tmp_path, "vosk-model-small-cn-0.22")
    assert raised.value.code == "MODEL_BROKEN"


@pytest.mark.parametrize(
    ("text", "confidence", "no_speech", "made_up"),
    [
        ("", 0.9, 0.0, True),
        ("。。。", 0.9, 0.0, True),
        ("字幕由Amara.org社区提供", 0.8, 0.5, True),
        ("请不吝点赞 订阅 转发 打赏支持明镜与点点栏目", 0.5, 0.1, True),
        ("谢谢观看", 0.6, 0.3, True),
        ("好的好的好的好的好的好的好的好的", 0.9, 0.0, True),
        ("你说什么", 0.3, 0.8, True),
        ("你说什么", 0.3, 0.4, False),
        ("你说什么", 0.8, 0.8, False),
        ("我的电话是一一一一二二二二三三三三", 0.8, 0.0, False),
        ("13800000000", 0.8, 0.0, False),
        ("对对对对，是这样的，小区一直停水", 0.8, 0.0, False),
        ("好的，感谢来电，再见。", 0.8, 0.0, False),
    ],
)
def test_text_out_of_nothing_is_told_from_speech(
    text: str, confidence: float, no_speech: float, made_up: bool
) -> None:
    assert invented(text, confidence, no_speech) is made_up


@pytest.mark.models
def test_vosk_hears_while_one_speaks(vosk: VoskEngine, caller: Samples) -> None:
    stream = vosk.stream()
    sound = stretch(caller, 6, 11)
    partials = [stream.feed(sound[at : at + 1600]) for at in range(0, len(sound), 1600)]
    decoded = stream.finish()
    assert len({partial for partial in partials if partial}) > 3
    assert decoded.text
    assert decoded.confidence is not None
    assert 0 < decoded.confidence <= 1
    assert join_words([word.text for word in decoded.words]) == decoded.text
    starts = [word.start for word in decoded.words]
    assert starts == sorted(starts)
    assert all(0 <= word.start < word.end <= 5.1 for word in decoded.words)


@pytest.mark.models
def test_a_vosk_stream_starts_anew_after_finish(vosk: VoskEngine, caller: Samples) -> None:
    stream = vosk.stream()
    stream.feed(stretch(caller, 6, 10))
    stream.finish()
    sound = stretch(caller, 29, 32)
    stream.feed(sound)
    again = stream.finish()
    assert all(0 <= word.start < word.end <= 3.1 for word in again.words)
    assert again.words
    stream.feed(np.zeros(16_000, dtype=np.int16))
    assert stream.finish().text == ""


@pytest.mark.models
def test_vosk_streams_do_not_mix(vosk: VoskEngine, caller: Samples) -> None:
    sound = stretch(caller, 6, 9)
    first, second = vosk.stream(), vosk.stream()
    for at in range(0, len(sound), 1600):
        first.feed(sound[at : at + 1600])
        second.feed(np.zeros(1600, dtype=np.int16))
    assert first.finish().text
    assert second.finish().text == ""


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], ""),
        (["我们", "小区", "停水", "了"], "我们小区停水了"),
        (["打", "12345", "热线"], "打 12345 热线"),
        (["개인", "정보"], "개인 정보"),
        (["用", "wifi", "六", "代"], "用 wifi 六代"),
    ],
)
def test_chinese_words_are_joined_without_spaces(words: list[str], text: str) -> None:
    assert join_words(words) == text
