"""What this machine has."""

from __future__ import annotations

import os


def memory_mb() -> float | None:
    """Memory of this machine; ``None`` where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None
