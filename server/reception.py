"""Pushes that arrive while another is being decided are decided together: one transaction, one sync."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from app.sync.protocol import MAX_OPERATIONS, OperationResult
from server.database import CentreDatabase
from server.numbers import Numbers
from server.problems import Refused
from server.receiving import Answer, Push, receive

TOGETHER = 2 * MAX_OPERATIONS
QUEUE = 4000


class Reception:
    """Takes pushes from any number of requests of one event loop.

    One thread decides; nobody waits for a timer. Whoever comes while it is at work is in the next
    transaction, so the busier the centre, the cheaper each operation.
    """

    def __init__(self, database: CentreDatabase) -> None:
        self._database = database
        self._numbers = Numbers(database)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reception")
        self._queue: deque[tuple[Push, asyncio.Future[Answer]]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def take(self, push: Push) -> tuple[OperationResult, ...]:
        """The results, on disk. Raises ``Refused``: 401, or 503 when too many wait already."""
        if len(self._queue) >= QUEUE:
            raise Refused(503, "CENTRE_BUSY")
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queue.append((push, answer))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        results = await answer
        if isinstance(results, Refused):
            raise results
        return results

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._queue:
                batch = self._next()
                pushes = [push for push, _ in batch]
                try:
                    answers = await loop.run_in_executor(
                        self._thread, receive, self._database, self._numbers, pushes
                    )
                except Exception as error:  # noqa: BLE001 - each request answers it as its own
                    for _, waiting in batch:
                        if not waiting.done():
                            waiting.set_exception(error)
                    continue
                for (_, waiting), results in zip(batch, answers, strict=True):
                    if not waiting.done():  # the seat may have gone
                        waiting.set_result(results)
        finally:
            self._running = None

    def _next(self) -> list[tuple[Push, asyncio.Future[Answer]]]:
        batch = [self._queue.popleft()]
        size = len(batch[0][0].operations)
        while self._queue and size + len(self._queue[0][0].operations) <= TOGETHER:
            batch.append(self._queue.popleft())
            size += len(batch[-1][0].operations)
        return batch
