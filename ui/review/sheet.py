"""The rubric as a sheet: what the rules answered with the second they cite, and the reviewer's word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.review.evaluation import RULE, Evaluation
from app.review.rubric import Question, QuestionKind
from ui.look.composition import Line
from ui.look.controls import Chip, note, tone
from ui.look.language import Language
from ui.look.style import GRID
from ui.look.wording import clock, shortened

if TYPE_CHECKING:
    from app.review.agreement import QuestionAgreement


QUOTED = 12
"""Characters of a quotation; the tooltip has all of it."""


class QuestionRow(QFrame):
    """One question. ``answered`` carries value (``None`` = not applicable) and reason."""

    answered = Signal(object, str)
    played = Signal(float)
    agreement_asked = Signal(str)

    def __init__(self, question: Question, language: Language) -> None:
        super().__init__()
        self.question, self._language = question, language
        self.setObjectName("question")
        self.name = QLabel()
        self.name.setWordWrap(True)
        self.cited = QPushButton()
        self.cited.setProperty("link", "true")
        self.cited.setCursor(Qt.CursorShape.PointingHandCursor)
        self.reason = Line()
        self.reason.setMaxLength(300)
        self._second: float | None = None
        self._wanted: float | None = None
        steps = question.top if question.kind is QuestionKind.SCALE else 1
        self.values: tuple[float | None, ...] = (*(n / steps for n in range(steps, -1, -1)), None)
        self.chips = [Chip(self) for _ in self.values]
        top = QHBoxLayout()
        top.setSpacing(GRID)
        for value, chip in zip(self.values, self.chips, strict=True):
            chip.clicked.connect(partial(self._on_chosen, value))
            top.addWidget(chip)
        top.addStretch(1)
        self.agreed = QPushButton()
        self.agreed.setProperty("link", "true")
        self.agreed.setCursor(Qt.CursorShape.PointingHandCursor)
        self.agreed.clicked.connect(lambda: self.agreement_asked.emit(self.question.id))
        self.show_agreement(None)
        top.addWidget(self.agreed)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 4, GRID * 2, GRID * 4, GRID * 2)
        column.setSpacing(GRID)
        column.addWidget(self.name)
        column.addLayout(top)
        column.addWidget(self.cited, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.reason)
        self.reason.hide()
        self.cited.clicked.connect(self._on_played)
        self.reason.returnPressed.connect(self._on_reason)

    def show_answer(self, evaluation: Evaluation) -> None:
        """Show the answer that counts, or that the question is not asked."""
        say, given = self._language.say, evaluation.current(self.question.id)
        self.name.setText(self.question.zh if self._language.code == "zh" else self.question.en)
        for value, chip in zip(self.values, self.chips, strict=True):
            chip.set_label(self._words(value))
            chip.setAccessibleDescription(self.name.text())
            held = given is not None and given.value == value
            by_rule = given is not None and given.by == RULE
            chip.set_state("off" if not held else "suggested" if by_rule else "on")
        self._second = given.second if given else None
        words = ""
        if given is not None and given.by == RULE:
            words = say("review.by_rule")
        elif given is not None:
            words = say("review.by_person", name=given.by)
        if given is not None and given.second is not None:
            words += f" · ▶ {clock(given.second)}"
        if given is not None and given.quote:
            words += f" “{shortened(given.quote, QUOTED)}”"
        if given is not None and given.reason:
            words += " · " + say("review.because", reason=given.reason)
        self.cited.setText(words or say("review.waiting"))
        self.cited.setAccessibleDescription(self.name.text())
        self.cited.setToolTip(given.quote or "" if given is not None else "")
        tone(self.cited, tone="" if words else "warn")
        self.cited.setEnabled(self._second is not None)
        self.reason.setPlaceholderText(say("review.reason_hint"))
        self.reason.setAccessibleName(say("review.reason_hint"))
        self.setVisible(evaluation.applies(self.question))
        self._needs_reason = given is not None

    def show_agreement(self, found: QuestionAgreement | None) -> None:
        """How far reviewers agree; nothing where no ticket was scored twice."""
        words = ""
        if found is not None:
            figures = ("—" if one is None else f"{one:.2f}" for one in (found.kappa, found.alpha))
            kappa, alpha = figures
            words = self._language.say(
                "review.agreement",
                kappa=kappa,
                alpha=alpha,
                same=f"{found.same:.0%}",
                n=found.tickets,
            )
        self.agreed.setText(words)
        opens = self._language.say("review.agreement_open")
        self.agreed.setToolTip(opens if words else "")
        self.agreed.setAccessibleName(" · ".join(part for part in (words, opens) if part))
        self.agreed.setVisible(bool(words))

    def _words(self, value: float | None) -> str:
        if value is None:
            return self._language.say("review.not_applicable")
        if self.question.kind is QuestionKind.SCALE:
            return f"{value * self.question.top:g}"
        return self._language.say("review.yes" if value else "review.no")

    def _on_chosen(self, value: float | None, _checked: bool = False) -> None:
        self._wanted = value
        if self._needs_reason:
            self.reason.show()
            self.reason.setFocus()
        else:
            self.answered.emit(value, "")

    def _on_reason(self) -> None:
        if words := self.reason.text().strip():
            self.reason.clear()
            self.reason.hide()
            self.answered.emit(self._wanted, words)

    def _on_played(self) -> None:
        if self._second is not None:
            self.played.emit(self._second)


class RubricSheet(QScrollArea):
    """All questions by section. ``answered``: question, value, reason; ``played``: a second;
    ``agreement_asked``: the question whose agreement is to be looked into."""

    answered = Signal(str, object, str)
    played = Signal(float)
    agreement_asked = Signal(str)

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language
        self._evaluation: Evaluation | None = None
        self.rows: dict[str, QuestionRow] = {}
        self._heads: list[tuple[QLabel, QLabel, str, str, str]] = []
        self._body = QWidget()
        self._body.setObjectName("formBody")
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(0, 0, 0, GRID * 3)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self.setWidget(self._body)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its questions take the keys
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        language.changed.connect(self._show)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show a rubric with its answers."""
        if self._evaluation is None or self._evaluation.rubric is not evaluation.rubric:
            self._build(evaluation)
        self._evaluation = evaluation
        self._show()

    def show_agreement(self, found: Sequence[QuestionAgreement]) -> None:
        """How far reviewers agree on each question, where tickets were scored twice."""
        by_name = {one.question: one for one in found}
        for name, row in self.rows.items():
            row.show_agreement(by_name.get(name))

    def _build(self, evaluation: Evaluation) -> None:
        at = 0
        for section in evaluation.rubric.sections:
            head, figure = QLabel(), note()
            head.setObjectName("head")
            row = QHBoxLayout()
            row.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID)
            row.addWidget(head)
            row.addStretch(1)
            row.addWidget(figure)
            self._column.insertLayout(at, row)
            self._heads.append((head, figure, section.id, section.zh, section.en))
            at += 1
            for question in section.questions:
                line = QuestionRow(question, self._language)
                line.answered.connect(self._answering(question.id))
                line.played.connect(self.played)
                line.agreement_asked.connect(self.agreement_asked)
                self.rows[question.id] = line
                self._column.insertWidget(at, line)
                at += 1

    def _answering(self, name: str) -> Callable[[object, str], None]:
        return lambda value, reason: self.answered.emit(name, value, reason)

    def _show(self) -> None:
        if self._evaluation is None:
            return
        result = self._evaluation.result()
        for head, figure, name, zh, en in self._heads:
            head.setText(zh if self._language.code == "zh" else en)
            share = result.sections.get(name)
            figure.setText("—" if share is None else f"{share * 100:.0f} %")
        for row in self.rows.values():
            row.show_answer(self._evaluation)
