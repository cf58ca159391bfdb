"""The live transcript: both speakers in one column, told apart by a coloured rule and a name.

It is one text document, so text can be selected across utterances and read by screen readers.
Finished utterances stand in order of time; what is still being spoken follows in grey.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QWidget

from app.domain.call import Speaker, Utterance
from app.domain.ticket import Proof
from app.events import ON_HOLD, AudioGap
from ui.desk.transcript_entry import Entry, spots
from ui.look.appearance import Appearance
from ui.look.language import Language
from ui.look.marks import DOUBTED, Span, doubts, repairs
from ui.look.style import BODY, GRID, NOTE, sans
from ui.look.wording import DOT, clock

if TYPE_CHECKING:
    from PySide6.QtCore import QUrl

INDENT = GRID * 3
PLAY = "play"
SAME_GAP_S = 1.0
CHANGED_MS = 2500
"""How long words stay marked that were shown otherwise before."""


class TranscriptView(QTextBrowser):
    """Shows entries. ``play_requested`` carries the utterance whose time was clicked."""

    play_requested = Signal(object)
    following_changed = Signal(bool)

    def __init__(
        self, language: Language, appearance: Appearance, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._language = language
        self._appearance = appearance
        self._entries: list[Entry] = []
        self._partials: dict[Speaker, Entry] = {}
        self._proofs: tuple[Proof, ...] = ()
        self._pointed: Proof | None = None
        self._changed: dict[str, tuple[Span, ...]] = {}
        self._settled: list[Utterance] = []
        self._unmark = QTimer(self)
        self._unmark.setSingleShot(True)
        self._unmark.setInterval(CHANGED_MS)
        self._unmark.timeout.connect(self._on_unmark)
        self._following = True
        self._writing = False
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(GRID * 2)
        self.anchorClicked.connect(self._on_anchor_clicked)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.selectionChanged.connect(self._on_selection_changed)
        language.bind(self, self.setAccessibleName, "transcript")
        language.changed.connect(self._rewrite)
        appearance.changed.connect(self._rewrite)

    @property
    def following(self) -> bool:
        """Whether new text scrolls into view; paused by scrolling up or selecting."""
        return self._following

    def clear_all(self) -> None:
        """Empty the view for the next call."""
        self._entries.clear()
        self._partials.clear()
        self._proofs = ()
        self._changed.clear()
        self._settled.clear()
        self._rewrite()
        self.follow()

    def show_transcript(self, utterances: Iterable[Utterance]) -> None:
        """Show a whole transcript at once."""
        self._entries = [Entry(u.speaker, u.start, u.text, u) for u in utterances]
        self._entries.sort(key=lambda entry: entry.start)
        self._partials.clear()
        self._rewrite()

    def add_partial(self, speaker: Speaker, start: float, text: str) -> None:
        """Show what a speaker is saying; it replaces the speaker's earlier partial text."""
        self._drop_partials()
        self._partials[speaker] = Entry(speaker, start, text)
        self._write_partials()
        self._keep_up()

    def add_utterance(self, utterance: Utterance) -> None:
        """Put a finished utterance where its time belongs; what was shown otherwise is marked."""
        self._drop_partials()
        shown = self._partials.pop(utterance.speaker, None)
        if shown is not None and shown.text:
            self._note_changes(shown.text, utterance)
        entry = Entry(utterance.speaker, utterance.start, utterance.text, utterance)
        at = bisect_right(self._entries, entry.start, key=lambda other: other.start)
        self._entries.insert(at, entry)
        if at == len(self._entries) - 1:
            self._append(entry)
            self._write_partials()
            self._mark()
            self._keep_up()
        else:
            self._rewrite()

    def add_gap(self, gap: AudioGap) -> None:
        """Mark a stretch without sound; that of the other speaker with the same reason is the same."""
        known = (entry.gap for entry in self._entries if entry.gap is not None)
        if any(one.reason == gap.reason and abs(one.start - gap.start) < SAME_GAP_S for one in known):
            return
        insort(self._entries, Entry(None, gap.start, "", gap=gap), key=lambda entry: entry.start)
        self._rewrite()

    def settle_utterance(self, utterance: Utterance) -> None:
        """Put the newer text of an utterance; not while the operator has something selected."""
        if self.textCursor().hasSelection():
            self._settled.append(utterance)
            return
        for number, entry in enumerate(self._entries):
            if entry.utterance is not None and entry.utterance.id == utterance.id:
                self._note_changes(entry.text, utterance)
                self._entries[number] = entry._replace(text=utterance.text, utterance=utterance)
                self._rewrite_body(number)
                self._mark()
                self._keep_up()

    def end_partials(self) -> None:
        """Nobody speaks any more."""
        self._drop_partials()
        self._partials.clear()

    def show_proofs(self, proofs: Iterable[Proof]) -> None:
        """Highlight the words that prove fields."""
        self._proofs = tuple(proofs)
        self._mark()

    def point_at(self, proof: Proof | None) -> None:
        """Bring the words of a proof into sight and mark them; without one go on as before."""
        self._pointed = proof
        self._mark()
        if proof is None:
            self._keep_up()
        for number, _ in spots(self._entries, proof) if proof is not None else ():
            block = self.document().findBlockByNumber(2 * number + 1)
            area, bar = (
                self.document().documentLayout().blockBoundingRect(block),
                self.verticalScrollBar(),
            )
            self._writing = True
            if not bar.value() <= area.top() <= area.bottom() <= bar.value() + bar.pageStep():
                bar.setValue(int(area.center().y()) - bar.pageStep() // 2)
            self._writing = False

    def follow(self) -> None:
        """Go to the newest text and stay there."""
        cursor = self.textCursor()
        cursor.clearSelection()
        self.setTextCursor(cursor)
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
        self._set_following(True)

    def marked_texts(self) -> tuple[str, ...]:
        """The texts that are highlighted."""
        return tuple(selection.cursor.selectedText() for selection in self.extraSelections())

    # -- writing ---------------------------------------------------------------------------------

    def _rewrite(self) -> None:
        bar, following = self.verticalScrollBar(), self._following
        value = bar.value()
        self._writing = True
        self.document().clear()
        for entry in self._entries:
            self._append(entry)
        self._writing = False
        self._write_partials()
        self._mark()
        if following:
            self._keep_up()
        else:
            bar.setValue(value)

    def _rewrite_body(self, number: int) -> None:
        self._writing = True
        cursor = QTextCursor(self.document().findBlockByNumber(2 * number + 1))
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        self._write_body(cursor, self._entries[number])
        self._writing = False

    def _note_changes(self, shown: str, utterance: Utterance) -> None:
        """Remember for a moment which words were shown as others; new ones are no change."""
        spans = tuple((r.start, r.end) for r in repairs(shown, utterance.text) if r.heard)
        if spans:
            self._changed[utterance.id] = spans
            self._unmark.start()

    def _on_unmark(self) -> None:
        self._changed.clear()
        self._mark()

    def _append(self, entry: Entry) -> None:
        writing, self._writing = self._writing, True
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        head, body = QTextBlockFormat(), QTextBlockFormat()
        head.setTopMargin(GRID * 3)
        body.setLeftMargin(INDENT)
        body.setTopMargin(2)
        body.setLineHeight(132, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        if entry.speaker is not None:
            body.setProperty(QTextFormat.Property.UserProperty.value, entry.speaker.value)
        if self.document().isEmpty():
            cursor.setBlockFormat(head)
        else:
            cursor.insertBlock(head)
        self._write_head(cursor, entry)
        cursor.insertBlock(body)
        self._write_body(cursor, entry)
        self._writing = writing

    def _write_head(self, cursor: QTextCursor, entry: Entry) -> None:
        said = entry.speaker.value if entry.speaker is not None else ""
        name = self._form(getattr(self._appearance.roles, said or "muted"), NOTE)
        name.setFontWeight(700)
        held = entry.gap is not None and entry.gap.reason == ON_HOLD
        cursor.insertText(self._language.say(said or ("call_held" if held else "gap_title")), name)
        time = self._form(self._appearance.roles.muted, NOTE)
        cursor.insertText("  ", time)
        if entry.utterance is not None:
            time.setAnchor(True)
            time.setAnchorHref(f"{PLAY}:{entry.utterance.id}")
            time.setToolTip(self._play_words(entry.sure))
        cursor.insertText(clock(entry.start), time)
        if entry.sure is not None and entry.sure < DOUBTED:
            words = self._language.say("unsure", percent=f"{entry.sure:.0%}")
            cursor.insertText(f"  {words}", self._form(self._appearance.roles.warn, NOTE))

    def _play_words(self, sure: float | None) -> str:
        told = () if sure is None else (self._language.say("sure", percent=f"{sure:.0%}"),)
        return DOT.join((self._language.say("play_utterance"), *told))

    def _write_body(self, cursor: QTextCursor, entry: Entry) -> None:
        roles = self._appearance.roles
        if entry.gap is not None:
            length = clock(entry.gap.end - entry.gap.start)
            cursor.insertText(
                self._language.say("gap_words", time=length), self._form(roles.muted, BODY)
            )
            return
        if entry.utterance is None:
            cursor.insertText(entry.text + "…", self._form(roles.muted, BODY))
            return
        plain, at = self._form(roles.ink, BODY), 0
        for repair in repairs(entry.utterance.heard, entry.text):
            cursor.insertText(entry.text[at : repair.start], plain)
            mended = self._form(roles.ink, BODY)
            mended.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
            mended.setUnderlineColor(QColor(roles.muted))
            heard = repair.heard or self._language.say("heard_nothing")
            mended.setToolTip(self._language.say("heard_as", heard=heard))
            cursor.insertText(entry.text[repair.start : repair.end], mended)
            at = repair.end
        cursor.insertText(entry.text[at:], plain)
        self._underline_doubts(cursor, entry.utterance)

    def _underline_doubts(self, cursor: QTextCursor, utterance: Utterance) -> None:
        begins, ends = cursor.block().position(), cursor.position()
        for (start, end), sure in doubts(utterance):
            form = QTextCharFormat()
            form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            form.setUnderlineColor(self._appearance.roles.color("warn"))
            form.setToolTip(self._language.say("unsure_word", percent=f"{sure:.0%}"))
            cursor.setPosition(begins + start)
            cursor.setPosition(begins + end, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(form)
        cursor.setPosition(ends)

    def _form(self, color: str, pixels: int) -> QTextCharFormat:
        form = QTextCharFormat()
        form.setForeground(QColor(color))
        form.setFont(sans(pixels))
        return form

    def _write_partials(self) -> None:
        for entry in sorted(self._partials.values(), key=lambda entry: entry.start):
            self._append(entry)

    def _drop_partials(self) -> None:
        blocks = 2 * len(self._entries)
        if self.document().blockCount() <= blocks or not self._partials:
            return
        self._writing = True
        cursor = QTextCursor(self.document().findBlockByNumber(blocks))
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        if blocks:
            cursor.deletePreviousChar()
        self._writing = False

    def _mark(self) -> None:
        roles = self._appearance.roles
        known, pointed, changed = QTextCharFormat(), QTextCharFormat(), QTextCharFormat()
        known.setBackground(roles.color("highlight"))
        pointed.setBackground(roles.color("accent"))
        pointed.setForeground(roles.color("on_accent"))
        changed.setBackground(roles.color("accent_soft"))
        proofs = dict.fromkeys(spot for proof in self._proofs for spot in spots(self._entries, proof))
        marked = [self._selection(*spot, known) for spot in proofs]
        if self._pointed is not None:
            marked += [self._selection(*spot, pointed) for spot in spots(self._entries, self._pointed)]
        for number, entry in enumerate(self._entries) if self._changed else ():
            name = entry.utterance.id if entry.utterance else ""
            marked += [self._selection(number, span, changed) for span in self._changed.get(name, ())]
        self.setExtraSelections(marked)

    def _selection(self, number: int, span: Span, form: QTextCharFormat) -> QTextEdit.ExtraSelection:
        at = self.document().findBlockByNumber(2 * number + 1).position()
        selection = QTextEdit.ExtraSelection()
        selection.cursor = QTextCursor(self.document())
        selection.cursor.setPosition(at + span[0])
        selection.cursor.setPosition(at + span[1], QTextCursor.MoveMode.KeepAnchor)
        selection.format = form
        return selection

    # -- following -------------------------------------------------------------------------------

    def _keep_up(self) -> None:
        if self._following:
            self._writing = True
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
            self._writing = False

    def _set_following(self, following: bool) -> None:
        if following != self._following:
            self._following = following
            self.following_changed.emit(following)

    def _on_scrolled(self, value: int) -> None:
        if not self._writing:
            at_end = value >= self.verticalScrollBar().maximum() - GRID
            self._set_following(at_end and not self.textCursor().hasSelection())

    def _on_selection_changed(self) -> None:
        if self._writing:
            return
        if self.textCursor().hasSelection():
            self._set_following(False)
            return
        waiting, self._settled = self._settled, []
        for utterance in waiting:
            self.settle_utterance(utterance)

    def _on_anchor_clicked(self, link: QUrl) -> None:
        for entry in self._entries:
            if entry.utterance is not None and link.toString() == f"{PLAY}:{entry.utterance.id}":
                self.play_requested.emit(entry.utterance)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        layout, top = self.document().documentLayout(), self.verticalScrollBar().value()
        block = self.cursorForPosition(self.viewport().rect().topLeft()).block()
        while block.isValid():
            area = layout.blockBoundingRect(block).translated(0, -top)
            if area.top() > self.viewport().height():
                break
            speaker = block.blockFormat().property(QTextFormat.Property.UserProperty.value)
            if speaker:
                rule = QRectF(self.document().documentMargin(), area.top() + 2, 3, area.height() - 2)
                role = "caller" if speaker == Speaker.CALLER.value else "frame"
                painter.fillRect(rule, self._appearance.roles.color(role))
            block = block.next()
