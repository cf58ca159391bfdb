"""Hot and rising issues 热点与苗头: days and weeks with more tickets than season and weekday explain.

For every stream (a matter in a district) and every day the expected count is level x weekday x season:

- the *level* is a slowly forgetting mean of past days freed of weekdays; a day that was too
  high enters it only up to what was expected, so that an event does not hide its own sequel;
- *weekdays* are shares pooled over all streams of a matter;
- the *season* is how the matter moved from the last four weeks to today one year ago, where a year
  of the past is known.

Counts scatter more than chance alone; each matter's own scatter is estimated. A stream is hot when
its last day, two, four or eight days would come by chance less often than the wanted number of
false alarms a month over all streams allows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from app.dispatch.duplicates import TicketRow

Floats = NDArray[np.float64]
Stream = tuple[str, str]
"""A matter (code of the third level) in a district."""

FALSE_ALARMS_A_MONTH = 1.0
WARM_UP = 56
"""Days of history before anything is judged."""
WINDOWS = (1, 2, 4, 8)
_TOGETHER = 1.5
"""So many alarms by chance come as one episode, since windows and days overlap (measured)."""
LEAST = 4
"""Fewer tickets than this in a window are no issue, however rare they are."""
_FORGET = 1 / 14
"""The level is on average two weeks old, as is the middle of the four weeks a season starts from."""
_PRIOR = 0.05
"""Tickets a day that even a stream without history is allowed."""
_MATTER = 6
_YEAR = 364
"""Whole weeks, so that weekdays meet."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Tickets a day: ``table`` has a row for each stream and a column for each day."""

    first: date
    streams: tuple[Stream, ...]
    table: Floats


@dataclass(frozen=True, slots=True)
class Alarm:
    """A stream was hot on ``day``: ``seen`` tickets in ``window`` days, ``expected`` by habit."""

    stream: Stream
    day: date
    window: int
    seen: int
    expected: float
    chance: float


@dataclass(frozen=True, slots=True)
class Episode:
    """Alarms of one stream without a pause of more than two days between them."""

    stream: Stream
    begin: date
    end: date
    alarms: tuple[Alarm, ...]

    @property
    def strongest(self) -> Alarm:
        """The alarm that chance explains least."""
        return min(self.alarms, key=lambda alarm: alarm.chance)


def count_days(rows: Iterable[TicketRow], until: date) -> Counts:
    """Daily counts of tickets with category and district; days after ``until`` do not count."""
    kept = [row for row in rows if row.item and row.district and row.at.date() <= until]
    first = min((row.at.date() for row in kept), default=until)
    keys = sorted({((row.item or "")[:_MATTER], row.district or "") for row in kept})
    place = {key: number for number, key in enumerate(keys)}
    table = np.zeros((len(keys), (until - first).days + 1))
    for row in kept:
        key = ((row.item or "")[:_MATTER], row.district or "")
        table[place[key], (row.at.date() - first).days] += 1
    return Counts(first, tuple(keys), table)


def rows_behind(alarm: Alarm, rows: Iterable[TicketRow]) -> tuple[TicketRow, ...]:
    """The tickets an alarm counted, oldest first."""
    begin = alarm.day - timedelta(days=alarm.window - 1)
    matter, district = alarm.stream
    found = (
        row
        for row in rows
        if (row.item or "")[:_MATTER] == matter
        and row.district == district
        and begin <= row.at.date() <= alarm.day
    )
    return tuple(sorted(found, key=lambda row: row.at))


def find_rising(
    counts: Counts, since: date | None = None, false_alarms: float = FALSE_ALARMS_A_MONTH
) -> tuple[Episode, ...]:
    """Episodes from ``since`` on, strongest first. ``false_alarms``: by chance, a month, over all."""
    table = counts.table
    streams, days = table.shape
    if not streams or days <= WARM_UP:
        return ()
    allowed = _TOGETHER * false_alarms / (30.0 * streams * len(WINDOWS))
    habit, scatter = _expected(counts)
    alarms: dict[Stream, list[Alarm]] = defaultdict(list)
    from_day = max(WARM_UP, (since - counts.first).days if since else 0)
    for window in WINDOWS:
        seen = _last(table, window)
        usual = _last(habit, window)
        chance = _chance(seen, usual, scatter[:, None])
        hot = (chance < allowed) & (seen >= LEAST)
        hot[:, :from_day] = False
        for row, day in zip(*np.nonzero(hot), strict=True):
            alarm = Alarm(
                counts.streams[row],
                counts.first + timedelta(days=int(day)),
                window,
                int(seen[row, day]),
                float(usual[row, day]),
                float(chance[row, day]),
            )
            alarms[alarm.stream].append(alarm)
    episodes = [episode for stream in alarms for episode in _episodes(stream, alarms[stream])]
    return tuple(sorted(episodes, key=lambda episode: episode.strongest.chance))


