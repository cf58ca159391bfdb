"""Setting a seat up: which models suit it, whether it hears, a sentence to try, sample data.

One trial at a time listens; ``begin`` ends the one before, so that no sound input stays open.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from app.events import Degraded, EventBus, SpeechEvent
from app.sample_data import SAMPLE_CALL, SampleCounts, count_samples, drop_articles, put_articles
from app.settings import Settings, untouched
from resources.loader import resource_path

if TYPE_CHECKING:
    from app.parts import Parts
    from speech.audio.source import AudioBlock, AudioSource
    from speech.models import ModelState, Way
    from speech.recogniser import Recogniser

SENTENCE_S = 5.6
"""How long the first sentence of the sample call is."""
STOP_WITHIN_S = 5.0
STEP = "setup.step"
Tell = Callable[[SpeechEvent], None]


@dataclass(frozen=True, slots=True)
class Offer:
    """A model of the catalogue, how it would come here, and whether the seat uses it."""

    model: ModelState
    way: Way
    used: bool


class FirstDay:
    """What is not marked ``GUI`` blocks. Raises ``UserError`` where something is missing.

    ``untouched`` = the seat's folder was empty when its desk was opened.
    """

    def __init__(self, parts: Parts, settings: Callable[[], Settings], bus: EventBus) -> None:
        self._parts, self._settings, self._bus = parts, settings, bus
        self.untouched = untouched(parts.data_dir)
        self._lock = threading.Lock()
        self._newest = 0
        self._hearing: Recogniser | None = None

    # -- how far one came --------------------------------------------------------------------------

    def step(self) -> str:
        """The step at which the assistant was left; empty = it is done, or was never begun."""
        return self._parts.store().kept(STEP) or ""

    def keep_step(self, name: str) -> None:
        """Note where to go on; empty = done."""
        self._parts.store().keep(STEP, name)

    # -- models ------------------------------------------------------------------------------------

    def offers(self) -> tuple[Offer, ...]:
        """The models for speech, those of one use together, the recommended one first."""
        store, settings = self._parts.models(), self._settings()
        used = (settings.speech_model, settings.live_model or self._parts.live_model())
        found = [
            Offer(state, store.way(state.name), state.installed and state.name in used)
            for state in store.list()
            if state.use in ("final", "live")
        ]
        uses = ("final", "live")
        order = sorted(found, key=lambda one: (uses.index(one.model.use), not one.model.recommended))
        return tuple(order)

    def install(
        self, name: str, progress: Callable[[int, int | None], None], archive: Path | None = None
    ) -> None:
        """Bring a model here; what ``progress`` raises ends the work."""
        self._parts.models().install(name, progress, archive)

    def load(self) -> None:
        """Load the model for the final text now; that it was missing is no longer told."""
        self._parts.final_engine(self._settings().speech_model)
        self._bus.publish(Degraded("speech", ""))

    # -- sound -------------------------------------------------------------------------------------

    def begin(self) -> int:
        """GUI. End what listens; the number of the next trial."""
        self._newest += 1
        if (hearing := self._hearing) is not None:
            hearing.stop()
        return self._newest

    def listen(self, trial: int, tell: Tell, operator_device: str, caller_device: str) -> None:
        """Tell how loud the sound inputs are; nothing is kept."""
        from speech.audio.devices import DeviceSource

        self._hear(trial, lambda: DeviceSource(operator_device, caller_device), tell)

    def try_out(self, trial: int, tell: Tell, *, sample: bool) -> None:
        """Tell what is said into the chosen input, or with ``sample`` the first sentence of the
        sample call, as the recogniser of a call hears it; nothing is kept."""
        from speech.audio.devices import DeviceSource

        settings = self._settings()
        self.load()
        if sample:
            self._hear(trial, _first_sentence, tell, understand=True)
        else:
            devices = settings.operator_device, settings.caller_device
            self._hear(trial, lambda: DeviceSource(*devices), tell, understand=True)

    def _hear(
        self, trial: int, opened: Callable[[], AudioSource], tell: Tell, *, understand: bool = False
    ) -> None:
        from speech.recogniser import Recogniser

        with self._lock:
            if self._hearing is not None:
                self._hearing.stop()
                self._hearing.join(STOP_WITHIN_S)
            if trial != self._newest:
                return
            if understand:
                model = self._parts.live_model()
                live = self._parts.live_engine(model) if model else None
                final = self._parts.final_engine(self._settings().speech_model)
                repair = self._parts.repairer().for_call()
                hearing = Recogniser(opened(), None, live, final, repair, repair.hot_words, tell)
            else:
                hearing = Recogniser(opened(), None, None, None, None, None, tell)
            self._hearing = hearing
            hearing.start()
            if trial != self._newest:  # ended while it was opened
                hearing.stop()

    def close(self) -> None:
        """End what listens, also so that a call gets the sound inputs; bounded."""
        self.begin()
        if self._lock.acquire(timeout=STOP_WITHIN_S):  # else it is loading, and then finds itself ended
            try:
                if self._hearing is not None:
                    self._hearing.stop()
                    self._hearing.join(STOP_WITHIN_S)
            finally:
                self._lock.release()

    # -- sample data -------------------------------------------------------------------------------

    def samples(self) -> SampleCounts:
        """How much of it there is."""
        return count_samples()

    def keep_articles(self, keep: bool) -> None:
        """Search the articles that come with the program, or forget those that nobody changed."""
        knowledge = self._parts.knowledge()
        store = self._parts.store().articles()
        if keep:
            put_articles(store)
        else:
            drop_articles(store)
        knowledge.refresh()


def _first_sentence() -> AudioSource:
    """What the operator says first in the sample call, at the pace at which it was said."""
    from speech.audio.files import FileSource

    class FirstSentence(FileSource):
        def blocks(self) -> Iterator[AudioBlock]:
            return takewhile(lambda block: block.start < SENTENCE_S, super().blocks())

    return FirstSentence(resource_path(*SAMPLE_CALL), 1.0)
