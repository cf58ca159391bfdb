"""Recordings whose program is killed: how much sound is lost, and what can still be read.

``python -m bench.kills RECORDING AUDIO SKIP`` is the program that gets killed: it records a call as
it would come from a line, from ``SKIP`` seconds on, and prints how far each block reaches.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from speech.audio.files import BLOCK_S, FileSource
from speech.audio.recorded import RecordingSource
from speech.audio.recording import RecordingReader, RecordingWriter
from speech.audio.source import AudioBlock
from speech.engines.base import SAMPLE_RATE, UtteranceEngine
from speech.evaluate import cer
from speech.events import UtteranceHeard
from speech.recogniser import Recogniser
from speech.utterance import Speaker

KEY = b"a key for recordings that die..."
TRIALS = 50
AT_ONCE = 5
SHORTEST_S, LONGEST_S = 1.5, 6.0


class FromThere:
    """A call as it comes from a line, beginning in the middle; tells of each block it gives."""

    live = True

    def __init__(self, audio: Path, skip: float) -> None:
        self._file, self._skip = FileSource(audio, block_s=BLOCK_S), skip
        self.name, self.speakers = audio.name, self._file.speakers

    def blocks(self) -> Iterator[AudioBlock]:
        """The blocks of the call, each at its time."""
        paced = FileSource(self._file.path, pace=1.0).blocks()
        later = (block for block in self._file.blocks() if block.start >= self._skip)
        for now, block in zip(paced, later, strict=False):
            told = AudioBlock(block.speaker, now.start, block.samples)
            print(told.end, flush=True)
            yield told

    def stop(self) -> None:
        """Not needed: the program is killed."""


def record(recording: Path, audio: Path, skip: float) -> None:
    """The program to kill."""
    writer = RecordingWriter(recording, KEY)
    recogniser = Recogniser(FromThere(audio, skip), writer, None, None, None, None, lambda event: None)
    recogniser.start()
    recogniser.join()


def killed(audio: Path, engine: UtteranceEngine | None, trials: int = TRIALS) -> dict[str, Any]:
    """Seconds lost in each of ``trials`` kills, and whether the transcript can be made again.

    ``exact``: every recovered sample is the one that came in. ``cer_rebuilt`` = the transcript of
    the recovered recordings against that of the same sound never interrupted.
    """
    chance = np.random.default_rng()
    lost: list[float] = []
    exact, pairs = 0, []
    with tempfile.TemporaryDirectory() as scratch:
        for first in range(0, trials, AT_ONCE):
            plans = [
                (Path(scratch) / f"{number}.jrec", float(chance.uniform(0, 25)))
                for number in range(first, min(trials, first + AT_ONCE))
            ]
            waits = [float(chance.uniform(SHORTEST_S, LONGEST_S)) for _ in plans]
            for (path, skip), told in zip(plans, _kill(plans, audio, waits), strict=True):
                reader = RecordingReader(path, KEY)
                lost.append(told - min(_reach(reader, speaker) for speaker in Speaker))
                exact += _same(reader, audio, skip)
                if engine is not None:
                    pairs.append(_texts(path, audio, skip, engine))
    figures = {
        "kills": trials,
        "lost_max_s": round(max(lost), 3),
        "lost_mean_s": round(sum(lost) / len(lost), 3),
        "exact": exact,
    }
    if pairs:
        true, again = ("".join(texts) for texts in zip(*pairs, strict=True))
        figures["cer_rebuilt"] = round(cer(true, again), 4)
        figures["characters"] = len(true)
    return figures


def _kill(plans: list[tuple[Path, float]], audio: Path, waits: list[float]) -> Iterator[float]:
    """Start the programs, kill each after its time; how far each said that it had come."""
    programs = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.kills", str(path), str(audio), str(skip)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
        )
        for path, skip in plans
    ]
    for program, wait in zip(programs, waits, strict=True):
        assert program.stdout is not None
        told = 0.0
        while told < wait:
            told = float(program.stdout.readline())
        program.kill()
        for line in program.communicate()[0].splitlines():
            told = max(told, float(line))
        yield told


def _reach(reader: RecordingReader, speaker: Speaker) -> float:
    """How far the recording of a speaker goes without a hole, in seconds."""
    end = 0.0
    for block in reader.blocks():
        if block.speaker is speaker and abs(block.start - end) < 1e-6:
            end = block.end
    return end


def _same(reader: RecordingReader, audio: Path, skip: float) -> bool:
    for speaker in Speaker:
        true = np.concatenate([b.samples for b in _after(audio, skip) if b.speaker is speaker])
        kept = reader.read(speaker)[: round(_reach(reader, speaker) * SAMPLE_RATE)]
        if not np.array_equal(kept, true[: len(kept)]):
            return False
    return True


def _after(audio: Path, skip: float) -> list[AudioBlock]:
    return [block for block in FileSource(audio, block_s=BLOCK_S).blocks() if block.start >= skip]


def _texts(path: Path, audio: Path, skip: float, engine: UtteranceEngine) -> tuple[str, str]:
    """What is heard in the same stretch of the call, and in the recording that survived."""
    reader = RecordingReader(path, KEY)
    until = {speaker: _reach(reader, speaker) + 1e-6 for speaker in Speaker}

    class Uninterrupted(FromThere):
        live = False

        def blocks(self) -> Iterator[AudioBlock]:
            offset = None
            for block in _after(audio, skip):
                offset = block.start if offset is None else offset
                if block.end - offset <= until[block.speaker]:
                    yield AudioBlock(block.speaker, block.start - offset, block.samples)

    return _hear(Uninterrupted(audio, skip), engine), _hear(RecordingSource(path, KEY), engine)


def _hear(source: FromThere | RecordingSource, engine: UtteranceEngine) -> str:
    heard: list[UtteranceHeard] = []
    recogniser = Recogniser(
        source, None, None, engine, None, None,
        lambda event: heard.append(event) if isinstance(event, UtteranceHeard) else None,
    )  # fmt: skip
    recogniser.start()
    recogniser.join()
    return "".join(one.utterance.text for one in sorted(heard, key=lambda one: one.utterance.start))


if __name__ == "__main__":
    record(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
