"""Measure engines and repair on recordings with known text: a list of ``audio`` and ``text``."""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass
from pathlib import Path

from resources.errors import UserError
from speech.audio.files import FileSource
from speech.engines.base import StreamingEngine, UtteranceEngine
from speech.evaluate import corpus_cer
from speech.events import SpeechEvent, UtteranceHeard
from speech.recogniser import Recogniser
from speech.repair.repairer import Repairer

MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Recording:
    """A sound file and what is said in it."""

    audio: Path
    text: str


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Character error rate of the shown and the heard text over ``n`` recordings of ``seconds`` in all.

    ``rtf`` = seconds of work for a second of audio.
    """

    cer: float
    cer_heard: float
    rtf: float
    n: int
    seconds: float


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
        shown.append((recording.text, "".join(utterance.text for utterance in said)))
        heard.append((recording.text, "".join(utterance.heard for utterance in said)))
    return Accuracy(
        round(corpus_cer(shown), 4),
        round(corpus_cer(heard), 4),
        round(took / seconds, 3),
        len(recordings),
        round(seconds, 1),
    )
