"""Read bundled data files; nothing else in the product opens a file of this folder.

What a YAML file says is kept beside it in ``__pycache__``, as Python keeps its modules, and as long
as the file is the same: reading YAML takes a hundred times as long as reading what it says.
"""

from __future__ import annotations

import io
import marshal
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parent


def resource_path(*parts: str) -> Path:
    """Absolute path of a bundled file or folder, e.g. ``resource_path("calls", "demo.flac")``."""
    return _ROOT.joinpath(*parts)


def read_text(*parts: str) -> str:
    """The UTF-8 text of a bundled file."""
    return resource_path(*parts).read_text(encoding="utf-8")


def read_csv(*parts: str) -> list[dict[str, str]]:
    """The rows of a bundled CSV file, keyed by its header line."""
    import csv  # the first window needs no tables

    return list(csv.DictReader(io.StringIO(read_text(*parts))))


@cache
def read_yaml(*parts: str) -> Any:
    """The content of a bundled YAML file. Cached: treat it as read-only."""
    return read_kept(resource_path(*parts))


def read_kept(source: Path) -> Any:
    """What a YAML file says, from what is kept of it if that is of this very file."""
    kept = source.parent / "__pycache__" / f"{source.name}.{sys.implementation.cache_tag}"
    state = source.stat()
    mark = (int(state.st_mtime), state.st_size)  # whole seconds: archives keep no more
    with suppress(OSError, ValueError, EOFError, TypeError):
        found, content = marshal.loads(kept.read_bytes())
        if found == mark:
            return content
    content = _parse(source.read_text(encoding="utf-8"))
    if not sys.dont_write_bytecode:
        with suppress(OSError, ValueError):  # a folder that is not ours to write in, a date
            _keep(kept, marshal.dumps((mark, content)))
    return content


def _parse(text: str) -> Any:
    import yaml

    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _keep(kept: Path, content: bytes) -> None:
    kept.parent.mkdir(exist_ok=True)
    part = kept.with_name(f"{kept.name}.{os.getpid()}")
    part.write_bytes(content)
    part.replace(kept)  # another process may read it at this moment
