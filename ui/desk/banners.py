"""Banners over the form: the question to ask back, an emergency line, another lawful channel, risks."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.domain.ticket import Handling, TicketContent
from ui.look.controls import ChipRow, tone
from ui.look.language import Language
from ui.look.spoken import announce
from ui.look.style import GRID

EMERGENCY_LINES = ("110", "119", "120", "122")
CHANNELS = ("诉讼", "仲裁", "行政复议", "纪检监察", "信息公开", "信访")


class Banner(QFrame):
    """A coloured note with a title; hidden while it has nothing to say."""

    ROLE = QAccessible.Role.Note

    def __init__(self, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        tone(self, tone=kind)
        self.title = QLabel()
        self.title.setObjectName("bannerTitle")
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.row = QHBoxLayout()
        self.row.setSpacing(GRID * 3)
        self.row.addWidget(self.title, 0, Qt.AlignmentFlag.AlignTop)
        self.row.addWidget(self.words, 1)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(GRID * 3, GRID * 2, GRID * 3, GRID * 2)
        self.column.setSpacing(GRID)
        self.column.addLayout(self.row)
        self.hide()

    def say(self, title: str, words: str) -> None:
        """Show title and words; with neither, hide."""
        whole = " ".join(part for part in (title, words) if part)
        fresh = whole != self.accessibleName()
        self.title.setText(title)
        self.words.setText(words)
        self.setAccessibleName(whole)
        self.setVisible(bool(whole))
        if fresh:
            announce(self, whole)


class HandlingBanner(Banner):
    """Red for an emergency, amber for another lawful channel; its chips name the line or channel."""

    chosen = Signal(str, object)
    accepted = Signal(str)
    rejected = Signal(str)

    def __init__(self, language: Language, parent: QWidget | None = None) -> None:
        super().__init__("warn", parent)
        self._language = language
        self._content = TicketContent()
        self.lines = ChipRow(EMERGENCY_LINES)
        self.channels = ChipRow(CHANNELS)
        for name, row in (("emergency_line", self.lines), ("channel", self.channels)):
            row.chosen.connect(lambda value, name=name: self.chosen.emit(name, value))
            row.accepted.connect(lambda name=name: self.accepted.emit(name))
            row.rejected.connect(lambda name=name: self.rejected.emit(name))
            self.column.addWidget(row)
            language.bind(row, row.hint.setText, "tab_accepts")
        self.retranslate()

    def show_content(self, content: TicketContent, suggested: frozenset[str]) -> None:
        """Show what the handling asks of the operator now."""
        self._content = content
        emergency = content.handling is Handling.EMERGENCY
        other = content.handling is Handling.OTHER_CHANNEL
        self.lines.setVisible(emergency)
        self.channels.setVisible(other)
        self.lines.show_value(content.emergency_line, suggested="emergency_line" in suggested)
        self.channels.show_value(content.channel, suggested="channel" in suggested)
        if emergency:
            tone(self, tone="bad")
            line = content.emergency_line or "…"
            self.say(self._language.say("emergency_title"), self._language.say("emergency", line=line))
        elif other:
            tone(self, tone="warn")
            channel = content.channel or "…"
            words = self._language.say("channel_words", channel=self._name(channel))
            self.say(self._language.say("channel_title"), words)
        elif content.handling is Handling.CONFER:
            tone(self, tone="warn")
            self.say(self._language.say("confer_title"), self._language.say("confer_words"))
        else:
            self.say("", "")

    def retranslate(self) -> None:
        """Say everything again."""
        say = self._language.say
        self.lines.set_labels(say("field_emergency_line"), lambda v: say(f"line_{v}"))
        self.channels.set_labels(say("field_channel"), lambda v: self._name(str(v)))

    def _name(self, channel: str) -> str:
        if channel not in CHANNELS:
            return channel
        return self._language.say(f"channel_{CHANNELS.index(channel)}")
