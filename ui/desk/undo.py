"""Undo for everything that changes a ticket: typing, picking, accepting, rejecting, joining, citing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeyEvent, QKeySequence

from app.domain.draft import Draft, changed_fields
from app.domain.trail import MarkKind

MOST = 200
PAUSE_S = 1.0
"""Typing goes on in one step until nobody typed for so long."""
TOGETHER = frozenset({"district", "street"})
"""Fields that one pick changes, one after the other."""


class Step(NamedTuple):
    """One change of one draft."""

    before: Draft
    after: Draft

    @property
    def fields(self) -> frozenset[str]:
        """What it changed."""
        return changed_fields(self.before, self.after)


class Undo:
    """The steps of a call. A step takes back only its own fields: what came in since stays."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._at = float("-inf")

    @property
    def at(self) -> float:
        """When the newest step that can be taken back was done; minus infinity without one."""
        return self._at if self._done else float("-inf")

    def clear(self) -> None:
        """Another call."""
        self._done.clear()
        self._undone.clear()

    def note(self, before: Draft, after: Draft) -> None:
        """The operator changed a draft."""
        names = changed_fields(before, after)
        if not names:
            return
        now, typing = self._clock(), self._typing(before, after, names)
        last = self._done[-1] if self._done else None
        since, self._at = now - self._at, now
        goes_on = (
            last is not None
            and not self._undone
            and last.after.id == after.id
            and since < PAUSE_S
            and ((typing and last.fields == names) or last.fields | names <= TOGETHER)
        )
        if goes_on and last is not None:
            self._done[-1] = Step(last.before, after)
        else:
            self._done.append(Step(before, after))
            del self._done[:-MOST]
        self._undone.clear()

    def undo(self) -> Step | None:
        """The newest step, to be taken back; ``None`` without one."""
        if not self._done:
            return None
        step = self._done.pop()
        self._undone.append(step)
        return step

    def redo(self) -> Step | None:
        """The step that was taken back last, the other way round, to be taken back in its turn."""
        if not self._undone:
            return None
        step = self._undone.pop()
        self._done.append(step)
        return Step(step.after, step.before)

    def _typing(self, before: Draft, after: Draft, names: frozenset[str]) -> bool:
        typed = after.traced(before, 0.0).trail[-1:]
        return len(names) == 1 and bool(typed) and typed[0].kind is MarkKind.TYPED


class UndoneByDesk:
    """Mix-in before a text widget: with ``desk_undo`` its Ctrl+Z is the desk's, not its own."""

    desk_undo = False

    def event(self, event: QEvent) -> bool:
        """Leave the keys of undo and redo to the desk."""
        if (
            self.desk_undo
            and event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and (
                event.matches(QKeySequence.StandardKey.Undo)
                or event.matches(QKeySequence.StandardKey.Redo)
            )
            and not getattr(self, "composing", False)
        ):
            event.ignore()
            return False
        return bool(super().event(event))  # type: ignore[misc]
