"""Burst detection on made streams with planted events, and false alarms on streams without any.

Streams have levels of 0.1 to 20 tickets a day, weekdays, seasons and more scatter than chance. Half
of the planted events are sudden (two to four days), half rise over ten days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from app.review.rising import Counts, Episode, Floats, find_rising

MATTERS, DISTRICTS, DAYS = 30, 16, 2 * 364
FIRST = date(2025, 1, 6)
JUDGED_FROM = 364 + 56
EVENTS = 60
LATE = 3
"""An alarm so many days after an event's end still counts for it."""


@dataclass(frozen=True, slots=True)
class Planted:
    """An event: its stream's row, its days, how many times the usual at its height."""

    row: int
    begin: int
    end: int
    factor: float
    rising: bool


def run(data: Path | None) -> dict[str, Any]:
    """Precision, recall by kind and strength, delay, and false alarms a month."""
    del data  # made here
    found = [measure(seed) for seed in (1, 2, 3)]
    figures: dict[str, Any] = {"streams": MATTERS * DISTRICTS, "days": DAYS - JUDGED_FROM}
    for name in found[0]:
        values = [one[name] for one in found]
        figures[name] = round(float(np.mean(values)), 3)
    return figures | {"flat": flat(), "flat_with_scatter": flat(scatter=1.5)}


def measure(seed: int) -> dict[str, float]:
    """Figures of one year of streams with planted events."""
    dice = np.random.default_rng(seed)
    usual = usual_counts(dice)
    planted = plant(dice, usual)
    counts = as_counts(draw(dice, usual, 1.3))
    episodes = find_rising(counts, since=FIRST + timedelta(days=JUDGED_FROM))
    caught = {event: _caught(event, counts, episodes) for event in planted}
    true = [one for one in episodes if any(_hits(one, event, counts) for event in planted)]
    months = (DAYS - JUDGED_FROM) / 30
    sudden = [event for event in planted if not event.rising]
    slow = [event for event in planted if event.rising]
    delays = [days for days in caught.values() if days is not None]
    return {
        "precision": len(true) / max(1, len(episodes)),
        "recall": len(delays) / len(planted),
        "recall_sudden": sum(caught[event] is not None for event in sudden) / len(sudden),
        "recall_rising": sum(caught[event] is not None for event in slow) / len(slow),
        "delay_days": float(np.median(delays)) if delays else float("nan"),
        "false_alarms_a_month": (len(episodes) - len(true)) / months,
    }


def usual_counts(dice: np.random.Generator) -> Floats:
    """Means of every stream and day: level, weekday, season."""
    rows = MATTERS * DISTRICTS
    days = np.arange(DAYS)
    level = np.exp(dice.uniform(np.log(0.1), np.log(20.0), rows))[:, None]
    weekend = np.repeat(dice.uniform(0.4, 1.3, MATTERS), DISTRICTS)[:, None]
    week = np.where(days % 7 >= 5, weekend, 1.0)
    height = np.repeat(dice.uniform(0.0, 0.8, MATTERS), DISTRICTS)[:, None]
    phase = np.repeat(dice.uniform(0, 2 * np.pi, MATTERS), DISTRICTS)[:, None]
    season = np.exp(height * np.sin(2 * np.pi * days / 364 + phase))
    return np.asarray(level * week * season)


def plant(dice: np.random.Generator, usual: Floats) -> list[Planted]:
    """Raise the means of some streams for some days, each stream at most once."""
    planted = []
    for number, row in enumerate(dice.choice(len(usual), EVENTS, replace=False)):
        rising = number % 2 == 1
        length = 10 if rising else int(dice.integers(2, 5))
        begin = int(dice.integers(JUDGED_FROM, DAYS - length - LATE))
        days = slice(begin, begin + length)
        mean = float(usual[row, days].mean())
        factor = max(float(dice.uniform(3, 6)), 1 + 6 / mean)  # at least six more a day
        shape = np.linspace(1 / length, 1, length) if rising else np.ones(length)
        usual[row, days] *= 1 + (factor - 1) * shape
        planted.append(Planted(int(row), begin, begin + length - 1, factor, rising))
    return planted


def draw(dice: np.random.Generator, usual: Floats, scatter: float) -> Floats:
    """Counts with a variance of ``scatter`` times the mean."""
    if scatter <= 1:
        return dice.poisson(usual).astype(float)
    return dice.negative_binomial(usual / (scatter - 1), 1 / scatter).astype(float)


def as_counts(table: Floats) -> Counts:
    """The table under the names of its streams."""
    names = [(f"{row // DISTRICTS:06d}", f"{row % DISTRICTS}") for row in range(len(table))]
    return Counts(FIRST, tuple(names), table)


def flat(scatter: float = 1.0) -> dict[str, float]:
    """False alarms a month over all streams, where nothing ever happens."""
    dice = np.random.default_rng(9)
    level = np.exp(dice.uniform(np.log(0.1), np.log(20.0), MATTERS * DISTRICTS))[:, None]
    counts = as_counts(draw(dice, np.repeat(level, DAYS, axis=1), scatter))
    episodes = find_rising(counts, since=FIRST + timedelta(days=JUDGED_FROM))
    return {"false_alarms_a_month": round(len(episodes) / ((DAYS - JUDGED_FROM) / 30), 2)}


def _hits(episode: Episode, event: Planted, counts: Counts) -> bool:
    begin = FIRST + timedelta(days=event.begin)
    end = FIRST + timedelta(days=event.end + LATE)
    return episode.stream == counts.streams[event.row] and episode.begin <= end and episode.end >= begin


def _caught(event: Planted, counts: Counts, episodes: tuple[Episode, ...]) -> int | None:
    """Days from an event's begin to its first alarm."""
    begin = FIRST + timedelta(days=event.begin)
    days = [
        (alarm.day - begin).days
        for episode in episodes
        if _hits(episode, event, counts)
        for alarm in episode.alarms
        if alarm.day >= begin
    ]
    return min(days, default=None)
