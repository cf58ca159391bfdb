"""Print a web page as PDF from a program that may have no display."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from app.own_program import HOME, own_module
from resources.errors import UserError

_PRINT_WITHIN_S = 120


def print_pdf(page: str, target: Path) -> None:
    """Print in a process of its own: that needs Qt, and a server has no display.

    Raises ``UserError("REPORT_PRINT")``.
    """
    source = target.with_suffix(".html")
    source.write_text(page, encoding="utf-8")
    command = own_module("ui.printing", source.resolve(), target.resolve())
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    try:
        done = subprocess.run(
            command,
            cwd=HOME,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_PRINT_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError("REPORT_PRINT", detail=f"{_PRINT_WITHIN_S} s") from error
    if done.returncode or not target.is_file():
        detail = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
        raise UserError("REPORT_PRINT", detail=detail[:200])
