"""Every page of the desk in every state, one after the other: for pictures and for walks over them.

``scenes`` drives a real window over a real seat and stops wherever a state stands. Whoever iterates may
take a picture, change the language or the theme, and look at every widget; the next step goes on from
there. States come about as they do at work: by calls, keys, errors and a pool that is held up.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.desk import FileCall, ScriptCall
from app.domain.call import CallState
from app.domain.ticket import Handling
from app.events import CentreChanged, Degraded, Heard, OutboxChanged, SpeechDegraded
from app.telephone.events import LineEvent, LineKind
from app.telephone.line import Phase
from app.workplace import Workplace
from resources.errors import UserError
from resources.loader import resource_path
from ui.background import WORKERS
from ui.desk.desk_page import DeskPage
from ui.desk_window import DeskWindow
from ui.window.key_tips import KeyTips

WITHIN_S = 180.0
PACE = 40.0
NUMBER, OTHER = "13900001234", "13700005678"
CASES = ("03-bbq-fumes.json",)


@dataclass(frozen=True, slots=True)
class Scene:
    """A state that stands now, and the window that shows it."""

    name: str
    window: QWidget
    part: QWidget | None = None
    """The only part that can be used and read now, where the rest is dimmed."""

    @property
    def usable(self) -> QWidget:
        """What the keys reach and eyes should read."""
        return self.part or self.window


Scenes = Iterator[Scene]


class Stage:
    """A window with hands: waits for what it was told to do. No seat here has speech models, whatever
    the machine has: what is shown must not depend on it."""

    def __init__(self, window: DeskWindow, desk: Workplace) -> None:
        os.environ["JIESU_MODELS"] = str(desk.data_dir / "models")
        self.window, self.desk = window, desk
        self.sample = resource_path("calls", CASES[0])

    def until(self, holds: Callable[[], object], within: float = WITHIN_S) -> None:
        """Let the desk work until something holds."""
        ends = time.monotonic() + within
        while not holds():
            if time.monotonic() > ends:
                raise RuntimeError(f"the desk did not get there: {self.window.message.text}")
            QApplication.processEvents()
            time.sleep(0.002)

    def settle(self) -> None:
        """Let the work that has begun end, and layouts follow."""
        self.until(lambda: not self.window.background.busy)
        for _ in range(4):
            QApplication.processEvents()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def scene(self, name: str, window: QWidget | None = None, part: QWidget | None = None) -> Scene:
        """What stands now."""
        self.settle()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        return Scene(name, window or self.window, part)

    def show(self, page: str) -> None:
        """Go to a page and let it load."""
        self.window.message.clear()
        self.window.show_page(page)
        self.settle()

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Nothing that is asked for comes: what a slow disk or a slow centre looks like."""
        gate = threading.Event()
        self.settle()
        for _ in range(WORKERS):
            self.window.background.run(gate.wait)
        try:
            yield
        finally:
            gate.set()
            self.settle()

    def waiting(self, name: str) -> Scene:
        """A state while the pool is held up: nothing is waited for."""
        for _ in range(4):
            QApplication.processEvents()
        return Scene(name, self.window)

    def ring(self, name: str, number: str | None, pace: float | None = PACE) -> None:
        """The telephone rings."""
        self.desk.telephone.pace = pace
        self.desk.telephone.take(LineEvent(LineKind.RING, name, number, sound=self.sample))
        self.until(lambda: self.window.line.shown.ringing)

    def hear(self, caller: str | None = None) -> None:
        """A whole call as text at once, and what it fills in."""
        window = self.window
        window.start_call(ScriptCall(self.sample, None, caller_line=caller))
        self.until(lambda: window.control.state is CallState.WRAPPING)
        self.until(lambda: window.desk_page.form.summary.toPlainText() != "")
        self.settle()

    def submit(self) -> None:
        """Submit every request of the call."""
        page = self.window.desk_page
        while (draft := page.draft) is not None:
            page.ticket.submit.click()
            written = draft.id
            self.until(partial(_gone, page, written))
        self.settle()

    def go_on(self) -> None:
        """To the next call."""
        self.window.desk_page.ticket.next_requested.emit()
        self.until(lambda: self.window.control.state is CallState.READY)
        self.settle()


def _gone(page: DeskPage, written: str) -> bool:
    return page.draft is None or page.draft.id != written


def screens(*sizes: tuple[int, int]) -> dict[str, object]:
    """What Qt's offscreen platform is told of screens that stand beside each other."""
    told, left = [], 0
    for width, height in sizes:
        place = {"name": f"screen {left}", "x": left, "y": 0, "width": width, "height": height}
        told.append(place | {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1})
        left += width
    return {"windowFrameMargins": False, "screens": told}


def desk_scenes(stage: Stage) -> Scenes:
    """The seat from the first minute to a ticket that is sent."""
    window, desk = stage.window, stage.desk
    stage.show("desk")
    yield stage.scene("desk-ready")
    desk.telephone.pause("meal")
    stage.until(lambda: window.line.shown.pause is not None)
    yield stage.scene("desk-break")
    desk.telephone.end_pause()
    window.start_call(FileCall(Path("missing.wav")))
    stage.until(lambda: bool(window.message.text))
    yield stage.scene("desk-error-no-such-file")
    window.message.clear()
    window.start_call(FileCall(stage.sample.with_suffix(".flac"), 4.0, NUMBER))
    stage.until(lambda: window.control.audio_safe)
    yield stage.scene("desk-no-model")
    window.control.hang_up()
    stage.until(lambda: window.control.state is CallState.WRAPPING)
    stage.go_on()
    stage.hear(NUMBER)
    yield stage.scene("desk-wrap-suggested")
    yield from _pickers(stage)
    stage.submit()
    yield stage.scene("desk-submitted")
    stage.go_on()
    stage.ring("a", NUMBER)
    stage.until(lambda: window.line.history is not None)
    yield stage.scene("desk-ringing-known-caller")
    desk.telephone.take(LineEvent(LineKind.ENDED, "a"))
    stage.until(lambda: not window.line.shown.ringing)
    yield stage.scene("desk-missed-call")
    stage.ring("b", None)
    yield stage.scene("desk-ringing-withheld")
    desk.telephone.take(LineEvent(LineKind.ENDED, "b"))
    stage.until(lambda: not window.line.shown.ringing)
    yield from call_scenes(stage)


