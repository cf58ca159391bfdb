"""The licences of what the bundle carries: name, version, licence and its text, package by package."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from contents import LEFT_OUT

ROOT = Path(__file__).resolve().parents[1]
_NAME = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_TEXT = re.compile(r"(licen[cs]e|copying|notice)", re.IGNORECASE)
_MORE = ("dask", "distributed", "sherpa-onnx")
_UNTOLD = {"sqlcipher3": "zlib; with SQLCipher (BSD-3-Clause) and OpenSSL (Apache-2.0)"}
"""Where the package itself says nothing."""
_HEAD = """\
接诉台 Jiesu Desk is under the Apache License 2.0 (LICENSE, NOTICE). It is carried together with the
packages below, each under its own licence. Qt and PySide6 are under the LGPL 3: they lie in this folder
as libraries of their own and may be replaced by builds of yours.
"""


def carried() -> list[str]:
    """The packages of the lock file that are installed here and go into the bundle, by name."""
    locked = _NAME.findall((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    names = {*locked, *_MORE}
    return sorted((name for name in names if name.replace("-", "_") not in LEFT_OUT), key=str.lower)


def licences() -> str:
    """The whole document."""
    return "\n".join([_HEAD, *_entries()])


def _entries() -> Iterator[str]:
    for name in carried():
        try:
            package = distribution(name)
        except PackageNotFoundError:  # for another system
            continue
        yield f"{'=' * 100}\n{package.name} {package.version}: {_licence(package)}\n"
        for file in package.files or ():
            if ".dist-info" in file.parts[0] and _TEXT.search(file.name):
                yield file.locate().read_text(encoding="utf-8", errors="replace")  # type: ignore[attr-defined]


def _licence(package: Distribution) -> str:
    told = package.metadata
    kinds = [kind for kind in told.get_all("Classifier") or () if kind.startswith("License ::")]
    named = {name: told[name] for name in ("License", "License-Expression") if name in told}
    stated = named.get("License", "").strip().splitlines()
    untold = [_UNTOLD.get(package.name, "see its home page")]
    return named.get("License-Expression") or (kinds or stated or untold)[0]
