"""Signals that ask a program to end: Ctrl+C, ``kill``, a terminal that was closed, Ctrl+Break."""

from __future__ import annotations

import signal
import threading

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


def ending_signals() -> tuple[signal.Signals, ...]:
    """Those this system has, without what the program was started to ignore, as by ``nohup``."""
    known = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    return tuple(kind for kind in known if signal.getsignal(kind) is not signal.SIG_IGN)


def interrupt_at_signals() -> None:
    """Let each of them do what Ctrl+C does: what is open is closed on the way out."""
    if threading.current_thread() is threading.main_thread():
        for kind in ending_signals():
            signal.signal(kind, signal.default_int_handler)
