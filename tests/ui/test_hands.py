"""Hands and ears: names on every control, focus by keys, composing is safe, focus is visible."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QTextBrowser,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.desk import ScriptCall
from app.domain.call import CallState
from resources.loader import resource_path
from ui.desk.facts_row import FactChip
from ui.desk_window import DeskWindow
from ui.look.composition import ComposeSafe
from ui.look.controls import ChipRow
from ui.window.top_bar import PAGES

SAMPLE = resource_path("calls", "03-bbq-fumes.json")
WAIT_MS = 20_000
CONTROLS = (
    QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QPlainTextEdit, QTextBrowser, ChipRow,
)  # fmt: skip


def compose(widget: QWidget, preedit: str) -> None:
    QApplication.sendEvent(widget, QInputMethodEvent(preedit, []))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_control_has_a_name(heard_call: DeskWindow, language: str) -> None:
    heard_call.language.use(language)  # type: ignore[arg-type]
    for name in PAGES:
        heard_call.page(name)  # built
    unnamed = [
        widget
        for widget in heard_call.findChildren(QWidget)
        if isinstance(widget, CONTROLS)
        and not isinstance(widget, QHeaderView)
        and not widget.objectName().startswith("qt_")
        and not widget.parent().inherits("QComboBoxPrivateContainer")
        and not widget.accessibleName()
        and not (isinstance(widget, QCheckBox) and widget.text())  # its text is its name
    ]
    assert unnamed == []


def test_everything_on_a_page_is_reached_with_tab(qtbot: QtBot, heard_call: DeskWindow) -> None:
    page = heard_call.desk_page
    page.form.focus_first()
    reached = set()
    for _ in range(60):
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.add(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    wanted = [
        page.form.type, page.form.subject, page.form.region, page.form.place, page.form.category,
        page.form.caller_name, page.form.caller_phone, page.form.confidential, page.form.summary,
        page.form.handling, page.form.limit, page.ticket.submit, page.units.list, page.units.add_line,
        page.search.line, page.search.list, page.transcript.view, heard_call.top.pages["desk"],
    ]  # fmt: skip
    assert [widget for widget in wanted if widget not in reached] == []


def test_form_is_walked_in_the_order_one_asks(qtbot: QtBot, heard_call: DeskWindow) -> None:
    form = heard_call.desk_page.form
    form.focus_first()
    order = [
        form.subject, form.region, form.place, form.category, form.caller_name, form.caller_phone,
        form.confidential, form.summary, form.handling, form.limit,
    ]  # fmt: skip
    for expected in order:
        focused = QApplication.focusWidget()
        assert focused is not None
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
        while isinstance(focused := QApplication.focusWidget(), FactChip):
            qtbot.keyClick(focused, Qt.Key.Key_Tab)
            assert focused.property("state") == "on"
        assert expected.hasFocus(), expected.accessibleName()


def test_no_key_acts_while_composing(qtbot: QtBot, window: DeskWindow) -> None:
    window.start_call(ScriptCall(SAMPLE, 1.0))
    qtbot.waitUntil(lambda: window.control.state is CallState.TALKING, timeout=WAIT_MS)
    form = window.desk_page.form
    qtbot.waitUntil(form.subject.isEnabled, timeout=WAIT_MS)
    for field in (form.subject, form.summary, form.category, window.desk_page.search.line):
        field.setFocus()
        compose(field, "wang'jing")
        for key, modifier in (
            (Qt.Key.Key_F8, Qt.KeyboardModifier.NoModifier),
            (Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier),
            (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier),
            (Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier),
            (Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier),
        ):
            qtbot.keyClick(field, key, modifier)
            assert field.hasFocus(), (field.accessibleName(), key)
        assert window.control.state is CallState.TALKING
        compose(field, "")
    qtbot.keyClick(form.subject, Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: window.control.state is CallState.WRAPPING, timeout=WAIT_MS)


def test_suggestion_does_not_break_a_composition(qtbot: QtBot, window: DeskWindow) -> None:
    window.start_call(ScriptCall(SAMPLE, 20.0))
    form = window.desk_page.form
    qtbot.waitUntil(form.subject.isEnabled, timeout=WAIT_MS)
    form.subject.setFocus()
    compose(form.subject, "you'yan")
    qtbot.waitUntil(lambda: form.category.text() != "", timeout=WAIT_MS)
    assert form.subject.text() == ""
    event = QInputMethodEvent()
    event.setCommitString("油烟")
    QApplication.sendEvent(form.subject, event)
    draft = window.desk_page.draft
    assert draft is not None
    assert "油烟" in (draft.content.subject or "")


@pytest.mark.parametrize("key", ["Ctrl+K", "Ctrl+2", "F9"])
def test_keys_work_from_inside_every_field(qtbot: QtBot, heard_call: DeskWindow, key: str) -> None:
    """A text field must not swallow the desk's keys."""
    from PySide6.QtGui import QKeySequence

    page = heard_call.desk_page
    combination = QKeySequence(key)[0]
    for field in (page.form.summary, page.form.subject, page.form.category, page.search.line):
        override = QKeyEvent(
            QEvent.Type.ShortcutOverride, combination.key(), combination.keyboardModifiers()
        )
        override.ignore()
        QApplication.sendEvent(field, override)
        assert not override.isAccepted(), field.accessibleName()


def test_pages_are_reached_with_keys(qtbot: QtBot, window: DeskWindow) -> None:
    for number, name in enumerate(PAGES, start=1):
        qtbot.keyClick(window, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.AltModifier)
        assert window.stack.currentWidget() is window.page(name)
        assert window.top.pages[name].isChecked()


@pytest.mark.parametrize("size", [(1366, 768), (1600, 900)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_cut_off(heard_call: DeskWindow, size: tuple[int, int], language: str) -> None:
    heard_call.language.use(language)  # type: ignore[arg-type]
    heard_call.resize(*size)
    QApplication.processEvents()
    form = heard_call.desk_page.form
    assert (heard_call.width(), heard_call.height()) == size
    body = form.widget()
    assert body is not None
    assert body.minimumSizeHint().width() <= form.viewport().width()
    for button in heard_call.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width(), button.accessibleName()
            corner = button.mapTo(heard_call, button.rect().bottomRight())
            assert heard_call.rect().contains(corner), button.accessibleName()


def test_every_line_to_write_in_is_safe_while_composing(window: DeskWindow) -> None:
    """No shortcut of any page may fire on half-typed pinyin."""
    for name in PAGES:
        window.page(name)
    unsafe = [
        widget.accessibleName()
        for widget in window.findChildren(QWidget)
        if isinstance(widget, QLineEdit | QPlainTextEdit)
        and not widget.isReadOnly()
        and not isinstance(widget, ComposeSafe)
    ]
    assert unsafe == []
