"""Seats, a centre and a link that fails in every way, driven at random by hypothesis.

Everything is real but the wire: the seats' encrypted stores and deliveries, the centre's
application on its database. A kill leaves the files as they lie at that moment.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import shutil
import tempfile
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, func, select, text

from app.desk import OutboxState
from app.domain.call import Call
from app.storage.seat_store import Credential, SeatStore
from app.sync.client import CentreClient
from app.sync.delivery import deliver, pull
from bench.faulty_parts import (
    DATABASE_FAULTS,
    FAULTS,
    Death,
    FaultyDatabase,
    FaultyLink,
    KilledError,
    no_room,
)
from bench.seats import sample_ticket
from resources.errors import UserError
from server.api import begin_anew, make_app
from server.database import CentreDatabase, default_url
from server.passwords import Passwords
from server.schema import operation, ticket, token
from server.seats import add_seat

SEATS = 2
ADDRESS = "http://127.0.0.1:1"
KEY = bytes(range(32))
MEMORY = Path("/dev/shm")
"""Where the files lie if it is there: nobody cuts the power here, so no disk is waited for."""


class FaultMachine(RuleBasedStateMachine):
    """Every submitted ticket is at the centre exactly once, and nothing accepted is lost."""

    forgetful = False
    """A centre that forgets what it has taken: proves that the checks see a doubled ticket."""
    met = Counter[str]()
    """Over all runs: how often each fault happened."""
    runs = tickets = 0
    """Over all runs."""

    def __init__(self) -> None:
        super().__init__()
        FaultMachine.runs += 1
        self.folder = _new_folder()
        shutil.copytree(_beginning(), self.folder, dirs_exist_ok=True)
        self.runner = asyncio.Runner()
        self.runner.get_loop().set_default_executor(_AtOnce())
        self.database = FaultyDatabase(default_url(self.folder / "centre"))
        self.app = _application()
        begin_anew(self.app, self.database)
        self.link = FaultyLink(lambda: self.app)
        self.submitted: list[set[str]] = [set() for _ in range(SEATS)]
        self.lives = [0] * SEATS
        self.amended = 0
        self.stores = [self._open(n) for n in range(SEATS)]

    @initialize(n=st.integers(0, SEATS - 1))
    def begin(self, n: int) -> None:
        """No story without a ticket."""
        self.submit(n, 0)

    @rule(n=st.integers(0, SEATS - 1), wrong_by=st.sampled_from([0, -86400, 86400, 4_000_000]))
    def submit(self, n: int, wrong_by: int) -> None:
        """A ticket, by a seat whose clock may have jumped."""
        ticket = replace(sample_ticket(f"seat-{n}"), call_id="call")
        moment = ticket.submitted_at + timedelta(seconds=wrong_by)
        FaultMachine.met.update(["clock jump"] if wrong_by else [])
        self.stores[n].submit(replace(ticket, submitted_at=moment))
        self.submitted[n].add(ticket.id)

    @precondition(lambda self: any(self.submitted))
    @rule(n=st.integers(0, SEATS - 1), data=st.data())
    def amend(self, n: int, data: st.DataObject) -> None:
        """A ticket is put right at its seat, wherever it is by then."""
        if not self.submitted[n]:
            return
        chosen = data.draw(st.sampled_from(sorted(self.submitted[n])))
        known = self.stores[n].ticket(chosen)
        assert known is not None
        self.amended += 1
        content = replace(known.content, subject=f"更正 {self.amended}")
        self.stores[n].amend(chosen, content, "", f"seat-{n}")

    @rule(n=st.integers(0, SEATS - 1), submits=st.booleans())
    def disk_full(self, n: int, submits: bool) -> None:
        """Nothing can be written, at seat and centre: what fails is told and changes nothing."""
        ticket = replace(sample_ticket(f"seat-{n}"), call_id="call")
        FaultMachine.met["disk full"] += 1
        with no_room():
            try:
                if submits:
                    self.stores[n].submit(ticket)
                    self.submitted[n].add(ticket.id)
                else:
                    self._sync(n)
            except UserError:
                pass  # told to the operator

    @rule(
        n=st.integers(0, SEATS - 1),
        faults=st.lists(st.sampled_from(("", *DATABASE_FAULTS)), min_size=1, max_size=5),
    )
    def database_away(self, n: int, faults: list[str]) -> None:
        """A delivery while the centre's database goes away and comes back."""
        self.database.faults = list(faults)
        with suppress(UserError):  # told to the operator; everything waits
            self._sync(n)
        FaultMachine.met += self.database.met
        self.database.met, self.database.faults = Counter(), []

    @rule(
        n=st.integers(0, SEATS - 1),
        faults=st.lists(st.sampled_from(("", *FAULTS)), min_size=1, max_size=4),
    )
    def deliver(self, n: int, faults: list[str]) -> None:
        """A delivery during which the link fails."""
        self.link.faults = list(faults)
        try:
            self._sync(n)
        except UserError:
            pass  # told to the operator; everything waits
        except KilledError:
            self.kill_seat(n)
        FaultMachine.met += self.link.met
        self.link.met, self.link.faults = Counter(), []

    @rule(n=st.integers(0, SEATS - 1))
    def kill_seat(self, n: int) -> None:
        """kill -9: the files stay as they are, and are opened again."""
        FaultMachine.met["kill the seat"] += 1
        old, self.lives[n] = self._place(n), self.lives[n] + 1
        shutil.copytree(old, self._place(n))
        self.stores[n].close()
        self.stores[n] = self._open(n)

    @rule(n=st.integers(0, SEATS - 1), lines=st.integers(1, 2500), submits=st.booleans())
    def kill_seat_at_line(self, n: int, lines: int, submits: bool) -> None:
        """kill -9 while the seat opens its store, submits or delivers; then it starts again."""
        ticket = replace(sample_ticket(f"seat-{n}"), call_id="call")
        here, there = self._place(n), self.folder / f"seat-{n}-{self.lives[n] + 1}"
        self.stores[n].close()
        try:
            with Death(lines, lambda: _copied(here, there)).lurking():
                self.stores[n] = self._open(n)
                if submits:
                    self.stores[n].submit(ticket)
                self._sync(n)
        except KilledError:
            FaultMachine.met["kill the seat at a line"] += 1
            self.stores[n].close()
            self.lives[n] += 1
            self.stores[n] = self._open(n)
        if self.stores[n].ticket(ticket.id):  # nobody was told: it may be there or not
            self.submitted[n].add(ticket.id)

    @precondition(lambda self: self.link.late)
    @rule()
    def late_arrival(self) -> None:
        """Requests that were given up long ago reach the centre."""
        self._run(self.link.arrive)

    @rule()
    def restart_centre(self) -> None:
        """Another process on the same database; what it kept in memory is gone."""
        FaultMachine.met["restart of the centre"] += 1
        self.database.close()
        self.database = FaultyDatabase(default_url(self.folder / "centre"))
        self.app = _application()
        begin_anew(self.app, self.database)

    @rule()
    def end_sessions(self) -> None:
        """All tokens expire."""
        FaultMachine.met["tokens expired"] += 1
        with self.database.write() as connection:
            connection.execute(delete(token))

    @invariant()
    def nothing_accepted_is_lost(self) -> None:
        """What a seat was told is what the centre keeps; what it was not told still waits."""
        kept = self._kept()
        for n, store in enumerate(self.stores):
            operations = store.outbox()
            assert all(row.state is not OutboxState.REFUSED for row in operations), operations
            rows = {row.ticket_id: row for row in operations}  # the oldest: its submission
            assert rows.keys() == self.submitted[n], "a submitted ticket is gone from its seat"
            for row in rows.values():
                if row.state is OutboxState.ACCEPTED:
                    assert row.number in kept.get(row.ticket_id, ()), "an accepted ticket is lost"

    def teardown(self) -> None:
        """The link heals: all arrives, once."""
        try:
            self.link.faults = []
            self.runner.run(self.link.arrive())
            for n in range(SEATS):
                self._sync(n)
            kept = self._kept()
            assert kept.keys() == set().union(*self.submitted), "lost or unasked for"
            assert all(len(numbers) == 1 for numbers in kept.values()), "doubled"
            told = {t.id: t.number for store in self.stores for t in store.tickets(10_000)}
            assert told == {ticket_id: numbers[0] for ticket_id, numbers in kept.items()}
            FaultMachine.tickets += len(told)
            assert len(set(told.values())) == len(told), "a number was given twice"
            here = {t.id: t.content.subject for store in self.stores for t in store.tickets(10_000)}
            assert here == self._subjects(), "seat and centre have not converged"
        finally:
            for store in self.stores:
                store.close()
            self.database.close()
            self.runner.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _place(self, n: int) -> Path:
        return self.folder / f"seat-{n}-{self.lives[n]}"

    def _open(self, n: int) -> SeatStore:
        return SeatStore(self._place(n), KEY)

    def _sync(self, n: int) -> None:
        async def once() -> None:
            async with CentreClient(ADDRESS, self.link) as centre:
                await deliver(self.stores[n], centre, lambda answered: None)
                await pull(self.stores[n], centre)

        self._run(once)

    def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            self.runner.run(_awaited(work))
        finally:
            self._forget()

    def _forget(self) -> None:
        if self.forgetful:
            with self.database.write() as connection:
                connection.execute(delete(operation))
                connection.execute(
                    ticket.update().values(id=func.substr(ticket.c.number, 1) + uuid.uuid4().hex)
                )

    def _kept(self) -> dict[str, list[str]]:
        """Official numbers by the id that the ticket's seat gave it."""
        own_id = text("json_extract(payload, '$.id') AS own_id")
        kept: dict[str, list[str]] = {}
        with self.database.read() as connection:
            for row in connection.execute(select(own_id, ticket.c.number).select_from(ticket)):
                kept.setdefault(row.own_id, []).append(row.number)
        return kept

    def _subjects(self) -> dict[str, str | None]:
        """What the centre has as each ticket's subject."""
        with self.database.read() as connection:
            sent = [json.loads(payload) for payload in connection.scalars(select(ticket.c.payload))]
        return {one["id"]: one["content"]["subject"] for one in sent}


