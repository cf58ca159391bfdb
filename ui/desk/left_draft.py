"""The ticket of a line that dropped: when the same number calls again, one key goes on with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.draft import Draft
from ui.look.named_key import NamedKey

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.desk import Desk
    from app.domain.call import Call
    from ui.background import Background

Edit = Callable[[Callable[[Draft], Draft]], None]


class LeftDraft(QObject):
    """``left`` says that a ticket was left unfinished, and whether its caller is on the line again."""

    left = Signal(bool)

    def __init__(self, desk: Desk, background: Background, page: QWidget, edit: Edit) -> None:
        super().__init__(page)
        self._desk, self._background, self._edit = desk, background, edit
        self._shown: tuple[Draft, str | None] | None = None
        self._waiting: Draft | None = None
        self._key = NamedKey("Ctrl+R", "key_continue", page, self._on_wanted)
        self._key.setEnabled(False)

    def note(self, draft: Draft | None, call: Call) -> None:
        """This is shown now; ``None`` when every request of the call was submitted."""
        if draft is None:
            self._shown = None
        elif draft.call_id == call.id:  # the core may be at the next call already
            self._shown = draft, call.caller_line

    def begin(self, call: Call | None) -> None:
        """Another call began, or none is there any more."""
        shown, self._shown = self._shown, None
        self._wait_with(None)
        if call is None or shown is None or shown[0].call_id == call.id:
            return
        again = call.caller_line is not None and call.caller_line == shown[1]
        self._wait_with(shown[0] if again else None)
        self.left.emit(again)

    def _wait_with(self, draft: Draft | None) -> None:
        self._waiting = draft
        self._key.setEnabled(draft is not None)

    def _on_wanted(self) -> None:
        earlier = self._waiting
        if earlier is not None:
            self._wait_with(None)
            self._edit(lambda draft: draft.continued(earlier))
            self._background.run(lambda: self._desk.discard(earlier.id))
