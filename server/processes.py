"""Several serving processes behind one address; they share nothing but the database."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import socket
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType

from app.interruption import ending_signals
from server.logs import log_of_a_centre

log = logging.getLogger(__name__)
START_WITHIN_S = 60.0
END_WITHIN_S = 15.0
Serve = Callable[[socket.socket, Callable[[], None]], None]


class Processes:
    """Keeps ``count`` processes serving one listening socket; one that dies is replaced.

    ``serve(listening, ready)`` runs in each; it must be a picklable function that ends at SIGTERM.
    """

    def __init__(self, serve: Serve, listening: socket.socket, count: int) -> None:
        self._serve = serve
        self._listening = listening
        self._context = multiprocessing.get_context("spawn")
        self._stopping = False
        self._woken, self._wake = self._context.Pipe(duplex=False)
        self._running = [self._start() for _ in range(count)]

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until ``stop`` or a signal to end. ``ready`` is called when all processes listen."""
        self._end_at_signals()
        try:
            for process, told in self._running:
                if wait([told, process.sentinel], START_WITHIN_S) != [told]:
                    raise RuntimeError("a serving process did not start")
            ready()
            while not self._stopping:
                self._replace_the_dead()
        finally:
            self._end()

    def stop(self) -> None:
        """End; from any thread."""
        self._stopping = True
        self._wake.send(None)

    def _start(self) -> tuple[BaseProcess, Connection]:
        told, tell = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=_serve_below, args=(self._serve, self._listening, tell), name="centre"
        )
        process.start()
        tell.close()
        return process, told

    def _replace_the_dead(self) -> None:
        sentinels = [process.sentinel for process, _ in self._running]
        if self._woken in wait([self._woken, *sentinels]) or self._stopping:
            return
        for place, (process, told) in enumerate(self._running):
            if not process.is_alive():
                log.error("a serving process ended with status %s; another starts", process.exitcode)
                told.close()
                self._running[place] = self._start()

    def _end(self) -> None:
        for process, _ in self._running:
            process.terminate()
        for process, told in self._running:
            process.join(END_WITHIN_S)
            if process.is_alive():
                process.kill()
                process.join()
            told.close()

    def _end_at_signals(self) -> None:
        def end(_number: int, _frame: FrameType | None) -> None:
            self.stop()

        if threading.current_thread() is threading.main_thread():
            for kind in ending_signals():
                signal.signal(kind, end)


def _serve_below(serve: Serve, listening: socket.socket, tell: Connection) -> None:
    log_of_a_centre()
    for kind in ending_signals():
        if kind is not signal.SIGTERM:  # what a terminal sends reaches all; the parent ends us
            signal.signal(kind, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def outlive_nobody() -> None:
        wait([parent.sentinel])
        signal.raise_signal(signal.SIGTERM)

    threading.Thread(target=outlive_nobody, name="parent", daemon=True).start()
    serve(listening, lambda: tell.send(None))