def _copied(here: Path, there: Path) -> None:
    shutil.copytree(here, there)


class _AtOnce(ThreadPoolExecutor):
    """Does on the asking thread what the seat's loop gives to a thread and waits for.

    The seat has nothing else to do meanwhile, and a busy machine is slow to change threads.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The result, when it is there."""
        done = Future[Any]()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - also the seat's death goes to whoever waits
            done.set_exception(error)
        return done


async def _awaited(work: Callable[[], Awaitable[None]]) -> None:
    await work()


class ForgetfulCentre(FaultMachine):
    """The same with a centre that is not idempotent."""

    forgetful = True


def _new_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="jiesu-faults-", dir=MEMORY if MEMORY.is_dir() else None))


@cache
def _application() -> FastAPI:
    """The centre's application, built once: what it keeps in memory is given anew at every start."""
    return make_app(CentreDatabase(default_url(_beginning() / "centre")))


@cache
def _beginning() -> Path:
    """A centre that knows its seats; every seat has a password and no token yet. Made once."""
    folder = _new_folder()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    centre = CentreDatabase(default_url(folder / "centre"))
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for n in range(SEATS):
        store = SeatStore(folder / f"seat-{n}-0", KEY)
        store.start_call(Call("call", sample_ticket("").submitted_at, "file"))
        password = add_seat(centre, f"seat-{n}", cheap)
        store.set_credential(Credential(ADDRESS, f"seat-{n}", password))
        store.close()
    centre.close()
    return folder


def lost_answer(machine: type[FaultMachine]) -> None:
    """The shortest story that needs idempotency: the answer to a push is lost, and it comes again."""
    story = machine()
    try:
        story.submit(0, 0)
        story.deliver(0, ["", "lose the answer"])  # the first request logs in
    finally:
        story.teardown()


def explore(machine: type[RuleBasedStateMachine], runs: int, steps: int, shrink: bool = True) -> None:
    """Run a machine ``runs`` times at random; raises what a check found, as small as it gets."""
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    chosen = settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=phases,
        print_blob=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen)
