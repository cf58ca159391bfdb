"""The setup assistant: when it comes, how keys lead through it, what it keeps and complains of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton, QTableView, QWidget
from pytestqt.qtbot import QtBot

from app.desk import ScriptCall
from app.domain.call import CallState
from app.settings import Settings, load_settings
from app.telephone.events import LineEvent, LineKind
from app.workplace import Workplace
from ui.desk_window import DeskWindow
from ui.first_day.setup_page import SetupPage
from ui.look.controls import ChipRow

SAMPLE = Path(__file__).parents[2] / "resources" / "calls" / "03-bbq-fumes.json"
WAIT_MS = 20_000
CONTROL = Qt.KeyboardModifier.ControlModifier
STEPS = ("language", "sound", "model", "centre", "samples", "trial")
Open = Callable[[Workplace], DeskWindow]


@pytest.fixture
def fresh(open_desk_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeskWindow:
    """A seat's first start, on a machine without sound inputs and models."""
    monkeypatch.setenv("JIESU_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(Workplace, "input_devices", lambda _: ())
    window = open_desk_window(Workplace(tmp_path / "fresh"))
    window.guide.begin()
    return window


def press(qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier = CONTROL) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    qtbot.keyClick(focused, key, modifier)


def settle(qtbot: QtBot, window: DeskWindow) -> SetupPage:
    qtbot.waitUntil(lambda: not window.background.busy, timeout=WAIT_MS)
    return window.guide.page


def test_it_comes_by_itself_only_where_nobody_has_used_the_seat(
    qtbot: QtBot, fresh: DeskWindow, window: DeskWindow
) -> None:
    assert fresh.guide.shown
    window.guide.begin()
    qtbot.waitUntil(lambda: not window.background.busy, timeout=WAIT_MS)
    assert not window.guide.shown
    settle(qtbot, fresh)


def test_keys_lead_through_every_step_in_either_language(qtbot: QtBot, fresh: DeskWindow) -> None:
    page = settle(qtbot, fresh)
    qtbot.waitUntil(page.step.first.hasFocus)
    press(qtbot, Qt.Key.Key_2, Qt.KeyboardModifier.NoModifier)
    qtbot.waitUntil(lambda: fresh.language.code == "en", timeout=WAIT_MS)
    assert page.next.accessibleName() == "Next"
    for name in STEPS:
        assert page.step.name == name
        settle(qtbot, fresh)
        assert_reached_by_tab(qtbot, page)
        press(qtbot, Qt.Key.Key_Return)
    assert not fresh.guide.shown
    assert fresh.stack.currentWidget() is fresh.desk_page
    assert settle(qtbot, fresh).step.name == "language"
    assert load_settings(fresh._desk.data_dir).language == "en"
    fresh.language.use("zh")
    fresh.guide.open()
    page.names[0].setFocus()
    press(qtbot, Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier)
    assert page.step.name == "sound"


def assert_reached_by_tab(qtbot: QtBot, page: SetupPage) -> None:
    """Everything one can use in a step and below it, named and within reach of Tab."""
    kinds = (QPushButton, QLineEdit, QComboBox, QTableView, ChipRow)
    usable = {
        widget
        for kind in kinds
        for widget in (*page.step.findChildren(kind), *page.findChildren(QPushButton))
        if widget not in page.names  # among these, arrows lead
        and widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    }
    assert all(widget.accessibleName() for widget in usable)
    reached: set[QWidget | None] = set()
    for _ in range(60):
        press(qtbot, Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier)
        reached.add(QApplication.focusWidget())
    assert usable <= reached, [one.accessibleName() for one in usable - reached]


def test_it_goes_on_where_it_was_left_and_not_after_it_was_ended(
    qtbot: QtBot, fresh: DeskWindow, open_desk_window: Open
) -> None:
    page, folder = settle(qtbot, fresh), fresh._desk.data_dir
    for _ in range(3):
        press(qtbot, Qt.Key.Key_Return)
    press(qtbot, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    press(qtbot, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    assert not fresh.guide.shown
    fresh.guide.open()
    assert page.step.name == "model"
    settle(qtbot, fresh)
    fresh.close()

    again = open_desk_window(Workplace(folder))
    again.guide.begin()
    qtbot.waitUntil(lambda: again.guide.shown, timeout=WAIT_MS)
    assert again.guide.page.step.name == "model"
    again.guide.page.skip.click()
    assert not again.guide.shown
    settle(qtbot, again)
    again.close()

    third = open_desk_window(Workplace(folder))
    third.guide.begin()
    qtbot.waitUntil(lambda: not third.background.busy, timeout=WAIT_MS)
    assert not third.guide.shown


def test_a_call_leads_away_from_it_and_it_does_not_come_in_the_middle_of_one(
    qtbot: QtBot, fresh: DeskWindow
) -> None:
    settle(qtbot, fresh)
    telephone = fresh.line.telephone
    telephone.take(LineEvent(LineKind.RING, "first", None))
    qtbot.waitUntil(lambda: not fresh.guide.shown, timeout=WAIT_MS)
    assert fresh.stack.currentWidget() is fresh.desk_page
    fresh.start_call(ScriptCall(SAMPLE, 1.0))
    qtbot.waitUntil(lambda: fresh.control.state is CallState.TALKING, timeout=WAIT_MS)
    fresh.guide.open()
    assert not fresh.guide.shown


def test_without_model_and_sound_input_it_says_so_and_nothing_is_lost(
    qtbot: QtBot, fresh: DeskWindow, tmp_path: Path
) -> None:
    page = settle(qtbot, fresh)
    fresh.guide.open("sound")
    settle(qtbot, fresh)
    assert "没有找到声音输入" in page.sound.state.text()
    fresh.guide.open("trial")
    settle(qtbot, fresh)
    assert "没有声音输入" in page.trial.state.text()
    qtbot.keyClick(page, Qt.Key.Key_F7)
    qtbot.waitUntil(lambda: "whisper-base" in page.trial.state.text(), timeout=WAIT_MS)
    assert page.trial.sample.isEnabled()
    fresh.guide.open("model")
    qtbot.waitUntil(lambda: page.model.chosen is not None, timeout=WAIT_MS)
    offer = page.model.chosen
    assert offer is not None
    assert offer.model.recommended
    broken = tmp_path / "model.zip"
    broken.write_bytes(b"PK\x03\x04 no archive")
    page.model.install(offer, broken)
    qtbot.waitUntil(lambda: page.model.state.property("tone") == "bad", timeout=WAIT_MS)
    assert not list((tmp_path / "models").glob("whisper*"))
    assert page.model.take.isVisible()


def test_the_articles_that_come_with_the_program_can_be_left_out(
    qtbot: QtBot, fresh: DeskWindow
) -> None:
    page, desk = settle(qtbot, fresh), fresh._desk
    assert desk.search("居住证")
    fresh.guide.open("samples")
    settle(qtbot, fresh)
    press(qtbot, Qt.Key.Key_2, Qt.KeyboardModifier.NoModifier)
    qtbot.waitUntil(lambda: not desk.search("居住证"), timeout=WAIT_MS)
    assert load_settings(desk.data_dir) == Settings(sample_articles="no")
    settle(qtbot, fresh)
    page.step.first.setFocus()
    press(qtbot, Qt.Key.Key_1, Qt.KeyboardModifier.NoModifier)
    qtbot.waitUntil(lambda: bool(desk.search("居住证")), timeout=WAIT_MS)
    settle(qtbot, fresh)
