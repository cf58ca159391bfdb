"""Commands on speech that need no seat: measuring engines on recordings with known text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from app.parts import models_dir
from app.settings import Settings
from app.terminal import EXIT_OK, Terminal

SHERPA_MODEL = "sherpa-sense-voice"


def model_of(engine: str | None, settings: Settings) -> str:
    """The model an engine is used with where none is named."""
    if engine == "sherpa":
        return SHERPA_MODEL
    return settings.live_model if engine == "vosk" else settings.speech_model


def evaluate(terminal: Terminal, manifest: Path, engine: str | None, model: str | None) -> int:
    """Print the error rates and the speed of an engine with text repair on a manifest."""
    from speech.manifest import evaluate as measure
    from speech.manifest import read_manifest
    from speech.models import ModelStore, streams
    from speech.repair.repairer import Repairer

    recordings = read_manifest(manifest)
    store, model = ModelStore(models_dir()), model or model_of(engine, Settings())
    live = store.load_live(model) if streams(model) else None
    final = None if streams(model) else store.load_final(model)
    figures = asdict(measure(recordings, live, final, Repairer()))
    if terminal.json:
        terminal.print_json(figures)
    else:
        terminal.show_figures(figures)
    return EXIT_OK


def names(folder: Path, terminal: Terminal, action: str, files: Sequence[Path]) -> int:
    """Import, show or clear the centre's own places and words."""
    from app.own_names import clear_own_names, import_own_names, read_own_names

    if action == "clear":
        clear_own_names(folder)
    for file in files if action == "import" else ():
        import_own_names(folder, file)
    own = read_own_names(folder)
    counts = {"places": len(own.places), "words": len(own.words)}
    if terminal.json:
        terminal.print_json(counts)
    else:
        terminal.say("names_in_use", **counts)
    return EXIT_OK
