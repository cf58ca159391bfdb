"""What goes wrong in real calls, done on purpose: nothing is invented, nothing said is lost.

``quiet``: minutes of silence, line noise, ring-back and music must give no text. ``spliced``:
utterances in a quiet line keep their first and last syllable. ``killed``: recordings whose program
dies. ``unplugged``: a sound input that goes away and comes back. ``long_call``: an hour.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.parts import models_dir
from bench.kills import killed
from bench.long_call import long_call
from bench.sounds import QUIET
from bench.splices import spliced, stretches, turns
from bench.unplugged import unplugged
from resources.errors import UserError
from resources.loader import resource_path
from speech.engines.base import Samples, UtteranceEngine
from speech.models import ModelStore

MODEL = "whisper-base"
QUIET_S = 300.0


def run(data: Path | None) -> dict[str, Any]:
    """All trials; half an hour on two cores. The utterances are those of ``data/calls``, else of the
    bundled calls; without the model only what needs none is measured."""
    call = resource_path("calls", "01-water-outage.flac")
    folder = data / "calls" if data and (data / "calls").is_dir() else resource_path("calls")
    store = ModelStore(models_dir())
    engine: UtteranceEngine | None = None
    figures: dict[str, Any] = {}
    try:
        engine = store.load_final(MODEL)
    except UserError as error:
        figures["engine"] = {"skipped": error.code}
    figures["quiet"] = {name: quiet(make(QUIET_S), engine) for name, make in QUIET.items()}
    figures["spliced"] = spliced(tuple(turns(folder)), engine)
    figures["killed"] = killed(call, engine)
    figures["unplugged"] = unplugged(call, store.folder if engine else None)
    if engine is not None:
        figures["long_call"] = long_call(call, engine)
    return figures


def quiet(sound: Samples, engine: UtteranceEngine | None) -> dict[str, Any]:
    """How much of a sound counts as speech, and the text that is heard in it."""
    found = stretches(sound)
    texts = [engine.decode(stretch.samples).text for stretch in found] if engine else []
    spoken = sum(stretch.speech_end - stretch.speech_start for stretch in found)
    return {"stretches": len(found), "speech_s": round(spoken, 1), "text": "".join(texts)}
