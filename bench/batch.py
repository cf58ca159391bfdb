"""A night over made recordings: alone, on one worker, on two, and on two of which one is killed.

The recordings are pieces of the calls at hand, each at a level and with a noise of its own (seeded),
with the true text of the turns that lie in the piece.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from app.domain.call import Utterance
from app.overnight.night import Night, cores_for_a_city, find_orders, hold
from app.overnight.work import Order, work_on
from app.script import Case, load_case
from resources.errors import UserError
from resources.loader import resource_path

FILES = int(os.environ.get("JIESU_BENCH_CALLS", "200"))
LONGEST_S = 8.0
SEED = 11
MODEL = "whisper-base"
CITY_CALL_S = 180.0
"""A city's mean call, for the number of machines; beside it stands the mean of the recordings."""


def run(data: Path | None) -> dict[str, Any]:
    """Figures of each way, whether all did the same, and what a city's night takes."""
    with tempfile.TemporaryDirectory(prefix="jiesu-night-") as made:
        folder = Path(made)
        calls = data / "calls" if data and (data / "calls").is_dir() else resource_path("calls")
        make_recordings(calls, folder / "day", FILES)
        try:
            orders = find_orders(folder / "day", MODEL)
            work_on(orders[0])
        except UserError as error:
            return {"skipped": f"{error.code}: {error.message('en')}"}
        figures: dict[str, Any] = {"files": len(orders), "seed": SEED, "cores": os.cpu_count()}
        nights = {
            "one_worker": hold(orders, folder / "one", 1),
            "two_workers": hold(orders, folder / "two", 2),
            "two_workers_one_killed": kill_one(orders, folder / "killed", 2),
        }
        again = hold(orders, folder / "two", 2)
        figures |= {name: night.figures() for name, night in nights.items()}
        one, two = nights["one_worker"], nights["two_workers"]
        per_second = two.cpu_s / two.audio_s
        return figures | {
            "speed_up": round(one.seconds / two.seconds, 2),
            "identical": len({night.digest for night in (*nights.values(), again)}) == 1,
            "done_again_on_second_start": again.fresh,
            "cores_for_a_city_night": round(cores_for_a_city(per_second, CITY_CALL_S), 0),
            "city_call_s": CITY_CALL_S,
        }


def make_recordings(calls: Path, folder: Path, count: int, longest_s: float = LONGEST_S) -> None:
    """Write ``count`` pieces of the calls of a folder, with their true text."""
    folder.mkdir(parents=True)
    dice = np.random.default_rng(SEED)
    known = []
    for path in sorted(calls.glob("*.json")):
        case = load_case(path)
        if case.audio is not None and case.audio.is_file():
            known.append((case, *soundfile.read(case.audio, dtype="float32", always_2d=True)))
    for number in range(count):
        case, sound, rate = known[number % len(known)]
        turns = _some_turns(case, dice, longest_s)
        begin, end = max(0.0, turns[0].start - 0.2), turns[-1].end + 0.2
        piece = sound[int(begin * rate) : int(end * rate)] * dice.uniform(0.6, 1.0)
        piece = piece + dice.normal(0, 0.001, piece.shape)
        name = f"{number:04d}"
        soundfile.write(folder / f"{name}.flac", piece, rate)
        said = [
            {
                "speaker": one.speaker.value,
                "start": max(0.0, one.start - begin),
                "end": one.end - begin,
                "text": one.text,
            }
            for one in turns
        ]
        written = {"id": name, "turns": said, "reference": {}, "audio": f"{name}.flac"}
        (folder / f"{name}.json").write_text(json.dumps(written, ensure_ascii=False), encoding="utf-8")


def _some_turns(case: Case, dice: np.random.Generator, longest_s: float) -> Sequence[Utterance]:
    """One turn and as many of those after it as fit; the shortest turn where none fits."""
    first = int(dice.integers(len(case.turns)))
    turns = case.turns[first:]
    fitting = [one for one in turns if one.end - turns[0].start <= longest_s]
    return fitting or [min(case.turns, key=lambda one: one.end - one.start)]


def kill_one(orders: Sequence[Order], out: Path, workers: int) -> Night:
    """A night of which one worker is killed once a quarter of it is done."""
    killed: list[int] = []
    client: list[Any] = []
    lock = threading.Lock()

    def watch(one: Any) -> None:
        client.append(one)

    def tell(done: int, total: int, _link: str) -> None:
        with lock:
            if client and not killed and done >= total // 4:
                killed.append(min(client[0].run(os.getpid).values()))
                os.kill(killed[0], signal.SIGKILL)

    night = hold(orders, out, workers, tell=tell, watch=watch)
    if not killed:
        raise AssertionError("no worker was killed")
    return night
