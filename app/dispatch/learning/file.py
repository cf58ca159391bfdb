"""A trained model as one file: plain arrays and JSON with a checksum, nothing that could run.

A zip of ``.npy`` arrays: ``header`` (JSON: format, version, label, labels, figures), ``terms``
(the lexicon, one term a line) and the numbers. A file from elsewhere is refused unless its sizes,
types, positions and checksum all fit.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from app.dispatch.learning.features import Floats, Lexicon
from app.dispatch.learning.meaning import Meaning, packed, unpacked
from app.dispatch.learning.model import Lessons, PracticeModel
from knowledge_base.embedding import Embedder, quick_embedder
from resources.errors import UserError

FORMAT, VERSION = "jiesu-dispatch-model", 3
MAX_BYTES = 50_000_000
MAX_UNPACKED = 150_000_000
_TYPES = {
    "header": (np.uint8, 1),
    "terms": (np.uint8, 1),
    "rarity": (np.float32, 1),
    "went": (np.int32, 1),
    "beside": (np.int32, 1),
    "prior": (np.float32, 1),
    "pull": (np.float16, 2),
    "linear": (np.float16, 2),
    "voices": (np.float32, 2),
    "curve": (np.float32, 2),
    "past_weights": (np.float16, 1),
    "past_columns": (np.int32, 1),
    "past_ends": (np.int64, 1),
    "past_vectors": (np.int8, 2),
    "taught_weights": (np.float16, 1),
    "taught_columns": (np.int32, 1),
    "taught_ends": (np.int64, 1),
    "taught_vectors": (np.int8, 2),
    "taught_labels": (np.int32, 1),
    "centre": (np.float32, 1),
}
"""Name of each array with its type and number of axes."""

_BROKEN = (
    *(OSError, ValueError, KeyError, TypeError, EOFError, MemoryError),
    *(zipfile.BadZipFile, zipfile.LargeZipFile),
    *(NotImplementedError, RuntimeError),  # of zipfile: an unknown way of packing, a password
)


def save_model(model: PracticeModel, path: Path) -> int:
    """Write a model, whole or not at all; returns its size in bytes. Raises ``UserError``."""
    meaning, lessons = model.meaning, model.lessons
    vectors = meaning.vectors if meaning else np.zeros((len(model.went), 0), np.float32)
    arrays: dict[str, Any] = {
        "terms": _bytes("\n".join(model.lexicon.terms)),
        "rarity": model.lexicon.rarity,
        "went": model.went.astype(np.int32),
        "beside": model.went_beside.astype(np.int32),
        "prior": model.prior,
        "pull": model.pull.astype(np.float16),
        "linear": model.linear.astype(np.float16),
        "voices": model.weights,
        "curve": model.curve,
        **_table("past", model.past, vectors),
        **_table("taught", lessons.rows, lessons.vectors),
        "taught_labels": lessons.labels.astype(np.int32),
        "centre": meaning.centre if meaning else np.zeros(0, np.float32),
    }
    header = {
        "format": FORMAT,
        "version": VERSION,
        "label": model.label,
        "labels": model.labels,
        "others": model.others,
        "embedder": meaning.embedder.name if meaning else "",
        "sure_from": model.sure_from,
        "sha256": _digest(arrays),
    }
    arrays["header"] = _bytes(json.dumps(header, ensure_ascii=False))
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **arrays)
    data = packed.getvalue()
    if len(data) > MAX_BYTES:
        raise UserError("PRACTICE_TOO_LARGE", path=path, limit=MAX_BYTES // 1_000_000)
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise UserError("PRACTICE_UNWRITABLE", path=path, detail=error) from error
    return len(data)


def load_model(path: Path, embedder: Callable[[], Embedder] = quick_embedder) -> PracticeModel:
    """Read a model. ``embedder`` is called when the model was trained with one.

    Raises ``UserError`` for a file that is missing, damaged, foreign or hostile, or trained by an
    embedder that this computer does not have.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError("PRACTICE_TOO_LARGE", path=path, limit=MAX_BYTES // 1_000_000)
        arrays = _arrays(path)
        header = _header(arrays)
        return _model(arrays, header, _embedder(path, header["embedder"], embedder))
    except FileNotFoundError as error:
        raise UserError("PRACTICE_MISSING", path=path) from error
    except _BROKEN as error:
        raise UserError("PRACTICE_DAMAGED", path=path, detail=error) from error


def _arrays(path: Path) -> dict[str, Any]:
    """The arrays, each of the type it must have, in a size a model may have."""
    with zipfile.ZipFile(path) as packed:
        members = packed.infolist()
        if sorted(member.filename for member in members) != sorted(f"{name}.npy" for name in _TYPES):
            raise ValueError("not the parts of a model")
        if sum(member.file_size for member in members) > MAX_UNPACKED:
            raise ValueError("too large when unpacked")
        arrays = {}
        for name, (kind, axes) in _TYPES.items():
            # Read no more than the directory promises: a bomb may promise little.
            size = packed.getinfo(f"{name}.npy").file_size
            with packed.open(f"{name}.npy") as file:
                content = file.read(size + 1)
            array = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
            if array.dtype != kind or array.ndim != axes:
                raise ValueError(f"{name}: {array.dtype} × {array.ndim}")
            arrays[name] = array
    return arrays


def _header(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The header, every value of the type it must have, or ``ValueError``."""
    header = json.loads(arrays["header"].tobytes().decode())
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError("not a model of this program")
    if header.get("version") != VERSION:
        raise ValueError(f"version {header.get('version')!r}")
    if header.get("sha256") != _digest(arrays):
        raise ValueError("checksum")
    for name in ("labels", "others"):
        labels = header[name]
        named = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
        if not named or len(set(labels)) != len(labels):
            raise ValueError(name)
    if not all(isinstance(header[name], str) for name in ("label", "embedder")):
        raise ValueError("names")
    sure = header["sure_from"]
    if not (isinstance(sure, float) and 0 < sure < 2):
        raise ValueError("sure_from")
    return header


def _embedder(path: Path, name: str, embedder: Callable[[], Embedder]) -> Embedder | None:
    if not name:
        return None
    try:
        found = embedder()
    except UserError as error:
        detail = error.values.get("detail", "")
        raise UserError("PRACTICE_NEEDS_MEANING", path=path, name=name, detail=detail) from error
    if found.name != name:
        raise UserError("PRACTICE_NEEDS_MEANING", path=path, name=name, detail=found.name)
    return found


def _model(
    arrays: Mapping[str, Any], header: Mapping[str, Any], embedder: Embedder | None
) -> PracticeModel:
    terms = tuple(arrays["terms"].tobytes().decode().split("\n"))
    _check(arrays, header, len(terms), embedder.dimension if embedder else 0)
    meaning = None
    if embedder is not None:
        meaning = Meaning(embedder, arrays["centre"], unpacked(arrays["past_vectors"]))
    taught = unpacked(arrays["taught_vectors"])
    return PracticeModel(
        label=header["label"],
        labels=tuple(header["labels"]),
        others=tuple(header["others"]),
        lexicon=Lexicon(terms, arrays["rarity"]),
        past=_rows("past", arrays, len(terms)),
        meaning=meaning,
        went=arrays["went"],
        went_beside=arrays["beside"],
        pull=arrays["pull"].astype(np.float32),
        prior=arrays["prior"],
        linear=arrays["linear"].astype(np.float32),
        weights=arrays["voices"],
        curve=arrays["curve"],
        sure_from=header["sure_from"],
        lessons=Lessons(_rows("taught", arrays, len(terms)), taught, arrays["taught_labels"]),
    )


def _check(arrays: Mapping[str, Any], header: Mapping[str, Any], terms: int, dimension: int) -> None:
    """Every position must lie inside its table and every number be one, or ``ValueError``."""
    past, taught = len(arrays["went"]), len(arrays["taught_labels"])
    labels, others, both = len(header["labels"]), len(header["others"]), len(arrays["prior"])
    trained = both - others
    voices = 2 + (others > 0) + (1 + (others > 0)) * (dimension > 0)
    fits = (
        past > 0
        and 0 < trained <= labels
        and arrays["pull"].shape == (past, both)
        and arrays["linear"].shape == ((dimension + 1 if dimension else 0), both)
        and arrays["voices"].shape == (trained, voices + 1)
        and arrays["curve"].shape[0] == 2
        and bool((np.diff(arrays["curve"][0]) >= 0).all())
        and arrays["curve"].size > 0
        and len(arrays["rarity"]) == terms
        and len(arrays["centre"]) == dimension
        and len(arrays["beside"]) == (past if others else 0)
        and _inside(arrays["went"], 0, trained)
        and _inside(arrays["beside"], 0, others)
        and _inside(arrays["taught_labels"], -labels, labels)
        and all(
            arrays[f"{name}_vectors"].shape == (rows, dimension)
            and _has_rows(name, arrays, rows, terms)
            for name, rows in (("past", past), ("taught", taught))
        )
    )
    numbers = (
        "pull",
        "prior",
        "rarity",
        "linear",
        "voices",
        "centre",
        "past_weights",
        "taught_weights",
    )
    if not fits or not all(np.isfinite(arrays[name]).all() for name in numbers):
        raise ValueError("sizes or positions do not fit")


def _has_rows(name: str, arrays: Mapping[str, Any], rows: int, terms: int) -> bool:
    ends, columns = arrays[f"{name}_ends"], arrays[f"{name}_columns"]
    return (
        len(ends) == rows + 1
        and ends[0] == 0
        and ends[-1] == len(columns) == len(arrays[f"{name}_weights"])
        and bool((np.diff(ends) >= 0).all())
        and _inside(columns, 0, terms)
    )


def _inside(positions: np.ndarray, low: int, end: int) -> bool:
    return bool(((positions >= low) & (positions < end)).all())


def _table(name: str, rows: csr_matrix, vectors: Floats) -> dict[str, Any]:
    """Texts as arrays: their words and their meanings."""
    return {
        f"{name}_weights": rows.data.astype(np.float16),
        f"{name}_columns": rows.indices.astype(np.int32),
        f"{name}_ends": rows.indptr.astype(np.int64),
        f"{name}_vectors": packed(vectors),
    }


def _rows(name: str, arrays: Mapping[str, Any], terms: int) -> csr_matrix:
    weights, columns = arrays[f"{name}_weights"].astype(np.float32), arrays[f"{name}_columns"]
    ends = arrays[f"{name}_ends"]
    return csr_matrix((weights, columns, ends), shape=(len(ends) - 1, terms))


def _bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _digest(arrays: Mapping[str, Any]) -> str:
    """SHA-256 over all arrays but the header, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(set(arrays) - {"header"}):
        digest.update(f"{name}:{arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()
