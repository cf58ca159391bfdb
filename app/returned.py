"""Tickets that came back 退单: what the centre told of them is put in force at the seat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.sync.kinds import DISPATCH_RETURN

if TYPE_CHECKING:
    from app.parts import Parts


def know_returns(parts: Parts) -> None:
    """Take in every return that the seat was told of. Blocks; raises ``UserError``."""
    parts.returns().follow(parts.store().told_of(DISPATCH_RETURN))


def learn_returns(parts: Parts) -> None:
    """The same while the seat works: the trained model learns from those of the seat's own tickets.

    Only the seat that wrote a ticket has its words.
    """
    store, practice = parts.store(), parts.practice.built()
    fresh = parts.returns().follow(store.told_of(DISPATCH_RETURN))
    own = [(found, one) for key, one in fresh if (found := store.ticket(key.partition("/")[0]))]
    if practice is None or not own:
        return
    for ticket, one in own:
        practice.correct(ticket.content.summary or "", one.then)
    practice.keep()
