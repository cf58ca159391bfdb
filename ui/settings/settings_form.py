"""The settings somebody may change, drawn from their declarations: by section, with a search line."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.declared import rules
from app.settings import Settings
from ui.knowledge.knowledge_search import SearchLine
from ui.look.controls import BAR, EmptyNote, keep_bar
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.sizes import grow
from ui.look.style import GRID
from ui.settings.setting_row import SettingRow


class SettingsForm(QWidget):
    """``changed`` and ``refused`` as those of its rows. Other rows can be added to a section's end."""

    changed = Signal(str, object)
    refused = Signal(str, str)

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language
        self.line, self.empty = SearchLine(), EmptyNote()
        self.rows: dict[str, SettingRow] = {}
        self._shown: list[QWidget] = []  # what the form's rows hold, from the top
        self._heads: dict[str, QLabel] = {}
        self._members: dict[str, list[tuple[QWidget, QWidget, str]]] = {}
        self._body, self._form = QWidget(), QFormLayout()
        self._lay_out()
        for name, rule in rules(Settings).items():
            if rule.section:
                self._add_row(name, rule.section)
        self.line.textEdited.connect(lambda _: self._find())
        self.line.went_down.connect(self._on_went_down)
        key = NamedKey("Ctrl+K", "settings.search_name", self, self.line.setFocus)
        key.setContext(Qt.ShortcutContext.WindowShortcut)
        key.told_at(self.line, language)
        language.bind(self.line, self.line.setPlaceholderText, "settings.search")
        language.bind(self.line, self.line.setAccessibleName, "settings.search_name")
        language.bind(self.empty, self.empty.setText, "settings.nothing")
        language.changed.connect(self._find)

    def show_settings(self, settings: Settings) -> None:
        """Show the values in force."""
        for row in self.rows.values():
            row.show_settings(settings)

    def offer(self, what: str, names: tuple[str, ...]) -> None:
        """What the machine has for the settings that ask for it: ``devices``, ``final``, ``live``."""
        for row in self.rows.values():
            if row.rule.offers == what:
                row.offer(names)

    def add(self, section: str, key: str, field: QWidget, cell: QWidget) -> None:
        """A row that is no declared setting; ``key`` is that of its name."""
        label = QLabel()
        label.setObjectName("fieldLabel")
        label.setBuddy(field)
        self._language.bind(label, label.setText, key)
        self._insert(section, label, cell, key)

    def _add_row(self, name: str, section: str) -> None:
        row = self.rows[name] = SettingRow(name, self._language, self)
        row.changed.connect(self.changed)
        row.refused.connect(self.refused)
        self._insert(section, row.label, row.cell, "")

    def _insert(self, section: str, label: QWidget, cell: QWidget, key: str) -> None:
        if section not in self._heads:
            head = self._heads[section] = QLabel()
            head.setObjectName("head")
            self._language.bind(head, head.setText, f"settings.section_{section}")
            self._form.addRow(head)
            self._shown.append(head)
            self._members[section] = []
        members = self._members[section]
        below = self._shown.index(members[-1][1] if members else self._heads[section]) + 1
        grow(label, setFixedHeight=GRID * 8)  # as high as a field, whatever stands under that
        self._form.insertRow(below, label, cell)
        self._shown.insert(below, cell)
        members.append((label, cell, key))

    # -- finding one -------------------------------------------------------------------------------

    def _find(self) -> None:
        """Show the settings that hold every typed word, or whose name is typed in pinyin."""
        typed = self.line.text().strip().casefold()
        fitting = {cell for cell, words in self._words().items() if self._fits(typed, words)}
        if typed and typed.isascii():
            from resources.pinyin import PhoneticIndex

            titles = {row.title: row.cell for row in self.rows.values()}
            fitting |= {titles[name] for name in PhoneticIndex(titles).search(typed)}
        for section, members in self._members.items():
            for _, cell, _ in members:
                self._form.setRowVisible(cell, cell in fitting)
            self._form.setRowVisible(self._heads[section], any(m[1] in fitting for m in members))
        self._body.setVisible(bool(fitting))
        self.empty.setVisible(not fitting)

    def _words(self) -> dict[QWidget, str]:
        own = {row.cell: row.words for row in self.rows.values()}
        members = (member for members in self._members.values() for member in members)
        return {**own, **{cell: self._language.say(key) for _, cell, key in members if key}}

    def _fits(self, typed: str, words: str) -> bool:
        return all(word in words.casefold() for word in typed.split())

    def _on_went_down(self) -> None:
        first = next((row for row in self.rows.values() if row.cell.isVisible()), None)
        if first is not None:
            first.field.setFocus(Qt.FocusReason.TabFocusReason)

    # -- laying out --------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        form = self._form
        form.setContentsMargins(GRID * 4, GRID * 2, GRID * 4 - BAR, GRID * 6)
        form.setHorizontalSpacing(GRID * 6)
        form.setVerticalSpacing(GRID * 3)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._body.setObjectName("formBody")
        self._body.setLayout(form)
        scroll = QScrollArea()
        scroll.setWidget(self._body)
        scroll.setWidgetResizable(True)
        keep_bar(scroll)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        head = QVBoxLayout()
        head.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 2)
        head.addWidget(self.line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.empty, 1)
        column.addWidget(scroll, 2)
        self.empty.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        before: QWidget = self.line  # rows came in any order: the keys follow what is shown
        for cell in self._shown:
            for field in cell.findChildren(QWidget):
                inside = (
                    isinstance(field.parentWidget(), QComboBox) or field.window() is not self.window()
                )
                if field.focusPolicy() & Qt.FocusPolicy.TabFocus and not inside:
                    QWidget.setTabOrder(before, field)
                    before = field
