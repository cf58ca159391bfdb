"""What hides the desk: logging in, or the locked screen while a call goes on behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.domain.call import CallState
from app.telephone.line import Phase
from ui.desk.call_control import CallControl
from ui.desk.line_control import LineControl
from ui.look.composition import Line
from ui.look.controls import KeyButton, tone
from ui.look.language import Language
from ui.look.sizes import grow
from ui.look.spoken import announce
from ui.look.style import GRID
from ui.look.wording import DOT, clock

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

CARD_WIDTH = GRID * 100


class LockPage(QWidget):
    """Asks for name and password, or for the password of who works here.

    ``asked`` carries both (the name empty when it is known); ``other`` = somebody else wants to log in;
    ``left`` = nobody wants to after all.
    """

    asked = Signal(str, str)
    other = Signal()
    left = Signal()

    def __init__(self, language: Language, control: CallControl, line: LineControl) -> None:
        super().__init__()
        self.setObjectName("page")
        self._language, self._control, self._line = language, control, line
        self._known, self._may_leave = "", False
        self.brand, self.title, self.call, self.problem = (QLabel() for _ in range(4))
        self.brand.setObjectName("muted")
        self.title.setObjectName("title")
        for label in (self.call, self.problem):
            label.setObjectName("status")
        language.bind(self.brand, self.brand.setText, "brand")
        self.problem.setWordWrap(True)
        self.name, self.password = Line(), Line()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.go, self.change = KeyButton(kind="main"), KeyButton(kind="quiet")
        self.cancel = KeyButton(kind="quiet")
        self._lay_out()
        self.name.returnPressed.connect(self.password.setFocus)
        self.password.returnPressed.connect(self._ask)
        self.go.clicked.connect(self._ask)
        self.change.clicked.connect(self.other)
        self.cancel.clicked.connect(self.left)
        control.changed.connect(self._show_call)
        for told in (control.ticked, line.changed, line.ticked):
            told.connect(self._show_call)
        language.changed.connect(self._show)
        self._show()

    def ask_for(self, known: str = "", *, may_leave: bool = False) -> None:
        """Ask for the password of who works here, or with ``known`` empty for name and password."""
        self._known, self._may_leave = known, may_leave
        self.name.clear()
        self.password.clear()
        self.show_problem("")
        self._show()
        (self.password if known else self.name).setFocus()

    def show_problem(self, words: str) -> None:
        """Say why it did not work, and let try again."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        self.go.setEnabled(True)
        self.password.setEnabled(True)
        if words:
            announce(self.problem, words)
            self.password.setFocus()

    def _ask(self) -> None:
        name, password = self.name.text().strip(), self.password.text()
        if not self.go.isEnabled() or not password or not (name or self._known):
            return
        self.password.clear()
        self.go.setEnabled(False)
        self.password.setEnabled(False)
        self.asked.emit("" if self._known else name, password)

    def _lay_out(self) -> None:
        card = QFrame()
        card.setObjectName("panel")
        grow(card, setFixedWidth=CARD_WIDTH)
        column = QVBoxLayout(card)
        column.setContentsMargins(GRID * 8, GRID * 8, GRID * 8, GRID * 7)
        column.setSpacing(GRID * 3)
        row = QHBoxLayout()
        row.setSpacing(GRID * 2)
        row.addWidget(self.change)
        row.addStretch(1)
        row.addWidget(self.cancel)
        row.addWidget(self.go)
        for widget in (self.brand, self.title, self.call, self.name, self.password, self.problem):
            column.addWidget(widget)
        column.addSpacing(GRID)
        column.addLayout(row)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(card)
        across.addStretch(1)
        down = QVBoxLayout(self)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(0)
        down.addStretch(2)
        down.addLayout(across)
        down.addStretch(3)
        tone(self.problem, tone="bad")

    def _show(self) -> None:
        say = self._language.say
        words = say("people.locked", name=self._known) if self._known else say("people.log_in_title")
        self.title.setText(words)
        self.setAccessibleName(words)
        self.name.setVisible(not self._known)
        self.change.setVisible(bool(self._known))
        self.cancel.setVisible(self._may_leave)
        for line, key in ((self.name, "people.name"), (self.password, "people.password")):
            line.setPlaceholderText(say(key))
            line.setAccessibleName(say(key))
        self.go.set_label(say("people.unlock" if self._known else "people.log_in"))
        self.change.set_label(say("people.other"))
        self.cancel.set_label(say("people.cancel"))
        self._show_call()

    def _show_call(self) -> None:
        """That a call goes on or rings, never whose."""
        talking = self._control.state is CallState.TALKING
        rings = self._line.answerable and not talking
        tone(self.call, tone="ok" if talking else "warn" if rings else "")
        if rings and not self.call.isVisibleTo(self):
            announce(self.call, self._language.say("people.call_rings"))
        self.call.setVisible(talking or rings)
        if talking or rings:
            words = self._language.say("people.call_goes_on" if talking else "people.call_rings")
            seconds = self._control.seconds if talking else self._line.seconds(Phase.RINGING)
            self.call.setText(f"● {words}{DOT}{clock(seconds)}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._may_leave:
            self.left.emit()
        else:
            super().keyPressEvent(event)