def _last(table: Floats, window: int) -> Floats:
    """Sums over each day and the days before it."""
    sums = np.cumsum(np.pad(table, ((0, 0), (window, 0))), axis=1)
    return np.asarray(sums[:, window:] - sums[:, :-window])


def _chance(seen: Floats, usual: Floats, scatter: Floats) -> Floats:
    """Probability of at least ``seen`` where ``usual`` is expected; variance is scatter x mean.

    Of the negative binomial, by its incomplete beta function: SciPy's statistics take seconds to load.
    """
    spread = np.maximum(scatter, 1.001)
    some = np.maximum(seen, 1.0)
    above = betainc(some, usual / (spread - 1.0), 1.0 - 1.0 / spread)
    return np.where(seen < 1.0, 1.0, above)


def _expected(counts: Counts) -> tuple[Floats, Floats]:
    """What each day was expected to bring, from the days before it alone; each stream's scatter."""
    table = counts.table
    days = table.shape[1]
    weekday = np.array([(counts.first + timedelta(days=n)).weekday() for n in range(days)])
    matters = _groups(counts.streams)
    habit = np.zeros_like(table)
    level = table[:, :WARM_UP].mean(axis=1)
    sizes = table.copy()
    for day in range(days):
        if day % 7 == 0 and day >= WARM_UP:
            weekly = _weekly(sizes[:, :day], weekday[:day], matters)
        elif day < WARM_UP:
            weekly = np.ones((table.shape[0], 7))
        share = weekly[:, weekday[day]]
        habit[:, day] = (level + _PRIOR) * share * _season(table, day, matters)
        sizes[:, day] = np.minimum(table[:, day], _ceiling(habit[:, day]))
        level += _FORGET * (sizes[:, day] / share - level)
    return habit, _scatter(sizes, habit, matters)


def _ceiling(habit: Floats) -> Floats:
    """The most that a day adds to what is usual."""
    return habit + 2.5 * np.sqrt(habit) + 1.0


def _groups(streams: Sequence[Stream]) -> NDArray[np.intp]:
    """For each stream the number of its matter."""
    number: dict[str, int] = {}
    return np.array([number.setdefault(matter, len(number)) for matter, _ in streams])


def _pooled(values: Floats, matters: NDArray[np.intp]) -> Floats:
    """Sums of rows over each matter."""
    pooled = np.zeros((int(matters.max()) + 1, *values.shape[1:]))
    np.add.at(pooled, matters, values)
    return pooled


def _weekly(past: Floats, weekday: NDArray[np.int_], matters: NDArray[np.intp]) -> Floats:
    """Weekday factors by stream: those of its matter, drawn towards one where little is known."""
    recent = past[:, -20 * 7 :]
    pooled = _pooled(recent, matters)
    days = weekday[-recent.shape[1] :]
    sums = np.stack([pooled[:, days == one].mean(axis=1) for one in range(7)], axis=1)
    mean = pooled.mean(axis=1, keepdims=True)
    known = pooled.sum(axis=1, keepdims=True)
    factors = (sums * known + 100.0 * mean) / (mean * (known + 100.0) + 1e-9)
    return np.asarray(np.maximum(factors, 0.05)[matters])


def _season(table: Floats, day: int, matters: NDArray[np.intp]) -> Floats:
    """How each matter moved a year ago from the four weeks before to the days around this one.

    A season may begin on one day, and a few days earlier than last year: the higher one of the week
    around the day and the week after it counts. Whole matters, so one district's event weighs little.
    """
    then = day - _YEAR
    if then < 28:
        return np.ones(table.shape[0])
    around = _pooled(table[:, then - 3 : then + 4], matters).mean(axis=1)
    after = _pooled(table[:, then : then + 7], matters).mean(axis=1)
    before = _pooled(table[:, then - 28 : then], matters).mean(axis=1)
    some = 5.0 / 28  # a matter hardly known has no season
    moved = (np.maximum(around, after) + some) / (before + some)
    return np.asarray(np.clip(moved, 0.25, 4.0)[matters])


def _scatter(sizes: Floats, habit: Floats, matters: NDArray[np.intp]) -> Floats:
    """Variance over mean, by matter; at least one."""
    usual = np.maximum(habit[:, WARM_UP:], 1e-6)
    squared = (sizes[:, WARM_UP:] - usual) ** 2
    found = _pooled(squared, matters).sum(axis=1) / _pooled(usual, matters).sum(axis=1)
    return np.asarray(np.maximum(found, 1.0)[matters])


def _episodes(stream: Stream, alarms: list[Alarm]) -> Iterable[Episode]:
    alarms = sorted(alarms, key=lambda alarm: alarm.day)
    begin = 0
    for number in range(1, len(alarms) + 1):
        if number == len(alarms) or (alarms[number].day - alarms[number - 1].day).days > 3:
            some = tuple(alarms[begin:number])
            yield Episode(stream, some[0].day, some[-1].day, some)
            begin = number
