"""Reports that the centre made on its schedule: a menu of the newest ones, each saved as a file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QMenu

from app.statistics.page import MadeReport, StatisticsSource
from resources.errors import UserError
from ui.background import Background
from ui.look.controls import KeyButton
from ui.look.language import Language

NEWEST = 20
"""Periods that are offered."""


class CentreReports(KeyButton):
    """A button that is there while somebody looks at the whole centre. ``saved`` carries where to."""

    saved = Signal(object)

    def __init__(self, key: str, background: Background, language: Language) -> None:
        super().__init__(key)
        self._background, self._language = background, language
        self._source: StatisticsSource | None = None
        self.menu_of_reports = QMenu(self)
        self.clicked.connect(self._ask)
        self.hide()

    def show_source(self, source: StatisticsSource | None) -> None:
        """The centre that is looked at; ``None`` = none."""
        self._source = source
        self.setVisible(source is not None)

    def offer(self, reports: Sequence[MadeReport]) -> None:
        """List reports, a period with its forms at a time, newest first."""
        say = self._language.say
        self.menu_of_reports.clear()
        newest = sorted(reports, key=lambda one: (one.begin, one.kind), reverse=True)
        periods = groupby(newest, key=lambda one: (one.kind, one.begin))
        for (kind, begin), forms in [(key, tuple(group)) for key, group in periods][:NEWEST]:
            entry = self.menu_of_reports.addMenu(f"{say(f'statistics.report_{kind}')} · {begin}")
            for one in sorted(forms, key=lambda one: one.form):
                action = entry.addAction(f"{one.form.upper()} · {max(1, one.size // 1024)} KB")
                action.triggered.connect(partial(self._choose, one))
        if not reports:
            self.menu_of_reports.addAction(say("statistics.no_reports")).setEnabled(False)

    def save(self, report: MadeReport, path: Path) -> None:
        """Fetch a report into a file, whole or not at all."""
        source = self._source
        if source is None:
            return

        def write() -> Path:
            content = source.report(report)
            part = path.with_name(f".{path.name}.part")
            try:
                part.write_bytes(content)
                part.replace(path)
            except OSError as error:
                part.unlink(missing_ok=True)
                raise UserError("REPORT_UNWRITABLE", path=path, detail=error.strerror) from error
            return path

        self._background.run(write, self.saved.emit, kind="report")

    def _ask(self) -> None:
        if (source := self._source) is not None:
            self._background.run(source.reports, self._on_found, kind="reports")

    def _on_found(self, reports: Sequence[MadeReport]) -> None:
        self.offer(reports)
        self.menu_of_reports.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _choose(self, report: MadeReport) -> None:
        title = self._language.say("statistics.made_reports")
        name, _ = QFileDialog.getSaveFileName(self, title, report.name, f"*.{report.form}")
        if name:
            self.save(report, Path(name))
