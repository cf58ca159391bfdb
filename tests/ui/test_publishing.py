"""Publishing and withdrawing from the editor's page, against a real centre."""

from __future__ import annotations

import pytest
from centre_process import CentreProcess, run_centre
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.desk import Article
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
    for centre in run_centre("sqlite", request, tmp_path_factory.mktemp("centre")):
        publish_and_withdraw(qtbot, window, centre)


def publish_and_withdraw(qtbot: QtBot, window: DeskWindow, centre: CentreProcess) -> None:
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
    page.withdraw.click()
    qtbot.waitUntil(lambda: not page.publishing.published, timeout=WAIT_MS)
    assert ARTICLE.title in [article.title for article in page.publishing.unpublished]
    page.log_in.click()
    assert not page.lists["published"].isVisible()
    assert not page.publish.isVisible()
