"""Read bundled data files; nothing else in the product opens a file of this folder."""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_ROOT = Path(__file__).parent
_YamlLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def resource_path(*parts: str) -> Path:
    """Absolute path of a bundled file or folder, e.g. ``resource_path("calls", "demo.flac")``."""
    return _ROOT.joinpath(*parts)


def read_text(*parts: str) -> str:
    """The UTF-8 text of a bundled file."""
    return resource_path(*parts).read_text(encoding="utf-8")


def read_csv(*parts: str) -> list[dict[str, str]]:
    """The rows of a bundled CSV file, keyed by its header line."""
    return list(csv.DictReader(io.StringIO(read_text(*parts))))


@cache
def read_yaml(*parts: str) -> Any:
    """The content of a bundled YAML file. Cached: treat it as read-only."""
    return yaml.load(read_text(*parts), Loader=_YamlLoader)
