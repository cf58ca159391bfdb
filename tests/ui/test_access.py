"""For who does not see the desk or uses no mouse: names, roles, focus, contrast, what is said aloud."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QTextBrowser,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from app.domain.ticket import Handling
from app.telephone.events import LineEvent, LineKind
from app.workplace import Workplace
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
from bench.looks import look
from bench.painted import foreign, painted_pairs, ratios
from resources.loader import resource_path
from ui.desk_window import DeskWindow
from ui.look.language import Language
from ui.look.spoken import announcer, tell_roles
from ui.look.style import AA, AAA, contrast, load_roles
from ui.window.top_bar import PAGES

WAIT_MS = 20_000


def test_each_page_is_named_reached_and_unclipped(qtbot: QtBot, heard_call: DeskWindow) -> None:
    tell_roles()
    heard_call.language.use("en")  # whose words are longer
    heard_call.resize(1366, 768)
    reached = wanted = 0
    for name in PAGES:
        heard_call.show_page(name)
        qtbot.waitUntil(lambda: not heard_call.background.busy, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: not look(heard_call), timeout=WAIT_MS)  # texts still come
        assert undressed(heard_call) == []
        shown = controls(heard_call)
        assert (nameless(shown), wrong_role(shown), unread(shown)) == ([], [], []), name
        assert (symbols(shown), same_names(shown)) == ([], []), name
        walk = TabWalk(heard_call)
        walk.go()
        assert (walk.missed, walk.trapped, walk.unseen, walk.jumps()) == ([], [], [], []), name
        wanted += len(walk.wanted)
        reached += len(walk.order)
    assert reached >= wanted > 100


@pytest.mark.parametrize("theme", ["dark", "contrast"])
def test_what_is_painted_can_be_read(heard_call: DeskWindow, theme: str) -> None:
    heard_call.appearance.use(theme)
    QCoreApplication.processEvents()  # windows learn of a palette by event
    roles = load_roles(theme)
    found = ratios(painted_pairs(heard_call, roles), roles)
    assert "ink on panel" in found
    assert "muted on panel" in found  # placeholders and notes
    assert min(found.values()) >= (AAA if theme == "contrast" else AA)
    assert foreign(heard_call, roles) == []


def test_the_measure_of_contrast_sees_what_is_too_faint(qtbot: QtBot) -> None:
    roles = load_roles("light")
    label = QLabel("看不清 cannot be read")
    qtbot.addWidget(label)
    label.setStyleSheet(f"background: {roles.highlight}; color: {roles.accent}; font-size: 20px")
    label.show()
    found = ratios(painted_pairs(label, roles), roles)
    assert found["accent on highlight"] == pytest.approx(
        contrast(roles.accent, roles.highlight), abs=0.01
    )
    label.setStyleSheet("background: #eeeeee; color: #999999; font-size: 20px")
    assert foreign(label, roles) == ["#eeeeee"]


def test_a_clipped_word_and_an_overlap_are_found(qtbot: QtBot, heard_call: DeskWindow) -> None:
    button, other = QPushButton("too long for its room", heard_call), QToolButton(heard_call)
    button.setGeometry(400, 300, 40, 32)
    other.setGeometry(420, 300, 16, 16)
    button.show()
    other.show()
    kinds = {finding.kind for finding in look(heard_call)}
    assert {"clipped", "small", "overlap"} <= kinds


def test_prompts_are_said_aloud(qtbot: QtBot, heard_call: DeskWindow, desk: Workplace) -> None:
    said: list[str] = []
    announcer.said.connect(said.append)
    heard_call.desk_page.form.typed.emit("handling", Handling.EMERGENCY)
    assert any("紧急" in words for words in said)
    heard_call.desk_page.ticket.submit.click()
    assert any(words.startswith("还缺") for words in said)
    sound = resource_path("calls", "03-bbq-fumes.json")
    desk.telephone.take(LineEvent(LineKind.RING, "r", "13900001234", sound=sound))
    qtbot.waitUntil(lambda: any("139 **** 1234" in words for words in said), timeout=WAIT_MS)
    announcer.said.disconnect(said.append)


@pytest.mark.parametrize(("code", "yes", "open_words"), [("zh", "是", "打开"), ("en", "Yes", "Open")])
def test_dialogs_of_qt_speak_the_language(
    qtbot: QtBot, language: Language, code: str, yes: str, open_words: str
) -> None:
    language.use(code)  # type: ignore[arg-type]
    box = QMessageBox()
    qtbot.addWidget(box)
    buttons = QMessageBox.StandardButton
    box.setStandardButtons(buttons.Yes | buttons.Cancel)
    assert yes in box.button(buttons.Yes).text().replace("&", "")
    files = QFileDialog()
    qtbot.addWidget(files)
    files.setOption(QFileDialog.Option.DontUseNativeDialog)
    files.setFileMode(QFileDialog.FileMode.ExistingFile)
    words = " ".join(
        [one.text() for one in files.findChildren(QPushButton)]
        + [one.text() for one in files.findChildren(QLabel)]
        + [one.toolTip() for one in files.findChildren(QToolButton)]
    )
    assert open_words in words.replace("&", "")
    if code == "zh":
        assert "Cancel" not in words
        assert "File name" not in words
        assert "Look in" not in words


@pytest.mark.parametrize(("code", "words"), [("zh", "复制"), ("en", "Copy")])
def test_the_menus_of_texts_speak_the_language(
    qtbot: QtBot, language: Language, code: str, words: str
) -> None:
    language.use(code)  # type: ignore[arg-type]
    for field in (QLineEdit(), QPlainTextEdit(), QTextBrowser()):
        qtbot.addWidget(field)
        menu = field.createStandardContextMenu()
        said = [action.text() for action in menu.actions() if action.text()]
        assert any(words in one for one in said), said
        assert code == "en" or not any("Paste" in one or "Select All" in one for one in said)
        menu.deleteLater()
