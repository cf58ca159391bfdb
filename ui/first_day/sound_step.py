"""The sound inputs, and whether anything is heard through them."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from app.desk import Desk
from app.domain.call import Speaker
from app.events import AudioLevel, SpeechDegraded, SpeechEvent
from resources.errors import UserError
from ui.background import Background
from ui.first_day.keeping import Keeping
from ui.first_day.listening import SIDES, DeviceBox, LevelBar, Listening
from ui.first_day.step import State, Step
from ui.look.controls import KeyButton
from ui.look.language import Language
from ui.look.style import GRID

QUIET = ("NO_SPEECH_MODEL", "AUDIO_ONE_SIDE")
"""What a test of the loudness does not ask for."""


class SoundStep(Step):
    """While it is shown the chosen inputs are heard; nothing is kept. ``spoke`` = who was heard."""

    name = "sound"

    def __init__(
        self, desk: Desk, background: Background, keeping: Keeping, language: Language
    ) -> None:
        super().__init__(language)
        self._desk, self._background, self._keeping = desk, background, keeping
        self._devices: tuple[str, ...] | None = None
        self.spoke: set[Speaker] = set()
        self._problem: SpeechDegraded | UserError | None = None
        self._shown = False
        self.listening = Listening(desk.first_day, background, self)
        self.choices = {name: DeviceBox() for name in SIDES}
        self.bars = {side: LevelBar() for side in SIDES.values()}
        self.state = State()
        self.again = KeyButton("F5")
        rows: list[tuple[str, QWidget]] = []
        for name, side in SIDES.items():
            rows += [(f"settings.{name}", self.choices[name]), ("", self.bars[side])]
        self.add_rows(rows)
        self.column.addSpacing(GRID * 2)
        self.column.addWidget(self.state)
        self.add_buttons(self.again)
        self.column.addStretch(1)
        for name, choice in self.choices.items():
            choice.activated.connect(lambda _=0, name=name: self._on_chosen(name))
            language.bind(choice, choice.view().setAccessibleName, f"settings.{name}")
        for side, bar in self.bars.items():
            language.bind(bar, bar.setAccessibleName, f"firstday.level_{side.value}")
        language.bind(self.again, self.again.set_label, "firstday.find_devices")
        self.again.clicked.connect(self._find)
        self.listening.heard.connect(self._on_heard)
        self.listening.failed.connect(self._on_failed)
        language.changed.connect(self._show)
        self._show()

    @property
    def first(self) -> QWidget:
        """The operator's input."""
        return self.choices["operator_device"]

    def enter(self) -> None:
        """Look for inputs and listen."""
        self._shown = True
        self._find()

    def leave(self) -> None:
        """Let go of the inputs."""
        self._shown = False
        self.listening.stop()
        for bar in self.bars.values():
            bar.quiet()

    def _find(self) -> None:
        self.listening.stop()
        self._background.run(self._desk.input_devices, self._on_found, lambda _: self._on_found(()))

    def _on_found(self, devices: tuple[str, ...]) -> None:
        self._devices = devices
        self._show()
        self._listen()

    def _listen(self) -> None:
        if not self._shown or not self._devices:
            return
        self.spoke, self._problem = set(), None
        operator, caller = (choice.currentData() or "" for choice in self.choices.values())
        listen = self._desk.first_day.listen
        self.listening.start(partial(listen, operator_device=operator, caller_device=caller))
        self._show_state()

    def _on_chosen(self, name: str) -> None:
        self._keeping.change(name, self.choices[name].currentData())
        self._listen()

    def _on_heard(self, event: SpeechEvent) -> None:
        if isinstance(event, AudioLevel):
            if self.bars[event.speaker].show_level(event) and event.speaker not in self.spoke:
                self.spoke.add(event.speaker)
                self._problem = None
                self._show_state()
        elif isinstance(event, SpeechDegraded) and event.code not in QUIET:
            self._problem = event
            self._show_state()

    def _on_failed(self, error: UserError | None) -> None:
        self._problem = error
        self._show_state()

    def _show(self) -> None:
        settings, say = self._desk.settings, self._language.say
        for name, choice in self.choices.items():
            kept = choice.currentData() if choice.count() else getattr(settings, name)
            devices = list(self._devices or ())
            choice.clear()
            choice.addItem(say(f"settings.{name}_none"), "")
            for device in devices + ([kept] if kept and kept not in devices else []):
                choice.addItem(device, device)
            choice.setCurrentIndex(max(0, choice.findData(kept)))
        self._show_state()

    def _show_state(self) -> None:
        if self._devices is None:
            self.state.show_state("", self.say("sound_looking"))
        elif not self._devices:
            self.state.show_state("warn", self.say("sound_none"))
        elif isinstance(self._problem, SpeechDegraded):
            self.state.show_state("bad", self._problem.message(self._language.code))
        elif self._problem is not None:
            self.state.show_state("bad", self._language.error(self._problem))
        elif self.spoke:
            names = [self._language.say(side.value) for side in Speaker if side in self.spoke]
            heard = self._language.say("comma").join(names)
            self.state.show_state("ok", self.say("sound_heard", who=heard))
        else:
            self.state.show_state("", self.say("sound_speak"))
