"""A letter for every field, and the tips that show them while Alt is held."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ui.desk.ticket_form import LETTERS
from ui.desk_window import DeskWindow
from ui.look.controls import KEY
from ui.look.language import Code
from ui.window.key_tips import HELD_MS, KeyTips
from ui.window.top_bar import PAGES

ALT = Qt.KeyboardModifier.AltModifier
WAIT_MS = 5_000


def tips_of(window: DeskWindow) -> KeyTips:
    tips = window.findChild(KeyTips)
    assert tips is not None
    return tips


@pytest.mark.parametrize("name", LETTERS)
def test_alt_and_its_letter_go_to_a_field_from_anywhere_on_the_page(
    qtbot: QtBot, heard_call: DeskWindow, name: str
) -> None:
    page = heard_call.desk_page
    for start in (page.search.line, page.transcript.view, page.form.summary):
        start.setFocus()
        qtbot.keyClick(start, Qt.Key(ord(LETTERS[name])), ALT)
        focused = QApplication.focusWidget()
        assert focused is not None
        assert name in page.form._owners[focused]
        assert f"Alt+{LETTERS[name]}" in focused.toolTip()


def test_the_form_without_a_ticket_takes_no_letters(qtbot: QtBot, window: DeskWindow) -> None:
    line = window.desk_page.search.line
    line.setFocus()
    qtbot.keyClick(line, Qt.Key.Key_S, ALT)
    assert line.hasFocus()


def test_half_typed_pinyin_keeps_the_letters_away(qtbot: QtBot, heard_call: DeskWindow) -> None:
    place = heard_call.desk_page.form.place
    place.setFocus()
    QApplication.sendEvent(place, QInputMethodEvent("wang'jing", []))
    qtbot.keyClick(place, Qt.Key.Key_S, ALT)
    assert place.hasFocus()


def test_holding_alt_shows_the_letters_and_letting_go_takes_them_away(
    qtbot: QtBot, heard_call: DeskWindow
) -> None:
    tips, form = tips_of(heard_call), heard_call.desk_page.form
    form.summary.setFocus()
    QTest.keyPress(form.summary, Qt.Key.Key_Alt)
    qtbot.waitUntil(lambda: bool(tips.shown), timeout=WAIT_MS)
    in_sight = {LETTERS[name] for name in ("type", "subject", "district", "place", "category")}
    assert in_sight <= set(tips.shown)
    assert {str(number) for number in range(1, len(PAGES) + 1)} <= set(tips.shown)
    subject = form.subject.mapTo(heard_call, form.subject.rect().topLeft())
    assert (tips.shown["S"] - subject).manhattanLength() < 40
    QTest.keyRelease(form.summary, Qt.Key.Key_Alt)
    assert not tips.shown


def test_a_key_pressed_with_alt_takes_the_tips_away(qtbot: QtBot, heard_call: DeskWindow) -> None:
    tips, form = tips_of(heard_call), heard_call.desk_page.form
    form.summary.setFocus()
    QTest.keyPress(form.summary, Qt.Key.Key_Alt)
    qtbot.waitUntil(lambda: bool(tips.shown), timeout=WAIT_MS)
    qtbot.keyClick(form.summary, Qt.Key.Key_S, ALT)
    QTest.keyRelease(form.subject, Qt.Key.Key_Alt, ALT)
    assert form.subject.hasFocus()
    assert not tips.shown


def test_who_knows_the_key_sees_no_tips(qtbot: QtBot, heard_call: DeskWindow) -> None:
    tips, form = tips_of(heard_call), heard_call.desk_page.form
    form.summary.setFocus()
    QTest.keyPress(form.summary, Qt.Key.Key_Alt)
    QTest.keyRelease(form.summary, Qt.Key.Key_Alt, ALT)
    qtbot.wait(2 * HELD_MS)
    assert not tips.shown


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_letter_stands_for_two_things_on_a_page(heard_call: DeskWindow, language: Code) -> None:
    heard_call.language.use(language)
    told = [
        str(widget.property(KEY))
        for widget in heard_call.findChildren(QWidget)
        if widget.isVisible() and str(widget.property(KEY) or "").startswith("Alt+")
    ]
    assert len(told) == len(set(told)) > len(PAGES)
