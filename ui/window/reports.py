"""A bug: its report is saved on this machine and shown; nothing is sent."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from PySide6 import __version__ as pyside_version

from app.discreet import describe

log = logging.getLogger(__name__)
KEEP = 20


def save_report(folder: Path, error: BaseException) -> Path | None:
    """Write the traceback to a new file in ``folder`` and drop the oldest; ``None`` if that fails too.

    The report holds places in the code, never ticket or call content; it stays on this machine.
    """
    import platform

    now = datetime.now()
    lines = [
        f"{now:%Y-%m-%d %H:%M:%S}",
        f"Python {platform.python_version()}, PySide6 {pyside_version}, {platform.platform()}",
        describe(error),
    ]
    log.error("bug", exc_info=error)
    path = folder / f"report-{now:%Y%m%d-%H%M%S-%f}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines), encoding="utf-8")
        for old in sorted(folder.glob("report-*.txt"))[:-KEEP]:
            old.unlink()
    except OSError:
        return None
    return path
