"""The whole path on a recorded call: audio seconds per second of time, and where the time goes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from app.desk import FileCall
from app.processing import process_call
from app.workplace import Workplace
from resources.loader import resource_path

REPEATS = 3


def run(data: Path | None) -> dict[str, Any]:
    """Figures over the bundled calls, best of ``REPEATS`` each after one warm-up."""
    del data
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        desk = Workplace(Path(folder))
        try:
            calls = sorted(resource_path("calls").glob("*.flac"))
            process_call(desk, FileCall(calls[0], pace=None))
            for call in calls:
                runs = [process_call(desk, FileCall(call, pace=None)).timings for _ in range(REPEATS)]
                speech = sorted(run["speech_s"] for run in runs)
                audio = runs[0]["audio_s"]
                figures[call.stem] = {
                    "audio_s": audio,
                    "wall_s_median": speech[REPEATS // 2],
                    "audio_s_per_s": round(audio / speech[REPEATS // 2], 2),
                    "n": REPEATS,
                }
        finally:
            desk.close()
    return figures
