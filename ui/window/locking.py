"""Locks the screen of a desk: when nobody touches it, by key, or because the centre says so.

Only what is seen is locked. The call, its recording and transcript, drafts and sync go on in the core.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget

from resources.errors import UserError
from ui.look.named_key import NamedKey

if TYPE_CHECKING:
    from PySide6.QtGui import QWindow

    from app.desk import Desk
    from app.people import Operator
    from ui.background import Background
    from ui.look.language import Language
    from ui.window.lock_page import LockPage

LOCK_KEY = "Ctrl+L"
_TOUCHES = (
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
    QEvent.Type.InputMethod,
)


class Locking(QObject):
    """Shows ``page`` in place of ``body``. ``changed`` tells who works here now, or nobody."""

    changed = Signal(object)

    def __init__(
        self,
        window: QMainWindow,
        body: QWidget,
        page: LockPage,
        desk: Desk,
        background: Background,
        language: Language,
    ) -> None:
        super().__init__(window)
        self._window, self._page = window, page
        self._desk, self._background, self._language = desk, background, language
        self._behind: list[QWidget] = []
        self._closed = self._held = False
        self.stack = QStackedWidget()
        self.stack.addWidget(body)
        self.stack.addWidget(page)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self.lock)
        NamedKey(LOCK_KEY, "lock", window, self.lock)
        page.asked.connect(self._on_asked)
        page.other.connect(lambda: page.ask_for(may_leave=True))
        page.left.connect(self._on_left)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusWindowChanged.connect(self._on_focus)

    @property
    def locked(self) -> bool:
        """Whether the desk is hidden."""
        return self.stack.currentWidget() is self._page

    def begin(self) -> None:
        """Ask who works here, if the policy wants to know."""
        if self._desk.people.required and self._desk.people.current is None:
            self.log_in()

    def lock(self) -> None:
        """Hide the desk until the one who works here is back; nothing while nobody has logged in."""
        current = self._desk.people.current
        if current is not None and not self.locked:
            self._page.ask_for(current.name)
            self._close(held=True)

    def log_in(self) -> None:
        """Ask for name and password."""
        self._page.ask_for(may_leave=not self._desk.people.required)
        self._close()

    def log_out(self) -> None:
        """Nobody works here now."""
        self._desk.people.log_out()
        self.changed.emit(None)
        self.begin()

    def check(self) -> None:
        """The centre changed accounts: lock if it was that of who works here."""
        self._background.run(self._desk.people.still_known, self._on_checked)

    def close(self) -> None:
        """Watch no longer."""
        self._closed = True
        self._idle.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _TOUCHES and not self._closed:
            self._wait_again()
        return super().eventFilter(watched, event)

    def _on_focus(self, window: QWindow | None) -> None:
        """Watch what comes to a window that is used, also to a trainer's or a dialog.

        Not the whole application: every event would pass through here, not only touches.
        """
        if window is not None and not self._closed:
            window.installEventFilter(self)  # again is no harm: only once is it called
            self._wait_again()

    def _wait_again(self) -> None:
        minutes = self._desk.people.lock_after_minutes
        if minutes and self._desk.people.current is not None and not self.locked:
            self._idle.start(minutes * 60_000)
        else:
            self._idle.stop()

    def _close(self, held: bool = False) -> None:
        self._idle.stop()
        self._held = held
        self._behind = [
            one for one in QApplication.topLevelWidgets() if one.isVisible() and one is not self._window
        ]
        for one in self._behind:
            one.hide()
        self.stack.setCurrentWidget(self._page)

    def _open(self) -> None:
        self.stack.setCurrentIndex(0)
        for one in self._behind:
            one.show()
        self._behind = []
        self._wait_again()

    def _on_left(self) -> None:
        """Nobody logs in after all: back to where that was asked for, which may be a locked screen."""
        current = self._desk.people.current
        if self._held and current is not None:
            self._page.ask_for(current.name)
        elif not self._desk.people.required:
            self._open()

    def _on_asked(self, name: str, password: str) -> None:
        people = self._desk.people
        self._background.run(
            lambda: people.log_in(name, password) if name else people.unlock(password),
            self._on_let_in,
            self._on_refused,
            kind="people",
        )

    def _on_let_in(self, _: Operator | None) -> None:
        self._page.show_problem("")
        self._open()
        self.changed.emit(self._desk.people.current)

    def _on_refused(self, error: UserError | None) -> None:
        self._page.show_problem(self._language.error(error) if error is not None else "—")

    def _on_checked(self, known: bool) -> None:
        if not known:
            self.lock()
            self._page.show_problem(self._language.error(UserError("PERSON_ENDED")))
