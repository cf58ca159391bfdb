"""Between calls: breaks with their reasons, missed calls, and what the shift was spent with."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.domain.city import city_time
from app.telephone.line import PAUSES, Phase, Shift
from ui.desk.deeds import Deeds
from ui.desk.line_control import LineControl
from ui.look.controls import ChipRow, KeyButton, note
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.style import GRID
from ui.look.wording import DOT, clock, masked

PAUSE_KEY = "Alt+B"


class ReadyRow(QWidget):
    """Acts on the line itself. ``paused`` tells whether the operator has a break."""

    paused = Signal(bool)

    def __init__(
        self, line: LineControl, deeds: Deeds, language: Language, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._line, self._deeds, self._language = line, deeds, language
        self.shift, self.missed = note(), QLabel()
        self.shift.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.missed.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.missed.setObjectName("status")
        self.seen = KeyButton("", "quiet")
        self.reasons = ChipRow(PAUSES)
        self.title = QLabel()
        self.title.setObjectName("fieldLabel")
        self.end = KeyButton(PAUSE_KEY, "main")
        self._key = NamedKey(PAUSE_KEY, "pause_title", self, self._ask)
        self._key.setContext(Qt.ShortcutContext.WindowShortcut)
        self._key.told_at(self.reasons, language)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID * 3)
        for widgets in ((self.missed, self.seen), (self.title, self.reasons, self.end)):
            row = QHBoxLayout()
            row.setSpacing(GRID * 2)
            row.addStretch(1)
            for widget in widgets:
                row.addWidget(widget)
            row.addStretch(1)
            column.addLayout(row)
        column.addWidget(self.shift)
        self.reasons.chosen.connect(self._on_chosen)
        self.end.clicked.connect(line.telephone.end_pause)
        self.seen.clicked.connect(self._on_seen)
        language.bind(self.seen, self.seen.set_label, "dismiss")
        language.bind(self.end, self.end.set_label, "pause_end")
        line.changed.connect(self._show)
        line.ticked.connect(self._show)
        language.changed.connect(self._show)
        self._show()

    def _ask(self) -> None:
        self.reasons.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _on_chosen(self, reason: object) -> None:
        if isinstance(reason, str):
            self._line.telephone.pause(reason)

    def _on_seen(self) -> None:
        telephone = self._line.telephone
        seen = telephone.forget_missed()
        words = self._language.say("missed_seen", n=len(seen))
        self._deeds.note(words, lambda: telephone.remember_missed(seen))

    def _show(self) -> None:
        say, shown = self._language.say, self._line.shown
        pause = shown.pause
        self.reasons.set_labels(say("pause_title"), lambda value: say(f"pause_{value}"))
        self.reasons.show_value(pause.reason if pause else None, suggested=False)
        self.reasons.setVisible(pause is None)
        self.end.setVisible(pause is not None)
        self.paused.emit(pause is not None)
        self._key.setEnabled(pause is None)  # the button has the same key
        name = DOT.join((say(f"pause_{pause.reason}"), clock(self._line.paused))) if pause else ""
        self.title.setText(name or f"{say('pause_title')}  {PAUSE_KEY}")
        calls = DOT.join(
            f"{city_time(call.since):%H:%M} {masked(call.number) or say('caller_withheld')}"
            for call in shown.missed[:3]
        )
        self.missed.setText(say("missed_calls", n=len(shown.missed), calls=calls))
        self.seen.setAccessibleName(f"{say('dismiss')}{DOT}{self.missed.text()}")
        for widget in (self.missed, self.seen):
            widget.setVisible(bool(shown.missed))
        self.shift.setText(shift_words(shown.shift, self._language))


def shift_words(shift: Shift, language: Language) -> str:
    """``本班 接 3 通 · 通话 12:04 · 保持 00:40 · 话后 02:10``; empty before the first call."""
    if not (shift.taken or shift.missed or shift.spent):
        return ""
    parts = [language.say("shift_taken", n=shift.taken)]
    for phase in (Phase.TALKING, Phase.HELD, Phase.WRAPPING):
        if seconds := shift.spent.get(phase.value, 0.0):
            parts.append(language.say(f"shift_{phase.value}", time=clock(seconds)))
    rest = sum(seconds for name, seconds in shift.spent.items() if name.startswith("pause_"))
    if rest:
        parts.append(language.say("shift_pause", time=clock(rest)))
    return DOT.join(parts)
