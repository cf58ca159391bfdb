"""Figures for Prometheus: requests as they are answered, and what lies in the database when asked."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import func, select

from app.domain.life import Stage
from server.database import CentreDatabase
from server.feed import newest_change
from server.schema import notice, ticket_life

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Set for several serving processes, which then add up their figures in files of this folder."""

_OURS = CollectorRegistry()
_REQUESTS = Counter(
    "jiesu_requests", "Requests answered", ("method", "route", "status"), registry=_OURS
)
_SECONDS = Histogram(
    "jiesu_request_seconds",
    "Time until the answer was sent",
    ("route",),
    buckets=(0.005, 0.02, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0),
    registry=_OURS,
)
_OPEN = tuple(stage.value for stage in Stage if stage is not Stage.CLOSED)


def observe(method: str, route: str, status: int | None, seconds: float) -> None:
    """Count an answered request; ``route`` is the pattern, never the path that was asked for."""
    _REQUESTS.labels(method if route != "-" else "-", route, str(status)).inc()
    _SECONDS.labels(route).observe(seconds)


def figures(database: CentreDatabase) -> bytes:
    """Everything in Prometheus' text format."""
    registry = _OURS
    if SHARED_FOLDER in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry) + generate_latest(_database_figures(database))


def _database_figures(database: CentreDatabase) -> CollectorRegistry:
    registry = CollectorRegistry()
    waiting = Gauge("jiesu_tickets_open", "Tickets by stage", ("stage",), registry=registry)
    overdue = Gauge("jiesu_tickets_overdue", "Open tickets beyond their limit", registry=registry)
    feed = Gauge("jiesu_feed_newest", "Number of the newest change told to seats", registry=registry)
    unsent = Gauge("jiesu_notices_waiting", "Notices that are still to be sent", registry=registry)
    given_up = Gauge("jiesu_notices_failed", "Notices given up of late", registry=registry)
    stage = ticket_life.c.stage
    with database.read() as connection:
        counted = connection.execute(
            select(stage, func.count()).where(stage.in_(_OPEN)).group_by(stage)
        )
        counts: dict[str, int] = {row[0]: row[1] for row in counted}
        late = select(func.count()).where(
            stage.in_((Stage.DISPATCHED.value, Stage.OBJECTED.value, Stage.HANDLING.value)),
            ticket_life.c.due_at < datetime.now(UTC),
        )
        overdue.set(connection.scalar(late) or 0)
        feed.set(newest_change(connection))
        count = select(func.count()).select_from(notice)
        unsent.set(connection.scalar(count.where(notice.c.next_at.is_not(None))) or 0)
        over = notice.c.done_at.is_not(None) & notice.c.failed.is_not(None)
        given_up.set(connection.scalar(count.where(over)) or 0)
    for name in _OPEN:
        waiting.labels(name).set(counts.get(name, 0))
    return registry
