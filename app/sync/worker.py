"""Keeps the seat in touch with the centre, on a thread with an event loop of its own."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.desk import OutboxState
from app.events import CentreChanged, Degraded, Event, OutboxChanged, TicketAcknowledged
from app.settings import Settings
from app.sync.client import CentreClient, TokenRefused, check_address
from app.sync.delivery import Answered, OutboxStore, deliver, pull, send_gaps
from app.sync.protocol import SUBMIT_TICKET, NewsPage, ResultStatus, Told
from resources.errors import UserError

if TYPE_CHECKING:
    from app.sync.recordings import Recordings
    from app.sync.use_teller import UseTeller

log = logging.getLogger(__name__)
LONGEST_PAUSE_S = 120.0
REFUSED_LOGIN_PAUSE_S = 600.0
STOP_WITHIN_S = 5.0
LISTEN_AGAIN_S = 1.0
SPREAD_S = 0.5
SURE_S = 60.0
CLOCK_WRONG_S = 60.0
"""From here on the operator is told that this machine's clock and the centre's differ."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one delivery achieved, and how much is left in the outbox."""

    accepted: int
    refused: int
    waiting: int


def pause_after(failures: int, interval: float, chance: float) -> float:
    """Seconds to wait after a number of failures in a row; doubles, is capped, and jitters.

    ``chance`` (0 to 1) spreads the seats of a city so that they do not come back all at once.
    """
    longest = min(LONGEST_PAUSE_S, interval * 2.0 ** min(failures, 32))
    return longest * (0.5 + 0.5 * chance)


