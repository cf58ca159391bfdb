"""A call whose sound cannot be had: the ticket is written by hand, the call still has its course."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from app.events import AudioEnded, SpeechEvent


class SilentHearing:
    """Hears nothing; its end comes when the call is hung up."""

    def __init__(self, listener: Callable[[SpeechEvent], None]) -> None:
        self._listener = listener
        self._hung_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="silent-call", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End soon."""
        self._hung_up.set()

    def hold(self, held: bool) -> None:
        """There is nothing to leave out."""

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; False when the time ran out."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        begun = time.monotonic()
        self._hung_up.wait()
        self._listener(AudioEnded(time.monotonic() - begun))
