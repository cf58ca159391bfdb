"""What the window does not wait for when it opens."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HEAVY = (
    "numpy", "rjieba", "whoosh", "cn2an", "sqlalchemy", "vosk", "faster_whisper", "onnxruntime",
    "pydantic", "argon2", "cryptography", "pypinyin", "asyncio", "app.training", "app.review",
    "yaml", "app.intake", "app.session", "app.hearing", "app.reference.seat", "app.dispatch.catalogue",
    "knowledge_base.article", "knowledge_base.only",
)  # fmt: skip


def test_the_window_opens_before_search_recogniser_and_database_are_loaded() -> None:
    asked = f"import sys, app.workplace, ui.main; print([n for n in {HEAVY!r} if n in sys.modules])"
    root = Path(__file__).parents[2]
    told = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, cwd=root, timeout=60, check=True
    )
    assert told.stdout.strip() == "[]"


OPENED = """
import sys
from pathlib import Path
from PySide6 import QtWidgets
from PySide6.QtCore import QTimer
from app.workplace import Workplace
from ui.main import make_application, open_window
application = make_application([])
window = open_window(Workplace(Path(sys.argv[1])), application, Path(sys.argv[1]))
window.show()
QTimer.singleShot(0, application.quit)
application.exec()
print("QWizard" in vars(QtWidgets), "yaml" in sys.modules)
window.shut_down()
"""


def test_a_window_does_not_wait_for_every_class_of_widgets(tmp_path: Path) -> None:
    """One wrapper too many around what Qt made itself, and Python learns of all of them (ADR 0180)."""
    root, environment = Path(__file__).parents[2], {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for _ in range(2):  # the first start keeps what the YAML files say
        told = subprocess.run(
            [sys.executable, "-c", OPENED, tmp_path],
            capture_output=True,
            text=True,
            cwd=root,
            env=environment,
            timeout=60,
            check=True,
        )
    assert told.stdout.split() == ["False", "False"]
