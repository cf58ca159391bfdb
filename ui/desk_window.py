"""The one window: top line, message bar, pages, bottom line."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from app.desk import CallSource, Desk, FileCall
from app.domain.call import CallState
from app.sample_data import SAMPLE_CALL
from app.telephone.line import PAUSES
from resources.errors import UserError
from resources.loader import resource_path
from ui.background import Background
from ui.bridge import EventBridge
from ui.desk.call_control import CallControl
from ui.desk.choice_bar import ChoiceBar, TransferBar
from ui.desk.desk_page import DeskPage
from ui.desk.line_control import LineControl
from ui.desk.line_desk import LineDesk
from ui.drill.drill_bar import DrillBar
from ui.first_day.guide import Guide
from ui.look.appearance import Appearance
from ui.look.dress import wear
from ui.look.language import Language
from ui.look.sizes import text_size
from ui.window.hands import Hands
from ui.window.helping import Helping
from ui.window.lock_page import LockPage
from ui.window.locking import Locking
from ui.window.message_bar import MessageBar
from ui.window.notices import Notices
from ui.window.placement import Placement
from ui.window.reports import save_report
from ui.window.room import give_room
from ui.window.status_line import StatusLine
from ui.window.text_size import TextSizeKeys
from ui.window.top_bar import PAGES, TopBar

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from app.desk import Article
    from app.events import CentreChanged
    from app.people import Operator
    from app.settings import Settings
    from ui.drill.drill_page import DrillPage
    from ui.knowledge.editor_page import EditorPage
    from ui.knowledge.knowledge_page import KnowledgePage
    from ui.review.review_page import ReviewPage
    from ui.settings.settings_page import SettingsPage
    from ui.statistics.statistics_page import StatisticsPage
    from ui.tickets.queues_page import QueuesPage
    from ui.tickets.tickets_page import TicketsPage

Page = TypeVar("Page", bound=QWidget)
REFERENCE = "reference"
SOUND_FILES = "*.wav *.flac *.ogg *.mp3 *.aiff *.aif"


@runtime_checkable
class Refreshed(Protocol):
    """A page that looks anew whenever it is shown."""

    def refresh(self) -> None:
        """Look anew."""


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
        self._ends: list[Callable[[], None]] = []
        self.background = Background(self)
        self._shared = (self.background, language, appearance)
        self.bridge = EventBridge(desk.bus, self)
        self.control = CallControl(desk, self.bridge, self.background, self)
        self.line = LineControl(desk, self.bridge, self)
        pages = ("desk", "knowledge") if desk.drill else PAGES
        self.top = TopBar(language, self.control, self.line, pages, may_call=not desk.drill)
        self.transfer = TransferBar(language)
        self.breaks = ChoiceBar(language, "pause", PAUSES)
        self.drill_bar = DrillBar(language)
        self.message = MessageBar(language)
        self.status = StatusLine(language, self.bridge, self.control)
        self.desk_page = DeskPage(
            desk, self.bridge, self.background, self.control, self.line, language, appearance
        )
        self._lay_out()
        self._connect()
        self.status.show_model(desk.settings.speech_model)
        self.show_page("desk")

    def page(self, name: str) -> QWidget:
        """A page by its name in the top line; it is built when it is first asked for."""
        page = getattr(self, f"{name}_page")
        assert isinstance(page, QWidget)
        return page

    def show_page(self, name: str) -> None:
        """Go to a page."""
        page = self.page(name)
        self.stack.setCurrentWidget(page)
        self.top.show_page(name)
        if isinstance(page, Refreshed):
            page.refresh()

    def start_call(self, source: CallSource) -> None:
        """Begin a call and show the seat."""
        self.message.clear()
        self.show_page("desk")
        self.control.start(source)

    def load(self) -> None:
        """Load what calls need and look for drafts of an earlier run, in the background."""
        self.background.run(self._desk.prepare_people, self._on_people_known)

    def _on_people_known(self, _: None) -> None:
        self.locking.begin()
        self.desk_page.load()
        self.background.run(self._desk.preload)
        self.notices.say_update()
        self.notices.say_unread(self._desk.settings)

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
        self.placement.keep(self, (self.stack.widget(n) for n in range(self.stack.count())))
        for end in self._ends:
            end()
        self.control.stop()
        self.line.stop()
        self.bridge.close()
        self.background.close()
        self._desk.close()

    # -- building --------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        body = QWidget()
        self.stack = QStackedWidget()
        self.stack.addWidget(self.desk_page)
        parts = (self.stack, self.top, self.status, self.control, self.language, self.appearance)
        self.helping = Helping(*parts, drill=self._desk.drill)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bars = (self.top, self.drill_bar, self.transfer, self.breaks, self.message)
        for bar in bars:
            column.addWidget(bar)
        self.drill_bar.setVisible(self._desk.drill)
        column.addWidget(self.stack, 1)
        column.addWidget(self.status)
        self.lock_page = LockPage(self.language, self.control, self.line)
        wear(*bars, self.status, self.desk_page, self.lock_page)
        self.locking = Locking(self, body, self.lock_page, self._desk, self.background, self.language)
        self._ends.append(self.locking.close)
        self.resize(1600, 900)
        self.placement = Placement(self._desk.data_dir)
        self.placement.restore(self)
        self.placement.divide(self.desk_page)
        give_room(self, self.locking.stack)
        drill = "drill." if self._desk.drill else ""
        self.language.bind(self, self.setWindowTitle, f"{drill}window_title")

    def _connect(self) -> None:
        self.top.page_requested.connect(self.show_page)
        self.top.file_requested.connect(self._on_file_requested)
        sample = FileCall(resource_path(*SAMPLE_CALL))
        self.top.sample_requested.connect(lambda: self.start_call(sample))
        desk, show_desk = self.desk_page, partial(self.show_page, "desk")
        bars = (self.top, self.transfer, self.breaks, self.message)
        LineDesk(self, self.control, self.line, *bars, self.language, show_desk, self.start_call)
        self.hands = Hands(self, self._desk, self.top, desk, *self._shared)
        around = (self._desk, self.stack, self.top, self.control, *self._shared)
        drills = (self.locking.stack, self._open_drill_desk)
        self.guide = Guide(self, *around, self._use_settings, *drills)
        self.line.rang.connect(self.guide.tour.end)
        self.helping.asked.connect(self.guide.show)
        self._ends.append(self.guide.end)
        self.hands.told.connect(lambda kind, words: self.message.show_message(kind, lambda: words))
        sizes = TextSizeKeys(self, self._desk, self.background, self.language, self._use_settings)
        self._tell(sizes.told, desk.deeds.told)
        for bar in (self.transfer, self.breaks):
            bar.left.connect(lambda: desk.form.focus_first())
        self.desk_page.ticket_opened.connect(self._on_ticket_opened)
        desk.left.left.connect(lambda again: self._on_told("ok", f"draft_left{'_again' * again}"))
        self.top.hang_up_requested.connect(self.control.hang_up)
        for failed in (self.control.failed, desk.failed, self.background.user_error_raised):
            failed.connect(self.show_error)
        desk.article_opened.connect(self._on_article_opened)
        desk.marks.told.connect(self._on_told)
        self.background.bug_found.connect(self.show_bug)
        self.notices = Notices(self, self._desk, self.bridge, self.message, self.language)
        self.bridge.centre_changed.connect(self._on_centre_changed)
        self.bridge.accounts_changed.connect(self.locking.check)
        self.locking.changed.connect(self._on_operator_changed)

    # -- the other pages, each built when it is first shown ----------------------------------------

    @cached_property
    def tickets_page(self) -> TicketsPage:
        """The seat's tickets and what waits to be sent."""
        from ui.tickets.tickets_page import TicketsPage

        page = TicketsPage(self._desk, self.bridge, *self._shared, self.desk_page.deeds)
        page.unsent.mended.connect(self._on_mended)
        self._tell(page.unsent.message, page.view.message, page.calls.told)
        return self._add(page)

    @cached_property
    def queues_page(self) -> QueuesPage:
        """What waits for this seat after dispatch."""
        from ui.tickets.queues_page import QueuesPage

        page = QueuesPage(self._desk, *self._shared)
        self._tell(page.message)
        return self._add(page)

    @cached_property
    def knowledge_page(self) -> KnowledgePage:
        """Search and an article in full."""
        from ui.knowledge.knowledge_page import KnowledgePage

        page = KnowledgePage(self._desk, *self._shared)
        page.cite_requested.connect(self._on_cite_requested)
        page.marks.told.connect(self._on_told)
        return self._add(page)

    @cached_property
    def drill_page(self) -> DrillPage:
        """Simulated calls."""
        from ui.drill.drill_page import DrillPage

        page = DrillPage(
            self._desk, self.background, self.language, self.appearance, self._open_drill_desk
        )
        page.failed.connect(self.show_error)
        self._tell(page.message)
        self._ends.append(page.director.abort)
        return self._add(page)

    @cached_property
    def review_page(self) -> ReviewPage:
        """Recorded calls under review."""
        from ui.review.review_page import ReviewPage

        page = ReviewPage(self._desk, *self._shared)
        page.failed.connect(self.show_error)
        self._tell(page.message)
        self._ends.append(page.call.stop)
        return self._add(page)

    @cached_property
    def statistics_page(self) -> StatisticsPage:
        """What the calls tell."""
        from ui.statistics.statistics_page import StatisticsPage

        page = StatisticsPage(self._desk, *self._shared)
        page.ticket_opened.connect(self._on_ticket_opened)
        self._tell(page.report_made)
        self._ends.append(page.leave_centre)
        return self._add(page)

    @cached_property
    def editor_page(self) -> EditorPage:
        """What editors of the knowledge base look after."""
        from ui.knowledge.editor_page import EditorPage

        page = EditorPage(self._desk, *self._shared, self.desk_page.deeds)
        page.article_opened.connect(self._on_article_opened)
        page.search_requested.connect(self._on_search_requested)
        self._tell(page.publishing.told)
        self._ends += [page.importing.end, page.publishing.log_out]
        return self._add(page)

    @cached_property
    def settings_page(self) -> SettingsPage:
        """Settings and the centre."""
        from ui.settings.settings_page import SettingsPage

        page = SettingsPage(self._desk, *self._shared)
        page.people.log_in_requested.connect(self.locking.log_in)
        page.people.log_out_requested.connect(self.locking.log_out)
        page.people.lock_requested.connect(self.locking.lock)
        page.people.show_operator(self._desk.people.current)
        self.locking.changed.connect(page.people.show_operator)
        for told in (self.bridge.reference_arrived, self.bridge.degraded):
            told.connect(lambda _: page.reference.refresh())
        page.changed.connect(self._use_settings)
        self._tell(page.told)
        page.failed.connect(self.show_error)
        page.set_up.clicked.connect(lambda: self.guide.open())
        page.logged_in.connect(lambda: self._on_told("ok", "logged_in"))
        return self._add(page)

    def _add(self, page: Page) -> Page:
        self.stack.addWidget(page)
        wear(page)
        self.placement.divide(page)
        return page

    def _tell(self, *signals: SignalInstance) -> None:
        """Say in the bar what a page says when something is done."""
        for signal in signals:
            signal.connect(lambda words: self.message.show_message("ok", lambda: words))

    # -- following what happens --------------------------------------------------------------------

    def _open_drill_desk(self, desk: Desk) -> DeskWindow:
        """The trainee's window: the same desk over a drill's folder."""
        appearance = Appearance(self.appearance.application, self.appearance.setting, text_size())
        window = DeskWindow(desk, Language(self.language.code), appearance, self._reports)
        appearance.dress()
        return window

    def _on_file_requested(self) -> None:
        from PySide6.QtWidgets import QFileDialog

        pattern = f"{self.language.say('sound_files')} ({SOUND_FILES})"
        title = self.language.say("open_file")
        name, _ = QFileDialog.getOpenFileName(self.desk_page, title, "", pattern)
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
        self.desk_page.recovery.show_resumed()
        self.show_page("desk")

    def _on_cite_requested(self, article: Article | None) -> None:
        self.desk_page.cite(article)
        self.show_page("desk")

    def _use_settings(self, settings: Settings) -> None:
        self.language.use(settings.language)
        self.appearance.use(settings.theme, settings.text_size)
        if "settings_page" in self.__dict__:  # the keys of the text size hold there too
            self.settings_page.form.show_settings(settings)
        self.status.show_model(settings.speech_model)

    def _on_operator_changed(self, operator: Operator | None) -> None:
        self.status.show_operator(operator.name if operator is not None else "")

    def _on_centre_changed(self, event: CentreChanged) -> None:
        if not event.online and event.code:
            self.status.setToolTip(self.language.error_code(event.code))

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.locking.locked and self.control.state is CallState.TALKING:
            event.ignore()  # whoever passes by must not end the recording of a call
            return
        self.setEnabled(False)
        self.shut_down()
        super().closeEvent(event)
        self.closed.emit()
