"""The fixtures of a real centre."""

from centre_process import api, centre, own_centre, postgres

__all__ = ["api", "centre", "own_centre", "postgres"]
