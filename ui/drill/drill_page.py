"""Drills as a page: the cases, what was held, what is covered; and the score of a drill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.desk import Desk
from app.training.attempts import Attempt, Attempts, coverage, exam_case, progress, to_text
from app.training.coach import Help
from app.training.drill import FOLDER
from app.training.live import Setup, Style
from app.training.scenario import Scenario, bundled_scenarios, load_scenario, recorded_sound
from resources.errors import UserError
from resources.loader import resource_path
from ui.background import Background
from ui.drill.cases_model import CasesModel, category_name
from ui.drill.certificate import write_certificate
from ui.drill.coverage import CoverageMap, CoverageView
from ui.drill.director import DrillDirector, OpenDesk
from ui.drill.held_model import HeldModel
from ui.drill.progress import ProgressView
from ui.drill.score_view import ScoreView
from ui.drill.setup_panel import SetupPanel
from ui.knowledge.knowledge_search import SearchLine
from ui.look.appearance import Appearance
from ui.look.controls import ChipRow, EmptyNote, Panel
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.rows import FilteredRows, dress_table
from ui.look.style import GRID

WIDTHS = {"case": 0, "level": 80, "category": 128, "emotion": 88, "events": 128, "best": 56}
HELD_WIDTHS = {"when": 136, "trainee": 96, "case": 0, "style": 88, "total": 72}
LEVELS = (0, 1, 2, 3)
VIEWS = ("cases", "held", "progress", "coverage")
OWN_CASES = "scenarios"
"""Folder of the seat's own cases, beside its data."""


def load_cases(seat_dir: Path) -> tuple[Scenario, ...]:
    """The bundled cases, the sample calls, and the seat's own; one that cannot be read is left out."""
    files = [*bundled_scenarios(), *sorted(resource_path("calls").glob("*.json"))]
    own = seat_dir / OWN_CASES
    files += sorted(own.glob("*.yaml")) + sorted(own.glob("*.json")) if own.is_dir() else []
    found = []
    for file in files:
        try:
            found.append(load_scenario(file))
        except UserError:
            continue
    return tuple(found)


