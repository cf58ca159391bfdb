"""The trainer's own window: what the caller knows, what may happen, notes, the score as it grows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app.domain.call import Speaker
from app.training.live import LiveDrill
from app.training.record import DrillRecord
from app.training.scenario import DrillEvent, EventKind, Fact
from app.training.topics import topics
from ui.look.appearance import Appearance
from ui.look.composition import Line
from ui.look.controls import KeyButton, Panel, note, tone
from ui.look.dress import wear
from ui.look.language import Language
from ui.look.sizes import grow, grown
from ui.look.style import GRID
from ui.look.wording import clock

TICK_MS = 500
SECTIONS = ("fields", "dispatch", "questions", "phrases", "times", "emergency", "wording", "courtesy")
EVENTS = (
    EventKind.NOISE,
    EventKind.SECOND_CALLER,
    EventKind.SERVER_DOWN,
    EventKind.SERVER_UP,
    EventKind.LINE_DROP,
)


class FactRow(QPushButton):
    """One thing the caller knows; clicked, the caller says it."""

    def __init__(self, fact: Fact, language: Language) -> None:
        super().__init__()
        self.fact = fact
        self._language = language
        self.setProperty("fact", "true")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.sign, self.words, self.asked = QLabel(), QLabel(), note()
        self.words.setWordWrap(True)
        self.words.setText(fact.says)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 3, GRID * 2, GRID * 3, GRID * 2)
        row.setSpacing(GRID * 2)
        row.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self.words)
        column.addWidget(self.asked)
        row.addLayout(column, 1)
        for label in (self.sign, self.words, self.asked):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        language.changed.connect(self._say)
        self._say()
        self.show_told(False)

    def show_told(self, told: bool) -> None:
        """Whether it is out."""
        self.sign.setText("✓" if told else "○")
        tone(self, told="true" if told else "false")

    def _say(self) -> None:
        say, code = self._language.say, self._language.code
        names = say("comma").join(topics()[name].name(code) for name in self.fact.topics)
        words = say("drill.released_by", names=names) if names else say("drill.says_unasked")
        if self.fact.wrong_first:
            words += " · " + say("drill.wrong_first", words=self.fact.wrong_first)
        self.asked.setText(words)
        self.setAccessibleName(f"{self.fact.says} {words}")

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return layout.heightForWidth(width) if layout is not None else grown(GRID * 14)

    def sizeHint(self) -> QSize:
        return QSize(grown(GRID * 60), self.heightForWidth(max(self.width(), grown(GRID * 60))))

    def minimumSizeHint(self) -> QSize:
        return QSize(grown(GRID * 40), self.heightForWidth(max(self.width(), grown(GRID * 60))))


class TrainerWindow(QWidget):
    """A second top-level window beside the trainee's desk. ``closed`` follows the user's closing it."""

    closed = Signal()
    ended = Signal()

    def __init__(
        self, drill: LiveDrill, language: Language, appearance: Appearance, *, aloud: bool
    ) -> None:
        """``aloud`` = no voice and no recording: the trainer reads the caller's lines."""
        super().__init__()
        self.setObjectName("page")
        self.setWindowFlag(Qt.WindowType.Window)
        self._drill, self._language, self._appearance = drill, language, appearance
        self._aloud = aloud
        self.facts = [FactRow(fact, language) for fact in drill.setup.scenario.facts]
        self.events = {kind: KeyButton() for kind in EVENTS}
        self.second_caller, self.remark = Line(), Line()
        self.clock, self.total = QLabel(), QLabel()
        self.clock.setObjectName("clock")
        self.total.setObjectName("scoreTotal")
        self.end = KeyButton("", "end")
        self.bars = {name: QProgressBar() for name in SECTIONS}
        self._bar_rows: dict[str, tuple[QLabel, QLabel]] = {}
        self.log = QTextBrowser()
        self.log.setFrameShape(QTextBrowser.Shape.NoFrame)
        self._lay_out()
        self._connect()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        self.refresh()
        wear(self)
        self.resize(1120, 760)

    def refresh(self) -> None:
        """Show how things stand."""
        record, told = self._drill.record(), self._drill.told
        self.clock.setText(clock(self._drill.second))
        for row in self.facts:
            row.show_told(row.fact.id in told)
        result = self._drill.score()
        self.total.setText(f"{result.total:.0f}")
        sums = result.sections()
        for name, bar in self.bars.items():
            got, of = sums.get(name, (0.0, 0.0))
            for widget in (bar, *self._bar_rows[name]):
                widget.setVisible(of > 0)
            bar.setValue(round(100 * got / of) if of else 0)
            self._bar_rows[name][1].setText(f"{got:.0f} / {of:.0f}")
        centre = self._drill.setup.needs_centre
        up = (EventKind.SERVER_DOWN, EventKind.SERVER_UP)
        for kind, button in self.events.items():
            button.setEnabled(record.when("ended") is None or (kind in up and centre))
            button.setVisible(kind not in up or centre)
        html = self._log_html(record)
        if html != self.log.property("shown"):
            self.log.setProperty("shown", html)
            self.log.setHtml(html)
            scroll = self.log.verticalScrollBar()
            scroll.setValue(scroll.maximum())

    # -- building --------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        bind, say = self._language.bind, self._language.say
        facts, middle, right = Panel(), Panel(), Panel()
        facts.content.addWidget(self._scrolling(self.facts))
        middle.content.addWidget(self.log, 1)
        middle.content.addLayout(self._note_row())
        right.content.addLayout(self._score_grid())
        right.content.addLayout(self._event_column())
        right.content.addStretch(1)
        head = QHBoxLayout()
        title = QLabel(self._drill.setup.scenario.title or self._drill.setup.scenario.id)
        title.setObjectName("title")
        mark = QLabel()
        mark.setObjectName("drillMark")
        bind(mark, mark.setText, "drill.mark")
        head.setSpacing(GRID * 3)
        head.addWidget(mark)
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.clock)
        head.addWidget(self.end)
        columns = QHBoxLayout()
        columns.setSpacing(GRID * 3)
        for panel, stretch in ((facts, 4), (middle, 4), (right, 3)):
            columns.addWidget(panel, stretch)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        outer.setSpacing(GRID * 3)
        outer.addLayout(head)
        outer.addLayout(columns, 1)
        bind(self, self.setWindowTitle, "drill.trainer_title")
        bind(self, facts.set_title, "drill.caller_knows")
        bind(self, facts.note.setText, "drill.click_to_release")
        bind(self, middle.set_title, "drill.talk")
        bind(self, self.log.setAccessibleName, "drill.talk")
        bind(self, right.set_title, "drill.live_score")
        bind(self, self.end.set_label, "drill.end")
        if self._aloud:
            middle.note.setText(say("drill.read_aloud"))
            bind(self, middle.note.setText, "drill.read_aloud")

    def _scrolling(self, rows: list[FactRow]) -> QScrollArea:
        body = QWidget()
        body.setObjectName("formBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        column.setSpacing(GRID * 2)
        for row in rows:
            column.addWidget(row)
        column.addStretch(1)
        area = QScrollArea()
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its rows scroll it
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    def _note_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(GRID * 3, GRID * 2, GRID * 3, GRID * 3)
        row.addWidget(self.remark)
        self._language.bind(self, self.remark.setPlaceholderText, "drill.remark_hint")
        self._language.bind(self, self.remark.setAccessibleName, "drill.remark_hint")
        return row

    def _score_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 2)
        grid.setHorizontalSpacing(GRID * 3)
        grid.setVerticalSpacing(GRID * 2)
        grid.addWidget(self.total, 0, 0, 1, 3)
        for number, (name, bar) in enumerate(self.bars.items(), start=1):
            label, figure = QLabel(), note()
            self._bar_rows[name] = (label, figure)
            self._language.bind(self, label.setText, f"training.section.{name}")
            self._language.bind(self, bar.setAccessibleName, f"training.section.{name}")
            bar.setTextVisible(False)
            grow(bar, setFixedHeight=GRID * 2)
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(label, number, 0)
            grid.addWidget(bar, number, 1)
            grid.addWidget(figure, number, 2)
        grid.setColumnStretch(1, 1)
        return grid

    def _event_column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(GRID * 4, GRID * 4, GRID * 4, GRID * 3)
        column.setSpacing(GRID * 2)
        head = QLabel()
        head.setObjectName("head")
        self._language.bind(self, head.setText, "drill.happenings")
        column.addWidget(head)
        for kind, button in self.events.items():
            self._language.bind(self, button.set_label, f"drill.event_{kind.value}")
            if kind is EventKind.SECOND_CALLER:
                self._language.bind(self, self.second_caller.setPlaceholderText, "drill.second_hint")
                self._language.bind(self, self.second_caller.setAccessibleName, "drill.second_hint")
                column.addWidget(self.second_caller)
            column.addWidget(button)
        return column

    # -- acting ----------------------------------------------------------------------------------

    def _connect(self) -> None:
        for row in self.facts:
            row.clicked.connect(self._releaser(row.fact.id))
        for kind, button in self.events.items():
            button.clicked.connect(self._injector(kind))
        self.remark.returnPressed.connect(self._on_remark)
        self.end.clicked.connect(self.ended)
        self._language.changed.connect(self.refresh)
        self._appearance.changed.connect(self.refresh)

    def _releaser(self, fact: str) -> Callable[[], None]:
        return lambda: self._drill.release(fact)

    def _injector(self, kind: EventKind) -> Callable[[], None]:
        def inject() -> None:
            says = self.second_caller.text().strip() or None
            only = kind is EventKind.SECOND_CALLER
            self._drill.inject(
                DrillEvent(kind=kind, at=self._drill.second, says=says if only else None)
            )

        return inject

    def _on_remark(self) -> None:
        if words := self.remark.text().strip():
            self._drill.note(words)
            self.remark.clear()

    def _log_html(self, record: DrillRecord) -> str:
        from html import escape

        roles, say = self._appearance.roles, self._language.say
        lines: list[tuple[float, str]] = []
        for said in record.said:
            caller = said.speaker is Speaker.CALLER
            color = roles.caller if caller else roles.operator
            who = escape(say("caller" if caller else "operator"))
            asked = "" if caller else self._asked(said.topics)
            lines.append(
                (
                    said.start,
                    f'<b style="color:{color}">{who}</b> <span style="color:{roles.muted}">'
                    f"{clock(said.start)}{escape(asked)}</span><br/>{escape(said.words)}",
                )
            )
        for done in record.done:
            words = (
                f"{say(f'drill.done_{done.kind}')} {done.detail if done.kind == 'note' else ''}".strip()
            )
            color = roles.accent if done.kind == "note" else roles.warn
            lines.append(
                (
                    done.second,
                    f'<span style="color:{color}">{clock(done.second)} {escape(words)}</span>',
                )
            )
        return "".join(f'<p style="margin:6px 4px">{line}</p>' for _, line in sorted(lines))

    def _asked(self, names: tuple[str, ...]) -> str:
        known = [topics()[name].name(self._language.code) for name in names]
        return f" · {self._language.say('comma').join(known)}" if known else ""

    def closeEvent(self, event: QCloseEvent) -> None:
        self._timer.stop()
        self.closed.emit()
        super().closeEvent(event)
