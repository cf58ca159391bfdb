"""Measure engines and repair on recordings with known text: a list of ``audio`` and ``text``."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from resources.errors import UserError
from speech.audio.files import FileSource
from speech.engines.base import StreamingEngine, UtteranceEngine
from speech.evaluate import corpus_cer, normalise
from speech.events import SpeechEvent, UtteranceHeard
from speech.recogniser import Recogniser
from speech.repair.repairer import Repairer
from speech.repair.trail import Edit

MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Recording:
    """A sound file and what is said in it."""

    audio: Path
    text: str


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Character error rate of the shown and the heard text over ``n`` recordings of ``seconds`` in all.

    ``rtf`` = seconds of work for a second of audio. ``place_repairs`` = places that repair wrote over
    what was heard, ``false_places`` = those of them that were not said.
    """

    cer: float
    cer_heard: float
    rtf: float
    n: int
    seconds: float
    place_repairs: int
    false_places: int
    false_places_per_1000: float
    """Characters of the known text."""


def read_manifest(path: Path) -> tuple[Recording, ...]:
    """The recordings of a UTF-8 file with tab-separated columns ``audio`` and ``text``.

    ``audio`` is relative to the file's folder. Raises ``UserError("MANIFEST_BROKEN")``.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            if not {"audio", "text"} <= set(reader.fieldnames or ()):
                raise UserError("MANIFEST_BROKEN", path=path, detail="audio, text")
            rows = []
            for number, row in enumerate(reader, 2):
                if not row["audio"] or row["text"] is None or number > MOST_ROWS:
                    raise UserError("MANIFEST_BROKEN", path=path, detail=number)
                rows.append(Recording(path.parent / row["audio"], row["text"]))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        detail = getattr(error, "strerror", None) or type(error).__name__
        raise UserError("MANIFEST_BROKEN", path=path, detail=detail) from error
    if not rows:
        raise UserError("MANIFEST_BROKEN", path=path, detail=0)
    return tuple(rows)


def evaluate(
    recordings: tuple[Recording, ...],
    live: StreamingEngine | None,
    final: UtteranceEngine | None,
    repairer: Repairer,
) -> Accuracy:
    """Hear every recording as a call of its own. Raises ``UserError`` at one that is unusable."""
    shown, heard = [], []
    repairs = false = 0
    took = seconds = 0.0
    for recording in recordings:
        source = FileSource(recording.audio)
        events: list[SpeechEvent] = []
        repair = repairer.for_call()
        begun = time.perf_counter()
        recogniser = Recogniser(source, None, live, final, repair, repair.hot_words, events.append)
        recogniser.start()
        recogniser.join()
        took += time.perf_counter() - begun
        seconds += source.seconds
        said = [event.utterance for event in events if isinstance(event, UtteranceHeard)]
        said.sort(key=lambda utterance: utterance.start)
        written, wrong = places_written(repair.edits, recording.text)
        repairs, false = repairs + written, false + wrong
        shown.append((recording.text, "".join(utterance.text for utterance in said)))
        heard.append((recording.text, "".join(utterance.heard for utterance in said)))
    return Accuracy(
        round(corpus_cer(shown), 4),
        round(corpus_cer(heard), 4),
        round(took / seconds, 3),
        len(recordings),
        round(seconds, 1),
        repairs,
        false,
        round(1000 * false / max(1, sum(len(normalise(one.text)) for one in recordings)), 2),
    )


def places_written(edits: Iterable[Iterable[Edit]], said: str) -> tuple[int, int]:
    """How many places repair wrote over what was heard, and how many of them were not ``said``."""
    names = [edit.text for row in edits for edit in row if edit.rule == "place"]
    true = normalise(said)
    return len(names), sum(normalise(name) not in true for name in names)
