"""Limits of the search in the window: chosen, kept in another language, listed without words."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from ui.desk_window import DeskWindow

WAIT_MS = 20_000


def test_results_are_limited_and_listed(qtbot: QtBot, window: DeskWindow) -> None:
    window.show_page("knowledge")
    page = window.knowledge_page
    box = page.filters.boxes["category"]
    qtbot.waitUntil(lambda: box.findData("教育") > 0, timeout=WAIT_MS)
    page.search.search_for("办理")
    qtbot.waitUntil(lambda: page.search.model.rowCount() > 0, timeout=WAIT_MS)

    def categories() -> set[str]:
        shown = (page.search.model.article(row) for row in range(page.search.model.rowCount()))
        return {article.category for article in shown if article is not None}

    assert categories() != {"教育"}
    box.setCurrentIndex(box.findData("教育"))
    qtbot.waitUntil(lambda: categories() == {"教育"}, timeout=WAIT_MS)
    page.search.search_for("")
    qtbot.waitUntil(lambda: page.search.model.rowCount() > 3, timeout=WAIT_MS)
    assert categories() == {"教育"}
    window.language.use("en")
    assert box.itemText(0) == "All topics"
    assert page.filters.only().category == "教育"
    page.filters.clear()
    qtbot.waitUntil(lambda: page.search.model.rowCount() == 0, timeout=WAIT_MS)
    assert page.search.empty.isVisible()
