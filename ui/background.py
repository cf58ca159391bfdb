"""Work off the GUI thread with its outcome on it: success, error or cancellation."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from resources.errors import Cancelled, UserError

log = logging.getLogger(__name__)
WORKERS = 4
CLOSE_TIMEOUT_S = 5.0

Work = Callable[[], Any]
Done = Callable[[Any], None]
Failed = Callable[[UserError | None], None]
"""Gets ``None`` when the cause was a bug, which is reported by other means."""


class Task:
    """One piece of work; a cancelled task never calls back."""

    def __init__(self, done: Done | None, failed: Failed | None) -> None:
        self.done = done
        self.failed = failed
        self.cancelled = threading.Event()
        self.outcome: object = None
        self.error: BaseException | None = None

    def cancel(self) -> None:
        """Forget the outcome. GUI thread."""
        self.cancelled.set()


class Background(QObject):
    """Runs work on a small pool. Callbacks come on the thread this object lives in.

    A ``UserError`` goes to the task's ``failed`` or else to ``user_error_raised``; ``Cancelled`` is
    silent; anything else is a bug and goes to ``bug_found``. Of two tasks with the same ``kind``
    the older one is cancelled, and so is whatever comes once this is closed.
    """

    user_error_raised = Signal(object)
    bug_found = Signal(object)
    idled = Signal()
    _ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="ui-io")
        self._newest: dict[str, Task] = {}
        self._running: dict[Task, Future[None]] = {}
        self._closed = False
        self._ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether any task has not yet called back."""
        return bool(self._running)

    def run(
        self,
        work: Work,
        done: Done | None = None,
        failed: Failed | None = None,
        *,
        kind: str | None = None,
    ) -> Task:
        """Start ``work``; call ``done`` with its result, or ``failed``, on the GUI thread."""
        task = Task(done, failed)
        if self._closed:  # by a timer of a window that is closed and not yet gone
            task.cancel()
            return task
        if kind is not None:
            older = self._newest.get(kind)
            if older is not None:
                older.cancel()
            self._newest[kind] = task
        self._running[task] = self._pool.submit(self._work, task, work)
        return task

    def close(self) -> bool:
        """Cancel what waits, let running work end (bounded). False when some did not."""
        self._closed = True
        for task in self._running:
            task.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)
        left = wait(list(self._running.values()), timeout=CLOSE_TIMEOUT_S).not_done
        self._running.clear()
        return not left

    def _work(self, task: Task, work: Work) -> None:
        if not task.cancelled.is_set():
            try:
                task.outcome = work()
            except BaseException as error:  # noqa: BLE001 - every outcome is handed to the GUI thread
                task.error = error
        self._ended.emit(task)

    @Slot(object)
    def _on_ended(self, task: Task) -> None:
        self._running.pop(task, None)
        try:
            if not task.cancelled.is_set():
                self._call_back(task)
        finally:
            if not self._running:
                self.idled.emit()

    def _call_back(self, task: Task) -> None:
        if task.error is None:
            if task.done is not None:
                task.done(task.outcome)
        elif isinstance(task.error, Cancelled):
            log.debug("cancelled")
        elif isinstance(task.error, UserError):
            if task.failed is not None:
                task.failed(task.error)
            else:
                self.user_error_raised.emit(task.error)
        else:
            if task.failed is not None:
                task.failed(None)
            self.bug_found.emit(task.error)
