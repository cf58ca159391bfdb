"""The page of settings is drawn from the declarations: every setting has its row and is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.declared import Rule, rules
from app.settings import FILE_NAME, Settings, load_settings
from app.workplace import Workplace
from ui.desk_window import DeskWindow
from ui.look.sizes import text_size, use_text_size
from ui.settings.setting_row import Choice, SettingRow
from ui.settings.settings_form import SettingsForm

WAIT_MS = 20_000
CHANGEABLE = [name for name, rule in rules(Settings).items() if rule.section]


@pytest.fixture(autouse=True)
def _usual_size(qapp: QApplication) -> Iterator[None]:
    yield
    use_text_size(100)


def shown(qtbot: QtBot, window: DeskWindow) -> SettingsForm:
    """The settings, once the machine has said what it offers."""
    window.show_page("settings")
    qtbot.waitUntil(lambda: not window.background.busy, timeout=WAIT_MS)
    return window.settings_page.form


def other_value(rule: Rule, value: object) -> object:
    """A value that the setting takes and does not have."""
    if rule.choices:
        return next(choice for choice in reversed(rule.choices) if choice != value)
    return "other" if rule.kind is str else rule.kind(rule.most or 0)


def choose(qtbot: QtBot, row: SettingRow, value: object) -> None:
    """What somebody at the keyboard does."""
    row.field.setFocus()
    if isinstance(row.field, Choice):
        while row.field.currentData() != value:
            at = row.field.findData(value)
            way = Qt.Key.Key_Down if at > row.field.currentIndex() else Qt.Key.Key_Up
            qtbot.keyClick(row.field, way)
    else:
        row.field.selectAll()
        qtbot.keyClicks(row.field, f"{value:g}" if isinstance(value, float) else str(value))
        qtbot.keyClick(row.field, Qt.Key.Key_Return)


def test_every_setting_has_a_row_in_both_languages(qtbot: QtBot, window: DeskWindow) -> None:
    rows = shown(qtbot, window).rows
    assert list(rows) == CHANGEABLE
    said = {}
    for language in ("zh", "en"):
        window.language.use(language)  # type: ignore[arg-type]
        for name, row in rows.items():
            assert row.cell.isVisibleTo(window.settings_page), name
            assert row.field.accessibleName() == row.label.text() != ""
            assert row.field.accessibleDescription() == row.note.text()
            said[name, language] = (row.label.text(), row.note.text())
    for name in CHANGEABLE:
        assert said[name, "zh"] != said[name, "en"], name


def test_every_setting_changes_by_key_and_goes_back(
    qtbot: QtBot, window: DeskWindow, desk: Workplace, data_dir: Path
) -> None:
    form = shown(qtbot, window)
    for what in ("devices", "final", "live"):
        form.offer(what, ("other",))
    for name in [name for name in CHANGEABLE if name not in ("theme", "text_size")]:
        row, before = form.rows[name], getattr(desk.settings, name)
        value = other_value(row.rule, before)
        choose(qtbot, row, value)
        qtbot.waitUntil(
            lambda name=name, value=value: getattr(desk.settings, name) == value, timeout=WAIT_MS
        )
        assert getattr(load_settings(data_dir), name) == value
        qtbot.waitUntil(row.reset.isVisible, timeout=WAIT_MS)
        if row.rule.holds == "start":
            assert row.title in window.message.text
        row.reset.click()
        default = getattr(Settings(), name)
        qtbot.waitUntil(
            lambda name=name, default=default: getattr(desk.settings, name) == default, timeout=WAIT_MS
        )
        qtbot.waitUntil(lambda row=row: not row.reset.isVisible(), timeout=WAIT_MS)


def test_looks_hold_at_once(qtbot: QtBot, window: DeskWindow) -> None:
    rows = shown(qtbot, window).rows
    choose(qtbot, rows["theme"], "contrast")
    qtbot.waitUntil(lambda: window.appearance.theme == "contrast", timeout=WAIT_MS)
    choose(qtbot, rows["text_size"], 125)
    qtbot.waitUntil(lambda: text_size() == 125, timeout=WAIT_MS)
    qtbot.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert rows["text_size"].line.text() == "100"


@pytest.mark.parametrize("typed", ["70000", "", "8.5", "9" * 400])
def test_what_cannot_be_is_said_in_words_and_not_kept(
    qtbot: QtBot, window: DeskWindow, desk: Workplace, typed: str
) -> None:
    row = shown(qtbot, window).rows["telephone_port"]
    row.line.setFocus()
    row.line.setText(typed)
    qtbot.keyClick(row.line, Qt.Key.Key_Return)
    assert row.note.text() == "请填 0 到 65535 之间的整数。"
    assert row.line.property("invalid")
    assert desk.settings.telephone_port == 0
    row.line.setText("８４００")
    qtbot.keyClick(row.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.settings.telephone_port == 8400, timeout=WAIT_MS)
    assert not row.line.property("invalid")


def test_a_setting_is_found_by_words_name_or_pinyin(qtbot: QtBot, window: DeskWindow) -> None:
    form = shown(qtbot, window)
    qtbot.keyClick(form, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert form.line.hasFocus()
    for typed, found in (("端口", "telephone_port"), ("telephone", "telephone_port"), ("ps", "theme")):
        form.line.setText("")
        QTest.keyClicks(form.line, typed) if typed.isascii() else form.line.setText(typed)
        form.line.textEdited.emit(form.line.text())
        left = [name for name, row in form.rows.items() if row.cell.isVisible()]
        assert found in left, typed
        assert len(left) < len(form.rows)
    form.line.setText("没有的东西")
    form.line.textEdited.emit(form.line.text())
    assert form.empty.isVisible()
    qtbot.keyClick(form.line, Qt.Key.Key_Escape)
    assert all(row.cell.isVisibleTo(form) for row in form.rows.values())


def test_a_value_the_file_cannot_mean_is_said_and_kept_until_changed(
    qtbot: QtBot, open_desk_window: Callable[[Workplace], DeskWindow], data_dir: Path
) -> None:
    path = data_dir / FILE_NAME
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "text_size": "huge"}), "utf-8")
    desk = Workplace(data_dir)
    window = open_desk_window(desk)
    window.notices.say_unread(desk.settings)
    assert "文字大小" in window.message.text
    row = shown(qtbot, window).rows["text_size"]
    assert "huge" in row.note.text()
    desk.change_settings(seat="seat-2")
    assert json.loads(path.read_text("utf-8"))["text_size"] == "huge"
    row.reset.click()
    qtbot.waitUntil(lambda: not desk.settings.unread, timeout=WAIT_MS)
    assert json.loads(path.read_text("utf-8"))["text_size"] == 100
