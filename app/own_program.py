"""How the program starts itself: from its source, or as a bundle that needs no Python.

In a bundle ``sys.executable`` is the program; nothing else in the product starts it by that name.
"""

from __future__ import annotations

import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
"""The folder of the rooms: the source, or what the bundle keeps of it."""
MODULES = ("ui.printing",)
"""What a bundle runs by ``-m``; any other module has no life of its own."""


def bundled() -> bool:
    """Whether this is the bundle."""
    return bool(getattr(sys, "frozen", False))


def own_command(*arguments: str | Path) -> list[str]:
    """The command line that runs a command of the program in a process of its own."""
    start = [sys.executable] if bundled() else [sys.executable, str(HOME / "main.py")]
    return [*start, *map(str, arguments)]


def own_module(name: str, *arguments: str | Path) -> list[str]:
    """The command line that runs one of ``MODULES``; from the source it must begin in ``HOME``."""
    if name not in MODULES:
        raise ValueError(f"{name} is not run by itself")
    return [sys.executable, "-m", name, *map(str, arguments)]
