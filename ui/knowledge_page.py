"""The knowledge base as a page: search on the left, the article on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from app.desk import Article, Desk
from ui.appearance import Appearance
from ui.article_view import ArticleView
from ui.background import Background
from ui.controls import KeyButton, Panel
from ui.knowledge_search import KnowledgeSearch
from ui.language import Language
from ui.style import GRID

FOUND_AT_MOST = 30


class KnowledgePage(QWidget):
    """``cite_requested`` carries the article to quote on the ticket that is being written."""

    cite_requested = Signal(object)

    def __init__(
        self, desk: Desk, background: Background, language: Language, appearance: Appearance
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self.search = KnowledgeSearch(
            language, appearance, background, lambda query: desk.search(query, FOUND_AT_MOST)
        )
        self.article = ArticleView(language)
        self.cite = KeyButton("F9")
        found, reading = Panel(), Panel()
        found.content.addWidget(self.search)
        reading.content.addWidget(self.article)
        reading.head.addWidget(self.cite)
        split = QSplitter()
        split.addWidget(found)
        split.addWidget(reading)
        split.setHandleWidth(GRID * 3)
        split.setChildrenCollapsible(False)
        split.setSizes([560, 960])
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        row.addWidget(split)
        self.search.current_changed.connect(self.article.show_article)
        self.search.opened.connect(self._on_opened)
        self.cite.clicked.connect(lambda: self.cite_requested.emit(self.article.article))
        shortcut = QShortcut(QKeySequence("Ctrl+K"), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.search.focus_line)
        language.bind(found, found.set_title, "page_knowledge")
        language.bind(found, found.note.setText, "knowledge_page_keys")
        language.bind(reading, reading.set_title, "article")
        language.bind(self.cite, self.cite.set_label, "cite")

    def show_article(self, article: Article) -> None:
        """Read an article that was opened elsewhere."""
        self.article.show_article(article)

    def _on_opened(self, article: Article) -> None:
        self.article.show_article(article)
        self.article.text.setFocus()
