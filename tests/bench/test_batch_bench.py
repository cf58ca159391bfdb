"""A night over a few recordings: the same outcome alone, on workers, and when one is killed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from sample_tickets import make_ticket

from app.overnight import night, summary, work
from app.overnight.night import find_orders, hold, outcomes
from app.overnight.summary import examples_from, retrain, summarise
from app.parts import models_dir
from bench.batch import kill_one, make_recordings
from resources.errors import UserError
from resources.loader import resource_path

MODEL = "whisper-base"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("night") / "day"
    make_recordings(resource_path("calls"), folder, 6, 5.0)
    return folder


@pytest.fixture
def heard(day: Path) -> Path:
    if not (models_dir() / MODEL).is_dir():
        pytest.skip(f"the model {MODEL} is not installed")
    return day


@pytest.mark.models
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore")  # Dask's processes and loops warn of their own ends
def test_every_way_of_holding_a_night_does_the_same(heard: Path, tmp_path: Path) -> None:
    orders = find_orders(heard, MODEL)
    alone = hold(orders, tmp_path / "alone", 0)
    killed = kill_one(orders, tmp_path / "killed", 2)
    assert alone.digest == killed.digest
    assert (alone.calls, alone.fresh, alone.failed) == (6, 6, 0)
    again = hold(orders, tmp_path / "alone", 0)
    assert (again.fresh, again.digest) == (0, alone.digest)
    found = summarise(outcomes(tmp_path / "alone", orders))
    assert found["screened"] == 6
    assert found["heard"][MODEL]["calls"] == 6
    assert found["heard"][MODEL]["error_rate"] < 0.5


@pytest.mark.models
def test_what_was_interrupted_or_changed_is_done_again(heard: Path, tmp_path: Path) -> None:
    orders = find_orders(heard, MODEL)[:2]
    first = hold(orders, tmp_path, 0)
    half = tmp_path / night.CALLS / f"{orders[0].name}.json"
    half.write_bytes(half.read_bytes()[:100])
    second = hold(orders, tmp_path, 0)
    assert (second.fresh, second.digest) == (1, first.digest)
    changed = find_orders(heard, "whisper-small")[0]
    assert changed.key != orders[0].key


def test_what_is_no_recording_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "day"
    folder.mkdir()
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.flac").write_text("not a sound")
    orders = find_orders(folder, MODEL)
    held = hold(orders, tmp_path / "out", 0)
    assert (held.calls, held.failed) == (2, 2)
    counted = summarise(outcomes(tmp_path / "out", orders))
    assert sum(counted["failed"].values()) == 2
    assert counted["score"] is None


def test_nothing_to_do_and_nowhere_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="NIGHT_EMPTY"):
        find_orders(tmp_path, MODEL)
    (tmp_path / "a.wav").write_bytes(b"")
    (tmp_path / "out").write_text("a file")
    orders = find_orders(tmp_path, MODEL)
    with pytest.raises(UserError, match="NIGHT_OUT"):
        hold(orders, tmp_path / "out", 0)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UserError, match="NIGHT_NEEDS_DASK"):
        hold(orders, tmp_path / "elsewhere", 1)


def test_two_recordings_of_one_name_do_not_meet(tmp_path: Path) -> None:
    for part in ("a", "b"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "call.wav").write_bytes(part.encode())
    names = [order.name for order in find_orders(tmp_path, MODEL)]
    assert names == ["a__call", "b__call"]


def test_units_are_learned_from_tickets(tmp_path: Path) -> None:
    assert retrain(examples_from([make_ticket()]), tmp_path / "m.npz") == {
        "skipped": f"0 < {summary.LEAST_EXAMPLES}"
    }
    assert json.loads(work.canonical({"b": "字", "a": 1})) == {"a": 1, "b": "字"}
