"""Half-typed pinyin: what keys, suggestions and leaving the field do to it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ui.look.fields import FieldLine, FieldText


def compose(widget: QWidget, preedit: str, commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(widget, event)


@pytest.fixture
def text(qtbot: QtBot) -> FieldText:
    field = FieldText()
    qtbot.addWidget(field)
    field.resize(400, 120)
    field.show()
    field.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    return field


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_PageDown])
@pytest.mark.parametrize("shift", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier])
def test_the_cursor_stays_in_the_text_after_half_typed_pinyin(
    qtbot: QtBot, text: FieldText, key: Qt.Key, shift: Qt.KeyboardModifier
) -> None:
    """Qt counts half-typed letters of another line as text; the next insertion ended the program."""
    text.setPlainText("路灯\n")
    text.put_cursor(3)
    compose(text, "lu'deng'bu'liang")
    qtbot.keyClick(text, Qt.Key.Key_Up)
    qtbot.keyClicks(text, "123456789")
    qtbot.keyClick(text, key, shift)
    assert text.cursor_at() < text.document().characterCount()
    compose(text, "", "不亮")
    assert text.toPlainText().endswith("不亮")


@pytest.mark.parametrize("twice", [False, True])
def test_a_click_into_another_line_ends_the_composition(
    qtbot: QtBot, text: FieldText, twice: bool
) -> None:
    text.setPlainText("路灯\n")
    text.put_cursor(3)
    compose(text, "bu'liang")
    at = QPoint(text.cursorRect().left(), 8)
    press = qtbot.mouseDClick if twice else qtbot.mouseClick
    press(text.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseRelease(text.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert not text.composing
    assert text.document().findBlockByNumber(1).layout().preeditAreaText() == ""


def test_half_typed_pinyin_is_not_pasted_into(qtbot: QtBot, text: FieldText) -> None:
    QApplication.clipboard().setText("投诉")
    compose(text, "lu'deng")
    qtbot.keyClick(text, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert text.composing
    compose(text, "", "路灯")
    qtbot.keyClick(text, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert text.toPlainText() == "路灯投诉"


def test_leaving_the_field_ends_the_composition_for_qt_too(qtbot: QtBot, text: FieldText) -> None:
    text.setPlainText("路灯\n")
    text.put_cursor(3)
    compose(text, "bu'liang")
    text.clearFocus()
    assert not text.composing
    text.setFocus()
    assert text.document().findBlockByNumber(1).layout().preeditAreaText() == ""


@pytest.mark.parametrize("kind", [FieldLine, FieldText])
@pytest.mark.parametrize("leaving", [False, True])
def test_a_suggestion_that_came_during_a_given_up_composition_is_shown_and_kept(
    qtbot: QtBot, kind: type[FieldLine | FieldText], leaving: bool
) -> None:
    field = kind()
    qtbot.addWidget(field)
    field.show()
    field.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    typed: list[object] = []
    field.typed.connect(typed.append)
    field.show_value(None, suggested=False)
    compose(field, "you'yan")
    field.show_value("油烟扰民", suggested=True)
    shown = field.text if isinstance(field, FieldLine) else field.toPlainText
    assert shown() == ""
    field.clearFocus() if leaving else compose(field, "")
    assert shown() == "油烟扰民"
    assert field.suggested
    assert typed == []


@pytest.mark.parametrize("kind", [FieldLine, FieldText])
def test_what_is_composed_to_the_end_goes_before_a_suggestion_that_came_meanwhile(
    qtbot: QtBot, kind: type[FieldLine | FieldText]
) -> None:
    field = kind()
    qtbot.addWidget(field)
    values: list[object] = []
    field.typed.connect(values.append)
    field.typed.connect(lambda value: field.show_value(value, suggested=False))  # as the desk does
    compose(field, "you'yan")
    field.show_value("油烟扰民", suggested=True)
    compose(field, "", "油烟")
    shown = field.text if isinstance(field, FieldLine) else field.toPlainText
    assert (values, shown(), field.suggested) == (["油烟"], "油烟", False)
