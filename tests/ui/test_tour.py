"""The tour: the sample call in a practice desk inside the window, led by arrows, never dispatched."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.call import CallState
from app.telephone.events import LineEvent, LineKind
from ui.desk_window import DeskWindow
from ui.first_day.tour import STEPS
from ui.look.named_key import NamedKey

WAIT_MS = 20_000
NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


def press(qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    qtbot.keyClick(focused, key, modifier)


def begin(qtbot: QtBot, window: DeskWindow) -> DeskWindow:
    """From the palette's entry; the practice desk."""
    [key] = [one for one in window.findChildren(NamedKey) if one.name == "firstday.tour"]
    key.act()
    tour = window.guide.tour
    qtbot.waitUntil(lambda: tour.view is not None, timeout=WAIT_MS)
    assert tour.practice is not None
    return tour.practice


def test_arrows_lead_over_every_panel_of_a_practice_call(qtbot: QtBot, window: DeskWindow) -> None:
    practice, tour = begin(qtbot, window), window.guide.tour
    assert practice._desk.drill
    assert practice.drill_bar.isVisible()
    qtbot.waitUntil(lambda: practice.control.state is CallState.TALKING, timeout=WAIT_MS)
    seen = []
    for name in STEPS:
        assert tour.step == name
        assert tour.view is not None
        seen.append(tour.view.card.accessibleName())
        card, hole = tour.view.card.geometry(), tour.view.hole
        assert tour.view.rect().contains(card)
        assert not card.intersects(hole), name
        if name != STEPS[0]:
            press(qtbot, Qt.Key.Key_Left)
            qtbot.waitUntil(lambda name=name: tour.step != name)
            press(qtbot, Qt.Key.Key_Right)
            qtbot.waitUntil(lambda name=name: tour.step == name)
        press(qtbot, Qt.Key.Key_Return, CONTROL)  # submits nothing
        for key in (Qt.Key.Key_Tab, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            press(qtbot, key)
            assert tour.view.card.isAncestorOf(QApplication.focusWidget())
        if name != STEPS[-1]:
            press(qtbot, Qt.Key.Key_Right)
            qtbot.waitUntil(lambda name=name: tour.step != name)
    assert len(set(seen)) == len(STEPS)
    assert practice._desk.tickets() == ()
    press(qtbot, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: tour.practice is None)
    assert window.locking.stack.currentIndex() == 0
    assert window._desk.outbox() == ()


def test_esc_or_a_real_call_ends_it_and_it_can_begin_again(qtbot: QtBot, window: DeskWindow) -> None:
    begin(qtbot, window)
    press(qtbot, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.guide.tour.practice is None)
    begin(qtbot, window)
    window.line.telephone.take(LineEvent(LineKind.RING, "real", None))
    qtbot.waitUntil(lambda: window.guide.tour.practice is None, timeout=WAIT_MS)
    assert window.locking.stack.currentIndex() == 0
    assert window.line.ringing