class DrillPage(QWidget):
    """``failed`` carries an error for the bar, ``message`` good news."""

    failed = Signal(object)
    message = Signal(str)

    def __init__(
        self,
        desk: Desk,
        background: Background,
        language: Language,
        appearance: Appearance,
        open_desk: OpenDesk,
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self._desk, self._background = desk, background
        self._language, self._appearance = language, appearance
        self._cases: tuple[Scenario, ...] = ()
        self._attempts: tuple[Attempt, ...] = ()
        self.director = DrillDirector(desk, background, language, appearance, open_desk, self)
        self.model, self.held = CasesModel(language, appearance), HeldModel(language, appearance)
        self.filtered = FilteredRows(self.model, self)
        self.views, self.levels = ChipRow(VIEWS), ChipRow(LEVELS)
        self.line = SearchLine()
        self.table = QTableView()
        self.held_table = QTableView()
        self.coverage = CoverageMap(language, appearance)
        self.progress = ProgressView(language, appearance)
        self.who = QComboBox()
        self.empty, self.none = EmptyNote(), EmptyNote()
        self.setup = SetupPanel(language, appearance)
        self.score = ScoreView(language, appearance)
        self._level, self._view = 0, "cases"
        self._lay_out()
        self._connect()
        self._show()

    def refresh(self) -> None:
        """Load the cases and what was held, in the background."""
        folder = self._desk.data_dir

        def load() -> tuple[tuple[Scenario, ...], tuple[Attempt, ...]]:
            held = self.director.attempts() if (folder / FOLDER).is_dir() else ()
            return load_cases(folder), held

        self._background.run(load, self._on_loaded, kind="drill-cases")

    def show_attempt(self, attempt: Attempt) -> None:
        """Show the score of a held drill."""
        self.score.show_attempt(attempt)
        self.pages.setCurrentWidget(self.score)

    def show_drills(self, attempts: Sequence[Attempt]) -> None:
        """List some of the drills that were held."""
        self.held.show_rows(tuple(attempts))
        self._view = "held"
        self._show()
        self.held_table.setFocus()
        self.held_table.selectRow(0)

    # -- building --------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        dress_table(self.table, self.filtered, WIDTHS)
        dress_table(self.held_table, self.held, HELD_WIDTHS)
        self.left = Panel()
        inner = QVBoxLayout()
        inner.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        inner.setSpacing(GRID * 2)
        top = QHBoxLayout()
        top.addWidget(self.views)
        top.addStretch(1)
        top.addWidget(self.who)
        inner.addLayout(top)
        self._filters = QWidget()
        row = QHBoxLayout(self._filters)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID * 3)
        row.addWidget(self.line, 1)
        row.addWidget(self.levels)
        inner.addWidget(self._filters)
        self.coverage_view = CoverageView(self._language, self.coverage)
        self.lists = QStackedWidget()
        shown = (self.table, self.held_table, self.progress, self.coverage_view)
        for widget in (*shown, self.empty, self.none):
            self.lists.addWidget(widget)
        inner.addWidget(self.lists, 1)
        self.left.content.addLayout(inner)
        split = QSplitter()
        split.setHandleWidth(GRID * 3)
        split.setChildrenCollapsible(False)
        split.addWidget(self.left)
        split.addWidget(self.setup)
        split.setSizes([980, 560])
        split.setStretchFactor(0, 1)
        choosing = QWidget()
        outer = QHBoxLayout(choosing)
        outer.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        outer.addWidget(split)
        self.pages = QStackedWidget()
        self.pages.addWidget(choosing)
        self.pages.addWidget(self.score)
        self._choosing = choosing
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.pages)

    def _connect(self) -> None:
        bind = self._language.bind
        bind(self, self.left.set_title, "drill.page")
        bind(self, self.line.setPlaceholderText, "drill.filter")
        bind(self, self.line.setAccessibleName, "drill.filter")
        bind(self, self.table.setAccessibleName, "drill.view_cases")
        bind(self, self.held_table.setAccessibleName, "drill.view_held")
        bind(self, self.empty.setText, "drill.held_empty")
        bind(self, self.who.setAccessibleName, "drill.label_trainee")
        self.line.textEdited.connect(self.filtered.setFilterFixedString)
        self.line.textEdited.connect(lambda _: self._show())
        self.line.went_down.connect(self.table.setFocus)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.table.doubleClicked.connect(lambda _: self.setup.start.click())
        self.held_table.doubleClicked.connect(self._on_held)
        self.held_table.activated.connect(self._on_held)
        self.views.chosen.connect(self._on_view)
        self.levels.chosen.connect(self._on_level)
        self.setup.start_requested.connect(self._on_start)
        self.setup.exam_requested.connect(self._on_exam)
        self.who.currentIndexChanged.connect(lambda _: self._show_trainee())
        self.setup.trainee.editingFinished.connect(self._on_trainee)
        self.progress.opened.connect(self.show_attempt)
        self.progress.drills_opened.connect(self.show_drills)
        self.coverage.opened.connect(lambda code: self._on_fields((code,)))
        self.coverage_view.opened.connect(self._on_fields)
        self.director.ended.connect(self._on_ended)
        self.director.begun.connect(self._show)
        self.director.failed.connect(self._on_failed)
        self.score.left.connect(lambda: self.pages.setCurrentWidget(self._choosing))
        self.score.retry_requested.connect(self._on_retry)
        self.score.certificate_requested.connect(self._on_certificate)
        self.score.export_requested.connect(self._on_export)
        self._language.changed.connect(self._show)
        line = NamedKey("Ctrl+K", "drill.filter", self, self.line.setFocus)
        line.told_at(self.line, self._language)

    # -- showing ---------------------------------------------------------------------------------

    def _show(self) -> None:
        say = self._language.say
        self.who.setItemText(0, say("drill.everybody"))
        self.views.set_labels(say("drill.page"), lambda view: say(f"drill.view_{view}"))
        self.views.show_value(self._view, suggested=False)
        self.levels.set_labels(
            say("drill.column_level"),
            lambda n: say(f"drill.level_{n}") if n else say("drill.all_levels"),
        )
        self.levels.show_value(self._level, suggested=False)
        self._filters.setVisible(self._view == "cases")
        held = self.held_table if self._attempts else self.empty
        cases = self.table if self.filtered.rowCount() else self.none
        self.none.setText(say("nothing_fits" if self._cases else "reading"))
        self.lists.setCurrentWidget(
            {
                "cases": cases,
                "held": held,
                "progress": self.progress,
                "coverage": self.coverage_view,
            }[self._view]
        )
        self.who.setVisible(self._view != "cases")
        self.left.note.setText(say("drill.case_count", n=len(self._shown()), held=len(self._attempts)))
        self.setup.start.setEnabled(not self.director.busy and self.table.currentIndex().isValid())

    def _shown(self) -> tuple[Scenario, ...]:
        return tuple(case for case in self._cases if self._level in (0, case.level))

    def _show_trainee(self) -> None:
        """Results, progress and coverage of whoever is chosen."""
        who: str = self.who.currentData() or ""
        own = [one for one in self._attempts if who in ("", one.trainee)]
        self.held.show_rows(own[::-1])
        self.progress.show_progress(progress(own))
        self.coverage.show_coverage(coverage(self._cases, own))

    def _fill_trainees(self) -> None:
        chosen = self.who.currentData()
        self.who.blockSignals(True)
        self.who.clear()
        self.who.addItem(self._language.say("drill.everybody"), "")
        for name in sorted({one.trainee for one in self._attempts if one.trainee}):
            self.who.addItem(name, name)
        self.who.setCurrentIndex(max(0, self.who.findData(chosen)))
        self.who.blockSignals(False)

    def _on_trainee(self) -> None:
        """Who is about to practise is who one wants to see."""
        self.who.setCurrentIndex(max(0, self.who.findData(self.setup.trainee.text().strip())))

    def _on_loaded(self, found: tuple[tuple[Scenario, ...], tuple[Attempt, ...]]) -> None:
        chosen = self.filtered.at(self.table.currentIndex())
        self._cases, self._attempts = found
        self.model.show_rows(self._shown())
        best: dict[str, float] = {}
        for attempt in self._attempts:
            name = attempt.record.scenario.id
            best[name] = max(best.get(name, 0.0), attempt.total)
        self.model.show_best(best)
        self.setup.know(self._attempts)
        self._fill_trainees()
        self._show_trainee()
        rows = [number for number, case in enumerate(self._shown()) if case == chosen]
        index = self.filtered.index_of(rows[0] if rows else 0)
        self.table.selectRow(max(0, index.row()))
        self._show()

    def _on_row(self, current: QModelIndex) -> None:
        case = self.filtered.at(current)
        folders = (self._desk.data_dir / OWN_CASES, resource_path("calls"))
        self.setup.show_case(case, recorded_sound(case, folders) if case is not None else None)
        self._show()

    def _on_view(self, view: str | None) -> None:
        self._view = view or "cases"
        self._show_trainee()  # all drills again, where only some were listed
        self._show()

    def _on_fields(self, codes: tuple[str, ...], passed: bool = False) -> None:
        """The drills of fields of the catalogue, best first; where none was held, their cases."""
        who: str = self.who.currentData() or ""
        own = [
            one
            for one in self._attempts
            if who in ("", one.trainee)
            and one.record.scenario.is_about(codes)
            and (one.passed or not passed)
        ]
        if own or passed:
            self.show_drills(sorted(own, key=lambda one: -one.total))
            return
        self.line.setText(category_name(codes[0]) if len(codes) == 1 else "")
        self.filtered.setFilterFixedString(self.line.text())
        self._on_view("cases")
        self.model.show_rows([case for case in self._shown() if case.is_about(codes)])
        self.table.selectRow(0)

    def _on_level(self, level: int | None) -> None:
        self._level = level or 0
        self.model.show_rows(self._shown())
        self.table.selectRow(0)
        self._show()

    def _on_held(self, index: QModelIndex) -> None:
        if (attempt := self.held.at(index.row())) is not None:
            self.show_attempt(attempt)

    # -- acting ----------------------------------------------------------------------------------

    def _on_start(self, setup: Setup, amount: Help) -> None:
        self.director.start(setup, amount)
        self._show()

    def _on_exam(self, level: int, seed: int) -> None:
        try:
            case = exam_case(self._cases, level, seed)
        except UserError as error:
            self.failed.emit(error)
            return
        self._on_start(replace(self.setup.setup(case), seed=seed, style=Style.EXAM), Help.NONE)

    def _on_retry(self, second: float) -> None:
        if (attempt := self.score.attempt) is not None:
            style = Style.COACH if attempt.style is Style.COACH else Style.PRACTICE
            setup = Setup(
                attempt.record.scenario, style, attempt.trainee, retry=(attempt.record, second)
            )
            self._on_start(setup, Help.WORDS)

    def _on_ended(self, attempt: Attempt) -> None:
        self.show_attempt(attempt)
        self.refresh()
        self.window().activateWindow()

    def _on_failed(self, error: UserError | None) -> None:
        self._show()
        if error is not None:
            self.failed.emit(error)

    def _on_certificate(self) -> None:
        if (attempt := self.score.attempt) is not None and (path := self._ask("certificate", "pdf")):
            self.save_certificate(attempt, path)

    def save_certificate(self, attempt: Attempt, path: Path) -> None:
        """Write the certificate of a held drill."""
        signed = Attempts(self._desk.data_dir / FOLDER).sign(attempt)
        try:
            write_certificate(path, attempt, str(signed["signature"]), self._language)
        except UserError as error:
            self.failed.emit(error)
        else:
            self.message.emit(self._language.say("drill.saved", path=path))

    def _on_export(self) -> None:
        if (attempt := self.score.attempt) is not None and (path := self._ask("exam", "json")):
            signed = Attempts(self._desk.data_dir / FOLDER).sign(attempt)
            try:
                path.write_text(to_text(signed), encoding="utf-8")
            except OSError as error:
                self.failed.emit(UserError("EXPORT_FAILED", path=path, detail=error.strerror))
            else:
                self.message.emit(self._language.say("drill.saved", path=path))

    def _ask(self, name: str, suffix: str) -> Path | None:
        title = self._language.say("drill.save_as")
        chosen, _ = QFileDialog.getSaveFileName(self, title, f"{name}.{suffix}", f"*.{suffix}")
        return Path(chosen) if chosen else None
