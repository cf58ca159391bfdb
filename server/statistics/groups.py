"""What groups of near-duplicates are about: the words of their first tickets, masked for who asks."""

from __future__ import annotations

from app.statistics.groups import read_groups
from app.statistics.page import PAGE, Dashboard, Group, Period, first_tickets, with_titles
from server.asking import Asker
from server.database import CentreDatabase
from server.life.showing import cases_of
from server.rights import Role

REPORTS = Asker("reports", frozenset({Role.TEAM_LEAD}))
"""Reports show what a team lead may see."""


def titled(database: CentreDatabase, page: Dashboard, asker: Asker = REPORTS) -> Dashboard:
    """The page with what its groups are about."""
    lines = cases_of(database, asker, sorted(first_tickets(page)))
    return with_titles(page, {line.ticket_id: line.subject for line in lines})


def groups(database: CentreDatabase, asker: Asker, period: Period, offset: int) -> tuple[Group, ...]:
    """``PAGE`` groups of a period, largest first."""
    with database.read() as connection:
        found = read_groups(connection, period, PAGE, offset)
    titles = {one.ticket_id: one.subject for one in cases_of(database, asker, [g.id for g in found])}
    return tuple(one.titled(titles) for one in found)
