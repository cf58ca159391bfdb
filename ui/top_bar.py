"""The top line: brand, pages, and the call with its keys."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from app.domain.call import CallState
from ui.call_control import CallControl
from ui.controls import ElidedLabel, KeyButton, tone
from ui.language import Language
from ui.style import GRID
from ui.wording import DOT, clock, masked

PAGES = (
    *("desk", "tickets", "queues", "knowledge", "editor"),
    *("drill", "review", "statistics", "settings"),
)
TONES = {
    CallState.READY: "muted",
    CallState.TALKING: "ok",
    CallState.WRAPPING: "warn",
    CallState.SUBMITTED: "accent",
}


def page_key(name: str) -> str:
    """The key of a page's name: pages with texts of their own say it there."""
    return f"{name}.page" if name in ("drill", "review") else f"page_{name}"


class TopBar(QFrame):
    """Says what the operator asked for; the window does it."""

    page_requested = Signal(str)
    file_requested = Signal()
    sample_requested = Signal()
    microphone_requested = Signal()
    hang_up_requested = Signal()

    def __init__(
        self,
        language: Language,
        control: CallControl,
        pages: tuple[str, ...] = PAGES,
        *,
        may_call: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """``may_call`` is false where somebody else begins the calls: at a drill's desk."""
        super().__init__(parent)
        self._names, self._may_call = pages, may_call
        self.setObjectName("topBar")
        self.setFixedHeight(GRID * 13)
        self._language = language
        self._control = control
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 4, 0, GRID * 4, 0)
        row.setSpacing(GRID // 2)
        brand = QLabel()
        brand.setObjectName("brand")
        language.bind(brand, brand.setText, "brand")
        row.addWidget(brand)
        row.addSpacing(GRID * 3)
        self.pages = self._build_pages(row)
        row.addStretch(1)
        self.dot = QLabel("●")
        self.dot.setObjectName("dot")
        self.state = ElidedLabel()
        self.line = QLabel()
        self.line.setObjectName("muted")
        self.clock = QLabel()
        self.clock.setObjectName("clock")
        for widget in (self.dot, self.state, self.line, self.clock):
            row.addWidget(widget)
            row.addSpacing(GRID)
        self.open_file = self._button(row, "Ctrl+O", "open_file", self.file_requested)
        self.sample = self._button(row, "F2", "sample_call", self.sample_requested)
        self.microphone = self._button(row, "F3", "microphone", self.microphone_requested)
        self.hang_up = self._button(row, "F8", "hang_up", self.hang_up_requested, kind="end")
        control.changed.connect(self._show)
        control.ticked.connect(self._show_clock)
        language.changed.connect(self._show)
        self._show()

    def show_page(self, name: str) -> None:
        """Mark the page that is shown."""
        self.pages[name].setChecked(True)

    def _build_pages(self, row: QHBoxLayout) -> dict[str, QPushButton]:
        group, buttons = QButtonGroup(self), {}
        for number, name in enumerate(self._names, start=1):
            button = QPushButton()
            button.setProperty("nav", "true")
            button.setCheckable(True)
            self._language.bind(button, button.setText, page_key(name))
            self._language.bind(button, button.setAccessibleName, page_key(name))
            button.setToolTip(f"Alt+{number}")
            shortcut = QShortcut(QKeySequence(f"Alt+{number}"), button)
            shortcut.activated.connect(button.click)
            button.clicked.connect(lambda _=False, name=name: self.page_requested.emit(name))
            group.addButton(button)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
            buttons[name] = button
        return buttons

    def _button(
        self, row: QHBoxLayout, key: str, text: str, asked: object, kind: str = "plain"
    ) -> KeyButton:
        button = KeyButton(key, kind)
        self._language.bind(button, button.set_label, text)
        button.clicked.connect(lambda: asked.emit())  # type: ignore[attr-defined]
        row.addSpacing(GRID)
        row.addWidget(button)
        return button

    def _show(self) -> None:
        control = self._control
        state = control.state
        words = "starting" if control.starting else f"call_{state}"
        tone(self.dot, tone=TONES[state])
        parts = [self._language.say(words)]
        if control.call is not None and control.call.caller_line:
            parts.append(masked(control.call.caller_line))
        self.state.setText(DOT.join(parts))
        source = control.call.source if control.call is not None else ""
        self.line.setText(source)
        self.line.setVisible(
            self._may_call and bool(source) and not (control.call and control.call.caller_line)
        )
        talking = state is CallState.TALKING
        for button in (self.open_file, self.sample, self.microphone):
            button.setVisible(self._may_call and not talking)
            button.setEnabled(control.may_start)
        self.hang_up.setVisible(talking)
        self._show_clock()

    def _show_clock(self) -> None:
        self.clock.setVisible(self._control.call is not None)
        self.clock.setText(clock(self._control.seconds))
        self.clock.setAccessibleName(self._language.say("call_time", time=self.clock.text()))
