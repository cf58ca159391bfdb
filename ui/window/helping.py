"""Help at hand: F1 opens it at the page one is on, F1 or Esc goes back to the work."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.call import CallState
from ui.desk.call_control import CallControl
from ui.look.appearance import Appearance
from ui.look.dress import wear
from ui.look.language import Language
from ui.window.status_line import StatusLine
from ui.window.top_bar import TopBar

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStackedWidget

    from ui.window.help_page import HelpPage

PAGE_TOPICS = {
    "desk": "operator#take",
    "tickets": "operator#tickets",
    "queues": "operator#queues",
    "knowledge": "operator#knowledge",
    "editor": "editor#look-after",
    "drill": "trainer#hold",
    "review": "lead#review",
    "statistics": "lead#statistics",
    "settings": "seat#settings",
}
CALL_TOPICS = {
    CallState.READY: "operator#take",
    CallState.TALKING: "operator#talk",
    CallState.WRAPPING: "operator#submit",
    CallState.SUBMITTED: "operator#submit",
}
DRILL_TOPIC = "operator#drill"


class Helping(QObject):
    """Shows and leaves the page of help in a window's stack; the page is built when first asked for.

    ``asked`` = ``setup`` or ``tour`` is wanted instead of words.
    """

    asked = Signal(str)

    def __init__(
        self,
        stack: QStackedWidget,
        top: TopBar,
        status: StatusLine,
        control: CallControl,
        language: Language,
        appearance: Appearance,
        *,
        drill: bool,
    ) -> None:
        super().__init__(stack)
        self._stack, self._top, self._control = stack, top, control
        self._language, self._appearance, self._drill = language, appearance, drill
        status.help.clicked.connect(self.toggle)

    @cached_property
    def page(self) -> HelpPage:
        """The page of help."""
        from ui.window.help_page import HelpPage

        page = HelpPage(self._language, self._appearance)
        page.left.connect(self.leave)
        page.tour.clicked.connect(lambda: self.asked.emit("tour"))
        page.set_up.clicked.connect(lambda: self.asked.emit("setup"))
        for button in (page.tour, page.set_up):
            button.setVisible(not self._drill)
        self._stack.addWidget(page)
        wear(page)
        return page

    def topic(self) -> str:
        """What help there is for what one is doing."""
        name = self._top.shown
        if name != "desk":
            return PAGE_TOPICS[name]
        return DRILL_TOPIC if self._drill else CALL_TOPICS[self._control.state]

    def toggle(self) -> None:
        """Open help, or go back to the work."""
        if self._stack.currentWidget() is self.page:
            self.leave()
        else:
            self.page.show_topic(self.topic())
            self._stack.setCurrentWidget(self.page)
            self.page.text.setFocus()

    def leave(self) -> None:
        """Show the page that was left for help."""
        self._top.page_requested.emit(self._top.shown)
