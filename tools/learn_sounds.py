"""Learn how Mandarin initials and finals sound, from recorded calls with their true text.

``python -m tools.learn_sounds DATA`` reads ``DATA/calls`` and lays the states of each turn's syllables
along its sound: first where Whisper's attention and changes of the spectrum say, then, six times over,
where the sounds learned so far say. Writes ``resources/sounds/mandarin.npz``.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.parts import models_dir
from bench.splices import Said, loud_edges, turns
from resources.loader import resource_path
from resources.pinyin import syllables
from speech.alignment import Gaussian, Sounds, State, align, features, states_of
from speech.engines.whisper import WhisperEngine
from speech.models import ModelStore
from speech.spectrum import HOP, Array
from speech.word_times import Attention, character_starts, evidence, expected

MODEL = "whisper-base"
ROUNDS = 6
_FEW_MEAN, _FEW_VARIANCE = 2, 10
"""So many frames of speech in general are added to those of a state: a rare one is not trusted far."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn to learn from; ``begun`` = the first frame of each syllable, as known before."""

    states: tuple[State, ...]
    frames: Array
    spoken: NDArray[np.bool_]
    change: Array
    wanted: Array
    begun: Array


def prepared(said: Said, attention: Attention) -> Turn | None:
    """A turn with all that aligning it needs; ``None`` where its text is not all Mandarin."""
    begin, end = loud_edges(said.samples)
    samples, text = said.samples[begin:end], "".join(filter(str.isalnum, said.text))
    states, seen = states_of(syllables(text)), expected(attention, samples, said.text)
    if not states or seen is None:
        return None
    spoken, change, wanted = evidence(samples, seen)
    begun = np.asarray(character_starts(samples, len(text), seen)) * 100
    return Turn(states, features(samples, len(samples) // HOP, spoken), spoken, change, wanted, begun)


def first_path(turn: Turn) -> NDArray[np.int64]:
    """Each syllable's spoken frames shared out evenly among its states; -1 = quiet."""
    path = np.full(len(turn.frames), -1)
    edges = np.append(turn.begun, len(turn.frames)).astype(int)
    for number, (begin, end) in enumerate(pairwise(edges)):
        own = [at for at, one in enumerate(turn.states) if one.syllable == number]
        spoken = begin + np.flatnonzero(turn.spoken[begin:end])
        for nth, frame in enumerate(spoken):
            path[frame] = own[nth * len(own) // len(spoken)]
    return path


def learned(turns_: Sequence[Turn]) -> Sounds:
    """The sounds of these turns."""
    speech = np.vstack([turn.frames for turn in turns_])
    mean, variance = speech.mean(axis=0), speech.var(axis=0)
    sounds: Sounds = {}
    for _ in range(ROUNDS):
        heard: dict[str, list[Array]] = defaultdict(list)
        for turn in turns_:
            path = _path(turn, sounds) if sounds else first_path(turn)
            for at in np.unique(path[path >= 0]):
                heard[turn.states[at].name].append(turn.frames[path == at])
        sounds = {name: _gaussian(np.vstack(own), mean, variance) for name, own in heard.items()}
    return sounds


def _path(turn: Turn, sounds: Sounds) -> NDArray[np.int64]:
    _, path = align(turn.states, sounds, turn.frames, turn.spoken, turn.change, turn.wanted)
    return path


def _gaussian(own: Array, mean: Array, variance: Array) -> Gaussian:
    middle = (own.sum(axis=0) + mean * _FEW_MEAN) / (len(own) + _FEW_MEAN)
    spread = ((own - middle) ** 2).sum(axis=0) + variance * _FEW_VARIANCE
    return Gaussian.of(middle, spread / (len(own) + _FEW_VARIANCE))


def write(sounds: Sounds, path: Path) -> None:
    """Keep the sounds, in half precision."""
    names = sorted(sounds)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        names=np.array(names),
        means=np.stack([sounds[name].mean for name in names]).astype(np.float16),
        variances=np.stack([1 / sounds[name].precision for name in names]).astype(np.float16),
    )


def main(data: Path) -> int:
    """Learn from ``data/calls`` and replace the sounds of the program."""
    engine = ModelStore(models_dir()).load_final(MODEL)
    assert isinstance(engine, WhisperEngine), MODEL
    said: Iterable[Said] = turns(data / "calls")
    own = [turn for turn in (prepared(one, engine.attention) for one in said) if turn is not None]
    write(learned(own), resource_path("sounds") / "mandarin.npz")
    print(f"{len(own)} turns, {sum(len(turn.frames) for turn in own) / 6000:.1f} min")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
