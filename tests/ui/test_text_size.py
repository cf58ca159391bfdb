"""Text grows by key, is kept, and everything still has room."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QInputMethodEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.workplace import Workplace
from bench.controls import controls
from bench.looks import named
from ui.desk_window import DeskWindow
from ui.look.controls import ElidedLabel, SpareLabel
from ui.look.sizes import STEPS, grown, text_size, use_text_size
from ui.window.top_bar import PAGES

WAIT_MS = 20_000
CONTROL = Qt.KeyboardModifier.ControlModifier
NOTHING_HELD = Qt.KeyboardModifier.NoModifier


@pytest.fixture(autouse=True)
def _usual_size(qapp: QApplication) -> Iterator[None]:
    yield
    use_text_size(100)


def test_keys_change_the_text_size_and_it_is_kept(
    qtbot: QtBot, window: DeskWindow, desk: Workplace, data_dir: Path
) -> None:
    label, before = window.top.pages["desk"], window.top.height()
    wide = label.sizeHint().width()
    for key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Plus, Qt.Key.Key_Minus):
        qtbot.keyClick(window, key, CONTROL)
    assert text_size() == 125
    assert "125" in window.message.text
    assert window.top.height() > before
    assert label.sizeHint().width() > wide
    qtbot.waitUntil(lambda: not window.background.busy, timeout=WAIT_MS)
    assert desk.settings.text_size == 125
    later = Workplace(data_dir)
    assert later.settings.text_size == 125
    later.close()
    qtbot.keyClick(window, Qt.Key.Key_0, CONTROL)
    qtbot.waitUntil(lambda: window.top.height() == before, timeout=WAIT_MS)


def test_the_wheel_with_control_changes_it_over_any_text(qtbot: QtBot, window: DeskWindow) -> None:
    page = window.desk_page
    wheel(window, page, 120)
    assert text_size() == 100  # without Control it scrolls
    wheel(window, page, 120, CONTROL)
    assert text_size() == 110
    for _ in range(4):  # a touchpad
        wheel(window, page, -40, CONTROL)
    assert text_size() == 100


def test_a_step_holds_the_window_up_shortly(qtbot: QtBot, heard_call: DeskWindow) -> None:
    window = heard_call
    for name in PAGES:
        window.show_page(name)
    window.show_page("desk")
    qtbot.waitUntil(lambda: not window.background.busy, timeout=WAIT_MS)
    took = []
    for percent in (110, 125, 100):
        began = time.thread_time()
        window.appearance.use("light", percent)
        QCoreApplication.processEvents()
        took.append(time.thread_time() - began)
    assert min(took) < 0.2, took
    hidden = window.statistics_page
    window.appearance.use("dark", 110)
    assert hidden.styleSheet() != window.desk_page.styleSheet()
    window.show_page("statistics")
    assert hidden.styleSheet() == window.desk_page.styleSheet()


def wheel(
    window: DeskWindow, over: QWidget, angle: int, held: Qt.KeyboardModifier = NOTHING_HELD
) -> None:
    """Turn the wheel over the middle of a widget."""
    middle = over.mapTo(window, over.rect().center())
    place, turn = QPointF(middle), QPoint(0, angle)
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(place, place, QPoint(), turn, none, held, phase, False)
    QCoreApplication.sendEvent(window.windowHandle(), event)


def test_the_steps_end_where_the_setting_does(window: DeskWindow, qtbot: QtBot) -> None:
    for last, key in ((STEPS[-1], Qt.Key.Key_Plus), (STEPS[0], Qt.Key.Key_Minus)):
        use_text_size(last)
        qtbot.keyClick(window, key, CONTROL)
        assert text_size() == last
        assert str(last) in window.message.text


def test_on_a_screen_too_small_for_the_text_everything_is_scrolled_to(
    qtbot: QtBot, heard_call: DeskWindow
) -> None:
    window = heard_call
    window.appearance.use("light", 200)
    window.resize(1366, 768)
    stack = window.locking.stack
    for name in ("desk", "settings"):
        window.show_page(name)
        qtbot.waitUntil(lambda: not window.background.busy, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: _holds(stack.size(), stack.minimumSizeHint()), timeout=WAIT_MS)
        assert window.size() == QSize(1366, 768)
        for control in controls(window):
            if control.isEnabled():
                control.setFocus(Qt.FocusReason.TabFocusReason)
                assert not control.visibleRegion().isEmpty(), named(control)
    assert stack.width() > 1366


def _holds(size: QSize, needs: QSize) -> bool:
    return size.width() >= needs.width() and size.height() >= needs.height()


def test_no_change_while_an_input_method_composes(window: DeskWindow, qtbot: QtBot) -> None:
    field = window.desk_page.form.subject
    field.setEnabled(True)
    field.setFocus()
    QCoreApplication.sendEvent(field, QInputMethodEvent("you", []))
    qtbot.keyClick(field, Qt.Key.Key_Plus, CONTROL)
    assert text_size() == 100


@pytest.mark.parametrize(("language", "percent"), [("en", 150), ("zh", 200)])
def test_larger_text_has_room_on_a_full_screen(
    qtbot: QtBot, heard_call: DeskWindow, language: str, percent: int
) -> None:
    window, room = heard_call, (1920, 1080) if percent == 150 else (2560, 1440)
    window.resize(*room)
    window.language.use(language)  # type: ignore[arg-type]
    window.appearance.use("light", percent)
    for name in PAGES:
        window.show_page(name)
        qtbot.waitUntil(lambda: not window.background.busy, timeout=WAIT_MS)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        needs = window.page(name).minimumSizeHint()
        assert needs.width() <= room[0], (name, needs)
        assert needs.height() <= room[1] - grown(120), (name, needs)
        clipped = [_said(label) for label in window.findChildren(QLabel) if _is_clipped(label)]
        assert clipped == [], name


def _is_clipped(label: QLabel) -> bool:
    """Whether a label says less than all, and not by an end in … either."""
    if not label.isVisible() or isinstance(label, ElidedLabel | SpareLabel) or not label.text():
        return False
    ignored = label.sizePolicy().horizontalPolicy() is label.sizePolicy().Policy.Ignored
    if label.wordWrap():
        return label.height() < label.heightForWidth(label.width())
    return label.height() < label.sizeHint().height() or (
        not ignored and label.width() < label.sizeHint().width()
    )


def _said(label: QWidget) -> str:
    return f"{label.objectName()} {label.text() if isinstance(label, QLabel) else ''}"
