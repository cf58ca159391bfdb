"""What happens beside a call and is said in the bar: parts that go on with less, data that arrived."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from app.events import Degraded, Heard, ReferenceArrived, SpeechDegraded
from app.settings import Settings
from ui.bridge import EventBridge
from ui.language import Language
from ui.message_bar import MessageBar

REFERENCE = "reference"


class Notices(QObject):
    """Listens as long as its parent lives."""

    def __init__(
        self, parent: QObject, bridge: EventBridge, message: MessageBar, language: Language
    ) -> None:
        super().__init__(parent)
        self._message, self._language = message, language
        bridge.degraded.connect(self._on_degraded)
        bridge.heard.connect(self._on_heard)
        bridge.reference_arrived.connect(self._on_reference_arrived)

    def say_unread(self, settings: Settings) -> None:
        """Which settings hold by default since the file has no usable value."""
        names = tuple(settings.unread)
        if names:
            say = self._language.say
            self._message.show_message(
                "warn",
                lambda: self._language.error_code(
                    "SETTING_UNREAD", say("comma").join(say(f"settings.{name}") for name in names)
                ),
            )

    def _on_degraded(self, event: Degraded) -> None:
        if event.code:
            self._message.show_message("warn", lambda: self._degraded_words(event))

    def _degraded_words(self, event: Degraded) -> str:
        detail = self._names_of((event.detail,)) if event.part == REFERENCE else event.detail
        return self._language.error_code(event.code, detail)

    def _on_reference_arrived(self, event: ReferenceArrived) -> None:
        self._message.show_message(
            "ok", lambda: self._language.say("reference.arrived", names=self._names_of(event.names))
        )

    def _names_of(self, names: Sequence[str]) -> str:
        say = self._language.say
        return say("comma").join(say(f"reference.{name.replace('.', '_')}") for name in names)

    def _on_heard(self, heard: Heard) -> None:
        event = heard.event
        if isinstance(event, SpeechDegraded):
            self._message.show_message("warn", lambda: event.message(self._language.code))
