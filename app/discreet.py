"""Say where the program failed without saying what a caller said.

The text of an exception may quote a value (``KeyError: '138…'``). Logs and reports lie on the disk in
the clear, so they keep types and places in the code, and texts only of errors made for users.
"""

from __future__ import annotations

import logging
import traceback
from types import TracebackType

from resources.errors import UserError

_Info = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def describe(error: BaseException) -> str:
    """An exception with its causes, like a traceback but without what their texts say."""
    parts, seen = list[str](), set[int]()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        parts.append("".join(traceback.format_tb(link.__traceback__)) + _name(link))
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "\n\nbecause of\n\n".join(parts)


def _name(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, UserError):
        return f"{kind}: {error.code}"
    if isinstance(error, OSError) and error.errno is not None:
        return f"{kind}: {error.errno}"
    return f"{kind} (its text is not kept: it may quote what a caller said)"


class DiscreetFormatter(logging.Formatter):
    """Formats log records; of exceptions only type and place."""

    def formatException(self, ei: _Info) -> str:
        """Called by ``logging`` for a record with an exception."""
        return describe(ei[1]) if ei[1] is not None else ""
