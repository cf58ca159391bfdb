"""The editor's page: what operators miss, what is due and cited, how versions differ; publishing."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.desk import Article, Desk
from app.knowledge_centre import Published
from app.knowledge_desk import Cluster, Overview
from app.knowledge_use import Deed, Use
from app.sync.gaps import Missing
from resources.errors import UserError
from ui.background import Background
from ui.desk.deeds import Deeds
from ui.knowledge.editor_detail import EditorDetail
from ui.knowledge.hits_model import badge
from ui.knowledge.import_panel import ImportPanel
from ui.knowledge.publishing import Publishing
from ui.look.appearance import Appearance
from ui.look.cards import Card, CardList, Passage
from ui.look.cards_model import CardsModel
from ui.look.controls import Chip, EmptyNote, KeyButton, Panel, with_bar
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.statistics_login import StatisticsLogin
from ui.look.style import GRID
from ui.look.wording import DOT

LISTS = ("gaps", "in_vain", "due", "cited", "doubted")
AT_CENTRE = ("unpublished", "published")
"""Lists for whoever is logged in there."""
MISSED: dict[str, Missing] = {"gaps": Deed.GAP, "in_vain": Deed.NOTHING_FOUND}
"""Lists that are of all seats for whoever is logged in there."""
Item = Cluster | Article | Published


class EditorPage(QWidget):
    """``search_requested`` carries words to look for; ``article_opened`` an article to read."""

    search_requested = Signal(str)
    article_opened = Signal(object)

    def __init__(
        self,
        desk: Desk,
        background: Background,
        language: Language,
        appearance: Appearance,
        deeds: Deeds,
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self._desk, self._deeds = desk, deeds
        self._background = background
        self._language = language
        self._appearance = appearance
        self._overview = Overview((), (), (), (), ())
        self._known = False
        self._shown = LISTS[0]
        self._versions: tuple[Article, ...] = ()
        self._in_force: Article | None = None
        self._asked = False
        self.model = CardsModel()
        self.list = CardList(appearance)
        self.list.setModel(self.model)
        self.empty = EmptyNote()
        self.detail = EditorDetail(language, appearance)
        self.detail_empty = EmptyNote()
        self.look, self.settle = KeyButton("F9"), KeyButton("Del")
        undo = NamedKey("Ctrl+Z", "key_undo", self, deeds.take_back)
        undo.setContext(Qt.ShortcutContext.WindowShortcut)  # also when the last card has gone
        self.publish, self.withdraw = KeyButton("", "main"), KeyButton()
        self.public = QCheckBox()
        self.log_in = KeyButton()
        self.login = StatisticsLogin(language, "log_in_editor")
        self.publishing = Publishing(desk, background, language, self)
        self.importing = ImportPanel(desk, background, language)
        self.lists = self._build_lists()
        self._lay_out()
        self.list.selectionModel().currentChanged.connect(self._on_chosen)
        self.list.activated.connect(self._on_look)
        self.list.key_pressed.connect(self._on_key_pressed)
        self.look.clicked.connect(self._on_look)
        self.settle.clicked.connect(self._on_settle)
        self.importing.imported.connect(self.refresh)
        self.login.asked.connect(self._on_login_asked)
        self.log_in.clicked.connect(self._on_log_in)
        self.publish.clicked.connect(self._on_publish)
        self.withdraw.clicked.connect(self._on_withdraw)
        self.publishing.changed.connect(self._show)
        self.publishing.found.connect(self._on_in_force)
        language.changed.connect(self._show)
        appearance.changed.connect(self._show_detail)
        self._show()

    def refresh(self) -> None:
        """Read the lists again."""
        self._background.run(
            lambda: self._desk.articles.overview(date.today()),
            self._on_overview,
            self._on_failed,
            kind="overview",
        )
        self.publishing.refresh()

    @property
    def item(self) -> Item | None:
        """What is chosen."""
        found = self.model.item(self.list.currentIndex().row())
        return found if isinstance(found, Cluster | Article | Published) else None

    def show_list(self, name: str) -> None:
        """Show one of ``LISTS``, or of ``AT_CENTRE``."""
        self._shown = name
        self._show()

    # -- building --------------------------------------------------------------------------------

    def _build_lists(self) -> dict[str, Chip]:
        chips = {}
        for name in (*LISTS, *AT_CENTRE):
            chip = chips[name] = Chip()
            chip.clicked.connect(lambda _=False, name=name: self.show_list(name))
        return chips

    def _lay_out(self) -> None:
        waiting, chosen, importing = Panel(), Panel(), Panel()
        rows = QVBoxLayout()
        rows.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, 0)
        rows.setSpacing(GRID * 2)
        for names in (LISTS, AT_CENTRE):
            row = QHBoxLayout()
            row.setSpacing(GRID)
            for name in names:
                row.addWidget(self.lists[name])
            row.addStretch(1)
            rows.addLayout(row)
        body = QHBoxLayout()
        body.setContentsMargins(GRID * 4, GRID * 2, GRID * 4, GRID * 3)
        body.addLayout(with_bar(self.list), 1)
        body.addWidget(self.empty, 1)
        waiting.content.addLayout(rows)
        waiting.content.addLayout(body, 1)
        waiting.head.addWidget(self.log_in)
        for widget in (self.public, self.publish, self.withdraw):
            chosen.head.addWidget(widget)
        chosen.head.addWidget(self.look)
        chosen.head.addWidget(self.settle)
        inner = QHBoxLayout()
        inner.setContentsMargins(GRID * 4, GRID * 2, GRID * 4, GRID * 3)
        inner.addWidget(self.detail, 1)
        inner.addWidget(self.detail_empty, 1)
        chosen.content.addLayout(inner, 1)
        importing.content.addWidget(self.importing)
        right = QSplitter(Qt.Orientation.Vertical)
        right.addWidget(chosen)
        right.addWidget(importing)
        right.setSizes([520, 280])
        columns = QSplitter()
        columns.addWidget(waiting)
        columns.addWidget(right)
        columns.setSizes([720, 800])
        for splitter in (right, columns):
            splitter.setHandleWidth(GRID * 3)
            splitter.setChildrenCollapsible(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        outer.setSpacing(GRID * 3)
        outer.addWidget(self.login)
        outer.addWidget(columns, 1)
        say = self._language.bind
        say(waiting, waiting.set_title, "editor_waiting")
        say(chosen, chosen.set_title, "editor_chosen")
        say(importing, importing.set_title, "editor_import")
        say(self.settle, self.settle.set_label, "editor_settle")
        say(self.publish, self.publish.set_label, "editor_publish")
        say(self.withdraw, self.withdraw.set_label, "editor_withdraw")
        say(self.public, self.public.setText, "editor_public")
        say(self.list, self.list.setAccessibleName, "editor_waiting")
        say(self.detail, self.detail.setAccessibleName, "editor_chosen")
        say(self.detail_empty, self.detail_empty.setText, "editor_choose")

    # -- showing ---------------------------------------------------------------------------------

    def _on_overview(self, overview: Overview) -> None:
        self._overview, self._known = overview, True
        self._show()

    def _on_failed(self, error: UserError | None) -> None:
        if error is not None:
            self.empty.fail(self._language.error(error))

    def _show(self) -> None:
        centre = self.publishing
        if not centre.at_centre and self._shown in AT_CENTRE:
            self._shown = LISTS[0]
        if centre.at_centre:
            self.login.hide()
        self.log_in.set_label(
            self._language.say("editor_leave" if centre.at_centre else "editor_enter")
        )
        for name, chip in self.lists.items():
            everywhere = name in MISSED and centre.missed is not None
            title = self._language.say(f"editor_all_{name}" if everywhere else f"editor_{name}")
            words = DOT.join((title, str(len(self._listed(name)))))
            chip.setVisible(name in LISTS or centre.at_centre)
            chip.set_label(words)
            chip.set_state("on" if name == self._shown else "off")
        rows = [self._row(one) for one in self._listed(self._shown)]
        self.model.show_rows(rows)
        self.list.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        words = f"editor_no_{self._shown}" if self._known else "reading"
        self.empty.setText(self._language.say(words))
        if rows and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(0))
        self._on_chosen()

    def _listed(self, name: str) -> tuple[object, ...]:
        """What stands in a list; what is missed at all seats, once the centre has told."""
        centre = self.publishing
        source: object = self._overview
        if name in AT_CENTRE:
            source = centre
        elif name in MISSED and centre.missed is not None:
            source = centre.missed
        listed: tuple[object, ...] = getattr(source, name)
        return listed

    def _row(self, listed: object) -> tuple[Card, object]:
        if isinstance(listed, Cluster):
            return self._cluster_card(listed), listed
        if isinstance(listed, Published):
            return self._published_card(listed), listed
        if isinstance(listed, Article):
            due = self._shown == "due"
            return self._due_card(listed) if due else self._unpublished_card(listed), listed
        assert isinstance(listed, tuple)
        article, count = listed
        times = self._language.say(f"editor_times_{self._shown}", n=count)
        return self._article_card(article, times), article

    def _cluster_card(self, cluster: Cluster) -> Card:
        others = [words for words in cluster.wordings if words != cluster.name]
        times = self._language.say("editor_times", n=cluster.count)
        return Card(cluster.name, times, "", (Passage("；".join(others)),) if others else ())

    def _due_card(self, article: Article) -> Card:
        late = article.review is not None and article.review < date.today()
        words = self._language.say("review_by", day=article.review)
        facts = DOT.join(part for part in (article.owner, article.issuer) if part)
        return Card(article.title, words, "bad" if late else "warn", (Passage(facts),))

    def _published_card(self, one: Published) -> Card:
        review = self._language.say("review_by", day=one.review) if one.review else ""
        facts = DOT.join(part for part in (one.id, one.owner, review) if part)
        public = self._language.say("editor_is_public") if one.public else ""
        return Card(one.title, public, "ok" if public else "", (Passage(facts),))

    def _unpublished_card(self, article: Article) -> Card:
        differs = self.publishing.has(article.id)
        return self._article_card(
            article, self._language.say("editor_differs" if differs else "editor_new")
        )

    def _article_card(self, article: Article, times: str) -> Card:
        words, tone = badge(article, self._language)
        return Card(article.title, times, "", (Passage(words, tone=tone),))

    def _on_chosen(self) -> None:
        item = self.item
        self._versions, self._in_force, self._asked = (), None, False
        is_cluster = isinstance(item, Cluster)
        self.settle.setVisible(is_cluster)
        self.look.setVisible(isinstance(item, Cluster | Article))
        publishable = isinstance(item, Article) and self.publishing.at_centre
        self.publish.setVisible(publishable)
        self.public.setVisible(publishable)
        self.withdraw.setVisible(isinstance(item, Published))
        self.look.set_label(self._language.say("editor_look" if is_cluster else "editor_open"))
        if isinstance(item, Article | Published):
            name = item.id
            self._asked = self.publishing.at_centre and not self.publishing.has(name)
            self._background.run(
                lambda: self._desk.articles.versions(name),
                lambda versions: self._on_versions(name, versions),
                kind="versions",
            )
            if self.publishing.has(name):
                self.publishing.look_up(name)
        self._show_detail()

    def _on_versions(self, name: str, versions: tuple[Article, ...]) -> None:
        item = self.item
        if isinstance(item, Article | Published) and item.id == name:
            self._versions = versions
            self._show_detail()

    def _on_in_force(self, name: str, there: Article | None) -> None:
        item = self.item
        if isinstance(item, Article | Published) and item.id == name:
            self._in_force, self._asked = there, True
            self._show_detail()

    def _show_detail(self) -> None:
        item = self.item
        self.detail.setVisible(item is not None)
        self.detail_empty.setVisible(item is None)
        if isinstance(item, Cluster):
            self.detail.show_cluster(item)
        elif isinstance(item, Article):
            self.detail.show_article(item, self._versions, self._in_force, self._asked)
        elif isinstance(item, Published):
            self.detail.show_published(item, self._versions, self._in_force)

    # -- acting ----------------------------------------------------------------------------------

    def _on_look(self) -> None:
        item = self.item
        if isinstance(item, Cluster):
            self.search_requested.emit(item.name)
        elif isinstance(item, Article):
            self.article_opened.emit(item)

    def _on_settle(self) -> None:
        item = self.item
        if not isinstance(item, Cluster):
            return
        if self.publishing.missed is None:
            self._background.run(lambda: self._desk.articles.settle(item), self._on_settled)
        else:
            self.publishing.settle(MISSED[self._shown], item)

    def _on_settled(self, uses: tuple[Use, ...]) -> None:
        def back() -> None:
            self._background.run(lambda: self._desk.articles.unsettle(uses), lambda _: self.refresh())

        self._deeds.note(self._language.say("editor_settled"), back)
        self.refresh()

    def _on_log_in(self) -> None:
        if self.publishing.at_centre:
            self.publishing.log_out()
        else:
            self.login.begin(self._desk.settings.server_url)

    def _on_login_asked(self, url: str, name: str, password: str) -> None:
        self.publishing.log_in(url, name, password)

    def _on_publish(self) -> None:
        item = self.item
        if isinstance(item, Article):
            self.publishing.publish(item, self.public.isChecked())

    def _on_withdraw(self) -> None:
        item = self.item
        if isinstance(item, Published):
            self.publishing.withdraw(item)

    def _on_key_pressed(self, key: int) -> None:
        if key == Qt.Key.Key_Delete:
            self._on_settle()
