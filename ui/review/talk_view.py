"""The transcript of a reviewed call: click a word and it is played; unsure words are shaded."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextBrowser, QTextEdit

from app.domain.call import Speaker, Transcript, Utterance
from ui.look.appearance import Appearance
from ui.look.language import Language
from ui.look.style import GRID
from ui.look.wording import clock

UNSURE = 0.6


class TalkView(QTextBrowser):
    """``word_clicked`` carries an utterance and the place in its text that was clicked."""

    word_clicked = Signal(object, int)

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._language, self._appearance = language, appearance
        self._talk: Transcript = ()
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        language.bind(self, self.setAccessibleName, "review.talk")
        language.changed.connect(self._write)
        appearance.changed.connect(self._write)

    def show_talk(self, transcript: Transcript) -> None:
        """Show a call's words."""
        self._talk = tuple(sorted(transcript, key=lambda said: said.start))
        self._write()

    def mark_second(self, second: float) -> None:
        """Show which utterance is heard, and keep it in sight."""
        block = max((n for n, s in enumerate(self._talk) if s.start <= second + 0.05), default=-1)
        if block < 0:
            self.setExtraSelections([])
            return
        cursor = QTextCursor(self.document().findBlockByNumber(block))
        mark = QTextEdit.ExtraSelection()
        made = QTextCharFormat()
        made.setBackground(self._appearance.roles.color("accent_soft"))
        made.setProperty(QTextCharFormat.Property.FullWidthSelection, True)
        mark.format, mark.cursor = made, cursor
        self.setExtraSelections([mark])
        shown = QTextCursor(cursor)
        self.setTextCursor(shown)
        self.ensureCursorVisible()

    def _head(self, said: Utterance) -> str:
        who = self._language.say(said.speaker.value)
        return f"{clock(said.start)}  {who}  "

    def _write(self) -> None:
        self.clear()
        roles, cursor = self._appearance.roles, QTextCursor(self.document())
        spaced = QTextBlockFormat()
        spaced.setBottomMargin(GRID * 1.5)
        spaced.setLeftMargin(GRID)
        cursor.beginEditBlock()
        for number, said in enumerate(self._talk):
            if number:
                cursor.insertBlock()
            cursor.setBlockFormat(spaced)
            head, words, unsure = QTextCharFormat(), QTextCharFormat(), QTextCharFormat()
            head.setForeground(roles.color("caller" if said.speaker is Speaker.CALLER else "operator"))
            words.setForeground(roles.color("ink"))
            unsure.setForeground(roles.color("ink"))
            unsure.setBackground(roles.color("warn_soft"))
            cursor.insertText(self._head(said), head)
            for text, low in _parts(said):
                cursor.insertText(text, unsure if low else words)
        cursor.endEditBlock()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() is Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            cursor = self.cursorForPosition(event.position().toPoint())
            block = cursor.blockNumber()
            if 0 <= block < len(self._talk):
                said = self._talk[block]
                self.word_clicked.emit(said, cursor.positionInBlock() - len(self._head(said)))


def _parts(said: Utterance) -> list[tuple[str, bool]]:
    """The text in stretches, each sure or unsure; words' confidence counts where there is any."""
    marked = [word for word in said.words if word.confidence is not None]
    if marked and "".join(word.text for word in said.words) == said.text:
        return [(word.text, (word.confidence or 0.0) < UNSURE) for word in said.words]
    return [(said.text, said.confidence is not None and said.confidence < UNSURE)]
