"""Publishing and withdrawing from the editor's page, against a real centre."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from centre_process import CentreProcess, run_centre
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from seat_under_test import SeatUnderTest

from app.desk import Article
from app.knowledge_use import Deed, Use
from app.sync.delivery import log_in
from app.workplace import Workplace
from resources.errors import UserError
from server.run import add_person
from ui.desk_window import DeskWindow

WAIT_MS = 30_000
ARTICLE = Article("bees", 1, "§马蜂窝怎么处理", "请拨打119。\n\n不要自己捅。", questions=("马蜂",))


def test_an_editor_publishes_and_withdraws(
    qtbot: QtBot,
    desk: Workplace,
    window: DeskWindow,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    desk.parts.store().articles().put([ARTICLE])
    desk.articles.report_gap("无人机能不能飞")
    for centre in run_centre("sqlite", request, tmp_path_factory.mktemp("centre")):
        other = SeatUnderTest(tmp_path_factory.mktemp("other"))
        with closing(other):
            other.use(centre.url)
            log_in(other.store, centre.url, *centre.add_seat())
            for words in ("共享单车乱停", "共享单车乱停怎么投诉"):
                other.store.knowledge_use().add(Use(datetime.now(UTC), Deed.GAP, "", "", words))
            other.worker.sync_once()
            publish_and_withdraw(qtbot, window, centre, desk)
            other.worker.sync_once()
            assert other.store.knowledge_use().all() == ()


def publish_and_withdraw(
    qtbot: QtBot, window: DeskWindow, centre: CentreProcess, desk: Workplace
) -> None:
    password = add_person("王编辑", ["knowledge_editor"], "", None, centre.data_dir)
    window.show_page("editor")
    page = window.editor_page
    assert not page.lists["published"].isVisible()
    page.log_in.click()
    page.login.address.setText(centre.url)
    page.login.name.setText("王编辑")
    page.login.password.setText("falsch")
    qtbot.keyClick(page.login.password, Qt.Key.Key_Return)
    refused = UserError("EDITOR_REFUSED", url=centre.url).message("zh")
    qtbot.waitUntil(lambda: window.message.text == refused, timeout=WAIT_MS)
    page.login.password.setText(password)
    qtbot.keyClick(page.login.password, Qt.Key.Key_Return)
    qtbot.waitUntil(page.lists["published"].isVisible, timeout=WAIT_MS)
    assert not page.login.isVisible()

    (missed,) = page.publishing.missed.gaps if page.publishing.missed else ()
    assert missed.count == 2
    page.show_list("gaps")
    assert page.item == missed
    page.settle.click()
    qtbot.waitUntil(lambda: page.model.rowCount() == 0, timeout=WAIT_MS)

    page.show_list("unpublished")
    names = [article.title for article in page.publishing.unpublished]
    assert len(names) > 200
    row = names.index(ARTICLE.title)
    page.list.setCurrentIndex(page.model.index(row))
    page.public.setChecked(True)
    page.publish.click()
    qtbot.waitUntil(lambda: len(page.publishing.published) == 1, timeout=WAIT_MS)
    assert ARTICLE.title in window.message.text
    assert ARTICLE.title not in [article.title for article in page.publishing.unpublished]
    (there,) = page.publishing.published
    assert (there.id, there.public) == ("bees", True)

    page.show_list("published")
    assert not page.publish.isVisible()
    same = window.language.say("editor_same_there")
    qtbot.waitUntil(lambda: same in page.detail.toPlainText(), timeout=WAIT_MS)
    desk.parts.store().articles().put([replace(ARTICLE, body="请拨打消防电话119。")])
    page.refresh()
    qtbot.waitUntil(lambda: "请拨打消防电话119。" in page.detail.toPlainText(), timeout=WAIT_MS)
    assert "不要自己捅" in page.detail.toPlainText()
    qtbot.waitUntil(lambda: len(page.publishing.unpublished) == len(names), timeout=WAIT_MS)
    page.show_list("unpublished")
    titles = [article.title for article in page.publishing.unpublished]
    page.list.setCurrentIndex(page.model.index(titles.index(ARTICLE.title)))
    change = window.language.say("editor_would_change")
    qtbot.waitUntil(lambda: change in page.detail.toPlainText(), timeout=WAIT_MS)

    page.show_list("published")
    page.withdraw.click()
    qtbot.waitUntil(lambda: not page.publishing.published, timeout=WAIT_MS)
    assert ARTICLE.title in [article.title for article in page.publishing.unpublished]
    page.log_in.click()
    assert not page.lists["published"].isVisible()
    assert not page.publish.isVisible()
