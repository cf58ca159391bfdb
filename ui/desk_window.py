"""The one window: top line, message bar, pages, bottom line."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from app.desk import Article, CallSource, Desk, DeviceCall, FileCall
from app.events import CentreChanged, Degraded, Heard, SpeechDegraded
from app.settings import Settings
from resources.errors import UserError
from resources.loader import resource_path
from ui.appearance import Appearance
from ui.background import Background
from ui.bridge import EventBridge
from ui.call_control import CallControl
from ui.desk_page import DeskPage
from ui.drill.drill_bar import DrillBar
from ui.drill.drill_page import DrillPage
from ui.editor_page import EditorPage
from ui.knowledge_page import KnowledgePage
from ui.language import Language
from ui.message_bar import MessageBar
from ui.queues_page import QueuesPage
from ui.reports import save_report
from ui.review.review_page import ReviewPage
from ui.settings_page import SettingsPage
from ui.statistics_page import StatisticsPage
from ui.status_line import StatusLine
from ui.tickets_page import TicketsPage
from ui.top_bar import PAGES, TopBar

SAMPLE = ("calls", "03-bbq-fumes.flac")
SOUND_FILES = "*.wav *.flac *.ogg *.mp3 *.aiff *.aif"


class DeskWindow(QMainWindow):
    """Composes the pages over one ``Desk`` and ends everything in order when it closes.

    Over a drill's desk it carries the mark of a drill, whoever opened it. ``closed`` follows the end.
    """

    closed = Signal()

    def __init__(self, desk: Desk, language: Language, appearance: Appearance, reports: Path) -> None:
        super().__init__()
        self._desk = desk
        self.language = language
        self.appearance = appearance
        for part in (language, appearance):
            part.setParent(self)  # so that they end with the window
        self._reports = reports
        self._closed = False
        self.background = Background(self)
        self.bridge = EventBridge(desk.bus, self)
        self.control = CallControl(desk, self.bridge, self.background, self)
        pages = ("desk", "knowledge") if desk.drill else PAGES
        self.top = TopBar(language, self.control, pages, may_call=not desk.drill)
        self.drill_bar = DrillBar(language)
        self.message = MessageBar(language)
        self.status = StatusLine(language, self.bridge, self.control)
        self.desk_page = DeskPage(
            desk, self.bridge, self.background, self.control, language, appearance
        )
        self.tickets_page = TicketsPage(desk, self.bridge, self.background, language, appearance)
        self.queues_page = QueuesPage(desk, self.background, language, appearance)
        self.knowledge_page = KnowledgePage(desk, self.background, language, appearance)
        self.statistics_page = StatisticsPage(desk, self.background, language, appearance)
        self.editor_page = EditorPage(desk, self.background, language, appearance)
        self.settings_page = SettingsPage(desk, self.background, language)
        self.review_page = ReviewPage(desk, self.background, language, appearance)
        self.drill_page = DrillPage(desk, self.background, language, appearance, self._open_drill_desk)
        self.pages: dict[str, QWidget] = {
            "desk": self.desk_page,
            "tickets": self.tickets_page,
            "queues": self.queues_page,
            "knowledge": self.knowledge_page,
            "drill": self.drill_page,
            "review": self.review_page,
            "statistics": self.statistics_page,
            "editor": self.editor_page,
            "settings": self.settings_page,
        }
        self._lay_out()
        self._connect()
        self.status.show_model(desk.settings.speech_model)
        self.show_page("desk")

    def show_page(self, name: str) -> None:
        """Go to a page."""
        self.stack.setCurrentWidget(self.pages[name])
        self.top.show_page(name)
        if name == "tickets":
            self.tickets_page.refresh()
        elif name == "drill":
            self.drill_page.refresh()
        elif name == "queues":
            self.queues_page.refresh()
        elif name == "review":
            self.review_page.refresh()
        elif name == "settings":
            self.settings_page.refresh()
        elif name == "statistics":
            self.statistics_page.refresh()
        elif name == "editor":
            self.editor_page.refresh()
        elif name == "knowledge" and self.knowledge_page.article.article is None:
            self.knowledge_page.search.focus_line()

    def start_call(self, source: CallSource) -> None:
        """Begin a call and show the seat."""
        self.message.clear()
        self.show_page("desk")
        self.control.start(source)

    def load(self) -> None:
        """Load what calls need and look for drafts of an earlier run, in the background."""
        self.desk_page.look_for_recovered()
        self.background.run(self._desk.preload)

    def show_error(self, error: UserError) -> None:
        """Say what went wrong, in the bar."""
        self.message.show_message("bad", lambda: self.language.error(error))

    def show_bug(self, error: BaseException) -> None:
        """Save the report of a bug and say where it lies."""
        path = save_report(self._reports, error)
        self.show_error(UserError("INTERNAL", path=path or "—"))

    def shut_down(self) -> None:
        """Stop listening and working, then close the core; once."""
        if self._closed:
            return
        self._closed = True
        self.drill_page.director.abort()
        self.review_page.call.stop()
        self.control.stop()
        self.editor_page.importing.end()
        self.bridge.close()
        self.background.close()
        self.statistics_page.leave_centre()
        self._desk.close()

    # -- building --------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        body = QWidget()
        body.setObjectName("desk")
        self.stack = QStackedWidget()
        for page in self.pages.values():
            self.stack.addWidget(page)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(self.drill_bar)
        self.drill_bar.setVisible(self._desk.drill)
        column.addWidget(self.message)
        column.addWidget(self.stack, 1)
        column.addWidget(self.status)
        self.setCentralWidget(body)
        self.resize(1600, 900)
        self.setMinimumSize(1180, 680)
        title = "drill.window_title" if self._desk.drill else "window_title"
        self.language.bind(self, self.setWindowTitle, title)

    def _connect(self) -> None:
        self.top.page_requested.connect(self.show_page)
        self.top.file_requested.connect(self._on_file_requested)
        self.top.sample_requested.connect(lambda: self.start_call(FileCall(resource_path(*SAMPLE))))
        self.top.microphone_requested.connect(lambda: self.start_call(DeviceCall()))
        self.top.hang_up_requested.connect(self.control.hang_up)
        self.control.failed.connect(self.show_error)
        self.desk_page.failed.connect(self.show_error)
        self.desk_page.article_opened.connect(self._on_article_opened)
        self.knowledge_page.cite_requested.connect(self._on_cite_requested)
        for marks in (self.desk_page.marks, self.knowledge_page.marks):
            marks.told.connect(self._on_told)
        self.editor_page.article_opened.connect(self._on_article_opened)
        self.editor_page.search_requested.connect(self._on_search_requested)
        self.tickets_page.unsent.mended.connect(self._on_mended)
        self.drill_page.failed.connect(self.show_error)
        tickets = self.tickets_page
        messages = (tickets.unsent.message, tickets.view.message, self.queues_page.message)
        for told in (*messages, self.drill_page.message):
            told.connect(lambda words: self.message.show_message("ok", lambda: words))
        self.tickets_page.unsent.message.connect(
            lambda words: self.message.show_message("ok", lambda: words)
        )
        for page in (self.drill_page, self.review_page):
            page.failed.connect(self.show_error)
            page.message.connect(lambda words: self.message.show_message("ok", lambda: words))
        self.statistics_page.ticket_opened.connect(self._on_ticket_opened)
        self.statistics_page.report_made.connect(
            lambda words: self.message.show_message("ok", lambda: words)
        )
        self.settings_page.changed.connect(self._on_settings_changed)
        self.settings_page.failed.connect(self.show_error)
        self.settings_page.logged_in.connect(
            lambda: self.message.show_message("ok", lambda: self.language.say("logged_in"))
        )
        self.background.user_error_raised.connect(self.show_error)
        self.background.bug_found.connect(self.show_bug)
        self.bridge.degraded.connect(self._on_degraded)
        self.bridge.heard.connect(self._on_heard)
        self.bridge.centre_changed.connect(self._on_centre_changed)

    def _open_drill_desk(self, desk: Desk) -> DeskWindow:
        """The trainee's window: the same desk over a drill's folder."""
        appearance = Appearance(self.appearance.application, self.appearance.setting)
        window = DeskWindow(desk, Language(self.language.code), appearance, self._reports)
        appearance.dress()
        return window

    def _on_file_requested(self) -> None:
        pattern = f"{self.language.say('sound_files')} ({SOUND_FILES})"
        name, _ = QFileDialog.getOpenFileName(self, self.language.say("open_file"), "", pattern)
        if name:
            self.start_call(FileCall(Path(name)))

    def _on_article_opened(self, article: Article) -> None:
        self.knowledge_page.show_article(article)
        self.show_page("knowledge")

    def _on_ticket_opened(self, ticket_id: str) -> None:
        self.tickets_page.open_ticket(ticket_id)
        self.show_page("tickets")

    def _on_told(self, kind: str, key: str) -> None:
        self.message.show_message(kind, lambda: self.language.say(key))

    def _on_search_requested(self, words: str) -> None:
        self.show_page("knowledge")
        self.knowledge_page.search.search_for(words)

    def _on_mended(self) -> None:
        self.desk_page.show_resumed()
        self.show_page("desk")

    def _on_cite_requested(self, article: Article | None) -> None:
        self.desk_page.cite(article)
        self.show_page("desk")

    def _on_settings_changed(self, settings: Settings) -> None:
        self.language.use(settings.language)
        self.appearance.use(settings.theme)
        self.status.show_model(settings.speech_model)

    def _on_degraded(self, event: Degraded) -> None:
        if event.code:
            self.message.show_message(
                "warn", lambda: self.language.error_code(event.code, event.detail)
            )

    def _on_heard(self, heard: Heard) -> None:
        event = heard.event
        if isinstance(event, SpeechDegraded):
            self.message.show_message("warn", lambda: event.message(self.language.code))

    def _on_centre_changed(self, event: CentreChanged) -> None:
        if not event.online and event.code:
            self.status.setToolTip(self.language.error_code(event.code))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.setEnabled(False)
        self.shut_down()
        super().closeEvent(event)
        self.closed.emit()
