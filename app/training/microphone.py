"""A drill's stage with the trainee's real voice: the same recogniser as in a call, one side of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from app.domain.call import Speaker
from app.events import AudioEnded, SpeechDegraded, SpeechEvent
from app.hearing import recogniser_over
from app.training.stage import Stage
from app.workplace import Workplace

if TYPE_CHECKING:
    from speech.audio.source import AudioBlock, AudioSource
    from speech.recogniser import Recogniser

ONE_SIDE = "AUDIO_ONE_SIDE"
"""The caller's side is the drill's, so its absence is nothing to complain of."""


class OperatorSide:
    """The operator's channel of a sound source: what the other picks up is not the caller."""

    def __init__(self, source: AudioSource) -> None:
        self._source = source
        self.name, self.live = source.name, source.live
        self.speakers: tuple[Speaker, ...] = (Speaker.OPERATOR,)

    def blocks(self) -> Iterator[AudioBlock | SpeechDegraded]:
        """The operator's blocks."""
        for block in self._source.blocks():
            if isinstance(block, SpeechDegraded) or block.speaker is Speaker.OPERATOR:
                yield block

    def stop(self) -> None:
        """End the iteration soon."""
        self._source.stop()


Listen = Callable[[Callable[[SpeechEvent], None]], "Recogniser"]
"""Opens a recogniser that tells what it hears."""


class ListeningStage(Stage):
    """A recogniser runs during the drill and tells ``hear``; words that are said go to ``listener``."""

    def __init__(
        self,
        listener: Callable[[SpeechEvent], None],
        listen: Listen,
        hear: Callable[[SpeechEvent], None],
    ) -> None:
        super().__init__(listener)
        self._hear = hear
        self._recogniser = listen(self._take)

    def start(self) -> None:
        """Begin to listen."""
        self._recogniser.start()

    def stop(self) -> None:
        """Hang up; what was heard is still recognised."""
        self.closing = True
        self._recogniser.stop()

    def hold(self, held: bool) -> None:
        """What the trainee says while the caller waits is not heard."""
        self._recogniser.hold(held)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until everything was recognised."""
        return self._recogniser.join(timeout)

    def _take(self, event: SpeechEvent) -> None:
        if isinstance(event, AudioEnded):
            self.ended = True
        if not (isinstance(event, SpeechDegraded) and event.code == ONE_SIDE):
            self._hear(event)


def microphone_stage(
    hear: Callable[[SpeechEvent], None],
    listener: Callable[[SpeechEvent], None],
    place: Workplace,
    call_id: str,
) -> ListeningStage:
    """Hears the trainee through the sound input of the settings and tells ``hear``; the caller's
    words come by ``say`` and go to ``listener``. Raises ``UserError`` without a usable sound input."""
    from speech.audio.devices import DeviceSource

    source = OperatorSide(DeviceSource(place.settings.operator_device))
    return ListeningStage(
        listener,
        lambda take: recogniser_over(source, call_id, place.parts, place.settings, take, place.bus),
        hear,
    )
