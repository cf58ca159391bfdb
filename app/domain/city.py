"""The city's clock: every hour that people read is by it, wherever the machine believes to be."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

CITY_TIME = timezone(timedelta(hours=8))
"""China has one time and no summer time."""


def city_time(moment: datetime) -> datetime:
    """A moment on the city's clock; at the very ends of the calendar as it is."""
    try:
        return moment.astimezone(CITY_TIME)
    except OverflowError:
        return moment
