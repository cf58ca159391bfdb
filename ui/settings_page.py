"""Settings that hold at once: language and colours now, the rest from the next call on."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.desk import Desk
from app.settings import Settings
from resources.errors import UserError
from ui.appearance import Appearance
from ui.background import Background
from ui.composition import ComposeSafe
from ui.controls import KeyButton, Panel, note, tone
from ui.diagnosis_panel import DiagnosisPanel
from ui.fields import FieldLine
from ui.language import Language
from ui.people_row import PeopleRow
from ui.reference_panel import ReferencePanel
from ui.style import GRID

CHOICES = {"language": ("zh", "en"), "theme": ("system", "light", "dark", "contrast")}
DEVICES = ("operator_device", "caller_device")
LINES = ("seat", "server_url")


class Choice(ComposeSafe, QComboBox):
    """A drop-down whose entries have a value."""


class SettingsPage(QWidget):
    """Each change is checked, kept in the background and told by ``changed``."""

    changed = Signal(object)
    failed = Signal(object)
    logged_in = Signal()

    def __init__(
        self, desk: Desk, background: Background, language: Language, appearance: Appearance
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self._desk = desk
        self._background = background
        self._language = language
        self._filling = False
        self._devices: tuple[str, ...] = ()
        self.choices = {name: Choice() for name in (*CHOICES, *DEVICES)}
        self.lines = {name: FieldLine() for name in LINES}
        self.password = FieldLine()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.log_in = KeyButton()
        self.log_in.clicked.connect(self._on_log_in)
        self.password.returnPressed.connect(self._on_log_in)
        self.model = QLabel()
        self.model.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.model.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.people = PeopleRow(language)
        self.reference = ReferencePanel(desk, language, appearance)
        self.diagnosis = DiagnosisPanel(desk, background, language, appearance)
        self._lay_out()
        for name, choice in self.choices.items():
            choice.activated.connect(lambda _=0, name=name: self._on_chosen(name))
        for name, line in self.lines.items():
            line.editingFinished.connect(lambda name=name: self._on_line_edited(name))
        language.changed.connect(self._fill)
        self._fill()

    def refresh(self) -> None:
        """Look again at reference data, this machine and its sound inputs."""
        self.reference.refresh()
        self.diagnosis.refresh()
        self._background.run(
            self._desk.input_devices, self._on_devices_found, lambda _: None, kind="devices"
        )

    def _lay_out(self) -> None:
        self.panel = Panel()
        form = QFormLayout()
        form.setContentsMargins(GRID * 6, GRID * 6, GRID * 6, GRID * 6)
        form.setHorizontalSpacing(GRID * 6)
        form.setVerticalSpacing(GRID * 3)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        names = ("language", "theme", "seat", "operator_device", "caller_device", "server_url")
        for name in names:
            widget: QWidget = self.choices.get(name) or self.lines[name]
            label, hint = QLabel(), note()
            label.setObjectName("fieldLabel")
            label.setBuddy(widget)
            cell = QVBoxLayout()
            cell.setSpacing(GRID)
            cell.addWidget(widget)
            cell.addWidget(hint)
            form.addRow(label, cell)
            self._language.bind(label, label.setText, f"set_{name}")
            self._language.bind(widget, widget.setAccessibleName, f"set_{name}")
            if isinstance(widget, Choice):
                self._language.bind(widget, partial(_name_list, widget), f"set_{name}")
            self._language.bind(hint, hint.setText, f"set_{name}_note")
        self._add_login(form)
        self._add_people(form)
        label = QLabel()
        label.setObjectName("fieldLabel")
        self._language.bind(label, label.setText, "set_speech_model")
        form.addRow(label, self.model)
        body = QWidget()
        body.setObjectName("formBody")
        body.setLayout(form)
        scroll = QScrollArea()
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.panel.content.addWidget(scroll, 1)
        self._language.bind(self.panel, self.panel.set_title, "page_settings")
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

    def _add_login(self, form: QFormLayout) -> None:
        label, hint, row, cell = QLabel(), note(), QHBoxLayout(), QVBoxLayout()
        label.setObjectName("fieldLabel")
        label.setBuddy(self.password)
        row.addWidget(self.password, 1)
        row.addWidget(self.log_in)
        cell.setSpacing(GRID)
        cell.addLayout(row)
        cell.addWidget(hint)
        form.addRow(label, cell)
        self._language.bind(label, label.setText, "set_password")
        self._language.bind(self.password, self.password.setAccessibleName, "set_password")
        self._language.bind(hint, hint.setText, "set_password_note")
        self._language.bind(self.log_in, self.log_in.set_label, "log_in")

    def _add_people(self, form: QFormLayout) -> None:
        label, hint, cell = QLabel(), note(), QVBoxLayout()
        label.setObjectName("fieldLabel")
        cell.setSpacing(GRID)
        cell.addWidget(self.people)
        cell.addWidget(hint)
        form.addRow(label, cell)
        self._language.bind(label, label.setText, "people.here")
        self._language.bind(hint, hint.setText, "people.here_note")

    def _on_log_in(self) -> None:
        url, seat = (self.lines[name].text().strip() for name in ("server_url", "seat"))
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
        settings, say = self._desk.settings, self._language.say
        self._filling = True
        for name, values in CHOICES.items():
            pairs = [(say(f"{name}_{value}"), value) for value in values]
            self._fill_choice(name, pairs, getattr(settings, name))
        for name in DEVICES:
            kept = getattr(settings, name)
            devices = (*self._devices, *([kept] if kept and kept not in self._devices else []))
            pairs = [(say(f"{name}_default"), ""), *((device, device) for device in devices)]
            self._fill_choice(name, pairs, kept)
        for name, line in self.lines.items():
            if not line.hasFocus():
                line.setText(getattr(settings, name))
        self.model.setText(settings.speech_model)
        self._filling = False

    def _fill_choice(self, name: str, pairs: list[tuple[str, str]], value: str) -> None:
        choice = self.choices[name]
        choice.clear()
        for label, data in pairs:
            choice.addItem(label, data)
        choice.setCurrentIndex(choice.findData(value))

    def _on_devices_found(self, devices: tuple[str, ...]) -> None:
        self._devices = devices
        self._fill()

    def _on_chosen(self, name: str) -> None:
        self._change(name, self.choices[name].currentData())

    def _on_line_edited(self, name: str) -> None:
        self._change(name, self.lines[name].text().strip())

    def _change(self, name: str, value: str) -> None:
        if self._filling or getattr(self._desk.settings, name) == value:
            return
        try:
            Settings.read({**self._desk.settings.written(), name: value})
        except ValueError:
            if name in self.lines:
                tone(self.lines[name], invalid=True)
            self.failed.emit(
                UserError("SETTING_INVALID", name=self._language.say(f"set_{name}"), value=value)
            )
            return
        if name in self.lines:
            tone(self.lines[name], invalid=False)
        self._background.run(
            lambda: self._desk.change_settings(**{name: value}), lambda now: self.changed.emit(now)
        )


def _name_list(choice: Choice, name: str) -> None:
    """Name the list that drops down; Qt makes another one when the style changes."""
    choice.view().setAccessibleName(name)
