"""Where the call goes on: a row of choices under the top line, by digit or arrow, never a dialog."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from ui.desk.banners import EMERGENCY_LINES
from ui.look.controls import Chip, note
from ui.look.language import Language
from ui.look.style import GRID

TARGETS = (*EMERGENCY_LINES, "lead", "seat")


class TransferBar(QWidget):
    """``chosen`` carries one of ``TARGETS``; ``left`` follows Esc."""

    ROLE = QAccessible.Role.Grouping

    chosen = Signal(str)
    left = Signal()

    def __init__(self, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._language = language
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        banner = QFrame()
        banner.setObjectName("banner")
        outer = QHBoxLayout(self)
        outer.setContentsMargins(GRID * 3, GRID * 2, GRID * 3, 0)
        outer.addWidget(banner)
        row = QHBoxLayout(banner)
        row.setContentsMargins(GRID * 3, GRID * 2, GRID * 3, GRID * 2)
        row.setSpacing(GRID * 2)
        title = QLabel()
        title.setObjectName("bannerTitle")
        row.addWidget(title)
        self.chips: dict[str, Chip] = {}
        for target in TARGETS:
            chip = Chip()
            chip.clicked.connect(lambda _=False, target=target: self._choose(target))
            row.addWidget(chip)
            self.chips[target] = chip
        row.addStretch(1)
        hint = note()
        row.addWidget(hint)
        language.bind(title, title.setText, "transfer_title")
        language.bind(hint, hint.setText, "transfer_keys")
        language.bind(self, self.setAccessibleName, "transfer_title")
        language.changed.connect(self._say)
        self._say()
        self.hide()

    def ask(self) -> None:
        """Show the choices and take the keys."""
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """Choose nothing."""
        if self.isVisible():
            self.hide()
            self.left.emit()

    def _say(self) -> None:
        for number, (target, chip) in enumerate(self.chips.items(), start=1):
            chip.set_label(f"{number}  {self._language.say(f'transfer_{target}')}")

    def _choose(self, target: str) -> None:
        self.hide()
        self.chosen.emit(target)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = event.key() - Qt.Key.Key_1
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif 0 <= digit < len(TARGETS):
            self._choose(TARGETS[digit])
        else:
            super().keyPressEvent(event)
