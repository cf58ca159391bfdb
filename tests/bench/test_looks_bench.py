"""The search for what looks wrong: it finds each fault that is made on purpose, and none without."""

from __future__ import annotations

import os
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout
from pytestqt.qtbot import QtBot

from bench.looks import look
from ui.look.appearance import Appearance
from ui.look.controls import ElidedLabel, KeyButton, Panel
from ui.look.dress import wear

LONG = "这一句比它的地方长得多，所以看不全"


class Page(Panel):
    """A panel as the desk has many: a form of two rows and two buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.set_title("工单")
        self.lines = [QLineEdit(), QLineEdit()]
        self.labels = [QLabel("标题"), QLabel("地点")]
        self.rows = [QHBoxLayout(), QHBoxLayout()]
        column = QVBoxLayout()
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        for row, label, line in zip(self.rows, self.labels, self.lines, strict=True):
            row.setSpacing(12)
            label.setFixedWidth(64)
            label.setBuddy(line)
            row.addWidget(label)
            row.addWidget(line, 1)
            column.addLayout(row)
        self.buttons = [KeyButton("F5"), KeyButton("Ctrl+Return", "main")]
        self.foot = QHBoxLayout()
        self.foot.setSpacing(8)
        for button, name in zip(self.buttons, ("刷新", "保存"), strict=True):
            button.set_label(name)
            self.foot.addWidget(button)
        self.foot.addStretch(1)
        column.addLayout(self.foot)
        column.addStretch(1)
        self.content.addLayout(column)


def clip(page: Page) -> None:
    page.labels[0].setText(LONG)


def elide(page: Page) -> None:
    label = ElidedLabel(LONG)
    label.setFixedWidth(64)
    page.foot.addWidget(label)


def squeeze(page: Page) -> None:
    page.buttons[1].setFixedWidth(60)


def hide_a_hint(page: Page) -> None:
    page.lines[0].setPlaceholderText(LONG * 4)


def hide_a_choice(page: Page) -> None:
    choice = QComboBox()
    choice.addItem(LONG)
    choice.setFixedWidth(80)
    page.foot.addWidget(choice)


def lay_over(page: Page) -> None:
    other = QLabel("盖住", page)
    other.setGeometry(page.buttons[0].geometry().translated(0, 60))
    other.show()
    again = QLabel("又盖住", page)
    again.setGeometry(other.geometry())
    again.show()


def push_out(page: Page) -> None:
    other = QLabel("外面", page)
    other.setGeometry(page.width() - 10, 40, 80, 20)
    other.show()


def shrink(page: Page) -> None:
    page.buttons[0].setFixedSize(20, 20)


def leave_the_grid(page: Page) -> None:
    page.foot.setSpacing(7)


def shift_an_edge(page: Page) -> None:
    page.rows[1].setContentsMargins(2, 0, 0, 0)


def raise_one(page: Page) -> None:
    page.buttons[1].setFixedHeight(36)


def drop_a_label(page: Page) -> None:
    page.labels[1].setFixedHeight(28)
    page.labels[1].setAlignment(Qt.AlignmentFlag.AlignBottom)
    page.rows[1].setAlignment(page.labels[1], Qt.AlignmentFlag.AlignBottom)


FAULTS: dict[Callable[[Page], None], str] = {
    clip: "clipped",
    elide: "elided",
    squeeze: "clipped",
    hide_a_hint: "clipped",
    hide_a_choice: "clipped",
    lay_over: "overlap",
    push_out: "outside",
    shrink: "small",
    leave_the_grid: "grid",
    shift_an_edge: "edge",
    raise_one: "height",
    drop_a_label: "middle",
}


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication) -> Page:
    made = Page()
    qtbot.addWidget(made)
    made.resize(480, 320)
    Appearance(qapp, "light").dress()
    wear(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def kinds(page: Page) -> set[str]:
    for _ in range(3):
        QApplication.processEvents()
    return {finding.kind for finding in look(page)}


def test_nothing_is_wrong_with_a_panel_as_it_should_be(page: Page) -> None:
    assert kinds(page) == set()


@pytest.mark.parametrize("spoil", FAULTS, ids=lambda one: one.__name__)
def test_a_fault_made_on_purpose_is_found(page: Page, spoil: Callable[[Page], None]) -> None:
    spoil(page)
    assert FAULTS[spoil] in kinds(page)
