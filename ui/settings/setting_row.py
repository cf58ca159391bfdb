"""One declared setting on the page: name, field, unit, the way back to its default, what it means."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.declared import Rule, rules
from app.settings import Settings
from ui.look.composition import ComposeSafe
from ui.look.controls import KeyButton, note, tone
from ui.look.fields import FieldLine
from ui.look.language import Language
from ui.look.style import GRID

_DEFAULTS = Settings()


class Choice(ComposeSafe, QComboBox):
    """A drop-down whose entries have a value; the wheel scrolls the page, not an unopened list."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:  # Qt may have made another list
            self.name_list()

    def name_list(self) -> None:
        """Call the list that drops down what the field is called."""
        self.view().setAccessibleName(self.accessibleName())

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class SettingRow(QObject):
    """``changed`` carries name and value of what was chosen, ``refused`` name and text of what
    cannot be.

    ``label`` and ``cell`` are for the page's form.
    """

    changed = Signal(str, object)
    refused = Signal(str, str)

    def __init__(self, name: str, language: Language, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = name
        self.rule: Rule = rules(Settings)[name]
        self._language = language
        self._settings = _DEFAULTS
        self._offered: tuple[str, ...] = ()
        self._problem = ""
        self.label, self.note, self.unit = QLabel(), note(), note()
        self.label.setObjectName("fieldLabel")
        self.note.setObjectName("status")
        self.note.setWordWrap(True)
        self.reset = KeyButton(kind="quiet")
        self.field: Choice | FieldLine = Choice() if self._chosen_from else FieldLine()
        self.label.setBuddy(self.field)
        self.cell = self._lay_out()
        self.reset.clicked.connect(self._on_reset)
        if isinstance(self.field, Choice):
            self.field.activated.connect(lambda _: self._take(self.choice.currentData()))
        else:
            self.field.editingFinished.connect(self._on_edited)

    @property
    def choice(self) -> Choice:
        """The field of a setting that is chosen from a list."""
        assert isinstance(self.field, Choice)
        return self.field

    @property
    def line(self) -> FieldLine:
        """The field of a setting that is typed."""
        assert isinstance(self.field, FieldLine)
        return self.field

    @property
    def title(self) -> str:
        """What the setting is called."""
        return self._say(self.name)

    @property
    def words(self) -> str:
        """All that is said of it, for looking it up."""
        named = (self._named(choice) for choice in self.rule.choices)
        return " ".join((self.name, self.title, self._say(f"{self.name}_note"), *named))

    def show_settings(self, settings: Settings) -> None:
        """Show the value in force."""
        self._settings = settings
        value = getattr(settings, self.name)
        self.label.setText(self.title)
        self.unit.setText(self._say(f"unit_{self.rule.unit}") if self.rule.unit else "")
        self.reset.set_label(self._say("default"))
        self.reset.setAccessibleName(self._say("default_of", name=self.title))
        self.reset.setVisible(value != getattr(_DEFAULTS, self.name) or self.name in settings.unread)
        self.field.setAccessibleName(self.title)
        if isinstance(self.field, Choice):
            self.field.name_list()
            self._fill(value)
        elif not self.field.hasFocus() or not self._problem:
            self.field.setText(f"{value:g}" if isinstance(value, float) else str(value))
        self._explain()

    def offer(self, names: Sequence[str]) -> None:
        """What the machine has for it."""
        self._offered = tuple(names)
        self.show_settings(self._settings)

    # -- what is said ------------------------------------------------------------------------------

    def _say(self, key: str, **values: object) -> str:
        return self._language.say(f"settings.{key}", **values)

    def _named(self, value: str) -> str:
        if value in self.rule.choices:
            return self._say(f"{self.name}_{value}")
        if not value:
            return self._say(f"{self.name}_none")
        missing = self.rule.offers in ("final", "live") and value not in self._offered
        return self._say("not_installed", name=value) if missing else value

    def _explain(self) -> None:
        words = f"{self._say(f'{self.name}_note')} {self._say(f'holds_{self.rule.holds}')}"
        if self._problem:
            words = self._problem
        elif self.name in self._settings.unread:
            words = self._say("unread", value=self._settings.unread[self.name])
        wrong = bool(self._problem) or self.name in self._settings.unread
        tone(self.note, tone="bad" if wrong else "")
        tone(self.field, invalid=bool(self._problem))
        self.note.setText(words)
        self.field.setAccessibleDescription(words)

    def _wanted(self, value: object) -> str:
        rule = self.rule
        if rule.kind is str:
            most = f"{rule.most:g}" if rule.most is not None else ""
            return self._say("wants_text") if not value else self._say("wants_shorter", most=most)
        kind = "wants_whole" if rule.kind is int else "wants_number"
        return self._say(kind, least=f"{rule.least or 0:g}", most=f"{rule.most or 0:g}")

    # -- choosing ----------------------------------------------------------------------------------

    @property
    def _chosen_from(self) -> bool:
        return bool(self.rule.choices or self.rule.offers)

    def _fill(self, value: str) -> None:
        values = list(self.rule.choices)
        if self.rule.offers:
            values = [*([""] if not self.rule.least else []), *self._offered]
            values += [value] if value not in values else []
        self.choice.clear()
        for one in values:
            self.choice.addItem(self._named(one), one)
        self.choice.setCurrentIndex(self.choice.findData(value))

    def _on_edited(self) -> None:
        typed = self.line.text().strip()
        try:
            value: object = self.rule.kind(typed)
        except ValueError:
            value = typed
        self._take(value)

    def _on_reset(self) -> None:
        value = getattr(_DEFAULTS, self.name)
        if isinstance(self.field, FieldLine):
            self.field.setText(str(value))
        self.field.setFocus()
        self._take(value)

    def _take(self, value: object) -> None:
        wrong = self.rule.problem(value)
        self._problem = self._wanted(value) if wrong else ""
        self._explain()
        if wrong:
            self.refused.emit(self.name, str(value))
        elif value != getattr(self._settings, self.name) or self.name in self._settings.unread:
            self.changed.emit(self.name, value)

    # -- laying out --------------------------------------------------------------------------------

    def _lay_out(self) -> QWidget:
        cell = QWidget()
        row, column = QHBoxLayout(), QVBoxLayout(cell)
        row.setSpacing(GRID * 2)
        row.addWidget(self.field, 1)
        if self.rule.unit:
            row.addWidget(self.unit)
        row.addWidget(self.reset)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(row)
        column.addWidget(self.note)
        return cell
