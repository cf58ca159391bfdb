"""The short forms of the queues: callback, dispatch again, answer, tell the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import (
    QCompleter,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.domain.life import Satisfaction, Step
from ui.look.composition import Line
from ui.look.controls import ChipRow, KeyButton
from ui.look.dress import wear
from ui.look.language import Language
from ui.look.style import GRID
from ui.tickets.case_words import queue_word

if TYPE_CHECKING:
    from app.desk import Desk

FORMS = (Step.CALL_BACK, Step.DISPATCH, Step.ANSWER, Step.TELL_CALLER)
"""Steps with a form, in the order in which one is offered first."""
_BUTTONS = {
    Step.CALL_BACK: "save",
    Step.DISPATCH: "send",
    Step.ANSWER: "close",
    Step.TELL_CALLER: "told",
}
_WORDS_NEEDED = (Step.ANSWER,)
_CHOICES: dict[str, tuple[object, ...]] = {
    "contacted": (True, False),
    "solved": (True, False),
    "satisfaction": tuple(Satisfaction),
}


class StepForm(QWidget):
    """One form at a time; ``wanted`` carries what was filled in as a ``StepRequest``."""

    wanted = Signal(object)

    def __init__(self, desk: Desk, language: Language) -> None:
        super().__init__()
        self._desk = desk
        self._language = language
        self._steps: tuple[Step, ...] = ()
        self.step: Step | None = None
        self.kinds = ChipRow(FORMS)
        self.rows = {name: ChipRow(values) for name, values in _CHOICES.items()}
        self.values: dict[str, object] = {}
        self.unit, self.words = Line(), Line()
        self._units = QStringListModel(self)
        self.labels: dict[str, QLabel] = {}
        self.save, self.not_now = KeyButton("Ctrl+Return", "main"), KeyButton()
        self._lay_out()
        for name, row in self.rows.items():
            row.chosen.connect(lambda value, name=name: self._choose(name, value))
        self.kinds.chosen.connect(lambda value: self._open(value) if value else None)
        self.unit.textEdited.connect(self._suggest_units)
        for line in (self.unit, self.words):
            line.textChanged.connect(lambda _: self._show_state())
        self.save.clicked.connect(self._on_save)
        self.not_now.clicked.connect(self._on_not_now)
        language.changed.connect(self._say_all)
        self._say_all()
        self.show_steps(())

    def show_steps(self, steps: tuple[Step, ...], unit: str = "") -> None:
        """Offer the forms of these steps, empty but for a suggested unit; hidden without a step."""
        self._steps = tuple(step for step in FORMS if step in steps)
        self.values = {}
        self.unit.setText(unit)
        self.words.clear()
        self.setVisible(bool(self._steps))
        if self._steps:
            self._open(self._steps[0])

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID * 2)
        column.addWidget(self.kinds)
        form = QFormLayout()
        form.setHorizontalSpacing(GRID * 4)
        form.setVerticalSpacing(GRID * 2)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        completer = QCompleter(self._units, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        if popup := completer.popup():
            popup.setObjectName("popup")
            wear(popup)
        self.unit.setCompleter(completer)
        for name, widget in (*self.rows.items(), ("unit", self.unit), ("words", self.words)):
            label = QLabel()
            label.setObjectName("fieldLabel")
            label.setBuddy(widget)
            self.labels[name] = label
            form.addRow(label, widget)
        self._form = form
        column.addLayout(form)
        buttons = QHBoxLayout()
        buttons.addWidget(self.save)
        buttons.addWidget(self.not_now)
        buttons.addStretch(1)
        column.addLayout(buttons)

    def _open(self, step: object) -> None:
        assert isinstance(step, Step)
        self.step = step
        self.kinds.show_value(step, suggested=False)
        for form, chip in zip(FORMS, self.kinds.chips, strict=True):
            chip.setVisible(form in self._steps)
        self.kinds.setVisible(len(self._steps) > 1)
        for name in self.rows:
            self._form.setRowVisible(self.rows[name], step is Step.CALL_BACK)
        self._form.setRowVisible(self.unit, step is Step.DISPATCH)
        self.not_now.setVisible(step is Step.CALL_BACK)
        self._say_all()

    def _say_all(self) -> None:
        word = self._say
        self.kinds.set_labels(word("detail"), lambda step: word(f"form_{step}"))
        for name, row in self.rows.items():
            row.set_labels(word(name), self._answer_word)
            row.show_value(self.values.get(name), suggested=False)
        for name, label in self.labels.items():
            label.setText(word(name))
        self.unit.setAccessibleName(word("unit"))
        self.words.setAccessibleName(word("words"))
        self.not_now.set_label(word("not_now"))
        if self.step is not None:
            self.words.setPlaceholderText(word(f"words_{self.step}"))
        self.save.set_label(word(_BUTTONS[self.step or FORMS[0]]))
        self._show_state()

    def _answer_word(self, value: object) -> str:
        if isinstance(value, bool):
            return self._say("yes" if value else "no")
        return self._say(str(value))

    def _choose(self, name: str, value: object) -> None:
        self.values[name] = value
        self.rows[name].show_value(value, suggested=False)
        self._show_state()

    def _show_state(self) -> None:
        """The button works as soon as nothing is missing."""
        ready = self.step is not None
        if self.step is Step.CALL_BACK:
            ready = all(self.values.get(name) is not None for name in self.rows)
        elif self.step is Step.DISPATCH:
            ready = bool(self.unit.text().strip())
        if self.step in _WORDS_NEEDED:
            ready = bool(self.words.text().strip())
        self.save.setEnabled(ready)

    def _suggest_units(self, typed: str) -> None:
        self._units.setStringList(list(self._desk.find_units(typed, 12)))

    def _on_save(self) -> None:
        from app.sync.cases import StepRequest

        if self.step is None:
            return
        answers = self.values if self.step is Step.CALL_BACK else {}
        unit = self.unit.text().strip() if self.step is Step.DISPATCH else ""
        request = StepRequest.model_validate(
            {"step": self.step, "words": self.words.text().strip(), "unit": unit, **answers}
        )
        self.wanted.emit(request)

    def _on_not_now(self) -> None:
        from app.sync.cases import StepRequest

        words = self.words.text().strip()
        self.wanted.emit(StepRequest(step=Step.CALL_BACK, reached=False, words=words))

    def _say(self, key: str) -> str:
        return queue_word(self._language, key)
