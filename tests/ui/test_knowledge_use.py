"""Marks, gaps and learning at the keyboard; what was meant by a mistyped word."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.knowledge_use import Deed
from app.workplace import Workplace
from ui.desk_window import DeskWindow

WAIT_MS = 20_000


def press(qtbot: QtBot, key: Qt.Key) -> None:
    target = QApplication.focusWidget() or QApplication.activeWindow()
    assert target is not None
    qtbot.keyClick(target, key)


def test_articles_are_marked_and_cited_by_key_and_it_counts(
    qtbot: QtBot, heard_call: DeskWindow, desk: Workplace
) -> None:
    page = heard_call.desk_page
    qtbot.waitUntil(lambda: page.search.current() is not None, timeout=WAIT_MS)
    article = page.search.current()
    assert article is not None
    for key, deed in (
        (Qt.Key.Key_F6, Deed.USEFUL),
        (Qt.Key.Key_F7, Deed.NOT_USEFUL),
        (Qt.Key.Key_F9, Deed.CITED),
    ):
        press(qtbot, key)
        qtbot.waitUntil(lambda deed=deed: desk.articles.counts(article.id)[deed] == 1, timeout=WAIT_MS)
    assert heard_call.message.text


def test_a_gap_is_reported_with_one_key(qtbot: QtBot, heard_call: DeskWindow, desk: Workplace) -> None:
    subject = heard_call.desk_page.draft
    assert subject is not None
    press(qtbot, Qt.Key.Key_F10)
    qtbot.waitUntil(lambda: bool(desk.articles.overview(date.today()).gaps), timeout=WAIT_MS)
    (gap,) = desk.articles.overview(date.today()).gaps
    assert gap.name == subject.content.subject


def test_use_is_shown_with_the_article_and_can_be_taken_back(
    qtbot: QtBot, window: DeskWindow, desk: Workplace
) -> None:
    window.show_page("knowledge")
    page = window.knowledge_page
    page.search.search_for("居住证")
    qtbot.waitUntil(lambda: page.search.current() is not None, timeout=WAIT_MS)
    assert not page.article.forget.isVisible()
    press(qtbot, Qt.Key.Key_F6)
    qtbot.waitUntil(page.article.forget.isVisible, timeout=WAIT_MS)
    assert "1" in page.article.use.text()
    page.article.forget.click()
    qtbot.waitUntil(lambda: not page.article.forget.isVisible(), timeout=WAIT_MS)
    article = page.article.article
    assert article is not None
    assert desk.articles.counts(article.id)[Deed.USEFUL] == 0


def test_a_mistyped_word_is_offered_set_right(qtbot: QtBot, window: DeskWindow) -> None:
    window.show_page("knowledge")
    search = window.knowledge_page.search
    search.search_for("居主证怎么办")
    qtbot.waitUntil(search.meant.isVisible, timeout=WAIT_MS)
    assert "居住证怎么办" in search.meant.accessibleName()
    search.meant.click()
    qtbot.waitUntil(lambda: not search.meant.isVisible(), timeout=WAIT_MS)
    assert search.query == "居住证怎么办"
    assert search.line.hasFocus()


def test_a_search_in_vain_is_kept_for_the_editor(
    qtbot: QtBot, window: DeskWindow, desk: Workplace
) -> None:
    window.show_page("knowledge")
    window.knowledge_page.search.search_for("zzzzqqqq")
    found = desk.articles
    qtbot.waitUntil(lambda: bool(found.overview(date.today()).in_vain), timeout=WAIT_MS)
    assert [cluster.name for cluster in found.overview(date.today()).in_vain] == ["zzzzqqqq"]
