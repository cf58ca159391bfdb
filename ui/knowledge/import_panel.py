"""Articles in and out of the window: files or a folder, progress, stopping, what came of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QProgressBar, QTextBrowser, QVBoxLayout, QWidget

from app.desk import Desk
from resources.errors import UserError
from resources.texts import text
from ui.background import Background
from ui.look.controls import KeyButton, note
from ui.look.language import Language
from ui.look.sizes import grow
from ui.look.style import GRID

if TYPE_CHECKING:
    from app.knowledge_desk import ImportProblem, ImportReport

FILES = "*.md *.markdown *.txt *.csv *.jsonl *.xlsx *.docx *.pdf *.html *.htm"
FORMS = ("folder", "xlsx", "csv", "jsonl", "docx", "pdf", "html")
_MOST_LINES = 500


class _Progress(QObject):
    """Carries the count out of the working thread."""

    told = Signal(int, int)


class ImportPanel(QWidget):
    """One import at a time. ``imported`` follows each that came to an end, also a stopped one."""

    imported = Signal()

    def __init__(self, desk: Desk, background: Background, language: Language) -> None:
        super().__init__()
        self._desk = desk
        self._background = background
        self._language = language
        self._paths: tuple[Path, ...] = ()
        self._stop = threading.Event()
        self._progress = _Progress(self)
        self.files, self.folder = KeyButton("Ctrl+I"), KeyButton()
        self.export = KeyButton()
        self.stop, self.go_on = KeyButton(), KeyButton("", "main")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        grow(self.bar, setFixedHeight=GRID * 2)
        self.state = note()
        self.state.setWordWrap(True)
        self.report = QTextBrowser()
        self.report.setOpenLinks(False)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID * 2)
        for button in (self.files, self.folder, self.export, self.stop, self.go_on):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        column.setSpacing(GRID * 2)
        column.addLayout(buttons)
        column.addWidget(self.bar)
        column.addWidget(self.state)
        column.addWidget(self.report, 1)
        column.addStretch()
        self._progress.told.connect(self._on_progress, Qt.ConnectionType.QueuedConnection)
        self.files.clicked.connect(self._on_files)
        self.folder.clicked.connect(self._on_folder)
        self.export.clicked.connect(self._on_export)
        self.stop.clicked.connect(self.end)
        self.go_on.clicked.connect(lambda: self.start(self._paths))
        language.bind(self.files, self.files.set_label, "import_files")
        language.bind(self.folder, self.folder.set_label, "import_folder")
        language.bind(self.export, self.export.set_label, "export_articles")
        language.bind(self.stop, self.stop.set_label, "import_stop")
        language.bind(self.go_on, self.go_on.set_label, "import_go_on")
        language.bind(self.bar, self.bar.setAccessibleName, "import_progress")
        language.bind(self.report, self.report.setAccessibleName, "import_report")
        language.bind(self.state, self.state.setText, "import_kinds")
        self._show_running(False)
        self.go_on.hide()

    def start(self, paths: Sequence[Path]) -> None:
        """Import files and folders; a stopped import of the same goes on where it was."""
        self._paths = tuple(paths)
        self._stop = threading.Event()
        stop, told = self._stop, self._progress.told
        self.bar.setRange(0, 0)
        self.report.clear()
        self.go_on.hide()
        self._show_running(True)
        self._background.run(
            lambda: self._desk.articles.import_paths(paths, told.emit, stop.is_set),
            self._on_done,
            self._on_failed,
        )

    def end(self) -> None:
        """Stop what goes on; it can be gone on with later."""
        self._stop.set()

    def _show_running(self, running: bool) -> None:
        for button in (self.files, self.folder, self.export):
            button.setVisible(not running)
        self.stop.setVisible(running)
        self.bar.setVisible(running)
        self.report.setVisible(not running and bool(self.report.toPlainText()))

    def _on_files(self) -> None:
        say = self._language.say
        names, _ = QFileDialog.getOpenFileNames(
            self, say("import_files"), "", f"{say('import_pattern')} ({FILES})"
        )
        if names:
            self.start([Path(name) for name in names])

    def _on_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self._language.say("import_folder"))
        if name:
            self.start([Path(name)])

    def write(self, target: Path) -> None:
        """Write all articles to a file, or to a folder if the name has no ending."""
        code = self._language.code
        self.export.setEnabled(False)
        self._background.run(
            lambda: self._desk.articles.export(target, code),
            lambda count: self._on_written(self._language.say("export_done", n=count, path=target)),
            lambda error: self._on_written(self._say_failed(error)),
        )

    def _on_export(self) -> None:
        forms = ";;".join(self._language.say(f"export_{form}") for form in FORMS)
        title = self._language.say("export_articles")
        name, chosen = QFileDialog.getSaveFileName(self, title, "", forms)
        if name:
            ending = chosen.rpartition("(*")[2].rstrip(")")
            self.write(Path(name if Path(name).suffix or ending == ")" else name + ending))

    def _on_written(self, words: str) -> None:
        self.export.setEnabled(True)
        self.state.setText(words)

    def _on_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)
        self.state.setText(self._language.say("import_at", done=done, total=total))

    def _on_done(self, report: ImportReport) -> None:
        say = self._language.say
        counts = {"imported": report.imported, "unchanged": report.unchanged}
        words = say("import_done", **counts, problems=len(report.problems))
        if report.left:
            words += say("import_left", left=report.left)
        self.state.setText(words)
        self.report.setHtml("".join(self._lines(report)))
        self.go_on.setVisible(bool(report.left))
        self._show_running(False)
        self.imported.emit()

    def _lines(self, report: ImportReport) -> list[str]:
        lines = [f"<p>{escape(self._problem(one))}</p>" for one in report.problems]
        for first, second, share in report.alike:
            words = self._language.say("import_alike", first=first, second=second, share=f"{share:.0%}")
            lines.append(f"<p>{escape(words)}</p>")
        return lines[:_MOST_LINES]

    def _problem(self, one: ImportProblem) -> str:
        name = Path(one.path).name
        return text(f"errors.{one.code}", self._language.code, path=name, detail=one.detail)

    def _on_failed(self, error: UserError | None) -> None:
        self._show_running(False)
        self.go_on.show()
        self.state.setText(self._say_failed(error, "import_failed"))

    def _say_failed(self, error: UserError | None, otherwise: str = "export_failed") -> str:
        return self._language.error(error) if error else self._language.say(otherwise)
