"""Every setting, declared once: name, type, default and what it does.

Kept as JSON in the data directory; ``docs/settings.md`` is generated from these declarations.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from app.declared import check, declared, known, rules
from resources.errors import UserError

FILE_NAME = "settings.json"


@dataclass(frozen=True)
class Settings:
    """The settings of one seat. Raises ``ValueError`` for a value that is none.

    ``unknown`` holds what a newer program wrote; it is kept.
    """

    language: Literal["zh", "en"] = declared("zh", "Language of the interface.", choices=("zh", "en"))
    theme: Literal["system", "light", "dark", "contrast"] = declared(
        "system", "Colours of the desk.", choices=("system", "light", "dark", "contrast")
    )
    text_size: int = declared(100, "Size of text, percent.", least=80, most=200)
    seat: str = declared("seat-1", "Name of this seat 坐席.", least=1, most=64)
    server_url: str = declared(
        "", "Address of the centre, e.g. https://centre.example; empty works offline."
    )
    speech_model: str = declared("whisper-base", "Model for the final text, a name of `models list`.")
    live_model: str = declared(
        "",
        "Streaming model (Vosk, sherpa-onnx) for live text; empty uses one that is there.",
    )
    operator_device: str = declared("", "Sound input of the operator; empty = system default.")
    caller_device: str = declared(
        "", "Sound input of the caller; empty = right channel of the operator's device."
    )
    telephone_port: int = declared(
        0, "Loopback port for a softphone's call events; 0 = any free one.", least=0, most=65535
    )
    sync_interval_s: float = declared(
        5.0, "Seconds between two attempts to reach the centre.", least=0.1, most=3600
    )
    keep_recordings_days: int = declared(
        30, "Days a recording stays here once the centre has it.", least=0, most=3650
    )
    sample_articles: Literal["yes", "no"] = declared(
        "yes", "Whether the articles that come with the program are searched.", choices=("yes", "no")
    )
    unknown: Mapping[str, object] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        check(self)

    @classmethod
    def read(cls, value: object) -> Settings:
        """Settings from a JSON object. Raises ``ValueError``."""
        mine = known(cls, value)
        assert isinstance(value, Mapping)
        return cls(**mine, unknown={name: one for name, one in value.items() if name not in mine})

    def changed(self, changes: Mapping[str, object]) -> Settings:
        """These settings with others in some places. Raises ``ValueError``."""
        return replace(self, **dict(changes))  # type: ignore[arg-type]

    def written(self) -> dict[str, object]:
        """The inverse of ``read``."""
        return {**{name: getattr(self, name) for name in rules(Settings)}, **self.unknown}


def untouched(data_dir: Path) -> bool:
    """Whether a folder holds nothing but the log and the lock of a desk that is just starting."""
    return not data_dir.is_dir() or {one.name for one in data_dir.iterdir()} <= {"logs", "desk.lock"}


def load_settings(data_dir: Path) -> Settings:
    """The settings of a data directory; defaults where it has none.

    Raises ``UserError("SETTINGS_BROKEN")`` and leaves the file alone when it cannot be read.
    """
    path = data_dir / FILE_NAME
    try:
        return Settings.read(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Settings()
    except (ValueError, OSError, RecursionError) as error:
        raise UserError("SETTINGS_BROKEN", path=path, detail=str(error).splitlines()[0]) from error


def save_settings(data_dir: Path, settings: Settings) -> None:
    """Write the settings so that a crash leaves either the old or the new file."""
    data_dir.mkdir(parents=True, exist_ok=True)
    scratch = data_dir / (FILE_NAME + ".new")
    scratch.write_text(json.dumps(settings.written(), ensure_ascii=False, indent=2), encoding="utf-8")
    os.replace(scratch, data_dir / FILE_NAME)
