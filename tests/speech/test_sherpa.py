"""The sherpa-onnx engine keeps every engine's promises, on tiny models in the library's own form."""

from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import tiny_models
from sounds import ScriptedSource, blocks_of, noise, silence

from resources.errors import UserError
from speech.engines.base import SAMPLE_RATE, Samples, StreamingEngine, UtteranceEngine
from speech.engines.sherpa import SherpaFinalEngine, SherpaLiveEngine
from speech.events import SpeechEvent, UtteranceHeard
from speech.models import ModelStore
from speech.recogniser import Recogniser
from speech.utterance import Speaker

BUILD = {
    "sherpa-zipformer": tiny_models.zipformer,
    "sherpa-paraformer": tiny_models.paraformer,
    "sherpa-sense-voice": tiny_models.sense_voice,
}
MODELS = {
    "sherpa-zipformer": "sherpa-zipformer-zh-14m",
    "sherpa-paraformer": "sherpa-paraformer-zh-en",
    "sherpa-sense-voice": "sherpa-sense-voice",
}
LIVE = ("sherpa-zipformer", "sherpa-paraformer")
QUIET = {
    "nothing": np.zeros(0, dtype=np.int16),
    "one sample": np.ones(1, dtype=np.int16),
    "silence": silence(3),
    "line noise": noise(3, 0.003),
}