def call_scenes(stage: Stage) -> Scenes:
    """A call by telephone: talking, held, handed on, with parts missing; then written up."""
    window, page, desk = stage.window, stage.window.desk_page, stage.desk
    stage.ring("c", NUMBER, pace=4.0)
    desk.telephone.answer()
    stage.until(lambda: window.control.state is CallState.TALKING)
    yield stage.scene("desk-talking-begun")
    stage.until(lambda: page.units.model.rowCount() > 0)
    yield stage.scene("desk-talking")
    desk.telephone.hold()
    stage.until(lambda: window.line.phase is Phase.HELD)
    yield stage.scene("desk-held")
    desk.telephone.hold()
    window.top.transfer.click()
    yield stage.scene("desk-transfer")
    window.transfer.leave()
    stage.ring("d", OTHER)
    yield stage.scene("desk-ringing-beside")
    desk.telephone.take(LineEvent(LineKind.ENDED, "d"))
    desk.bus.publish(Degraded("speech", "MODEL_MISSING", "whisper-base"))
    desk.bus.publish(Degraded("knowledge", "KNOWLEDGE_INDEX_BUSY", "index"))
    desk.bus.publish(CentreChanged(False, "CENTRE_TIMEOUT"))
    desk.bus.publish(OutboxChanged(12, 2))
    stage.until(lambda: "12" in window.status.outbox.text())
    yield stage.scene("desk-degraded")
    desk.bus.publish(Degraded("draft", "STORE_DISK_FULL", "drafts"))
    stage.until(lambda: "draft" in window.status._degraded)
    yield stage.scene("desk-disk-full")
    desk.bus.publish(Degraded("draft", ""))
    lost = SpeechDegraded("AUDIO_DEVICE_LOST", "Jabra Evolve2")
    desk.bus.publish(Heard(window.control.call.id if window.control.call else "", lost))
    stage.until(lambda: "Jabra" in window.message.text)
    yield stage.scene("desk-device-gone")
    for part in ("speech", "knowledge"):
        desk.bus.publish(Degraded(part, ""))
    desk.bus.publish(OutboxChanged(1, 0))
    window.message.clear()
    stage.until(lambda: "speech" not in window.status._degraded)
    window.control.hang_up()
    stage.until(lambda: window.control.state is CallState.WRAPPING)
    yield stage.scene("desk-wrap")
    for handling in (Handling.EMERGENCY, Handling.OTHER_CHANNEL, Handling.CONFER):
        page.form.typed.emit("handling", handling)
        yield stage.scene(f"desk-handling-{handling}")
    page.form.typed.emit("handling", Handling.DISPATCH)
    page.ticket.request_added.emit()
    page.ticket.request_added.emit()
    page.ticket.submit.click()
    yield stage.scene("desk-three-requests-missing")
    stage.go_on()
    yield stage.scene("desk-draft-of-an-earlier-call")
    page.ticket.leave.click()


def _pickers(stage: Stage) -> Scenes:
    """What opens over the form: lists of choices, the palette, sentences, searches."""
    window, page = stage.window, stage.window.desk_page
    search = page.search
    for name, line, typed in (
        ("region", page.form.region, "wj"),
        ("category", page.form.category, "yy"),
        ("unit", page.units.add_line, "cy"),
    ):
        line.setFocus()
        line.setText(typed)
        line.textEdited.emit(typed)
        yield stage.scene(f"picker-{name}")
        line.popup.hide()
        line.setModified(False)
        page._show()
    with stage.held_up():
        search.search_for("公积金贷款")
        stage.until(lambda: search._running)
        yield stage.waiting("search-running")
    for name, words in (("found", "公积金"), ("nothing", "qzxqzx")):
        search.search_for(words)
        yield stage.scene(f"search-{name}")
    search._not_found(UserError("KNOWLEDGE_INDEX_BUSY", folder="index"))
    yield stage.scene("search-failed")
    search.search_for("")
    page.form.summary.setFocus()
    window.hands.ask_action()
    yield stage.scene("palette")
    window.hands.palette.line.setText("zxqzxq")
    window.hands.palette.line.textEdited.emit("zxqzxq")
    yield stage.scene("palette-nothing")
    window.hands.palette.close_up()
    window.hands.ask_module()
    stage.until(window.hands.palette.isVisible)
    yield stage.scene("text-modules")
    window.hands.palette.close_up()
    window.desk_page.form.summary.setFocus()
    tips = window.findChild(KeyTips)
    assert tips is not None
    QTest.keyPress(page.form.subject, Qt.Key.Key_Alt)
    stage.until(lambda: tips.shown)
    yield stage.scene("key-tips")
    QTest.keyRelease(page.form.subject, Qt.Key.Key_Alt)
