"""What this machine needs for calls, looked at one by one, and a file for whoever helps."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QHeaderView, QTableView

from app.desk import Desk
from app.diagnosis import Finding
from resources.errors import UserError
from ui.background import Background
from ui.look.appearance import Appearance
from ui.look.controls import KeyButton, Panel, note, with_bar
from ui.look.language import Language
from ui.look.rows import RowsModel, dress_table
from ui.look.sizes import grow
from ui.look.style import GRID

COLUMNS = {"mark": GRID * 18, "title": GRID * 32, "message": 0}
TONES = {"good": "ok", "look": "warn", "bad": "bad"}
SIGNS = {"good": "✓", "look": "!", "bad": "✕"}
"""Beside the word: nothing is said by colour alone."""


class DiagnosisModel(RowsModel[Finding]):
    """A finding in each row."""

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__(tuple(COLUMNS), "diagnosis.column_", language, appearance)

    def text(self, row: Finding, column: str) -> str:
        if column == "mark":
            return f"{SIGNS[row.mark]} {self._language.say(f'diagnosis.mark_{row.mark}')}"
        code = self._language.code
        return row.title(code) if column == "title" else row.message(code)

    def tone(self, row: Finding, column: str) -> str | None:
        return TONES[row.mark] if column == "mark" else None


class DiagnosisPanel(Panel):
    """``refresh`` looks again in the background."""

    def __init__(
        self, desk: Desk, background: Background, language: Language, appearance: Appearance
    ) -> None:
        super().__init__()
        self._desk, self._background, self._language = desk, background, language
        self._findings: tuple[Finding, ...] = ()
        self.again, self.save = KeyButton(), KeyButton()
        for button in (self.again, self.save):
            self.head.addWidget(button)
        self.model = DiagnosisModel(language, appearance)
        self.table = QTableView()
        dress_table(self.table, self.model, COLUMNS)
        self.table.setWordWrap(True)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        grow(self.table.verticalHeader(), setMinimumSectionSize=GRID * 9)
        # Narrower words need more lines; by itself a row keeps the height of its first width.
        self.table.horizontalHeader().sectionResized.connect(self.table.resizeRowsToContents)
        self.content.addLayout(with_bar(self.table), 1)
        self.content.setContentsMargins(GRID * 4, GRID * 2, GRID * 4, GRID * 3)
        self.state = note()
        self.state.setWordWrap(True)
        self.content.addWidget(self.state)
        self.again.clicked.connect(self.refresh)
        self.save.clicked.connect(self._on_save)
        self.save.setEnabled(False)
        language.bind(self, self.set_title, "diagnosis.title")
        language.bind(self.table, self.table.setAccessibleName, "diagnosis.title")
        language.bind(self.again, self.again.set_label, "diagnosis.again")
        language.bind(self.save, self.save.set_label, "diagnosis.save")

    def refresh(self) -> None:
        """Look at everything again; what was found before stays until then."""
        self.again.setEnabled(False)
        self.state.setText(self._language.say("diagnosis.busy"))
        self._background.run(self._desk.checkup.look, self._on_found, self._on_failed, kind="diagnosis")

    def write(self, target: Path) -> None:
        """Write the support bundle."""
        findings, code = self._findings, self._language.code
        self._background.run(
            lambda: self._desk.checkup.save(findings, target, code),
            lambda _: self.state.setText(self._language.say("diagnosis.saved", path=target)),
            self._on_failed,
        )

    def _on_found(self, findings: tuple[Finding, ...]) -> None:
        self._findings = findings
        gravest_first = sorted(findings, key=lambda one: list(TONES).index(one.mark), reverse=True)
        self.model.show_rows(gravest_first)
        self.again.setEnabled(True)
        self.save.setEnabled(True)
        self.state.clear()

    def _on_failed(self, error: UserError | None) -> None:
        self.again.setEnabled(True)
        self.state.setText(self._language.error(error) if error else "")

    def _on_save(self) -> None:
        title = self._language.say("diagnosis.save")
        name, _ = QFileDialog.getSaveFileName(self, title, "jiesu-support.zip", "*.zip")
        if name:
            self.write(Path(name))
