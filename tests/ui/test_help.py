"""Help inside the window: every page has its topic, links lead on, named keys exist."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QTreeWidgetItemIterator
from pytestqt.qtbot import QtBot

from resources.guides import GUIDES, find_topics, guide, topics
from resources.loader import read_text, resource_path
from ui.desk_window import DeskWindow
from ui.window.helping import CALL_TOPICS, DRILL_TOPIC, PAGE_TOPICS
from ui.window.top_bar import PAGES

LANGUAGES = ("zh", "en")
BY_HAND = {"Tab", "Esc", "Enter", "Space", "Del", "Up", "Down", "Left", "Right", "Alt"} | {
    *("Ctrl+Left", "Ctrl+Right", "Shift+Enter")
}
"""Keys that widgets themselves understand, without a shortcut."""
NAMED_KEY = re.compile(r"`((?:(?:Ctrl|Alt|Shift)\+)*(?:F\d+|[A-Z]|\d|[A-Z][a-z]+[A-Za-z]*))`")


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_page_and_state_has_a_topic(code: str) -> None:
    known = {topic.address for topic in topics(code)}
    assert set(PAGE_TOPICS) == set(PAGES)
    assert {*PAGE_TOPICS.values(), *CALL_TOPICS.values(), DRILL_TOPIC} <= known


@pytest.mark.parametrize("name", GUIDES)
def test_both_languages_have_the_same_tasks(name: str) -> None:
    both = [[topic.id for topic in guide(name, code)] for code in LANGUAGES]
    assert both[0] == both[1]
    assert all(topic.title and topic.body for code in LANGUAGES for topic in guide(name, code))
    assert {path.stem for path in resource_path("help", "zh").iterdir()} == set(GUIDES)


@pytest.mark.parametrize("code", LANGUAGES)
def test_topics_name_topics_that_exist(code: str) -> None:
    known = {topic.address for topic in topics(code)}
    for topic in topics(code):
        assert "![" not in topic.body
        for file, part in re.findall(r"\]\(([\w-]*?)(?:\.md)?#([\w-]*)\)", topic.body):
            assert f"{file or topic.guide}#{part}" in known, topic.address
        assert "](../" not in topic.body


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_search_finds_tasks_by_their_words(code: str) -> None:
    words = {
        "zh": ("恢复密钥", "怎么转接到119", "量子纠缠"),
        "en": ("recovery key", "transfer", "nonsense"),
    }
    first, second, none = words[code]
    assert find_topics(first, code)[0].address == "seat#backup"
    assert "operator#transfer" in {topic.address for topic in find_topics(second, code)[:3]}
    assert find_topics(none, code) == ()
    assert find_topics(" ", code) == topics(code)


def test_f1_opens_the_topic_of_the_page_and_named_keys_exist(qtbot: QtBot, window: DeskWindow) -> None:
    for name in PAGES:
        window.show_page(name)
        qtbot.keyClick(window, Qt.Key.Key_F1)
        page = window.helping.page
        assert window.stack.currentWidget() is page
        assert page.address == PAGE_TOPICS[name]
        shown = [topic for topic in topics("zh") if topic.address == page.address]
        assert page.text_panel.title.text() == shown[0].title
        qtbot.keyClick(page.text, Qt.Key.Key_Escape)
        assert window.stack.currentWidget() is window.page(name)
    assert_named_keys_exist(window)


def assert_named_keys_exist(window: DeskWindow) -> None:
    """Of every guide, in a window whose pages are all built."""
    assert window.desk_page.form is not None  # built when it is first asked for
    known = {QKeySequence(key).toString() for key in BY_HAND}
    for shortcut in window.findChildren(QShortcut):
        known.add(shortcut.key().toString().replace("Return", "Enter"))
    for code in LANGUAGES:
        for name in GUIDES:
            named = NAMED_KEY.findall(read_text("help", code, f"{name}.md"))
            assert {key for key in named if QKeySequence(key).toString() not in known} == set()


def test_links_are_followed_and_keys_go_back(qtbot: QtBot, window: DeskWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    page = window.helping.page
    page.text.anchorClicked.emit(QUrl("trainer.md#hold"))
    page.text.anchorClicked.emit(QUrl("#styles"))
    assert page.address == "trainer#styles"
    qtbot.keyClick(page.text, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert page.address == "trainer#hold"
    qtbot.keyClick(page.text, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert page.address == "trainer#styles"
    window.language.use("en")
    assert page.text_panel.title.text() == "Four styles"
    assert "Coach" in page.text.toPlainText()
    window.language.use("zh")


def test_typing_lists_what_fits_and_esc_empties_first(qtbot: QtBot, window: DeskWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    page = window.helping.page
    page.line.setFocus()
    page.line.setText("抽题号")
    page.line.textEdited.emit(page.line.text())
    assert page.address in ("trainer#exam", "trainer#styles")
    items = QTreeWidgetItemIterator(page.tree)
    listed = 0
    while items.value():
        listed += 1
        items += 1
    assert 1 < listed < 8
    page.line.setText("xyzzy")
    page.line.textEdited.emit("xyzzy")
    assert page.empty.isVisible()
    qtbot.keyClick(page.line, Qt.Key.Key_Escape)
    assert page.line.text() == ""
    assert page.tree.isVisible()
    assert page.tree.accessibleName()
    qtbot.keyClick(page.line, Qt.Key.Key_Escape)
    assert window.stack.currentWidget() is window.desk_page