class SyncWorker:
    """Delivers the outbox: at once when kicked, otherwise every ``sync_interval_s``."""

    def __init__(
        self,
        store: OutboxStore,
        settings: Callable[[], Settings],
        publish: Callable[[Event], None],
        told: Callable[[Told], None] = lambda changed: None,
        recordings: Recordings | None = None,
        uses: UseTeller | None = None,
    ) -> None:
        """``told`` hears what changed, after they are on disk; it may block."""
        self._recordings, self._uses = recordings, uses
        self._store = store
        self._settings = settings
        self._publish = publish
        self._on_told = told
        self._centre: CentreClient | None = None
        self._told: tuple[CentreChanged | None, OutboxChanged | None] = (None, None)
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._kicked = asyncio.Event()
        self._listening = False
        self._clock_wrong = False

    def start(self) -> None:
        """Begin. Returns as soon as ``kick`` works."""
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._thread.start()
        self._ready.wait()

    def kick(self) -> None:
        """Try the centre at once; from any thread, returns at once."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._kicked.set)

    def stop(self, timeout: float = STOP_WITHIN_S) -> bool:
        """Break off and end; ``False`` when that took longer than ``timeout`` seconds.

        What was on its way stays in the outbox and goes again next time.
        """
        if self._thread is None:
            return True
        if self._loop is not None and self._task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def sync_once(self) -> SyncReport:
        """Deliver once, on the calling thread. Raises ``UserError`` when it did not work out."""
        results: list[Answered] = []

        async def once() -> None:
            async with CentreClient(self._address()) as centre:
                await deliver(self._store, centre, results.append)
                await self._pull(centre)
                await send_gaps(self._store, centre)
                if self._recordings is not None:
                    while await self._recordings.upload(centre):
                        pass

        asyncio.run(once())
        accepted = sum(one.result.status is ResultStatus.ACCEPTED for one in results)
        waiting = self._store.counts()[OutboxState.WAITING]
        return SyncReport(accepted, len(results) - accepted, waiting)

    def _address(self) -> str:
        url = self._settings().server_url
        if not url:
            raise UserError("NO_CENTRE")
        return check_address(url)

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except asyncio.CancelledError:
            log.debug("sync stopped")

    async def _main(self) -> None:
        self._task, self._loop = asyncio.current_task(), asyncio.get_running_loop()
        self._ready.set()
        failures, listening = 0, asyncio.create_task(self._listen())
        try:
            while True:
                failure = await self._round()
                failures = 0 if failure is None else failures + 1
                await self._pause(failures, failure)
        finally:
            listening.cancel()
            await asyncio.wait([listening])
            if self._centre is not None:
                await self._centre.close()

    async def _pause(self, failures: int, failure: str | None) -> None:
        seconds = self._settings().sync_interval_s
        if failure == "CENTRE_LOGIN_REFUSED":
            seconds = REFUSED_LOGIN_PAUSE_S
        elif failures:
            seconds = pause_after(failures, seconds, random.random())
        elif self._listening:  # whatever is new comes by itself; this only makes sure
            seconds = max(seconds, SURE_S * (0.5 + random.random()))
        try:
            async with asyncio.timeout(seconds):  # wait_for may swallow the end of the shift
                await self._kicked.wait()
        except TimeoutError:
            return
        self._kicked.clear()

    async def _round(self) -> str | None:
        """Deliver and tell; the code of the failure, if any."""
        try:
            await self._tell_counts()
            centre = await self._connect()
            await deliver(self._store, centre, self._tell_answer)
            await self._pull(centre)
            await send_gaps(self._store, centre)
            if self._uses is not None:
                await self._uses.tell(centre)
            await self._look_after_recordings(centre)
            code = None
        except UserError as error:
            code = error.code
        except Exception:  # a bug must not end the deliveries of the shift
            log.exception("sync failed")
            code = "SYNC_FAILED"
        self._tell_centre(CentreChanged(code is None, code or ""))
        self._tell_clock()
        try:
            await self._tell_counts()
        except UserError as error:
            return error.code
        return code

    async def _pull(self, centre: CentreClient) -> None:
        if changed := await pull(self._store, centre):
            await asyncio.to_thread(self._on_told, changed)

    async def _look_after_recordings(self, centre: CentreClient) -> None:
        """After the tickets, and only until there is something to do for them."""
        if self._recordings is None:
            return
        if await self._recordings.upload(centre, self._kicked.is_set):
            self._kicked.set()  # there may be more
        days = self._settings().keep_recordings_days
        await asyncio.to_thread(self._recordings.forget_old, days, datetime.now(UTC))

    async def _listen(self) -> None:
        """Hear of news at once; without this they come with the next round."""
        failures = 0
        while True:
            try:
                async with CentreClient(self._address()) as centre:
                    credential = await asyncio.to_thread(self._store.credential)
                    if credential is not None and credential.server_url == centre.url:
                        async for page in centre.news(credential.token):
                            failures, self._listening = 0, True
                            await self._hear(centre.url, page)
            except (UserError, TokenRefused) as error:
                log.debug("listening: %s", error)
            except Exception:  # a bug must not end the deliveries of the shift
                log.exception("listening failed")
            failures, self._listening = failures + 1, False
            await asyncio.sleep(pause_after(failures, LISTEN_AGAIN_S, random.random()))

    async def _hear(self, centre: str, page: NewsPage | None) -> None:
        """Take small news as they come; at others pull, spread so that not all seats do at once."""
        changed = None
        if page is not None:
            changed = await asyncio.to_thread(self._store.follow_page, centre, page)
        if changed is None:
            await asyncio.sleep(SPREAD_S * random.random())
            self._kicked.set()
        elif changed:
            await asyncio.to_thread(self._on_told, changed)

    async def _connect(self) -> CentreClient:
        address = self._address()
        if self._centre is None or self._centre.url != address:
            if self._centre is not None:
                await self._centre.close()
            self._centre = await asyncio.to_thread(CentreClient, address)
        return self._centre

    def _tell_answer(self, answered: Answered) -> None:
        number = answered.result.number
        if answered.operation.kind == SUBMIT_TICKET and number is not None:
            self._publish(TicketAcknowledged(answered.operation.ticket_id, number))

    def _tell_centre(self, event: CentreChanged) -> None:
        if event != self._told[0]:
            self._told = (event, self._told[1])
            self._publish(event)

    def _tell_clock(self) -> None:
        """Say when this machine's clock is wrong, and when it is right again; the centre's counts."""
        ahead = self._centre.ahead_s if self._centre is not None else None
        if ahead is None:
            return
        wrong = abs(ahead) > CLOCK_WRONG_S
        if wrong and not self._clock_wrong:
            self._publish(Degraded("clock", "CLOCK_WRONG", f"{-ahead / 60:+.0f} min"))
        elif self._clock_wrong and not wrong:
            self._publish(Degraded("clock", ""))
        self._clock_wrong = wrong

    async def _tell_counts(self) -> None:
        counts = await asyncio.to_thread(self._store.counts)
        event = OutboxChanged(counts[OutboxState.WAITING], counts[OutboxState.REFUSED])
        if event != self._told[1]:
            self._told = (self._told[0], event)
            self._publish(event)
