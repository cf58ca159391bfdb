"""Settings: those that are declared, the log-in, people; beside them what the centre published and how
this machine is. Each says from when on it holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSplitter, QVBoxLayout, QWidget

from app.desk import Desk
from app.settings import Settings
from resources.errors import UserError
from ui.background import Background
from ui.look.appearance import Appearance
from ui.look.controls import KeyButton, Panel, note
from ui.look.fields import FieldLine
from ui.look.language import Language
from ui.look.style import GRID
from ui.settings.diagnosis_panel import DiagnosisPanel
from ui.settings.people_row import PeopleRow
from ui.settings.reference_panel import ReferencePanel
from ui.settings.settings_form import SettingsForm


class SettingsPage(QWidget):
    """Each change is checked, kept in the background and told by ``changed``; ``told`` is said."""

    changed = Signal(object)
    failed = Signal(object)
    told = Signal(str)
    logged_in = Signal()

    def __init__(
        self, desk: Desk, background: Background, language: Language, appearance: Appearance
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self._desk = desk
        self._background = background
        self._language = language
        self.form = SettingsForm(language)
        self.password = FieldLine()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.log_in = KeyButton()
        self.log_in.clicked.connect(self._on_log_in)
        self.password.returnPressed.connect(self._on_log_in)
        self.people = PeopleRow(language)
        self.reference = ReferencePanel(desk, language, appearance)
        self.diagnosis = DiagnosisPanel(desk, background, language, appearance)
        self.set_up = KeyButton("", "quiet")
        self._lay_out()
        self.form.changed.connect(self._change)
        self.form.refused.connect(self._on_refused)
        language.changed.connect(self._fill)
        self._fill()

    def refresh(self) -> None:
        """Look again at settings, reference data, this machine and what it has to offer."""
        self._fill()
        self.reference.refresh()
        self.diagnosis.refresh()
        models = self._desk.checkup.models
        self._look_for("devices", self._desk.input_devices)
        for use in ("final", "live"):
            self._look_for(use, partial(models, use))

    def _look_for(self, what: str, find: Callable[[], tuple[str, ...]]) -> None:
        self._background.run(find, partial(self.form.offer, what), lambda _: None, kind=what)

    def _lay_out(self) -> None:
        self.panel = Panel()
        self.panel.content.addWidget(self.form, 1)
        self._language.bind(self.panel, self.panel.set_title, "page_settings")
        self._language.bind(self.set_up, self.set_up.set_label, "firstday.open")
        self.panel.head.addWidget(self.set_up)
        self._add_login()
        cell, column, hint = QWidget(), QVBoxLayout(), note()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self.people)
        column.addWidget(hint)
        cell.setLayout(column)
        self._language.bind(hint, hint.setText, "people.here_note")
        self.form.add("centre", "people.here", self.people, cell)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        row.setSpacing(GRID * 3)
        row.addWidget(self.panel, 5)
        right = QSplitter(Qt.Orientation.Vertical)
        right.setHandleWidth(GRID * 3)
        right.setChildrenCollapsible(False)
        for panel in (self.reference, self.diagnosis):
            right.addWidget(panel)
        row.addWidget(right, 4)

    def _add_login(self) -> None:
        hint, row, cell = note(), QHBoxLayout(), QWidget()
        row.setSpacing(GRID * 2)
        row.addWidget(self.password, 1)
        row.addWidget(self.log_in)
        column = QVBoxLayout(cell)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(row)
        column.addWidget(hint)
        self._language.bind(self.password, self.password.setAccessibleName, "set_password")
        self._language.bind(hint, hint.setText, "set_password_note")
        self._language.bind(self.log_in, self.log_in.set_label, "log_in")
        self.form.add("centre", "set_password", self.password, cell)

    def _on_log_in(self) -> None:
        url, seat = (self.form.rows[name].line.text().strip() for name in ("server_url", "seat"))
        password = self.password.text()
        self.password.clear()
        self.log_in.setEnabled(False)
        self._background.run(
            lambda: self._desk.log_in(url, seat, password), self._on_logged_in, self._on_not_logged_in
        )

    def _on_logged_in(self, _: None) -> None:
        self.log_in.setEnabled(True)
        self._fill()
        self.logged_in.emit()
        self._desk.sync_now()

    def _on_not_logged_in(self, error: UserError | None) -> None:
        self.log_in.setEnabled(True)
        if error is not None:
            self.failed.emit(error)

    def _fill(self) -> None:
        self.form.show_settings(self._desk.settings)

    def _on_refused(self, name: str, value: str) -> None:
        self.failed.emit(UserError("SETTING_INVALID", name=self.form.rows[name].title, value=value))

    def _change(self, name: str, value: object) -> None:
        self._background.run(
            lambda: self._desk.change_settings(**{name: value}), partial(self._on_changed, name)
        )

    def _on_changed(self, name: str, settings: Settings) -> None:
        self.form.show_settings(settings)
        self.changed.emit(settings)
        row = self.form.rows[name]
        if row.rule.holds == "start":
            self.told.emit(self._language.say("settings.kept_for_start", name=row.title))
