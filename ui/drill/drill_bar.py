"""The mark of a drill: a bar over the whole desk that cannot be missed, with the trainee's own line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.look.composition import Line
from ui.look.controls import ElidedLabel, KeyButton, SpareLabel
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.style import GRID

if TYPE_CHECKING:  # a desk that is no drill's does not wait for the training room
    from app.training.coach import Hint


class DrillBar(QFrame):
    """``said`` carries words of the trainee, ``ended`` asks for the score."""

    said = Signal(str)
    ended = Signal()

    def __init__(self, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("drillBar")
        self._language = language
        self._hint: Hint | None = None
        self._title = ""
        self._listening = False
        self.mark = QLabel()
        self.mark.setObjectName("drillMark")
        self.words, self.promise = ElidedLabel(), SpareLabel()
        self.words.setProperty("data", True)
        for label in (self.words, self.promise):
            label.setObjectName("drillWords")
        self.line = Line()
        self.line.setMaxLength(500)
        self.send = KeyButton("Return", "plain")
        self.send.set_key("")
        self.end = KeyButton("Ctrl+E", "end")
        self.hint = ElidedLabel()
        self.hint.setObjectName("drillHint")
        self._lay_out()
        self.line.returnPressed.connect(self._on_said)
        self.send.clicked.connect(self._on_said)
        self.end.clicked.connect(self.ended)
        line = NamedKey("Ctrl+J", "drill.say_label", self, self.line.setFocus)
        line.setContext(Qt.ShortcutContext.WindowShortcut)
        line.told_at(self.line, language)
        language.bind(self.mark, self.mark.setText, "drill.mark")
        language.bind(self.line, self.line.setAccessibleName, "drill.say_label")
        language.bind(self.send, self.send.set_label, "drill.say")
        language.bind(self.end, self.end.set_label, "drill.end")
        language.changed.connect(self._show)
        self._show()

    def show_drill(self, title: str, *, listening: bool, typing: bool) -> None:
        """Name the case. ``listening`` = the microphone hears; ``typing`` = words may be written."""
        self._title, self._listening = title, listening
        for widget in (self.line, self.send):
            widget.setVisible(typing)
        self._show()

    def show_hint(self, hint: Hint | None) -> None:
        """What the coach says, if anything."""
        self._hint = hint
        self._show()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(GRID * 3)
        row.addWidget(self.mark)
        row.addWidget(self.words)
        row.addWidget(self.promise, 2)
        row.addWidget(self.line, 3)
        row.addWidget(self.send)
        row.addWidget(self.end)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 4, GRID * 2, GRID * 4, GRID * 2)
        column.setSpacing(GRID)
        column.addLayout(row)
        column.addWidget(self.hint)

    def _on_said(self) -> None:
        words = self.line.text().strip()
        if words and not self.line.composing:
            self.line.clear()
            self.said.emit(words)

    def _show(self) -> None:
        say = self._language.say
        promise = say("drill.listening") if self._listening else say("drill.promise")
        self.words.setText(self._title)
        self.promise.setText(promise)
        self.promise.setToolTip(promise)
        self.line.setPlaceholderText(say("drill.say_hint"))
        self.hint.setVisible(self._hint is not None)
        if self._hint is not None:
            self.hint.setText(self._words_of(self._hint))

    def _words_of(self, hint: Hint) -> str:
        from app.training.coach import Help
        from app.training.topics import topics

        say, name = self._language.say, topics()[hint.topic].name(self._language.code)
        if hint.help is Help.WORDS:
            return say("drill.hint_words", topic=name, words=hint.words)
        if hint.help is Help.NAME:
            return say("drill.hint_name", topic=name)
        return say("drill.hint_count", n=hint.left)
