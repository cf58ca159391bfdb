"""A program for the tests: change all articles and index them, over and over, until killed.

``python build_index.py STORE INDEX SECONDS`` kills itself as hard as the system can, so many seconds
after its first round.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

from knowledge_base import building
from knowledge_base.index import WhooshIndex
from knowledge_base.store import FolderStore


def die() -> None:
    """Leave no time for any clean-up."""
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(9)


def main() -> None:
    """Write without end, in small batches."""
    building.BATCH = 64
    store, knowledge = (
        FolderStore(Path(sys.argv[1])),
        WhooshIndex(FolderStore(Path(sys.argv[1])), Path(sys.argv[2])),
    )
    knowledge.refresh()
    threading.Timer(float(sys.argv[3]), die).start()
    for number in range(1_000_000):
        store.put([replace(article, spoken=f"第{number}轮") for article in store.current()])
        knowledge.refresh()


if __name__ == "__main__":
    main()
