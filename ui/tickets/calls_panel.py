"""The log of calls: who called when, for how long, what was written, and who has to be called back."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QTableView, QVBoxLayout

from app.desk import Desk
from app.domain.city import city_time
from app.telephone.line import Phase
from app.telephone.log import LoggedCall
from ui.background import Background
from ui.bridge import EventBridge
from ui.desk.choice_bar import TARGETS
from ui.desk.deeds import Deeds
from ui.knowledge.knowledge_search import SearchLine
from ui.look.appearance import Appearance
from ui.look.controls import EmptyNote, KeyButton, Panel, with_bar
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.rows import FilteredRows, RowsModel, dress_table
from ui.look.style import GRID
from ui.look.wording import clock, masked

WIDTHS = {
    "began": 112,
    "number": 144,
    "outcome": 0,
    **dict.fromkeys(("rang", "talked", "held", "wrapped"), 72),
}
PHASES = {
    "rang": Phase.RINGING, "talked": Phase.TALKING, "held": Phase.HELD, "wrapped": Phase.WRAPPING,
}  # fmt: skip


def outcome(one: LoggedCall) -> str:
    """The key of what became of a call."""
    if one.line.phase is not Phase.MISSED:
        return "transferred" if one.line.to else "taken" if one.tickets else "no_ticket"
    if one.called_back or one.came_again:
        return "called_back" if one.called_back else "came_again"
    return "missed" if one.line.number else "missed_withheld"


class CallsModel(RowsModel[LoggedCall]):
    """One row a call, newest first."""

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__(tuple(WIDTHS), "calls_", language, appearance)

    def text(self, row: LoggedCall, column: str) -> str:
        """What a cell says."""
        if column == "began":
            return f"{city_time(row.began):%m-%d %H:%M}"
        if column == "number":
            return masked(row.line.number) or self._language.say("caller_withheld")
        if column == "outcome":
            to = row.line.to
            to = self._language.say(f"transfer_{to}") if to in TARGETS else to
            return self._language.say(f"call_was_{outcome(row)}", to=to, n=len(row.tickets))
        seconds = row.line.spent.get(PHASES[column], 0.0)
        return clock(seconds) if seconds else "—"

    def tip(self, row: LoggedCall, column: str) -> str:
        """The page's line looks in these too: also for the whole number."""
        return (row.line.number or "") if column == "number" else self.text(row, column)

    def tone(self, row: LoggedCall, column: str) -> str | None:
        """Who has to be called back stands out."""
        return "warn" if column == "outcome" and row.open else None


class CallsPanel(Panel):
    """``ticket_chosen`` carries the id of the chosen call's first ticket, empty without one."""

    ticket_chosen = Signal(str)
    told = Signal(str)

    def __init__(
        self,
        desk: Desk,
        bridge: EventBridge,
        background: Background,
        language: Language,
        appearance: Appearance,
        deeds: Deeds,
    ) -> None:
        super().__init__()
        self._calls, self._background = desk.telephone.calls, background
        self._language, self._deeds = language, deeds
        self._known = False
        self.model = CallsModel(language, appearance)
        self.filtered = FilteredRows(self.model, self)
        self.line, self.table, self.empty = SearchLine(), QTableView(), EmptyNote()
        dress_table(self.table, self.filtered, WIDTHS)
        self.back, self.all_back = KeyButton("F6"), KeyButton()
        self._lay_out()
        self.line.textEdited.connect(self.filtered.setFilterFixedString)
        self.line.textEdited.connect(lambda _: self._show_counts())
        self.line.went_down.connect(self.table.setFocus)
        self.back.clicked.connect(self._on_back)
        self.all_back.clicked.connect(lambda: self._settle([c for c in self._listed() if c.open]))
        self.table.selectionModel().currentRowChanged.connect(self._on_chosen)
        NamedKey("Ctrl+Shift+C", "key_copy_phone", self, self._copy)
        NamedKey("Ctrl+Z", "key_undo", self, deeds.take_back)
        bridge.call_log_changed.connect(self._on_log_changed)
        bind = language.bind
        bind(self, self.set_title, "calls")
        bind(self.table, self.table.setAccessibleName, "calls")
        bind(self.line, self.line.setPlaceholderText, "calls_find")
        bind(self.line, self.line.setAccessibleName, "calls_find")
        bind(self.back, self.back.set_label, "calls_back")
        bind(self.all_back, self.all_back.set_label, "calls_all_back")
        language.changed.connect(self._show_counts)
        self._show_counts()

    def refresh(self) -> None:
        """Ask for the newest calls."""
        self._background.run(self._calls.newest, self._on_found, kind="calls")

    @property
    def current(self) -> LoggedCall | None:
        """The chosen call."""
        return self.filtered.at(self.table.currentIndex())

    def _lay_out(self) -> None:
        inner, row = QVBoxLayout(), QHBoxLayout()
        inner.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        inner.setSpacing(GRID * 2)
        row.setSpacing(GRID * 2)
        row.addWidget(self.line, 1)
        row.addWidget(self.back)
        row.addWidget(self.all_back)
        inner.addLayout(row)
        inner.addLayout(with_bar(self.table), 1)
        inner.addWidget(self.empty, 1)
        self.content.addLayout(inner)

    def _listed(self) -> list[LoggedCall]:
        rows = (self.model.at(row) for row in range(self.model.rowCount()))
        return [one for one in rows if one is not None]

    def _on_found(self, calls: tuple[LoggedCall, ...]) -> None:
        self._known = True
        key = self.current.key if self.current is not None else 0
        self.model.show_rows(calls)
        keys = [one.key for one in calls]
        row = keys.index(key) if key in keys else 0
        if calls:
            self.table.setCurrentIndex(self.filtered.index_of(row))
        self._show_counts()

    def _show_counts(self) -> None:
        count, shown = self.model.rowCount(), self.filtered.rowCount() > 0
        self.table.setVisible(shown)
        self.empty.setVisible(not shown)
        words = "nothing_fits" if count else "calls_empty" if self._known else "reading"
        self.empty.setText(self._language.say(words))
        left = sum(one.open for one in self._listed())
        self.note.setText(self._language.say("calls_left", n=left) if left else "")
        self.all_back.setEnabled(left > 0)
        self._show_keys()

    def _show_keys(self) -> None:
        current = self.current
        self.back.setEnabled(current is not None and current.open)

    def _on_chosen(self, _index: QModelIndex) -> None:
        current = self.current
        self._show_keys()
        self.ticket_chosen.emit(current.tickets[0] if current is not None and current.tickets else "")

    def _on_log_changed(self) -> None:
        if self.isVisible():
            self.refresh()

    def _on_back(self) -> None:
        if self.current is not None and self.current.open:
            self._settle([self.current])

    def _settle(self, calls: list[LoggedCall]) -> None:
        keys = [one.key for one in calls]

        def back() -> None:
            self._background.run(lambda: self._calls.call_back(keys, False), lambda _: None)

        def told(_: None) -> None:
            self._deeds.note(self._language.say("calls_settled", n=len(keys)), back)

        self._background.run(lambda: self._calls.call_back(keys), told)

    def _copy(self) -> None:
        current = self.current
        if current is not None and current.line.number:
            QApplication.clipboard().setText(current.line.number)
            self.told.emit(self._language.say("copied_phone"))
