"""The locked screen over a real window: what it hides, what goes on behind it, how it opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from app.desk import ScriptCall
from app.domain.call import CallState
from app.people import _hasher
from app.reference.policy import SeatPolicy, policy_in_force
from app.storage.users import SeatUser
from app.telephone.events import LineEvent, LineKind
from app.workplace import Workplace
from resources.loader import resource_path
from ui.desk_window import DeskWindow
from ui.window.locking import LOCK_KEY

PASSWORD = "晓的密码"


@pytest.fixture(autouse=True)
def what_ships() -> Iterator[None]:
    yield
    policy_in_force.use(None)


@pytest.fixture
def manned(window: DeskWindow, desk: Workplace, qtbot: QtBot) -> DeskWindow:
    """A window at which somebody known here has logged in."""
    user = SeatUser("王晓", _hasher().hash(PASSWORD), "g", ("operator",), datetime.now(UTC))
    desk.parts.store().put_user(user)
    window.show_page("settings")
    qtbot.mouseClick(window.settings_page.people.log_in, Qt.MouseButton.LeftButton)
    type_in(qtbot, window, PASSWORD, "王晓")
    qtbot.waitUntil(lambda: not window.locking.locked, timeout=10_000)
    return window


def type_in(qtbot: QtBot, window: DeskWindow, password: str, name: str = "") -> None:
    page = window.lock_page
    page.name.setText(name)  # QTest types no Chinese
    page.password.setText(password)
    qtbot.keyClick(page.password, Qt.Key.Key_Return)


def test_the_call_goes_on_behind_the_locked_screen(
    manned: DeskWindow, desk: Workplace, qtbot: QtBot
) -> None:
    case = ScriptCall(resource_path("calls", "03-bbq-fumes.json"), 20.0)
    manned.start_call(case)
    qtbot.waitUntil(lambda: manned.control.state is CallState.TALKING, timeout=20_000)
    dialog = QDialog(manned)
    dialog.show()
    QTest.keySequence(manned, LOCK_KEY)
    assert manned.locking.locked
    assert not dialog.isVisible()
    assert not manned.desk_page.isVisible()
    assert not manned.message.isVisible()
    assert "王晓" in manned.lock_page.title.text()
    assert manned.lock_page.call.isVisible()
    before = len(desk.transcript(manned.control.call.id))  # type: ignore[union-attr]
    QTest.keySequence(manned, "F8")  # keys of the hidden desk do nothing
    QTest.keySequence(manned, "Alt+2")
    qtbot.waitUntil(
        lambda: len(desk.transcript(manned.control.call.id)) > before,  # type: ignore[union-attr]
        timeout=20_000,
    )
    assert manned.control.state is CallState.TALKING
    assert not manned.close()  # nor ends somebody the recording by closing the window
    qtbot.mouseClick(manned.lock_page.change, Qt.MouseButton.LeftButton)
    assert manned.lock_page.name.isVisible()
    qtbot.keyClick(manned.lock_page, Qt.Key.Key_Escape)  # back to the lock, not to the desk
    assert manned.locking.locked
    assert not manned.lock_page.name.isVisible()
    type_in(qtbot, manned, "falsch")
    qtbot.waitUntil(lambda: manned.lock_page.problem.isVisible(), timeout=10_000)
    assert manned.locking.locked
    type_in(qtbot, manned, PASSWORD)
    qtbot.waitUntil(lambda: not manned.locking.locked, timeout=10_000)
    assert manned.desk_page.isVisible()
    assert dialog.isVisible()
    dialog.close()
    qtbot.waitUntil(lambda: manned.control.state is CallState.WRAPPING, timeout=30_000)
    assert len(desk.transcript(manned.control.call.id)) > before  # type: ignore[union-attr]
    written = desk.submit_all(desk.drafts())
    assert {ticket.operator for ticket in written} == {"王晓"}  # the centre learns who wrote it
    assert desk.tickets() == written


def test_it_locks_when_nobody_touches_the_desk(manned: DeskWindow, qtbot: QtBot) -> None:
    QTest.keyClick(manned.windowHandle(), Qt.Key.Key_Shift)
    idle = manned.locking._idle
    assert idle.isActive()
    assert idle.interval() == SeatPolicy().lock_after_minutes * 60_000
    idle.start(1)
    qtbot.waitUntil(lambda: manned.locking.locked, timeout=5_000)
    policy_in_force.use(SeatPolicy(lock_after_minutes=0))
    type_in(qtbot, manned, PASSWORD)
    qtbot.waitUntil(lambda: not manned.locking.locked, timeout=10_000)
    QTest.keyClick(manned.windowHandle(), Qt.Key.Key_Shift)
    assert not idle.isActive()


def test_without_anybody_logged_in_nothing_is_locked(window: DeskWindow, qtbot: QtBot) -> None:
    QTest.keySequence(window, LOCK_KEY)
    assert not window.locking.locked
    window.locking.log_in()
    qtbot.keyClick(window.lock_page, Qt.Key.Key_Escape)
    assert not window.locking.locked


def test_the_policy_lets_nobody_in_without_a_login(
    open_desk_window: Callable[[Workplace], DeskWindow], desk: Workplace, qtbot: QtBot
) -> None:
    from app.sync.changes import Document
    from app.sync.kinds import REFERENCE
    from app.sync.protocol import Change, Changes

    policy = Document.of("1", "login_required: true").model_dump(mode="json")
    change = Change(kind=REFERENCE, key="policy", body=policy)
    desk.parts.store().follow("x", Changes(changes=(change,), cursor=1, more=False))
    window = open_desk_window(desk)
    window.load()
    qtbot.waitUntil(lambda: window.locking.locked, timeout=10_000)
    qtbot.keyClick(window.lock_page, Qt.Key.Key_Escape)
    assert window.locking.locked
    type_in(qtbot, window, "x", "谁也不是")
    qtbot.waitUntil(lambda: window.lock_page.problem.isVisible(), timeout=20_000)
    assert window.locking.locked
    qtbot.waitUntil(lambda: not window.background.busy, timeout=60_000)


def test_an_ended_account_locks_and_its_password_opens_nothing(
    manned: DeskWindow, desk: Workplace, qtbot: QtBot
) -> None:
    desk.parts.store().forget_user("王晓")
    manned.locking.check()
    qtbot.waitUntil(lambda: manned.locking.locked, timeout=10_000)
    assert manned.lock_page.problem.isVisible()
    type_in(qtbot, manned, PASSWORD)
    qtbot.waitUntil(lambda: manned.lock_page.go.isEnabled(), timeout=10_000)
    assert manned.locking.locked


def test_a_ring_is_said_on_the_locked_screen_and_not_whose(
    manned: DeskWindow, desk: Workplace, qtbot: QtBot
) -> None:
    QTest.keySequence(manned, LOCK_KEY)
    qtbot.waitUntil(lambda: manned.locking.locked, timeout=5_000)
    desk.telephone.take(LineEvent(LineKind.RING, "r", "13900001111"))
    call = manned.lock_page.call
    qtbot.waitUntil(lambda: call.isVisible() and "有来电" in call.text(), timeout=5_000)
    assert "1111" not in call.text()
    desk.telephone.take(LineEvent(LineKind.ENDED, "r"))
    qtbot.waitUntil(lambda: not call.isVisible(), timeout=5_000)
