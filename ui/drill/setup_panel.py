"""What is chosen before a drill: how it is held, by whom, with which sound."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from html import escape
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app.training.attempts import Attempt
from app.training.coach import help_for
from app.training.live import Setup, Style
from app.training.scenario import Scenario
from app.training.topics import topics
from ui.drill.cases_model import category_name, event_words
from ui.look.appearance import Appearance
from ui.look.composition import Line
from ui.look.controls import ChipRow, EmptyNote, KeyButton, Panel, note
from ui.look.language import Language
from ui.look.style import GRID

LONGEST_SEED = 9


class SetupPanel(Panel):
    """``start_requested`` carries the setup and how much the coach helps."""

    start_requested = Signal(object, object)
    exam_requested = Signal(int, int)

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._language, self._appearance = language, appearance
        self._case: Scenario | None = None
        self._sound: Path | None = None
        self._attempts: Sequence[Attempt] = ()
        self._style = Style.PRACTICE
        self.about = QTextBrowser()
        self.about.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.about.setObjectName("flush")
        self.about.document().setDocumentMargin(0)
        self.style_row = ChipRow(tuple(Style))
        self.trainee, self.seed = Line(), Line()
        self.trainee.setMaxLength(40)
        self.seed.setMaxLength(LONGEST_SEED)
        self.microphone, self.outages = QCheckBox(), QCheckBox()
        self.explained = note()
        self.explained.setWordWrap(True)
        self.start = KeyButton("Ctrl+Return", "main")
        self._lay_out()
        self.style_row.chosen.connect(self._on_style)
        self.start.clicked.connect(self._on_start)
        language.changed.connect(self._show)
        appearance.changed.connect(self._show)
        self._show()

    @property
    def style_chosen(self) -> Style:
        """How the next drill is held."""
        return self._style

    def show_case(self, case: Scenario | None, sound: Path | None = None) -> None:
        """The case that is chosen, and where its recording lies if it has one."""
        self._case, self._sound = case, sound
        if case is not None:
            if self._style is Style.PLAY_ALONG and not case.turns:
                self._style = Style.PRACTICE
            self.outages.setChecked(any("server" in event.kind.value for event in case.events))
        self._show()

    def know(self, attempts: Sequence[Attempt]) -> None:
        """What was held before, for how much the coach helps."""
        self._attempts = attempts

    def setup(self, case: Scenario) -> Setup:
        """What was chosen."""
        return Setup(
            case,
            self._style,
            self.trainee.text().strip(),
            microphone=self.microphone.isChecked() and self.microphone.isEnabled(),
            outages=self.outages.isChecked(),
            seed=self._seed() if self._style is Style.EXAM else None,
            sound=self._sound if self._style is Style.PLAY_ALONG else None,
        )

    # -- building --------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        bind = self._language.bind
        form = QFormLayout()
        form.setHorizontalSpacing(GRID * 4)
        form.setVerticalSpacing(GRID * 3)
        labels = {key: QLabel() for key in ("style", "trainee", "seed", "sound", "centre")}
        for key, label in labels.items():
            label.setObjectName("fieldLabel")
            bind(label, label.setText, f"drill.label_{key}")
        form.addRow(labels["style"], self.style_row)
        form.addRow(QLabel(), self.explained)
        form.addRow(labels["trainee"], self.trainee)
        form.addRow(labels["seed"], self.seed)
        form.addRow(labels["sound"], self.microphone)
        form.addRow(labels["centre"], self.outages)
        self._seed_label = labels["seed"]
        foot = QFrame()
        foot.setObjectName("foot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        row.setSpacing(GRID * 2)
        row.addStretch(1)
        row.addWidget(self.start)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        column.setSpacing(GRID * 3)
        self.empty = EmptyNote()
        bind(self.empty, self.empty.setText, "drill.choose_case")
        column.addWidget(self.about, 1)
        column.addWidget(self.empty, 1)
        column.addLayout(form)
        self.content.addWidget(body, 1)
        self.content.addWidget(foot)
        bind(self, self.set_title, "drill.chosen_case")
        bind(self, self.start.set_label, "drill.start")
        bind(self, self.outages.setText, "drill.with_centre")
        bind(self, self.trainee.setPlaceholderText, "drill.trainee_hint")
        bind(self, self.trainee.setAccessibleName, "drill.label_trainee")
        bind(self, self.seed.setPlaceholderText, "drill.seed_hint")
        bind(self, self.seed.setAccessibleName, "drill.label_seed")
        bind(self, self.about.setAccessibleName, "drill.chosen_case")

    # -- showing ---------------------------------------------------------------------------------

    def _show(self) -> None:
        say, case = self._language.say, self._case
        self.style_row.set_labels(say("drill.label_style"), lambda style: say(f"drill.style_{style}"))
        self.style_row.show_value(self._style, suggested=False)
        playable = case is not None and bool(case.turns)
        self.style_row.chips[-1].setEnabled(playable)
        along = self._style is Style.PLAY_ALONG
        self.explained.setText(say(f"drill.explain_{self._style.value}"))
        self.microphone.setText(say("drill.with_recogniser" if along else "drill.with_microphone"))
        self.microphone.setEnabled(not along or self._sound is not None)
        exam = self._style is Style.EXAM
        self.seed.setVisible(exam)
        self._seed_label.setVisible(exam)
        self.start.setEnabled(case is not None)
        self.about.setHtml(self._about(case) if case is not None else "")
        self.about.setVisible(case is not None)
        self.empty.setVisible(case is None)

    def _about(self, case: Scenario) -> str:
        say, code, roles = self._language.say, self._language.code, self._appearance.roles
        asked = say("comma").join(topics()[name].name(code) for name in case.expects.questions)
        recorded = "has" if self._sound else "no"
        rows = [
            (say("drill.column_level"), say(f"drill.level_{case.level}")),
            (
                say("drill.column_category"),
                say("comma").join(category_name(c) for c in case.categories[:3]),
            ),
            (say("drill.column_emotion"), say(f"drill.emotion_{case.emotion.value}")),
            (say("drill.column_events"), event_words(case, self._language) or say("drill.no_events")),
            (say("drill.label_sound"), say(f"drill.{recorded}_recording")),
            (say("drill.facts"), say("drill.fact_count", n=len(case.facts), held=_held(case))),
        ]
        if self._style is not Style.EXAM:
            rows.append((say("drill.asks"), asked))
        cell = f'<td style="color:{roles.muted}">'
        table = "".join(
            f"<tr>{cell}{escape(label)}&nbsp;&nbsp;&nbsp;</td><td>{escape(value)}</td></tr>"
            for label, value in rows
            if value
        )
        if self._style is Style.EXAM:
            return f"<h3>{escape(say('drill.exam_head', level=say(f'drill.level_{case.level}')))}</h3>"
        opening = case.opening or case.turns[0].text
        return (
            f"<h3>{escape(case.title or case.id)}</h3>"
            f'<p style="color:{roles.caller}">“{escape(opening)}”</p>'
            f'<table cellspacing="0" cellpadding="3">{table}</table>'
        )

    # -- acting ----------------------------------------------------------------------------------

    def _seed(self) -> int:
        digits = "".join(sign for sign in self.seed.text() if sign.isascii() and sign.isdigit())
        return int(digits) if digits else secrets.randbelow(10**LONGEST_SEED)

    def _on_style(self, style: Style | None) -> None:
        if style is not None:
            self._style = style
            self._show()

    def _on_start(self) -> None:
        if self._case is None:
            return
        if self._style is Style.EXAM:
            self.exam_requested.emit(self._case.level, self._seed())
            return
        amount = help_for(self._attempts, self.trainee.text().strip(), self._case.level)
        self.start_requested.emit(self.setup(self._case), amount)


def _held(case: Scenario) -> int:
    return sum(1 for fact in case.facts if fact.withheld)
