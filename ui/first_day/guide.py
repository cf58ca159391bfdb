"""Opens the setup assistant: by itself in a folder nobody has used, and whenever it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.domain.call import CallState
from ui.first_day.tour import OpenDesk, Tour
from ui.look.dress import wear
from ui.look.named_key import NamedKey

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow, QStackedWidget

    from app.desk import Desk
    from app.settings import Settings
    from ui.background import Background
    from ui.desk.call_control import CallControl
    from ui.first_day.setup_page import SetupPage
    from ui.look.appearance import Appearance
    from ui.look.language import Language
    from ui.window.top_bar import TopBar


class Guide(QObject):
    """The assistant is a page of the window's stack: a call that rings leads away from it.

    ``use`` puts settings in force that it has kept; the tour's desk, made by ``open_desk``, lies in
    ``practice_in``.
    """

    def __init__(
        self,
        window: QMainWindow,
        desk: Desk,
        stack: QStackedWidget,
        top: TopBar,
        control: CallControl,
        background: Background,
        language: Language,
        appearance: Appearance,
        use: Callable[[Settings], None],
        practice_in: QStackedWidget,
        open_desk: OpenDesk,
    ) -> None:
        super().__init__(window)
        self._use = use
        self._desk, self._stack, self._top, self._control = desk, stack, top, control
        self._background, self._language, self._appearance = background, language, appearance
        self.tour = Tour(desk, practice_in, control, background, open_desk, self)
        self._keys = [
            NamedKey("", "firstday.open", window, self.open),
            NamedKey("", "firstday.tour", window, self.tour.begin),
        ]
        control.changed.connect(self._on_call_changed)
        self._on_call_changed()

    @cached_property
    def page(self) -> SetupPage:
        """The assistant; built when it is first shown."""
        from ui.first_day.setup_page import SetupPage

        page = SetupPage(self._desk, self._background, self._language, self._appearance)
        page.keeping.kept.connect(self._use)
        page.moved.connect(self._keep_step)
        page.left.connect(self._leave)
        page.done.connect(self._on_done)
        page.toured.connect(self._on_toured)
        self._stack.addWidget(page)
        wear(page)
        return page

    @property
    def shown(self) -> bool:
        """Whether the assistant is what one sees."""
        return "page" in self.__dict__ and self._stack.currentWidget() is self.page

    def begin(self) -> None:
        """At the start of the program: show it where nobody has used the seat yet, or go on with it
        where it was not ended."""
        if self._desk.first_day.untouched:
            self.open()
        else:
            self._background.run(self._desk.first_day.step, self._on_step, lambda _: None)

    def open(self, step: str = "") -> None:
        """Show it at a step; without a name where it was left while the program ran."""
        if self._control.may_start:
            self._stack.setCurrentWidget(self.page)
            self.page.show_step(step or self.page.step.name)

    def end(self) -> None:
        """The window closes."""
        self.tour.end()
        if "page" in self.__dict__:
            self.page.end()

    def show(self, what: str) -> None:
        """``setup`` or ``tour``: what the page of help asks for."""
        if what == "tour":
            self.tour.begin()
        else:
            self.open()

    def _on_toured(self) -> None:
        self._on_done()
        self.tour.begin()

    def _on_step(self, step: str) -> None:
        if step and self._control.state is CallState.READY:
            self.open(step)

    def _keep_step(self, step: str) -> None:
        keep = self._desk.first_day.keep_step
        self._background.run(lambda: keep(step), failed=lambda _: None, kind="setup-step")

    def _leave(self) -> None:
        self._top.page_requested.emit(self._top.shown)

    def _on_done(self) -> None:
        self._keep_step("")
        self._leave()
        self.page.rewind()

    def _on_call_changed(self) -> None:
        for key in self._keys:
            key.setEnabled(self._control.state is CallState.READY and not self._desk.drill)