@pytest.fixture(scope="module")
def loud() -> Samples:
    """Two seconds that any of the tiny models takes for speech."""
    return (
        (np.random.default_rng(0).normal(0, 0.2, 2 * SAMPLE_RATE) * 32767)
        .clip(-32768, 32767)
        .astype(np.int16)
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("tiny")
    for kind, build in BUILD.items():
        build(root / kind)
    return {kind: root / kind for kind in BUILD}


@pytest.fixture(scope="module", params=BUILD)
def engine(request: pytest.FixtureRequest, folders: dict[str, Path]) -> UtteranceEngine:
    return opened(request.param, folders[request.param])


@pytest.fixture(scope="module", params=LIVE)
def live(request: pytest.FixtureRequest, folders: dict[str, Path]) -> SherpaLiveEngine:
    return SherpaLiveEngine(folders[request.param], "tiny", request.param)


def opened(kind: str, folder: Path) -> UtteranceEngine:
    if kind == "sherpa-sense-voice":
        return SherpaFinalEngine(folder, "tiny")
    return SherpaLiveEngine(folder, "tiny", kind)


@pytest.mark.parametrize("sound", QUIET.values(), ids=QUIET.keys())
def test_quiet_is_no_text(engine: UtteranceEngine, sound: Samples) -> None:
    assert engine.decode(sound).text == ""


def test_an_utterance_becomes_text_with_times_inside_it(engine: UtteranceEngine, loud: Samples) -> None:
    decoded = engine.decode(np.concatenate([silence(0.5), loud, silence(0.5)]))
    assert set(decoded.text) <= set("你好")
    assert decoded.text.startswith("你")
    assert all(0 <= word.start <= word.end <= 3.0 for word in decoded.words)
    assert decoded.confidence is None or 0 < decoded.confidence <= 1
    assert engine.decode(loud).text == engine.decode(loud).text


def test_any_hot_words_are_taken(engine: UtteranceEngine, loud: Samples) -> None:
    plain = engine.decode(loud).text
    assert engine.decode(loud, ["你好", "朝阳区", "", "a b/c", "好" * 500]).text.startswith(plain[:1])


def test_text_grows_while_one_speaks(live: StreamingEngine, loud: Samples) -> None:
    stream = live.stream()
    partials = [stream.feed(loud[at : at + 1600]) for at in range(0, len(loud), 1600)]
    shown = [partial for partial in partials if partial]
    assert len(set(shown)) > 2
    assert all(after.startswith(before) for before, after in pairwise(shown))
    assert stream.finish().text.startswith(shown[-1])


def test_a_stream_begins_anew_after_each_utterance(live: StreamingEngine, loud: Samples) -> None:
    stream = live.stream(["你好"])
    assert stream.finish().text == ""
    stream.feed(loud)
    first = stream.finish()
    stream.feed(silence(1))
    assert stream.finish().text == ""
    stream.feed(loud)
    assert stream.finish() == first


def test_streams_are_independent(live: StreamingEngine, loud: Samples) -> None:
    one, other = live.stream(), live.stream()
    one.feed(loud)
    other.feed(silence(2))
    assert other.finish().text == ""
    assert one.finish().text


def test_both_passes_hear_a_call(folders: dict[str, Path], call_audio: Path) -> None:
    from speech.audio.files import FileSource

    events: list[SpeechEvent] = []
    recogniser = Recogniser(
        FileSource(call_audio),
        None,
        SherpaLiveEngine(folders["sherpa-zipformer"], "tiny-live", "sherpa-zipformer"),
        SherpaFinalEngine(folders["sherpa-sense-voice"], "tiny-final"),
        None,
        lambda speaker: ("你好",),
        events.append,
    )
    recogniser.start()
    assert recogniser.join(60)
    heard = [event.utterance for event in events if isinstance(event, UtteranceHeard)]
    assert {utterance.engine for utterance in heard} == {"tiny-final"}
    assert {utterance.speaker for utterance in heard} == set(Speaker)


def test_noise_without_speech_stays_empty(folders: dict[str, Path]) -> None:
    events: list[SpeechEvent] = []
    source = ScriptedSource(blocks_of(noise(5, 0.05)), (Speaker.CALLER,))
    engine = SherpaLiveEngine(folders["sherpa-zipformer"], "tiny", "sherpa-zipformer")
    recogniser = Recogniser(source, None, engine, None, None, None, events.append)
    recogniser.start()
    assert recogniser.join(60)
    assert not [event for event in events if isinstance(event, UtteranceHeard)]


def without_statements(folder: Path, kind: str) -> None:
    build = BUILD[kind]
    build(folder)
    import onnx

    for path in folder.glob("*.onnx"):
        model = onnx.load(str(path))
        del model.metadata_props[:]
        onnx.save(model, str(path))


def no_network(folder: Path, kind: str) -> None:
    BUILD[kind](folder)
    for path in folder.glob("*.onnx"):
        path.write_bytes(b"no network")


def cut_network(folder: Path, kind: str) -> None:
    BUILD[kind](folder)
    for path in folder.glob("*.onnx"):
        path.write_bytes(path.read_bytes()[:100])


def no_tokens(folder: Path, kind: str) -> None:
    BUILD[kind](folder)
    (folder / "tokens.txt").unlink()


def wrong_tokens(folder: Path, kind: str) -> None:
    BUILD[kind](folder)
    (folder / "tokens.txt").write_bytes("你 0\n好 7\n".encode("gb18030"))


def gap_in_tokens(folder: Path, kind: str) -> None:
    BUILD[kind](folder)
    (folder / "tokens.txt").write_text("你 0\n好 7\n", encoding="utf-8")


def nothing(folder: Path, kind: str) -> None:
    folder.mkdir()


@pytest.mark.parametrize("kind", BUILD)
@pytest.mark.parametrize(
    "harm",
    [without_statements, no_network, cut_network, no_tokens, wrong_tokens, gap_in_tokens, nothing],
)
def test_a_broken_model_is_named_and_does_not_end_the_program(
    tmp_path: Path, kind: str, harm: Callable[[Path, str], None]
) -> None:
    harm(tmp_path / "model", kind)
    with pytest.raises(UserError) as raised:
        opened(kind, tmp_path / "model")
    assert raised.value.code == "MODEL_BROKEN"


def test_without_the_package_it_says_how_to_get_it(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    with pytest.raises(UserError) as raised:
        SherpaFinalEngine(folders["sherpa-sense-voice"], "sherpa-sense-voice")
    assert raised.value.code == "MODEL_ENGINE_MISSING"
    assert "pip install sherpa-onnx" in raised.value.message("zh")


@pytest.mark.parametrize("kind", BUILD)
def test_a_model_comes_as_a_tar_and_is_opened_by_its_name(
    kind: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    archive = tmp_path / "model.tar.bz2"
    with tarfile.open(archive, "w:bz2") as packed:
        packed.add(folders[kind], "sherpa-onnx-tiny")
    store, name = ModelStore(tmp_path / "models"), MODELS[kind]
    store.install(name, archive=archive)
    store.verify(name)
    opened = store.load_live(name) if kind in LIVE else store.load_final(name)
    assert opened.name == name


def tar_of(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as packed:
        for info, content in members:
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return path


def link() -> tarfile.TarInfo:
    info = tarfile.TarInfo("model/link")
    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return info


@pytest.mark.parametrize(
    "member",
    [tarfile.TarInfo("../out"), tarfile.TarInfo("/etc/out"), tarfile.TarInfo("a/../../out"), link()],
    ids=["up", "absolute", "hidden up", "link"],
)
def test_a_tar_that_reaches_out_is_refused(tmp_path: Path, member: tarfile.TarInfo) -> None:
    archive = tar_of(
        tmp_path / "bad.tar.gz", (tarfile.TarInfo("model/tokens.txt"), b"x"), (member, b"")
    )
    store = ModelStore(tmp_path / "deep" / "models")
    with pytest.raises(UserError) as raised:
        store.install("sherpa-sense-voice", archive=archive)
    assert raised.value.code == "MODEL_UNSAFE_ARCHIVE"
    assert list(store.folder.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.tar.gz", "deep"]


def test_a_tar_that_grows_too_big_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from speech.archives import unpack

    archive = tar_of(tmp_path / "big.tar.gz", (tarfile.TarInfo("model/a"), bytes(2_000_000)))
    with pytest.raises(UserError) as raised:
        unpack(archive, tmp_path / "into", limit=1_000_000)
    assert raised.value.code == "MODEL_UNSAFE_ARCHIVE"
    assert not (tmp_path / "into").exists()


def test_a_cut_tar_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    archive = tmp_path / "cut.tar.bz2"
    with tarfile.open(archive, "w:bz2") as packed:
        packed.add(folders["sherpa-zipformer"], "model")
    archive.write_bytes(archive.read_bytes()[:-200])
    store = ModelStore(tmp_path / "models")
    with pytest.raises(UserError) as raised:
        store.install(MODELS["sherpa-zipformer"], archive=archive)
    assert raised.value.code == "MODEL_UNSAFE_ARCHIVE"
