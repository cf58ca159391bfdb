"""Core events reach the GUI thread in order, partial text thinned out, references kept."""

from __future__ import annotations

import sys
import threading

from PySide6.QtCore import QCoreApplication, QThread
from pytestqt.qtbot import QtBot

from app.domain.call import Speaker, Utterance
from app.events import (
    AudioSafe,
    CentreChanged,
    Event,
    EventBus,
    Heard,
    OutboxChanged,
    PartialHeard,
    UtteranceHeard,
)
from ui.bridge import EventBridge


def partial(text: str, speaker: Speaker = Speaker.CALLER) -> Heard:
    return Heard("call", PartialHeard(speaker, 0.0, text))


def final(text: str) -> Heard:
    return Heard("call", UtteranceHeard(Utterance("u", Speaker.CALLER, 0, 1, text, text, "x"), 0.1))


def publish_elsewhere(bus: EventBus, *events: Event) -> None:
    """From another thread, as the core does."""

    def publish() -> None:
        for event in events:
            bus.publish(event)

    thread = threading.Thread(target=publish)
    thread.start()
    thread.join()


def test_events_arrive_in_the_gui_thread_and_in_order(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = EventBridge(bus)
    came: list[object] = []
    threads = set()

    def take(event: object) -> None:
        came.append(event)
        threads.add(QThread.currentThread())

    bridge.outbox_changed.connect(take)
    bridge.centre_changed.connect(take)
    sent = [OutboxChanged(1, 0), CentreChanged(False, "CENTRE_TIMEOUT"), OutboxChanged(2, 0)]
    publish_elsewhere(bus, *sent)
    assert came == []
    qtbot.waitUntil(lambda: len(came) == 3)
    assert came == sent
    application = QCoreApplication.instance()
    assert application is not None
    assert threads == {application.thread()}
    bridge.close()


def test_only_the_newest_partial_text_of_each_speaker_is_passed_on(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = EventBridge(bus)
    came: list[Heard] = []
    bridge.heard.connect(came.append)
    many = [partial(f"我{number}") for number in range(500)]
    safe = [Heard("call", AudioSafe(float(second))) for second in range(100)]
    publish_elsewhere(bus, *many, partial("您好", Speaker.OPERATOR), *safe)
    qtbot.waitUntil(lambda: len(came) >= 3)
    assert came == [many[-1], partial("您好", Speaker.OPERATOR), safe[-1]]
    bridge.close()


def test_a_finished_utterance_discards_its_partial_text(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = EventBridge(bus)
    came: list[Heard] = []
    bridge.heard.connect(came.append)
    publish_elsewhere(bus, partial("望金"), final("望京街道"), partial("后来"))
    qtbot.waitUntil(lambda: len(came) == 2)
    assert came == [final("望京街道"), partial("后来")]
    bridge.close()


def test_nothing_comes_after_close(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = EventBridge(bus)
    came: list[object] = []
    bridge.heard.connect(came.append)
    bridge.outbox_changed.connect(came.append)
    publish_elsewhere(bus, partial("我"), OutboxChanged(1, 0))
    bridge.close()
    publish_elsewhere(bus, OutboxChanged(2, 0))
    other = EventBridge(bus)
    with qtbot.waitSignal(other.outbox_changed):
        publish_elsewhere(bus, OutboxChanged(3, 0))
    assert came == []
    other.close()


def test_signals_keep_references(qtbot: QtBot) -> None:
    """A Qt release that gives back references it never took ends the program sooner or later."""
    bus = EventBus()
    bridge = EventBridge(bus)
    watched = (None, True, False)

    def work() -> None:
        for number in range(300):
            bus.publish(OutboxChanged(number, 0))
            QCoreApplication.processEvents()
            bridge.property("nothing")

    work()
    before = [sys.getrefcount(value) for value in watched]
    work()
    lost = [earlier - sys.getrefcount(value) for value, earlier in zip(watched, before, strict=True)]
    assert max(lost) < 100, lost
    bridge.close()
