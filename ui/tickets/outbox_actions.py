"""What can be done for tickets that are not at the centre: try again, mend, carry by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QInputDialog, QLabel, QWidget

from app.desk import Desk, OutboxRow, OutboxState
from app.sync.handover import SUFFIX
from app.sync.refusals import refusal_sentence
from ui.background import Background
from ui.look.controls import KeyButton, note
from ui.look.language import Language
from ui.look.style import GRID


class OutboxActions(QWidget):
    """The reason of a refusal in words, and the buttons; ``message`` tells what came of them.

    ``mended`` carries the id of a ticket that is a draft again.
    """

    message = Signal(str)
    mended = Signal(str)

    def __init__(self, desk: Desk, background: Background, language: Language) -> None:
        super().__init__()
        self._desk = desk
        self._background = background
        self._language = language
        self._operation: OutboxRow | None = None
        self.reason: QLabel = note()
        self.reason.setWordWrap(True)
        self.retry, self.mend = KeyButton(), KeyButton()
        self.export, self.take_over = KeyButton(), KeyButton()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID * 2)
        row.addWidget(self.reason, 1)
        for button, name, act in (
            (self.retry, "outbox_retry", self._on_retry),
            (self.mend, "outbox_mend", self._on_mend),
            (self.export, "outbox_export", self._on_export),
            (self.take_over, "outbox_import", self._on_import),
        ):
            row.addWidget(button)
            button.clicked.connect(act)
            language.bind(self, button.set_label, name)
        language.changed.connect(lambda: self.show_operation(self._operation))
        self.show_operation(None)

    def show_operation(self, operation: OutboxRow | None) -> None:
        """The chosen ticket's way to the centre, if it has one."""
        self._operation = operation
        refused = operation is not None and operation.state is OutboxState.REFUSED
        words = ""
        if operation is not None and refused:
            words = refusal_sentence(operation.reason or "", self._language.code)
        self.reason.setText(words)
        self.retry.setVisible(refused)
        self.mend.setVisible(refused)

    def export_to(self, path: Path) -> None:
        """Write what the centre lacks to a file and show its key."""
        self._run(lambda: self._desk.export_outbox(path), self._on_exported)

    def import_from(self, path: Path, printed_key: str) -> None:
        """Take over another seat's file."""
        self._run(lambda: self._desk.import_outbox(path, printed_key), self._on_imported)

    def _run(self, work: Callable[[], object], done: Callable[..., None]) -> None:
        self._background.run(work, done)

    def _on_retry(self) -> None:
        if (operation := self._operation) is not None:
            self._run(lambda: self._desk.retry(operation.operation_id), lambda _: None)

    def _on_mend(self) -> None:
        if (operation := self._operation) is not None:
            ticket_id = operation.ticket_id
            self._run(
                lambda: self._desk.resume(self._desk.reopen(ticket_id).id),
                lambda _: self.mended.emit(ticket_id),
            )

    def _on_export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, self._language.say("outbox_export"), "", f"*{SUFFIX}"
        )
        if name:
            self.export_to(Path(name if name.endswith(SUFFIX) else name + SUFFIX))

    def _on_import(self) -> None:
        say = self._language.say
        name, _ = QFileDialog.getOpenFileName(self, say("outbox_import"), "", f"*{SUFFIX}")
        if not name:
            return
        typed, agreed = QInputDialog.getText(self, say("outbox_import"), say("outbox_key"))
        if agreed:
            self.import_from(Path(name), typed)

    def _on_exported(self, result: tuple[int, str]) -> None:
        count, printed = result
        self.message.emit(self._language.say("outbox_exported", n=count, written=printed))

    def _on_imported(self, taken: int) -> None:
        self.message.emit(self._language.say("outbox_imported", n=taken))
