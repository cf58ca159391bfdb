"""The walk for accessibility finds faults that were made on purpose."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListView, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from bench.controls import (
    TabWalk,
    controls,
    nameless,
    same_names,
    symbols,
    undressed,
    unread,
    wrong_role,
)
from bench.painted import foreign, painted_pairs, ratios
from ui.look.controls import Panel
from ui.look.dress import dress_all, wear
from ui.look.spoken import tell_roles
from ui.look.style import AA, load_roles, style_sheet

LIGHT = load_roles("light")


class Trap(QLineEdit):
    """Keeps Tab for itself."""

    def focusNextPrevChild(self, forward: bool) -> bool:
        return True


class Painted(QWidget):
    """Painted by hand; takes keys, says nothing."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(80, 30)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.accept()


@pytest.fixture
def room(qtbot: QtBot) -> Callable[..., Panel]:
    """A panel with three sound buttons and whatever is added to it."""
    tell_roles()
    dress_all(style_sheet("light"))

    def furnish(*added: QWidget) -> Panel:
        panel = Panel()
        panel.set_title("Panel")
        qtbot.addWidget(panel)
        for number in range(3):
            sound = QPushButton(f"Button {number}", panel)
            panel.content.addWidget(sound)
        for widget in added:
            panel.content.addWidget(widget)
        wear(panel)
        panel.resize(400, 400)
        panel.show()
        qtbot.waitExposed(panel)
        return panel

    return furnish


def walked(panel: QWidget) -> TabWalk:
    walk = TabWalk(panel)
    walk.go()
    return walk


def test_a_sound_panel_has_no_fault(room: Callable[..., Panel]) -> None:
    panel = room()
    shown = controls(panel)
    assert len(shown) == 3
    found = [nameless(shown), wrong_role(shown), unread(shown), same_names(shown), symbols(shown)]
    walk = walked(panel)
    found += [undressed(panel), walk.missed, walk.unseen, walk.jumps(), foreign(panel, LIGHT)]
    assert found == [[]] * len(found)


def test_what_has_no_name_no_role_no_words_or_only_a_sign(room: Callable[..., Panel]) -> None:
    panel = room(QLineEdit())
    line, painted = panel.findChild(QLineEdit), Painted(panel)
    painted.show()
    assert len(nameless(controls(panel))) == 2
    assert [found for found in wrong_role(controls(panel)) if "Painted" in found]
    assert line is not None
    line.setAccessibleName("＋")
    assert symbols(controls(panel)) == ["Panel.QLineEdit('＋')"]
    line.setAccessibleName("Button 1")
    assert same_names(controls(panel)) == []  # a field and a button of one name are told apart
    painted.setAccessibleName("Painted")
    rows = QListView(panel)
    rows.setModel(QStringListModel(["", "word"], rows))
    rows.setAccessibleName("Rows")
    rows.show()
    assert len(unread(controls(panel))) == 1
    twin = QPushButton("Button 1", panel)
    twin.show()
    assert len(same_names(controls(panel))) == 1


def test_a_trap_and_what_tab_never_comes_to(room: Callable[..., Panel]) -> None:
    trap, after = Trap(), QPushButton("After")
    assert walked(room(trap, after)).trapped == ["Panel.Trap('')"]
    skipped = QPushButton("Skipped")
    skipped.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    assert walked(room(skipped)).missed == ["Panel.QPushButton('Skipped')"]


def test_a_focus_nobody_sees_and_one_that_jumps(room: Callable[..., Panel]) -> None:
    bare = QPushButton("Bare")
    bare.setStyleSheet(
        "QPushButton, QPushButton:focus { border: 1px solid #dfe4ea; outline: none; min-height: 30px; }"
    )
    assert walked(room(bare)).unseen == ["Panel.QPushButton('Bare')"]
    panel = room()
    first, second, third = panel.findChildren(QPushButton)
    QWidget.setTabOrder(first, third)
    QWidget.setTabOrder(third, second)
    assert walked(panel).jumps() == ["Panel.QPushButton('Button 2') -> Panel.QPushButton('Button 1')"]


def test_colours_that_cannot_be_read_or_are_not_of_the_theme(room: Callable[..., Panel]) -> None:
    faint = QPushButton("cannot be read")
    faint.setStyleSheet(
        f"background: {LIGHT.highlight}; color: {LIGHT.faint}; border: none; font-size: 24px"
    )
    panel = room(faint)
    seen = ratios(painted_pairs(panel, LIGHT), LIGHT)
    assert min(seen.values()) < AA
    faint.setStyleSheet("background: #123456; color: #ffffff")
    assert foreign(panel, LIGHT) == ["#123456"]


def test_a_part_without_the_sheet(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    QVBoxLayout(window).addWidget(QPushButton("bare"))
    window.show()
    assert undressed(window) == [".QPushButton('bare')"]
