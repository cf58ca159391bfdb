"""Loading what calls need before the first one comes; what cannot be had is told, not fatal."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

from app.domain.call import CallState, Speaker, Utterance
from app.events import CallChanged, Degraded, Event, EventBus
from app.own_names import read_own_names
from app.parts import Parts
from app.returned import know_returns
from app.settings import Settings
from app.told_matters import know_matters
from resources.errors import UserError

if TYPE_CHECKING:
    from app.storage.snapshots import SnapshotKeeper

MEANING_AFTER_S = 20.0
"""Embedding articles waits until the desk has settled."""
MEANING_WITHIN_S = 0.25
"""A search on a machine that is busy with a call goes by words rather than wait longer."""
_FIRST_WORDS = Utterance("", Speaker.CALLER, 0.0, 1.0, "望京街道没有水了，麻烦管一管", "", "")
"""Rules, places and how types are told are read with the first words: these, not a caller's."""


def load_parts(parts: Parts, settings: Settings, bus: EventBus) -> None:
    """Load knowledge, analyst, repair and engines. Blocks."""
    from app.dispatch.find import prepare as prepare_pickers

    know_returns(parts)
    know_matters(parts)
    parts.knowledge()
    _begin_meaning(parts, bus)
    try:
        parts.practice()
        parts.matter()
    except UserError as error:
        bus.publish(Degraded("dispatch", "PRACTICE_UNUSED", str(error.values.get("detail", ""))))
    try:
        read_own_names(parts.data_dir)
    except UserError as error:
        bus.publish(Degraded("speech", "NAMES_UNUSED", error.message(settings.language)))
    parts.analyst().analyse([_FIRST_WORDS])
    parts.repairer()
    prepare_pickers()
    for model, load in (
        (settings.speech_model, parts.final_engine),
        (parts.live_model(), parts.live_engine),
    ):
        try:
            if model:
                load(model)
        except UserError as error:
            bus.publish(Degraded("speech", error.code, str(error.values.get("name", ""))))
    gc.freeze()  # 350,000 objects that stay: looking through them holds the window up for 0.15 s


def _between_calls(bus: EventBus) -> threading.Event:
    """Set while nobody is being talked to: what holds everything up for a moment waits for that."""
    quiet = threading.Event()
    quiet.set()

    def follow(event: Event) -> None:
        if isinstance(event, CallChanged):
            quiet.clear() if event.state is CallState.TALKING else quiet.set()

    bus.subscribe(follow)
    return quiet


def start_snapshots(parts: Parts, bus: EventBus) -> SnapshotKeeper:
    """Copy the database once a day from now on; what goes wrong with that is told."""
    from app.storage.snapshots import SnapshotKeeper

    def tell(error: UserError | None) -> None:
        detail = str(error.values.get("detail", "")) if error else ""
        bus.publish(Degraded("backup", "BACKUP_FAILED" if error else "", detail))

    keeper = SnapshotKeeper(parts.data_dir, parts.key().database, tell)
    keeper.start()
    return keeper


def _begin_meaning(parts: Parts, bus: EventBus) -> None:
    """Search articles by meaning too, where that can run; else by words, which is said."""
    try:
        between_calls = _between_calls(bus)
        parts.knowledge().add_meaning(
            parts.embedder(), MEANING_AFTER_S, MEANING_WITHIN_S, between_calls
        )
    except UserError as error:
        bus.publish(Degraded("knowledge", error.code, str(error.values.get("detail", ""))))
