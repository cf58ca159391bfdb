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
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from app.dispatch.learning.features import Lexicon
from app.dispatch.learning.model import PracticeModel
from resources.errors import UserError

FORMAT, VERSION = "jiesu-dispatch-model", 1
MAX_BYTES = 50_000_000
MAX_UNPACKED = 150_000_000
_TYPES = {
    "header": np.uint8,
    "terms": np.uint8,
    "rarity": np.float32,
    "went": np.int32,
    "prior": np.float32,
    "pull": np.float16,
    "weights": np.float16,
    "columns": np.int32,
    "ends": np.int64,
}
_NUMBERS = ("floor", "power", "sure_from")


_BROKEN = (
    *(OSError, ValueError, KeyError, TypeError, EOFError, MemoryError),
    *(zipfile.BadZipFile, zipfile.LargeZipFile),
    *(NotImplementedError, RuntimeError),  # of zipfile: an unknown way of packing, a password
)


def save_model(model: PracticeModel, path: Path) -> int:
    """Write a model, whole or not at all; returns its size in bytes. Raises ``UserError``."""
    arrays: dict[str, Any] = {
        "terms": _bytes("\n".join(model.lexicon.terms)),
        "rarity": model.lexicon.rarity,
        "went": model.went.astype(np.int32),
        "prior": model.prior,
        "pull": model.pull.astype(np.float16),
        "weights": model.past.data.astype(np.float16),
        "columns": model.past.indices.astype(np.int32),
        "ends": model.past.indptr.astype(np.int64),
    }
    header = {
        "format": FORMAT,
        "version": VERSION,
        "label": model.label,
        "labels": model.labels,
        **{name: getattr(model, name) for name in _NUMBERS},
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


def load_model(path: Path) -> PracticeModel:
    """Read a model. Raises ``UserError`` for a file that is missing, damaged, foreign or hostile."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError("PRACTICE_TOO_LARGE", path=path, limit=MAX_BYTES // 1_000_000)
        arrays = _arrays(path)
        return _model(arrays)
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
        for name, kind in _TYPES.items():
            # Read no more than the directory promises: a bomb may promise little.
            size = packed.getinfo(f"{name}.npy").file_size
            with packed.open(f"{name}.npy") as file:
                content = file.read(size + 1)
            array = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
            if array.dtype != kind or array.ndim != (2 if name == "pull" else 1):
                raise ValueError(f"{name}: {array.dtype} × {array.ndim}")
            arrays[name] = array
    return arrays


def _model(arrays: Mapping[str, Any]) -> PracticeModel:
    header = json.loads(arrays["header"].tobytes().decode())
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError("not a model of this program")
    if header.get("version") != VERSION:
        raise ValueError(f"version {header.get('version')!r}")
    if header.get("sha256") != _digest(arrays):
        raise ValueError("checksum")
    labels, numbers = header["labels"], [header[name] for name in _NUMBERS]
    named = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
    if not named or not isinstance(header["label"], str) or len(set(labels)) != len(labels):
        raise ValueError("labels")
    if not all(isinstance(number, float) and 0 < number < 1e6 for number in numbers):
        raise ValueError("numbers")
    terms = tuple(arrays["terms"].tobytes().decode().split("\n"))
    _check(arrays, len(labels), len(terms))
    shape = (len(arrays["went"]), len(terms))
    parts = (arrays["weights"].astype(np.float32), arrays["columns"], arrays["ends"])
    return PracticeModel(
        label=header["label"],
        labels=tuple(labels),
        lexicon=Lexicon(terms, arrays["rarity"]),
        past=csr_matrix(parts, shape=shape),
        went=arrays["went"],
        pull=arrays["pull"].astype(np.float32),
        prior=arrays["prior"],
        **dict(zip(_NUMBERS, numbers, strict=True)),
    )


def _check(arrays: Mapping[str, Any], labels: int, terms: int) -> None:
    """Every position must lie inside its table and every number be one, or ``ValueError``."""
    past, ends, columns = len(arrays["went"]), arrays["ends"], arrays["columns"]
    fits = (
        arrays["pull"].shape == (past, labels)
        and len(arrays["prior"]) == labels
        and len(arrays["rarity"]) == terms
        and len(ends) == past + 1
        and ends[0] == 0
        and ends[-1] == len(columns) == len(arrays["weights"])
        and bool((np.diff(ends) >= 0).all())
        and bool(((columns >= 0) & (columns < terms)).all())
        and bool(((arrays["went"] >= -1) & (arrays["went"] < labels)).all())
    )
    finite = all(np.isfinite(arrays[name]).all() for name in ("pull", "prior", "rarity", "weights"))
    if not fits or not finite:
        raise ValueError("sizes or positions do not fit")


def _bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _digest(arrays: Mapping[str, Any]) -> str:
    """SHA-256 over all arrays but the header, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(set(arrays) - {"header"}):
        digest.update(f"{name}:{arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()
