"""The top line: brand, pages, and the call with its keys."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from app.domain.call import CallState
from app.telephone.line import Phase
from ui.desk.call_control import CallControl
from ui.desk.caller_panel import history_words
from ui.desk.line_control import LineControl
from ui.look.controls import KeyButton, tell_key, tone
from ui.look.language import Language
from ui.look.sizes import grow, grown
from ui.look.spoken import announce
from ui.look.style import GRID
from ui.look.wording import DOT, clock, masked

PAGES = (
    *("desk", "tickets", "queues", "knowledge", "editor"),
    *("drill", "review", "statistics", "settings"),
)
WIDE = 1500
"""Pixels at 100 % from which there is room for who the caller is, beside the keys; below, the panel
beside the transcript says it, and what begins no call now is put away."""
ROOMY = 1280
"""Pixels at 100 % from which the program's name stands before the pages; the title has it anyway."""
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

    ROLE = QAccessible.Role.ToolBar

    page_requested = Signal(str)
    file_requested = Signal()
    sample_requested = Signal()
    microphone_requested = Signal()
    hang_up_requested = Signal()
    hold_requested = Signal()
    transfer_requested = Signal()

    def __init__(
        self,
        language: Language,
        control: CallControl,
        line: LineControl,
        pages: tuple[str, ...] = PAGES,
        *,
        may_call: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """``may_call`` is false where somebody else begins the calls: at a drill's desk."""
        super().__init__(parent)
        self._names, self._may_call = pages, may_call
        self.setObjectName("topBar")
        grow(self, setFixedHeight=GRID * 13)
        self._language = language
        self._control, self._on_line = control, line
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 4, 0, GRID * 4, 0)
        row.setSpacing(GRID // 2)
        self.brand = QLabel()
        self.brand.setObjectName("brand")
        language.bind(self.brand, self.brand.setText, "brand")
        row.addWidget(self.brand)
        row.addSpacing(GRID * 3)
        self.pages = self._build_pages(row)
        row.addStretch(1)
        self.dot = QLabel("●")
        self.dot.setObjectName("dot")
        self.state = QLabel()
        self.line = QLabel()
        self.line.setObjectName("muted")
        self.clock = QLabel()
        self.clock.setObjectName("clock")
        for widget in (self.dot, self.state, self.line, self.clock):
            row.addWidget(widget)
            row.addSpacing(GRID)
        keys = QHBoxLayout()
        keys.setSpacing(GRID * 2)
        row.addLayout(keys)
        self.open_file = self._button(keys, "Ctrl+O", "open_file", self.file_requested)
        self.sample = self._button(keys, "F2", "sample_call", self.sample_requested)
        self.microphone = self._button(keys, "F3", "microphone", self.microphone_requested)
        self.hold = self._button(keys, "F11", "hold", self.hold_requested)
        self.transfer = self._button(keys, "F12", "transfer", self.transfer_requested)
        self.hang_up = self._button(keys, "F8", "hang_up", self.hang_up_requested, kind="end")
        control.changed.connect(self._show)
        control.ticked.connect(self._show_clock)
        line.changed.connect(self._show)
        line.caller_known.connect(self._show)
        line.ticked.connect(self._show_clock)
        language.changed.connect(self._show)
        self._show()

    def show_page(self, name: str) -> None:
        """Mark the page that is shown."""
        self.pages[name].setChecked(True)

    @property
    def shown(self) -> str:
        """The marked page; help, which opens over a page, leaves it marked."""
        return next(name for name, button in self.pages.items() if button.isChecked())

    def _build_pages(self, row: QHBoxLayout) -> dict[str, QPushButton]:
        group, buttons = QButtonGroup(self), {}
        for number, name in enumerate(self._names, start=1):
            button = QPushButton()
            button.setProperty("nav", "true")
            button.setCheckable(True)
            self._language.bind(button, button.setText, page_key(name))
            self._language.bind(button, button.setAccessibleName, page_key(name))
            key = QShortcut(QKeySequence(f"Alt+{number}"), button)
            key.activated.connect(button.click)
            told = partial(tell_key, button, key=key.key())
            self._language.bind(button, told, page_key(name))
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
        row.addWidget(button)
        return button

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.brand.setVisible(event.size().width() >= grown(ROOMY))
        if (event.size().width() < grown(WIDE)) != (event.oldSize().width() < grown(WIDE)):
            self._show()

    def _show(self) -> None:
        control, line, say = self._control, self._on_line, self._language.say
        state, phase = control.state, line.phase
        talking = state is CallState.TALKING
        held, ringing = talking and phase is Phase.HELD, line.ringing and not talking
        answerable = line.answerable and not talking
        tone(self.dot, tone="warn" if held else "accent" if ringing else TONES[state])
        words = "call_ringing" if ringing else "call_held" if held else f"call_{state}"
        pause = line.shown.pause
        if pause is not None and state is CallState.READY and not ringing:
            words = f"pause_{pause.reason}"
        answered = state is CallState.READY and phase is Phase.TALKING  # its sound is being opened
        parts = [say("starting" if control.starting or answered else words)]
        number = line.call.number if ringing and line.call else self._caller_line()
        narrow = self.width() < grown(WIDE)
        if (number or ringing) and not narrow:
            parts.append(masked(number) or say("caller_withheld"))
        if line.shown.planned:
            parts.append(say("pause_planned", name=say(f"pause_{line.shown.planned}")))
        if self.state.text() != DOT.join(parts):
            self.state.setText(DOT.join(parts))
            announce(self.state, self.state.text())
        self._show_beside()
        idle = state is CallState.READY and not answerable
        for button in (self.open_file, self.sample, self.microphone):
            beginning = idle or not (narrow or answerable)
            shown = not talking and (beginning or button is self.microphone)
            button.setVisible(self._may_call and shown)
            button.setEnabled(control.may_start)
        self.microphone.set_label(say("answer" if answerable else "microphone"))
        self.microphone.set_kind("main" if answerable else "plain")
        self.hang_up.setVisible(talking)
        self.hold.setVisible(talking and self._may_call)
        self.hold.set_label(say("resume_call" if held else "hold"))
        self.transfer.setVisible(talking and self._may_call)
        self._show_clock()

    def _show_beside(self) -> None:
        self.line.setText(self._beside())
        self.line.setVisible(self._may_call and bool(self.line.text()))

    def _caller_line(self) -> str | None:
        return self._control.call.caller_line if self._control.call is not None else None

    def _beside(self) -> str:
        """Who the caller is; how long the call was while it is written up; else where it comes from."""
        control = self._control
        if control.state is CallState.WRAPPING and self._on_line.phase is Phase.WRAPPING:
            talked = self._language.say("talked_for", time=clock(control.seconds))
            return DOT.join(part for part in (talked, self._over()) if part)
        if self._over():
            return self._over()
        if self.width() < grown(WIDE) and control.state is not CallState.READY:
            return ""
        if words := history_words(self._on_line.history, self._language):
            return words
        return control.call.source if control.call is not None and not self._caller_line() else ""

    def _over(self) -> str:
        """That the caller waits, or the writing up takes, longer than meant; empty within the limit."""
        over = self._on_line.over
        if over is None:
            return ""
        return self._language.say(f"over_{self._on_line.phase}", time=clock(over))

    def _show_clock(self) -> None:
        line, control = self._on_line, self._control
        over = bool(self._over())
        if over != bool(self.clock.property("over")):
            tone(self.clock, over=over)
            self._show_beside()
            if over:
                announce(self.clock, self._over())
        seconds: float | None = control.seconds if control.call is not None else None
        if control.state is not CallState.TALKING and line.ringing:
            seconds = line.seconds(Phase.RINGING)
        elif line.phase is Phase.HELD or (
            line.phase is Phase.WRAPPING and control.state is CallState.WRAPPING
        ):
            assert line.phase is not None
            seconds = line.seconds(line.phase)
        elif line.shown.pause is not None:
            seconds = line.paused
        self.clock.setVisible(seconds is not None)
        self.clock.setText(clock(seconds or 0.0))
        self.clock.setAccessibleName(self._language.say("call_time", time=self.clock.text()))
