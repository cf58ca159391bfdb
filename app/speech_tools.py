"""Commands on speech that need no seat: measuring engines on recordings with known text."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from app.parts import models_dir
from app.settings import Settings
from app.terminal import EXIT_OK, Terminal


def evaluate(terminal: Terminal, manifest: Path, engine: str, model: str | None) -> int:
    """Print the error rates and the speed of an engine with text repair on a manifest."""
    from speech.manifest import evaluate as measure
    from speech.manifest import read_manifest
    from speech.models import ModelStore
    from speech.repair.repairer import Repairer

    recordings = read_manifest(manifest)
    store, usual = ModelStore(models_dir()), Settings()
    live = store.load_live(model or usual.live_model) if engine == "vosk" else None
    final = store.load_final(model or usual.speech_model) if engine == "whisper" else None
    figures = asdict(measure(recordings, live, final, Repairer()))
    if terminal.json:
        terminal.print_json(figures)
    else:
        terminal.show_figures(figures)
    return EXIT_OK
