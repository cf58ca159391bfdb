"""When what a ticket says has to be done by."""

from __future__ import annotations

from datetime import datetime

from app.dispatch.catalogue import LimitBasis, catalogue_in_force
from app.dispatch.limits import due_at
from app.domain.ticket import TicketContent
from resources.errors import UserError


def content_due(content: TicketContent, start: datetime) -> datetime | None:
    """When a content's limit runs out, counted from ``start``; ``None`` without a limit."""
    hours, category = content.limit_hours, content.category
    if not hours:
        return None
    item = catalogue_in_force().by_code.get(category.code) if category else None
    basis = item.limit_basis if item and item.limit_hours == hours else LimitBasis.NATURAL
    try:
        return due_at(start, hours, basis)
    except UserError:  # the holidays of that year are not published yet: natural days
        return due_at(start, hours)
