"""The setup assistant: its steps at the left, one of them at the right, back and next below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.desk import Desk
from ui.background import Background
from ui.first_day.centre_step import CentreStep
from ui.first_day.keeping import Keeping
from ui.first_day.language_step import LanguageStep
from ui.first_day.model_step import ModelStep
from ui.first_day.sample_step import SampleStep
from ui.first_day.sound_step import SoundStep
from ui.first_day.step import Step
from ui.first_day.trial_step import TrialStep
from ui.look.appearance import Appearance
from ui.look.controls import KeyButton, Panel
from ui.look.language import Language
from ui.look.sizes import grow
from ui.look.style import GRID


class SetupPage(QWidget):
    """Every step may be passed over. ``left`` = to be gone on with later, ``done`` = no more.

    ``toured`` asks for the tour at the end, ``moved`` names the step that is shown now.
    """

    left = Signal()
    done = Signal()
    toured = Signal()
    moved = Signal(str)

    def __init__(
        self, desk: Desk, background: Background, language: Language, appearance: Appearance
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self._language = language
        self.keeping = keeping = Keeping(desk, background, self)
        self.model = ModelStep(desk, background, keeping, language, appearance)
        self.trial = TrialStep(desk, background, language)
        self.sound = SoundStep(desk, background, keeping, language)
        self.steps: Sequence[Step] = (
            LanguageStep(keeping, language, appearance),
            self.sound,
            self.model,
            CentreStep(desk, background, language),
            SampleStep(desk, background, keeping, language),
            self.trial,
        )
        self._at = 0
        self._entered: Step | None = None
        self.panel = Panel()
        self.stack = QStackedWidget()
        self.skip, self.later = KeyButton("", "quiet"), KeyButton("Esc", "quiet")
        self.tour = KeyButton()
        self.back, self.next = KeyButton("Alt+Left"), KeyButton("Ctrl+Return", "main")
        self.names = self._build_names()
        self._lay_out()
        self._connect()
        self._show()

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return self.steps[self._at]

    def show_step(self, name: str) -> None:
        """Go to a step by its name; to the first for a name that is none."""
        names = [one.name for one in self.steps]
        self._go(names.index(name) if name in names else 0)

    def rewind(self) -> None:
        """Begin with the first step when it is shown again."""
        self._at = 0
        self._show()

    def end(self) -> None:
        """Let go of what is listened to or brought here; the window closes."""
        self._leave()
        self.model.end()

    # -- building ----------------------------------------------------------------------------------

    def _build_names(self) -> list[QPushButton]:
        group, names = QButtonGroup(self), []
        for number, _ in enumerate(self.steps):
            button = QPushButton()
            button.setProperty("step", True)
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, number=number: self._go(number))
            group.addButton(button)
            names.append(button)
        return names

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setContentsMargins(GRID * 4, GRID * 6, GRID * 4, GRID * 4)
        side.setSpacing(GRID)
        for button in self.names:
            side.addWidget(button)
        side.addStretch(1)
        left = QFrame()
        left.setObjectName("steps")
        grow(left, setFixedWidth=GRID * 52)
        left.setLayout(side)
        for step in self.steps:
            scroll = QScrollArea()
            scroll.setWidget(step)
            scroll.setWidgetResizable(True)
            scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            step.setObjectName("formBody")
            self.stack.addWidget(scroll)
        across = QHBoxLayout()
        across.setSpacing(0)
        across.addWidget(left)
        across.addWidget(self.stack, 1)
        self.panel.content.addLayout(across, 1)
        self.panel.content.addWidget(self._foot())
        grow(self.panel, setMaximumWidth=GRID * 270, setMaximumHeight=GRID * 190)
        middle = QHBoxLayout(self)
        middle.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        middle.addWidget(self.panel)

    def _foot(self) -> QFrame:
        foot = QFrame()
        foot.setObjectName("foot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        row.setSpacing(GRID * 2)
        row.addWidget(self.skip)
        row.addWidget(self.later)
        row.addStretch(1)
        for button in (self.tour, self.back, self.next):
            row.addWidget(button)
        return foot

    def _connect(self) -> None:
        bind = self._language.bind
        bind(self.panel, self.panel.set_title, "firstday.title")
        bind(self.skip, self.skip.set_label, "firstday.skip")
        bind(self.later, self.later.set_label, "firstday.later")
        bind(self.back, self.back.set_label, "firstday.back")
        bind(self.tour, self.tour.set_label, "firstday.tour")
        self._language.changed.connect(self._show)
        self.skip.clicked.connect(self.done)
        self.later.clicked.connect(self.left)
        self.tour.clicked.connect(self.toured)
        self.back.clicked.connect(lambda: self._go(self._at - 1))
        self.next.clicked.connect(self._on_next)
        for step in self.steps:
            step.finished.connect(self.next.setFocus)

    # -- going -------------------------------------------------------------------------------------

    def _on_next(self) -> None:
        if self._at + 1 < len(self.steps):
            self._go(self._at + 1)
        else:
            self.done.emit()

    def _go(self, number: int) -> None:
        self._at = max(0, min(len(self.steps) - 1, number))
        self._enter()
        self._show()
        self.step.first.setFocus(Qt.FocusReason.OtherFocusReason)
        self.moved.emit(self.step.name)

    def _enter(self) -> None:
        if self._entered is not self.step:
            self._leave()
        self.stack.setCurrentIndex(self._at)
        if self.isVisible() and self._entered is None:
            self._entered = self.step
            self.step.enter()

    def _leave(self) -> None:
        entered, self._entered = self._entered, None
        if entered is not None:
            entered.leave()

    def _show(self) -> None:
        say = self._language.say
        for number, (button, step) in enumerate(zip(self.names, self.steps, strict=True)):
            name = say(f"firstday.{step.name}_step")
            button.setText(f"{number + 1}   {name}")
            button.setAccessibleName(name)
            button.setChecked(number == self._at)
        last = self._at + 1 == len(self.steps)
        self.panel.note.setText(say("firstday.at", at=self._at + 1, of=len(self.steps)))
        self.next.set_label(say("firstday.finish" if last else "firstday.next"))
        self.back.setEnabled(self._at > 0)
        self.skip.setVisible(not last)
        self.tour.setVisible(last)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._enter()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._leave()
