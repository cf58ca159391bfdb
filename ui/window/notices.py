"""What happens beside a call and is said in the bar: parts that go on with less, data that arrived."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.events import Degraded, Heard, ReferenceArrived, SpeechDegraded

if TYPE_CHECKING:
    from app.desk import Desk
    from app.reference.update import Update
    from app.settings import Settings
    from ui.bridge import EventBridge
    from ui.look.language import Language
    from ui.window.message_bar import MessageBar

REFERENCE, UPDATE = "reference", "update"


class Notices(QObject):
    """Listens as long as its parent lives."""

    def __init__(
        self,
        parent: QObject,
        desk: Desk,
        bridge: EventBridge,
        message: MessageBar,
        language: Language,
    ) -> None:
        super().__init__(parent)
        self._desk, self._message, self._language = desk, message, language
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
        names = tuple(name for name in event.names if name != UPDATE)
        if names:
            self._message.show_message(
                "ok", lambda: self._language.say("reference.arrived", names=self._names_of(names))
            )
        if UPDATE in event.names:
            self.say_update()

    def say_update(self) -> None:
        """That the centre has a newer program, if it has; the page of settings goes on saying it."""
        update = self._desk.reference.update
        if update is not None:
            self._message.show_message("accent", lambda: self._update_words(update))

    def _update_words(self, update: Update) -> str:
        first = update.words[self._language.code].splitlines()[0].rstrip("。.")
        return self._language.say("reference.update_arrived", version=update.version, words=first)

    def _names_of(self, names: Sequence[str]) -> str:
        say = self._language.say
        return say("comma").join(say(f"reference.{name.replace('.', '_')}") for name in names)

    def _on_heard(self, heard: Heard) -> None:
        event = heard.event
        if isinstance(event, SpeechDegraded):
            self._message.show_message("warn", lambda: event.message(self._language.code))
