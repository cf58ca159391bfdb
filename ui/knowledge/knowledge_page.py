"""The knowledge base as a page: search on the left, the article on the right, a key for each mark."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from app.desk import Article, Desk, Only
from app.knowledge_desk import Found
from app.knowledge_use import Deed
from ui.background import Background
from ui.knowledge.article_marks import GAP_KEY, NOT_USEFUL_KEY, USEFUL_KEY, ArticleMarks
from ui.knowledge.article_view import ArticleView
from ui.knowledge.knowledge_search import KnowledgeSearch
from ui.look.appearance import Appearance
from ui.look.controls import KeyButton, Panel
from ui.look.filter_row import FilterRow
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.style import GRID

FOUND_AT_MOST = 30


class KnowledgePage(QWidget):
    """``cite_requested`` carries the article to quote on the ticket that is being written."""

    cite_requested = Signal(object)

    def __init__(
        self, desk: Desk, background: Background, language: Language, appearance: Appearance
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self.filters = FilterRow(language)
        self.search = KnowledgeSearch(language, appearance, background, self._search, self.filters)
        self._desk = desk
        self._background = background
        self.marks = ArticleMarks(desk, background, self)
        self.article = ArticleView(language)
        self.cite = KeyButton("F9")
        self.useful, self.not_useful = KeyButton(USEFUL_KEY), KeyButton(NOT_USEFUL_KEY)
        self.gap = KeyButton(GAP_KEY)
        found, reading = Panel(), Panel()
        found.content.addWidget(self.search)
        reading.content.addWidget(self.article)
        found.head.addWidget(self.gap)
        for button in (self.useful, self.not_useful, self.cite):
            reading.head.addWidget(button)
        split = QSplitter()
        split.addWidget(found)
        split.addWidget(reading)
        split.setHandleWidth(GRID * 3)
        split.setChildrenCollapsible(False)
        split.setSizes([560, 960])
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        row.addWidget(split)
        self.search.current_changed.connect(self.show_article)
        self.search.opened.connect(self._on_opened)
        self.search.searched_in_vain.connect(self.marks.note_nothing_found)
        self.useful.clicked.connect(lambda: self.marks.note(Deed.USEFUL, self.article.article))
        self.not_useful.clicked.connect(lambda: self.marks.note(Deed.NOT_USEFUL, self.article.article))
        self.gap.clicked.connect(lambda: self.marks.report_gap(self.search.query))
        self.marks.changed.connect(self._on_used)
        self.article.forget_requested.connect(self._on_forget_requested)
        self.cite.clicked.connect(lambda: self.cite_requested.emit(self.article.article))
        search = NamedKey("Ctrl+K", "search", self, self.search.focus_line)
        search.told_at(self.search.line, language)
        language.bind(found, found.set_title, "page_knowledge")
        language.bind(found, found.note.setText, "knowledge_page_keys")
        language.bind(reading, reading.set_title, "article")
        language.bind(self.cite, self.cite.set_label, "cite")
        for button, name in (
            (self.useful, "useful"),
            (self.not_useful, "not_useful"),
            (self.gap, "gap"),
        ):
            language.bind(button, button.set_label, f"mark_{name}")

    def refresh(self) -> None:
        """Offer what articles can be limited to; whoever reads nothing yet goes on by typing."""
        if self.article.article is None:
            self.search.focus_line()
        self._background.run(self._desk.articles.choices, self.filters.offer, kind="article-choices")

    def _search(self, query: str, only: Only) -> Found:
        return self._desk.articles.search(query, FOUND_AT_MOST, only=only)

    def show_article(self, article: Article | None) -> None:
        """Read an article, with what is known of its use."""
        self.article.show_article(article)
        if article is not None:
            self._on_used(article.id)

    def _on_used(self, article_id: str) -> None:
        articles = self._desk.articles
        self._background.run(
            lambda: (article_id, articles.counts(article_id), articles.likings().get(article_id, 1.0)),
            self._on_use_known,
            kind="article-use",
        )

    def _on_use_known(self, found: tuple[str, dict[Deed, int], float]) -> None:
        article_id, counts, liking = found
        if self.article.article is not None and self.article.article.id == article_id:
            self.article.show_use(counts, liking)

    def _on_forget_requested(self, article_id: str) -> None:
        self._background.run(
            lambda: self._desk.articles.forget(article_id), lambda _: self._on_used(article_id)
        )

    def _on_opened(self, article: Article) -> None:
        self.marks.note(Deed.OPENED, article)
        self.show_article(article)
        self.article.text.setFocus()
