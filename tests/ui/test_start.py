"""What the window does not wait for when it opens."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = (
    "numpy", "rjieba", "whoosh", "cn2an", "sqlalchemy", "vosk", "faster_whisper", "onnxruntime",
    "pydantic", "argon2", "cryptography", "pypinyin", "asyncio", "app.training", "app.review",
    "yaml", "app.intake", "app.session", "app.hearing", "app.reference.seat", "app.dispatch.catalogue",
)  # fmt: skip


def test_the_window_opens_before_search_recogniser_and_database_are_loaded() -> None:
    asked = f"import sys, app.workplace, ui.main; print([n for n in {HEAVY!r} if n in sys.modules])"
    root = Path(__file__).parents[2]
    told = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, cwd=root, timeout=60, check=True
    )
    assert told.stdout.strip() == "[]"
