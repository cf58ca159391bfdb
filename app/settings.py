"""Every setting, declared once: name, type, default and what it does.

Kept as JSON in the data directory; ``docs/settings.md`` is generated from these declarations.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from resources.errors import UserError

FILE_NAME = "settings.json"


class Settings(BaseModel):
    """The settings of one seat."""

    model_config = ConfigDict(frozen=True, extra="allow", validate_default=True)

    language: Literal["zh", "en"] = Field("zh", description="Language of the interface.")
    theme: Literal["system", "light", "dark", "contrast"] = Field(
        "system", description="Colours of the desk."
    )
    seat: str = Field("seat-1", min_length=1, max_length=64, description="Name of this seat 坐席.")
    server_url: str = Field(
        "", description="Address of the centre, e.g. https://centre.example; empty works offline."
    )
    speech_model: str = Field(
        "whisper-base", description="Model for the final text, a name of `models list`."
    )
    live_model: str = Field(
        "",
        description="Streaming model (Vosk, sherpa-onnx) for live text; empty uses one that is there.",
    )
    operator_device: str = Field("", description="Sound input of the operator; empty = system default.")
    caller_device: str = Field(
        "", description="Sound input of the caller; empty = right channel of the operator's device."
    )
    telephone_port: int = Field(
        0, ge=0, le=65535, description="Loopback port for a softphone's call events; 0 = any free one."
    )
    sync_interval_s: float = Field(
        5.0, gt=0.1, le=3600, description="Seconds between two attempts to reach the centre."
    )
    keep_recordings_days: int = Field(
        30, ge=0, le=3650, description="Days a recording stays here once the centre has it."
    )


def load_settings(data_dir: Path) -> Settings:
    """The settings of a data directory; defaults where it has none.

    Raises ``UserError("SETTINGS_BROKEN")`` and leaves the file alone when it cannot be read.
    """
    path = data_dir / FILE_NAME
    try:
        return Settings.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Settings()
    except (ValueError, ValidationError, OSError) as error:
        raise UserError("SETTINGS_BROKEN", path=path, detail=str(error).splitlines()[0]) from error


def save_settings(data_dir: Path, settings: Settings) -> None:
    """Write the settings so that a crash leaves either the old or the new file."""
    data_dir.mkdir(parents=True, exist_ok=True)
    scratch = data_dir / (FILE_NAME + ".new")
    scratch.write_text(settings.model_dump_json(indent=2), encoding="utf-8")
    os.replace(scratch, data_dir / FILE_NAME)
