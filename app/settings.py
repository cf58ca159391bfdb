"""Every setting, declared once: name, type, limits, default, where it stands and from when on it holds.

Kept as JSON in the data directory. The page of settings and ``docs/settings.md`` are made from these
declarations and from the sentences in ``resources/text/<language>/settings.yaml``: ``<name>``,
``<name>_note``, ``<name>_<choice>`` and, where empty means something, ``<name>_none``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from app.declared import check, declared, known, rules
from resources.errors import UserError

FILE_NAME = "settings.json"


@dataclass(frozen=True)
class Settings:
    """The settings of one seat. Raises ``ValueError`` for a value that is none.

    ``unknown`` holds what a newer program wrote, ``unread`` values that are none for their setting,
    whose default holds instead. Both are kept; ``unread`` until the setting is changed.
    """

    language: Literal["zh", "en"] = declared("zh", choices=("zh", "en"), section="look")
    theme: Literal["system", "light", "dark", "contrast"] = declared(
        "system", choices=("system", "light", "dark", "contrast"), section="look"
    )
    text_size: int = declared(100, least=80, most=200, unit="percent", section="look")
    seat: str = declared("seat-1", least=1, most=64, section="centre")
    server_url: str = declared("", most=2048, section="centre")
    sync_interval_s: float = declared(5.0, least=0.1, most=3600, unit="seconds", section="centre")
    operator_device: str = declared("", section="call", holds="call", offers="devices")
    caller_device: str = declared("", section="call", holds="call", offers="devices")
    telephone_port: int = declared(0, least=0, most=65535, section="call", holds="start")
    hold_reminder_s: int = declared(60, least=0, most=3600, unit="seconds", section="call")
    wrap_target_s: int = declared(60, least=0, most=3600, unit="seconds", section="call")
    recall_s: int = declared(5, least=0, most=60, unit="seconds", section="call")
    speech_model: str = declared(
        "whisper-base", least=1, section="speech", holds="call", offers="final"
    )
    sample_articles: Literal["yes", "no"] = declared(
        "yes", choices=("yes", "no"), section="data", holds="start"
    )
    live_model: str = declared("", section="speech", holds="call", offers="live")
    keep_recordings_days: int = declared(30, least=0, most=3650, unit="days", section="data")
    unknown: Mapping[str, object] = field(default_factory=dict, repr=False)
    unread: Mapping[str, object] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        check(self)

    @classmethod
    def read(cls, value: object) -> Settings:
        """Settings from a JSON object. Raises ``ValueError`` where it is none."""
        mine = known(cls, value)
        assert isinstance(value, Mapping)
        unread = {name: one for name, one in mine.items() if rules(cls)[name].problem(one)}
        good = {name: one for name, one in mine.items() if name not in unread}
        unknown = {name: one for name, one in value.items() if name not in mine}
        return cls(**good, unknown=unknown, unread=unread)

    def changed(self, changes: Mapping[str, Any]) -> Settings:
        """These settings with others in some places. Raises ``ValueError``."""
        unread = {name: one for name, one in self.unread.items() if name not in changes}
        return replace(self, unread=unread, **changes)

    def written(self) -> dict[str, object]:
        """The inverse of ``read``."""
        return {
            **{name: getattr(self, name) for name in rules(Settings)},
            **self.unread,
            **self.unknown,
        }


def untouched(data_dir: Path) -> bool:
    """Whether a folder holds nothing but the log and the lock of a desk that is just starting."""
    return not data_dir.is_dir() or {one.name for one in data_dir.iterdir()} <= {"logs", "desk.lock"}


def load_settings(data_dir: Path) -> Settings:
    """The settings of a data directory; defaults where it has none.

    Raises ``UserError("SETTINGS_BROKEN")`` and leaves the file alone when it is no JSON object at all.
    """
    path = data_dir / FILE_NAME
    try:
        return Settings.read(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Settings()
    except (ValueError, OSError, RecursionError) as error:
        raise UserError("SETTINGS_BROKEN", path=path, detail=str(error).splitlines()[0]) from error


def save_settings(data_dir: Path, settings: Settings) -> None:
    """Write the settings; a crash leaves either the old or the new file. Raises ``UserError``."""
    path = data_dir / FILE_NAME
    scratch = path.with_name(FILE_NAME + ".new")
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        scratch.write_text(
            json.dumps(settings.written(), ensure_ascii=False, indent=2), encoding="utf-8"
        )
        os.replace(scratch, path)
    except OSError as error:
        raise UserError("SETTINGS_NOT_KEPT", path=path, detail=error.strerror or str(error)) from error
