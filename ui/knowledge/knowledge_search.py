"""Search as one types over a list of articles; with nothing typed, what the call suggests or what the
limits leave."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from ui.knowledge.hits_model import HitsModel
from ui.look.cards import CardList
from ui.look.composition import ComposeSafe
from ui.look.controls import EmptyNote, KeyButton, with_bar
from ui.look.style import GRID

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from app.desk import Article, Only, SearchHit
    from app.knowledge_desk import Found
    from resources.errors import UserError
    from ui.background import Background
    from ui.look.appearance import Appearance
    from ui.look.filter_row import FilterRow
    from ui.look.language import Language

PAUSE_MS = 5
"""A search begins when no key came for this long; a newer one cancels an older one."""
SLOW_MS = 200
"""Whoever waits longer is told that it is being looked for."""
IN_VAIN_MS = 1_500
"""What found nothing for so long was meant so, and is told."""
Search = Callable[[str, "Only"], "Found"]
"""Asked on another thread, with what is typed and what it is limited to."""


class SearchLine(ComposeSafe, QLineEdit):
    """The query. Down goes to the results, Esc empties it."""

    went_down = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.composing:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.went_down.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self.textEdited.emit("")
        else:
            super().keyPressEvent(event)


class KnowledgeSearch(QWidget):
    """Line and list. ``opened`` on Enter, ``current_changed`` as one moves through the list.

    ``shown`` carries the query whose results have just been put into the list, ``searched_in_vain`` one
    that found nothing and was left so.
    """

    opened = Signal(object)
    shown = Signal(str)
    searched_in_vain = Signal(str)
    current_changed = Signal(object)

    def __init__(
        self,
        language: Language,
        appearance: Appearance,
        background: Background,
        search: Search,
        filters: FilterRow | None = None,
    ) -> None:
        """``filters``, if any, stand under the line."""
        super().__init__()
        self._filters = filters
        self._language = language
        self._background = background
        self._search = search
        self._suggested: tuple[SearchHit, ...] = ()
        self._failed = self._running = False
        self.line = SearchLine()
        self.line.setClearButtonEnabled(False)
        self.model = HitsModel(language)
        self.list = CardList(appearance)
        self.list.setModel(self.model)
        self.empty = EmptyNote()
        self.meant = KeyButton("", "quiet")
        self.meant.hide()
        self._meant = ""
        self._pause, self._slow, self._vain = QTimer(self), QTimer(self), QTimer(self)
        waits = ((self._pause, PAUSE_MS), (self._slow, SLOW_MS), (self._vain, IN_VAIN_MS))
        for timer, milliseconds in waits:
            timer.setSingleShot(True)
            timer.setInterval(milliseconds)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        column.setSpacing(GRID * 2)
        column.addWidget(self.line)
        if filters is not None:
            column.addWidget(filters)
            filters.changed.connect(self._on_paused)
        column.addWidget(self.meant)
        column.addLayout(with_bar(self.list), 1)
        column.addWidget(self.empty, 1)
        self.line.textEdited.connect(self._on_typed)
        self.meant.clicked.connect(self._on_meant)
        self._vain.timeout.connect(lambda: self.searched_in_vain.emit(self.query))
        self.line.went_down.connect(self._on_went_down)
        self._pause.timeout.connect(self._on_paused)
        self._slow.timeout.connect(self._on_slow)
        self.list.activated.connect(self._on_activated)
        self.list.selectionModel().currentChanged.connect(self._on_current_changed)
        self.list.key_pressed.connect(self._on_key_pressed)
        language.bind(self.line, self.line.setPlaceholderText, "hint_search")
        language.bind(self.line, self.line.setAccessibleName, "search")
        language.bind(self.list, self.list.setAccessibleName, "articles")
        language.changed.connect(self._show_empty)
        language.changed.connect(lambda: self._show_meant(self._meant))
        self._show_empty()
        self._show_meant("")

    def show_suggestions(self, hits: Iterable[SearchHit]) -> None:
        """What the call suggests; shown while nothing is typed."""
        self._suggested = tuple(hits)
        if not self._asking:
            self._show(self._suggested)

    @property
    def query(self) -> str:
        """What is typed."""
        return self.line.text().strip()

    def current(self) -> Article | None:
        """The article of the current row."""
        return self.model.article(self.list.currentIndex().row())

    def focus_line(self) -> None:
        """Go to the query, ready to be overtyped."""
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def search_for(self, query: str) -> None:
        """Look for other words at once."""
        self.line.setText(query)
        self._on_paused()

    def _on_typed(self) -> None:
        self._vain.stop()
        self._pause.start()

    def _on_meant(self) -> None:
        self.search_for(self._meant)
        self.line.setFocus()

    def _show_meant(self, query: str) -> None:
        self._meant = query
        self.meant.setVisible(bool(query))
        self.meant.set_label(self._language.say("did_you_mean", query=query))

    def _show(self, hits: tuple[SearchHit, ...]) -> None:
        before = self.current()
        self.model.show_hits(hits)
        rows = [row for row in range(len(hits)) if before and hits[row].article.id == before.id]
        if hits and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(rows[0] if rows else 0))
        self._show_empty()

    def _show_empty(self) -> None:
        anything = self.model.rowCount() > 0
        key = "search_nothing" if self._asking else "articles_empty"
        if self._running:
            key = "search_running"
        self.empty.setText(self._language.say(key))
        if self._failed:
            self.empty.fail(self._language.say("search_failed"))
        self.list.setVisible(anything)
        self.empty.setVisible(not anything)

    def _on_paused(self) -> None:
        query, only = self.query, self._only
        self._failed = self._running = False
        self._slow.stop()
        if not self._asking:
            self._background.run(tuple, kind=self._kind)  # which cancels a search that goes on
            self._show_meant("")
            self._show(self._suggested)
            return
        self._background.run(
            lambda: self._search(query, only),
            lambda found: self._found(found, query),
            self._not_found,
            kind=self._kind,
        )
        self._slow.start()

    def _on_slow(self) -> None:
        """What was found for other words must not pass for the answer to these."""
        self._running = True
        self._show(())

    @property
    def _asking(self) -> bool:
        """Whether there is anything to search by."""
        return bool(self.query or (self._filters is not None and self._only))

    @property
    def _only(self) -> Only:
        from app.desk import EVERYTHING

        return self._filters.only() if self._filters is not None else EVERYTHING

    @property
    def _kind(self) -> str:
        return f"search-{id(self)}"

    def _found(self, found: Found, query: str) -> None:
        self._running = False
        self._slow.stop()
        if self._asking:
            self._show(found.hits)
            self._show_meant(found.meant or "")
            self._vain.stop() if found.hits or not query else self._vain.start()
            self.shown.emit(query)

    def _not_found(self, error: UserError | None) -> None:
        self._failed, self._running = True, False
        self._slow.stop()
        self._show(())
        if error is not None:
            self.empty.fail(self._language.error(error))

    def _on_went_down(self) -> None:
        if self.model.rowCount():
            self.list.setFocus()
        elif self._meant:
            self._on_meant()

    def _on_activated(self, index: QModelIndex) -> None:
        article = self.model.article(index.row())
        if article is not None:
            self.opened.emit(article)

    def _on_current_changed(self) -> None:
        self.current_changed.emit(self.current())

    def _on_key_pressed(self, key: int) -> None:
        if key == Qt.Key.Key_Escape:
            self.focus_line()
