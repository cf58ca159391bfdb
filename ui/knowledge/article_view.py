"""One article to read: what to say, the text, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QByteArray, QUrl, Signal
from PySide6.QtGui import QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QTextBrowser, QVBoxLayout, QWidget

from app.desk import Article
from app.knowledge_use import Deed
from ui.desk.banners import Banner
from ui.knowledge.hits_model import badge
from ui.look.controls import EmptyNote, KeyButton, note
from ui.look.language import Language
from ui.look.style import GRID, HEAD, sans
from ui.look.wording import DOT


class ArticleText(QTextBrowser):
    """Shows Markdown; loads nothing from disk or network, whatever the text asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setObjectName("flush")
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.document().setDocumentMargin(0)

    def show_markdown(self, markdown: str) -> None:
        """Show a text with room around its headings and between its lines."""
        self.setMarkdown(markdown)
        block = self.document().begin()
        while block.isValid():
            form = block.blockFormat()
            form.setLineHeight(132, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            form.setTopMargin(GRID * 4 if form.headingLevel() else GRID)
            cursor = QTextCursor(block)
            cursor.setBlockFormat(form)
            if form.headingLevel():
                cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
                heading = QTextCharFormat()
                heading.setFont(sans(HEAD, bold=True))
                cursor.mergeCharFormat(heading)
            block = block.next()

    def loadResource(self, kind: int, name: QUrl | str) -> QByteArray:
        return QByteArray(b" ")  # with nothing at all Qt would read the file itself


class ArticleView(QWidget):
    """Title, validity, spoken answer, body, source, and how the article was used at this seat.

    ``forget_requested`` carries the id of the article whose use shall no longer count.
    """

    forget_requested = Signal(str)

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language
        self._article: Article | None = None
        self.title = QLabel()
        self.title.setObjectName("title")
        self.title.setWordWrap(True)
        self.validity = QLabel()
        self.validity.setObjectName("status")
        self.spoken = Banner("accent")
        self.text = ArticleText()
        self.source = note()
        self.source.setWordWrap(True)
        self.use = note()
        self.forget = KeyButton("", "quiet")
        self.forget.clicked.connect(self._on_forget)
        used = QHBoxLayout()
        used.addWidget(self.use, 1)
        used.addWidget(self.forget)
        self.empty = EmptyNote()
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.validity)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        column.setSpacing(GRID * 3)
        column.addLayout(head)
        column.addWidget(self.spoken)
        column.addWidget(self.text, 1)
        column.addWidget(self.source)
        column.addLayout(used)
        column.addWidget(self.empty, 1)
        language.bind(self.empty, self.empty.setText, "article_empty")
        language.bind(self.forget, self.forget.set_label, "use_forget")
        language.bind(self.text, self.text.setAccessibleName, "article")
        language.changed.connect(self._show)
        self.show_use({}, 1.0)
        self._show()

    @property
    def article(self) -> Article | None:
        """What is shown."""
        return self._article

    def show_article(self, article: Article | None) -> None:
        """Show an article, or that none is chosen."""
        if article != self._article:
            self._article = article
            self.show_use({}, 1.0)
            self._show()

    def show_use(self, counts: Mapping[Deed, int], liking: float) -> None:
        """Say how often what was done with the article here, and what that does to its rank."""
        used = any(counts.values())
        self.use.setVisible(used)
        self.forget.setVisible(used)
        if used:
            parts = [self._language.say(f"used_{deed}", n=n) for deed, n in counts.items() if n]
            rank = self._language.say("liking", share=f"{liking - 1:+.0%}")
            self.use.setText(DOT.join((*parts, rank)))

    def _on_forget(self) -> None:
        if self._article is not None:
            self.forget_requested.emit(self._article.id)

    def _show(self) -> None:
        article = self._article
        for part in (self.title, self.validity, self.text, self.source):
            part.setVisible(article is not None)
        self.empty.setVisible(article is None)
        if article is None:
            self.spoken.hide()
            return
        words, tone_name = badge(article, self._language)
        self.title.setText(article.title)
        self.validity.setText(words)
        self.validity.setProperty("tone", tone_name)
        self.validity.style().polish(self.validity)
        self.spoken.say(self._language.say("spoken_title") if article.spoken else "", article.spoken)
        self.text.show_markdown(article.body)
        self.source.setText(self._source(article))

    def _source(self, article: Article) -> str:
        say = self._language.say
        dates = ""
        if article.effective or article.expires:
            dates = say("valid_between", start=article.effective or "…", end=article.expires or "…")
        version = say("version", n=article.version)
        review = say("review_by", day=article.review) if article.review else ""
        origin = (article.issuer, article.document_number, article.source)
        parts = (*origin, dates, version, article.owner, review)
        return DOT.join(part for part in parts if part)
