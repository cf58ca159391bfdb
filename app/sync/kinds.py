"""The kinds of change that the centre tells its seats and that this version understands."""

ARTICLE = "article"
"""``key`` = the article's id; ``body`` = the article, or nothing when it was withdrawn."""

GAP = "gap"
"""``key`` = the id under which the seat sent a gap or a search in vain; no ``body``: an editor has
seen to it."""

TICKET_LIFE = "ticket.life"
"""``key`` = the ticket's id; ``body`` = its stage, the step that led there, and its reason."""

TICKET_CONTENT = "ticket.content"
"""``key`` = the ticket's id; ``body`` = who amended it last, the values of all fields that were ever
amended, and the fields that both sides had changed with both values."""

DISPATCH_RETURN = "dispatch.return"
"""``key`` = the ticket's id and which of its returns; ``body`` = a ``ReturnTold``, for all seats."""

TICKET_MATTERS = "ticket.matters"
"""``key`` = the ticket's id; ``body`` = a ``MatterTold``, for all seats."""

TICKET_FORGOTTEN = "ticket.forgotten"
"""``key`` = the ticket's id; ``body`` = its call. The seat drops who called and what was said."""

REFERENCE = "reference"
"""``key`` = a name of ``app.reference.reading.NAMES``; ``body`` = a ``Document``, or nothing when what
ships holds again."""

USER = "user"
"""``key`` = the name of somebody who may work at a seat; ``body`` = an ``Account``, or nothing when
that ended."""
