"""A night: every recording of a folder once, on local processes or a cluster; what is done stays done.

Outcomes lie one by one in ``OUT/calls``, written whole or not at all, by this process only. A second
start skips those whose key still holds; a worker that dies takes nothing with it, since its call is
given to another one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.overnight.work import Done, Order, canonical, make_order, work_on
from resources.errors import UserError

SOUNDS = (".flac", ".wav", ".ogg")
CALLS, COSTS, SUMMARY = "calls", "costs.jsonl", "summary.json"
RETRIES = 3
DEATHS = 20
"""Workers may die so often with a call before it is given up: the call is seldom the cause."""
CITY_CALLS = 70_000
NIGHT_S = 8 * 3600.0

Tell = Callable[[int, int, str], None]
"""Gets how many calls are done, of how many, and the dashboard's address."""


@dataclass(frozen=True, slots=True)
class Night:
    """What a night did. ``digest`` is over all outcomes: two nights did the same if it is the same."""

    calls: int
    fresh: int
    failed: int
    seconds: float
    audio_s: float
    cpu_s: float
    digest: str

    def figures(self) -> dict[str, Any]:
        """With the cost of an hour and the cores of a city's night, where anything was done."""
        known = {**asdict(self), "seconds": round(self.seconds, 1)}
        known |= {"audio_s": round(self.audio_s, 1), "cpu_s": round(self.cpu_s, 1)}
        if self.fresh and self.audio_s:
            per_second = self.cpu_s / self.audio_s
            known["cpu_hours_per_recorded_hour"] = round(per_second, 3)
            known["speed"] = round(self.audio_s / self.seconds, 2)
        return known


def cores_for_a_city(cpu_per_audio_s: float, call_s: float) -> float:
    """How many cores hear a city's day of 70,000 calls again within a night of eight hours."""
    return CITY_CALLS * call_s * cpu_per_audio_s / NIGHT_S


def find_orders(folder: Path, model: str) -> tuple[Order, ...]:
    """An order for every recording below a folder. Raises ``UserError("NIGHT_EMPTY")``."""
    sounds = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SOUNDS)
    if not sounds:
        raise UserError("NIGHT_EMPTY", path=folder)
    orders = []
    for path in sounds:
        order = make_order(path.resolve(), model)
        name = "__".join(path.relative_to(folder).with_suffix("").parts)
        orders.append(Order(name, order.audio, order.case, model, order.key))
    return tuple(orders)


def hold(
    orders: Sequence[Order],
    out: Path,
    workers: int,
    cluster: str | None = None,
    tell: Tell = lambda done, total, link: None,
    watch: Callable[[Any], None] | None = None,
) -> Night:
    """Do what is not yet done. ``workers`` 0 = in this process; ``cluster`` = a Dask scheduler.

    ``watch`` gets the Dask client while the night goes on. Raises ``UserError``.
    """
    began = time.perf_counter()
    _make_folder(out)
    left = [order for order in orders if not _is_done(out, order)]
    done, audio_s, cpu_s = len(orders) - len(left), 0.0, 0.0
    with _doing(left, workers, cluster, watch) as (results, link):
        tell(done, len(orders), link)
        for one in results:
            _keep(out, one)
            done, audio_s, cpu_s = done + 1, audio_s + one.audio_s, cpu_s + one.cpu_s
            tell(done, len(orders), link)
    seconds = time.perf_counter() - began
    failed = sum("error" in outcome for outcome in outcomes(out, orders))
    return Night(len(orders), len(left), failed, seconds, audio_s, cpu_s, _digest(out, orders))


def outcomes(out: Path, orders: Sequence[Order]) -> Iterator[Mapping[str, Any]]:
    """All outcomes, in the order of ``orders``."""
    for order in orders:
        outcome: Mapping[str, Any] = json.loads(_path(out, order.name).read_bytes())
        yield outcome


@contextmanager
def _doing(
    orders: Sequence[Order], workers: int, cluster: str | None, watch: Callable[[Any], None] | None
) -> Iterator[tuple[Iterator[Done], str]]:
    """The outcomes as they come, and the address of the dashboard."""
    if not orders or (workers == 0 and cluster is None):
        yield map(work_on, orders), ""
        return
    try:
        import dask
        from distributed import Client, LocalCluster, as_completed
    except ImportError as error:
        raise UserError("NIGHT_NEEDS_DASK") from error
    dask.config.set({"distributed.scheduler.allowed-failures": DEATHS})
    with contextlib.ExitStack() as stack:
        try:
            if cluster is None:
                where = stack.enter_context(
                    LocalCluster(
                        n_workers=workers,
                        threads_per_worker=1,
                        dashboard_address="127.0.0.1:0",
                        silence_logs=50,
                    )
                )
                client = stack.enter_context(Client(where))
            else:
                client = stack.enter_context(Client(cluster, timeout=20))
        except (OSError, TimeoutError, ValueError) as error:
            raise UserError("NIGHT_CLUSTER", address=cluster or "local", detail=error) from error
        futures = client.map(work_on, orders, key=[order.key for order in orders], retries=RETRIES)
        if watch is not None:
            watch(client)
        finished = as_completed(futures, with_results=True)
        yield (done for _, done in finished), client.dashboard_link


def _path(out: Path, name: str) -> Path:
    return out / CALLS / f"{name}.json"


def _make_folder(out: Path) -> None:
    try:
        (out / CALLS).mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UserError("NIGHT_OUT", path=out, detail=error.strerror) from error


def _is_done(out: Path, order: Order) -> bool:
    try:
        outcome = json.loads(_path(out, order.name).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(outcome, dict) and outcome.get("key") == order.key


def _keep(out: Path, done: Done) -> None:
    """Write an outcome whole or not at all, and note what it cost."""
    path = _path(out, done.name)
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            file.write(canonical(done.outcome))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        cost = {"name": done.name, "audio_s": done.audio_s, "cpu_s": done.cpu_s, "took_s": done.took_s}
        with (out / COSTS).open("a", encoding="utf-8") as costs:
            costs.write(json.dumps(cost) + "\n")
    except OSError as error:
        raise UserError("NIGHT_OUT", path=path, detail=error.strerror) from error


def _digest(out: Path, orders: Sequence[Order]) -> str:
    whole = hashlib.sha256()
    for order in sorted(orders, key=lambda order: order.name):
        whole.update(_path(out, order.name).read_bytes())
    return whole.hexdigest()
