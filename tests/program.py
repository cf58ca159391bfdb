"""The program under test, started in a process of its own as a user starts it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = (sys.executable, str(ROOT / "main.py"))


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def code(self) -> str:
        """The error code of the last line on standard error."""
        return self.err.strip().splitlines()[-1].split(":")[0] if self.err.strip() else ""


def environment(**more: str) -> dict[str, str]:
    """The environment of a program under test: no keyring prompt, no display, English errors."""
    return os.environ | {"JIESU_KEYRING": "off", "QT_QPA_PLATFORM": "offscreen"} | more
