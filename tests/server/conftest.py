"""The fixtures of a real centre."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from centre_process import api, centre, own_centre, postgres

__all__ = ["api", "centre", "own_centre", "postgres"]
