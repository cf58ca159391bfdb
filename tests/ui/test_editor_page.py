"""The editor's page over a real seat: lists, versions, importing with stop and going on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from app.desk import Article
from app.knowledge_use import Deed
from app.workplace import Workplace
from ui.desk_window import DeskWindow
from ui.knowledge.editor_page import LISTS
from ui.look.cards import Card
from ui.look.cards_model import CardsModel

WAIT_MS = 20_000
ARTICLE = Article("bees", 1, "马蜂窝怎么处理", "请拨打119。", owner="王编辑", review=date(2020, 1, 1))


@pytest.fixture
def used(desk: Workplace) -> Workplace:
    store = desk.parts.store().articles()
    store.put([ARTICLE])
    store.put([replace(ARTICLE, body="请拨打消防电话119，不要自己捅。")])
    desk.articles.note(Deed.CITED, ARTICLE)
    desk.articles.report_gap("无人机能不能飞")
    desk.articles.report_gap("无人机能不能在公园飞")
    return desk


def shown(window: DeskWindow) -> list[str]:
    model: QAbstractItemModel = window.editor_page.model
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def test_gaps_are_listed_looked_up_and_settled(
    qtbot: QtBot, used: Workplace, window: DeskWindow
) -> None:
    window.show_page("editor")
    page = window.editor_page
    qtbot.waitUntil(lambda: len(shown(window)) == 1, timeout=WAIT_MS)
    assert "无人机能不能在公园飞" in page.detail.toPlainText()
    qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: shown(window) == [], timeout=WAIT_MS)
    assert page.empty.isVisible()
    qtbot.keyClick(page.look, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(shown(window)) == 1, timeout=WAIT_MS)
    qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: shown(window) == [], timeout=WAIT_MS)
    used.articles.report_gap("无人机")
    page.refresh()
    qtbot.waitUntil(lambda: len(shown(window)) == 1, timeout=WAIT_MS)
    page.look.click()
    assert window.stack.currentWidget() is window.knowledge_page
    assert window.knowledge_page.search.query == "无人机"


def test_versions_stand_beside_each_other(qtbot: QtBot, used: Workplace, window: DeskWindow) -> None:
    window.show_page("editor")
    page = window.editor_page
    page.show_list("cited")
    qtbot.waitUntil(lambda: len(shown(window)) == 1, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "不要自己捅" in page.detail.toPlainText(), timeout=WAIT_MS)
    assert "请拨打119。" in page.detail.toPlainText()
    page.show_list("due")
    assert any("马蜂窝怎么处理" in row for row in shown(window))
    page.look.click()
    assert window.stack.currentWidget() is window.knowledge_page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_list_says_when_it_is_empty(qtbot: QtBot, window: DeskWindow, language: str) -> None:
    window.language.use(language)  # type: ignore[arg-type]
    window.show_page("editor")
    for name in LISTS:
        window.editor_page.show_list(name)
        if not shown(window):
            assert window.editor_page.empty.text()


def test_an_import_names_bad_files_and_goes_on_after_a_stop(
    qtbot: QtBot, window: DeskWindow, desk: Workplace, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.md").write_text(f"# 第{number}件事\n\n说明{number}。", encoding="utf-8")
    (folder / "broken.csv").write_bytes(b"\xff\xfe\x00")
    (folder / "old.doc").write_bytes(b"x")
    window.show_page("editor")
    panel = window.editor_page.importing
    ended: list[None] = []
    panel.imported.connect(lambda: ended.append(None))
    panel.start([folder])
    panel.end()
    qtbot.waitUntil(lambda: len(ended) == 1, timeout=WAIT_MS)
    if panel.go_on.isVisible():
        panel.go_on.click()
        qtbot.waitUntil(lambda: len(ended) == 2, timeout=WAIT_MS)
    assert not panel.go_on.isVisible()
    assert {"broken.csv", "old.doc"} <= set(panel.report.toPlainText().replace("：", " ").split())
    assert desk.articles.search("第29件事").hits[0].article.title == "第29件事"
    assert panel.files.isVisible()
    assert not panel.stop.isVisible()


def test_an_export_says_where_it_is_or_what_is_wrong(
    qtbot: QtBot, window: DeskWindow, used: Workplace, tmp_path: Path
) -> None:
    window.show_page("editor")
    panel = window.editor_page.importing
    panel.write(tmp_path / "kb.csv")
    qtbot.waitUntil(lambda: str(tmp_path / "kb.csv") in panel.state.text(), timeout=WAIT_MS)
    assert "马蜂窝怎么处理" in (tmp_path / "kb.csv").read_text(encoding="utf-8")
    panel.write(tmp_path / "kb.exe")
    qtbot.waitUntil(lambda: "kb.exe" in panel.state.text(), timeout=WAIT_MS)
    assert panel.export.isEnabled()


def test_the_list_of_cards_is_a_sound_model() -> None:
    model = CardsModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show_rows([(Card("一"), 1), (Card("二"), 2)])
    model.show_rows([])
    model.show_rows([(Card("三"), 3)])
    assert (model.item(0), model.item(1), model.item(-1)) == (3, None, None)
    assert tester.model() is model
