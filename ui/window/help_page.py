"""The guides inside the window: a list of tasks, a line to search them, and the task itself."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QHBoxLayout, QTextEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from resources.guides import GUIDES, Topic, find_topics, guide, topics
from ui.knowledge.article_view import ArticleText
from ui.knowledge.knowledge_search import SearchLine
from ui.look.appearance import Appearance
from ui.look.controls import EmptyNote, KeyButton, Panel
from ui.look.language import Language
from ui.look.sizes import grow, grown
from ui.look.style import BODY, GRID, mono

MEASURE = GRID * 190
"""Widest line of text, in pixels at 100 %."""
ADDRESS = Qt.ItemDataRole.UserRole


class HelpText(ArticleText):
    """A task, in lines that are not too long to read; keys and commands look like keys."""

    def show_topic(self, topic: Topic, appearance: Appearance, words: tuple[str, ...]) -> None:
        """Show a topic with the searched words marked."""
        self.show_markdown(topic.body)
        self._dress(appearance)
        self._mark(words, appearance)
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _dress(self, appearance: Appearance) -> None:
        roles = appearance.roles
        key, link = QTextCharFormat(), QTextCharFormat()
        key.setFont(mono(BODY - 1))
        key.setBackground(roles.color("accent_soft"))
        key.setForeground(roles.color("ink"))
        link.setForeground(roles.color("accent"))
        block = self.document().begin()
        while block.isValid():
            self._dress_block(block, key, link)
            block = block.next()
        for frame in self.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                _rule(frame, roles.color("line"))

    def _dress_block(self, block: QTextBlock, key: QTextCharFormat, link: QTextCharFormat) -> None:
        spans = []
        at = block.begin()
        while not at.atEnd():
            form = at.fragment().charFormat()
            if form.fontFixedPitch() or form.isAnchor():
                spans.append((at.fragment().position(), at.fragment().length(), form.isAnchor()))
            at += 1
        for position, length, anchor in spans:
            cursor = QTextCursor(self.document())
            cursor.setPosition(position)
            cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(link if anchor else key)

    def _mark(self, words: tuple[str, ...], appearance: Appearance) -> None:
        marks = []
        for word in words:
            cursor = self.document().find(word)
            while not cursor.isNull():
                mark = QTextEdit.ExtraSelection()
                mark.cursor = cursor
                mark.format.setBackground(appearance.roles.color("highlight"))
                marks.append(mark)
                cursor = self.document().find(word, cursor)
        self.setExtraSelections(marks)

    def resizeEvent(self, event: QResizeEvent) -> None:
        room = max(GRID * 6, self.width() - grown(MEASURE) - GRID * 6)
        self.setViewportMargins(GRID * 4, GRID * 3, room, GRID * 2)
        super().resizeEvent(event)


def _rule(table: QTextTable, line: QColor) -> None:
    """Lay a table out as wide as the text, with a line under each row."""
    form = table.format().toTableFormat()
    form.setBorder(0)
    form.setBorderCollapse(True)
    form.setCellPadding(GRID * 2)
    form.setCellSpacing(0)
    form.setTopMargin(GRID * 2)
    form.setBottomMargin(GRID * 3)
    form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    table.setFormat(form)
    for row in range(table.rows()):
        for column in range(table.columns()):
            cell = table.cellAt(row, column)
            ruled = cell.format().toTableCellFormat()
            ruled.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
            ruled.setBottomBorder(1)
            ruled.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            ruled.setBottomBorderBrush(line)
            cell.setFormat(ruled)


class HelpPage(QWidget):
    """``left`` is told when whoever reads wants to go back to the work."""

    left = Signal()

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self.setObjectName("page")
        self._language, self._appearance = language, appearance
        self._trail: list[str] = []
        self._at = -1
        self.line = SearchLine()
        self.tree = QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(GRID * 4)
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setTabKeyNavigation(False)
        self.empty = EmptyNote()
        self.text = HelpText()
        self.back, self.forward = KeyButton("Alt+Left", "quiet"), KeyButton("Alt+Right", "quiet")
        self.close_button = KeyButton("Esc")
        self.tour, self.set_up = KeyButton(), KeyButton()
        self.list_panel, self.text_panel = Panel(), Panel()
        self._lay_out()
        self._connect()
        self._fill()

    @property
    def address(self) -> str:
        """Of the topic that is shown: ``operator#take``."""
        return self._trail[self._at] if self._trail else ""

    def show_topic(self, address: str) -> None:
        """Open a topic; going back leads to the one before."""
        if address != self.address:
            self._trail[self._at + 1 :] = [address]
            self._at = len(self._trail) - 1
        self._show()

    def _lay_out(self) -> None:
        found = QVBoxLayout()
        found.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        found.setSpacing(GRID * 2)
        found.addWidget(self.line)
        found.addWidget(self.tree, 1)
        found.addWidget(self.empty, 1)
        first_day = QHBoxLayout()
        first_day.setSpacing(GRID * 2)
        first_day.addWidget(self.tour)
        first_day.addWidget(self.set_up)
        first_day.addStretch(1)
        found.addLayout(first_day)
        self.list_panel.content.addLayout(found)
        for button in (self.back, self.forward, self.close_button):
            self.text_panel.head.addWidget(button)
        self.text_panel.content.addWidget(self.text)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        row.setSpacing(GRID * 3)
        row.addWidget(self.list_panel)
        row.addWidget(self.text_panel, 1)
        grow(self.list_panel, setFixedWidth=GRID * 90)
        for widget, put, key in (
            (self.list_panel, self.list_panel.set_title, "title"),
            (self.line, self.line.setPlaceholderText, "search"),
            (self.line, self.line.setAccessibleName, "search"),
            (self.tree, self.tree.setAccessibleName, "topics"),
            (self.text, self.text.setAccessibleName, "text"),
            (self.empty, self.empty.setText, "nothing"),
            (self.back, self.back.set_label, "back"),
            (self.forward, self.forward.set_label, "forward"),
            (self.close_button, self.close_button.set_label, "leave"),
        ):
            self._language.bind(widget, put, f"help.{key}")
        self._language.bind(self.tour, self.tour.set_label, "firstday.tour")
        self._language.bind(self.set_up, self.set_up.set_label, "firstday.title")

    def _connect(self) -> None:
        self.line.textEdited.connect(lambda _: self._fill())
        self.line.went_down.connect(self._on_went_down)
        self.tree.currentItemChanged.connect(self._on_chosen)
        self.tree.activated.connect(lambda _: self.text.setFocus())
        self.text.anchorClicked.connect(self._on_link)
        self.back.clicked.connect(lambda: self._step(-1))
        self.forward.clicked.connect(lambda: self._step(1))
        self.close_button.clicked.connect(self._on_leave)
        self._language.changed.connect(self._fill)
        self._appearance.changed.connect(self._show)

    def _fill(self) -> None:
        """List what the words find, guide by guide; everything while none are typed."""
        code = self._language.code
        found = find_topics(self.line.text(), code)
        kept = {topic.address for topic in found}
        self.tree.blockSignals(True)
        self.tree.clear()
        for name in GUIDES:
            first, *tasks = guide(name, code)
            tasks = [task for task in tasks if task.address in kept]
            if tasks or first.address in kept:
                self.tree.addTopLevelItem(self._item(first, tasks))
        self.tree.expandAll()
        self.tree.blockSignals(False)
        self.tree.setVisible(bool(found))
        self.empty.setVisible(not found)
        if self.line.text() and found:
            self.show_topic(found[0].address)
        elif self.address:
            self._show()

    def _item(self, topic: Topic, tasks: list[Topic]) -> QTreeWidgetItem:
        item = QTreeWidgetItem([topic.title])
        item.setData(0, ADDRESS, topic.address)
        item.setSizeHint(0, QSize(0, grown(GRID * 8)))
        if not topic.id:
            font = item.font(0)
            font.setBold(True)
            item.setFont(0, font)
        item.addChildren([self._item(task, []) for task in tasks])
        return item

    def _show(self) -> None:
        shown = {topic.address: topic for topic in topics(self._language.code)}.get(self.address)
        if shown is None:
            return
        self.text_panel.set_title(shown.title)
        whole = guide(shown.guide, self._language.code)[0]
        self.text_panel.note.setText(whole.title if shown.id else "")
        self.text.show_topic(shown, self._appearance, tuple(self.line.text().split()))
        self.back.setEnabled(self._at > 0)
        self.forward.setEnabled(self._at + 1 < len(self._trail))
        self._choose(self.address)

    def _choose(self, address: str) -> None:
        start = self.tree.model().index(0, 0)
        flags = Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive
        for index in self.tree.model().match(start, ADDRESS, address, 1, flags):
            self.tree.blockSignals(True)
            self.tree.setCurrentIndex(index)
            self.tree.blockSignals(False)
            self.tree.scrollTo(index)

    def _step(self, by: int) -> None:
        self._at = max(0, min(len(self._trail) - 1, self._at + by))
        self._show()

    def _on_chosen(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.show_topic(item.data(0, ADDRESS))

    def _on_went_down(self) -> None:
        if self.tree.isVisible():
            self.tree.setFocus()

    def _on_link(self, url: QUrl) -> None:
        name = url.path().removesuffix(".md") or self.address.partition("#")[0]
        self.show_topic(f"{name}#{url.fragment()}")

    def _on_leave(self) -> None:
        if self.line.hasFocus() and self.line.text():
            self.line.clear()
            self._fill()
        else:
            self.left.emit()
