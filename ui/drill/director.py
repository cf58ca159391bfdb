"""Holds drills: opens the trainee's desk and the trainer's window, and ends both in order.

The trainee's desk is the same window as any other seat's, over a folder that is marked as a drill's.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.desk import Desk
from app.domain.call import Speaker
from app.training.attempts import Attempt, Attempts
from app.training.coach import Help, hint
from app.training.drill import FOLDER, drill_place
from app.training.live import LiveDrill, Setup, Style
from app.training.record import DrillRecord
from app.training.scoring import score
from app.workplace import Workplace
from resources.errors import UserError
from ui.background import Background
from ui.drill.trainer_window import TrainerWindow
from ui.drill.voice import Voice
from ui.look.appearance import Appearance
from ui.look.language import Language
from ui.window.placement import fit_on_screen

if TYPE_CHECKING:
    from ui.desk_window import DeskWindow

OpenDesk = Callable[[Desk], "DeskWindow"]
AFTER_SUBMIT_MS = 1200
"""The trainee sees that the ticket is safe before the score is shown."""


@dataclass(slots=True)
class Running:
    """A drill under way with its windows."""

    setup: Setup
    place: Workplace
    desk: DeskWindow
    amount: Help
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    drill: LiveDrill | None = None
    trainer: TrainerWindow | None = None
    spoken: int = 0


class DrillDirector(QObject):
    """One drill at a time. ``begun``, ``ended`` (with the attempt) and ``failed`` tell the page."""

    begun = Signal()
    ended = Signal(object)
    failed = Signal(object)
    _moved = Signal()

    def __init__(
        self,
        desk: Desk,
        background: Background,
        language: Language,
        appearance: Appearance,
        open_desk: OpenDesk,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._desk, self._background = desk, background
        self._language, self._appearance = language, appearance
        self._open_desk = open_desk
        self._voice = Voice(self)
        self.running: Running | None = None
        self.starting = False
        self._ending = False
        self._moved.connect(self._on_moved, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether a drill goes on or is about to."""
        return self.starting or self.running is not None

    def attempts(self) -> tuple[Attempt, ...]:
        """The drills held at this seat. Blocks."""
        return Attempts(self._desk.data_dir / FOLDER).all()

    def start(self, setup: Setup, amount: Help) -> None:
        """Open the trainee's desk and take the call."""
        if self.busy:
            return
        self.starting = True
        self._background.run(
            lambda: self._make_place(setup),
            lambda place: self._on_place(setup, amount, place),
            self._on_failed,
        )

    def end(self) -> None:
        """End the drill and tell its score."""
        running = self.running
        if running is None or running.drill is None or self._ending:
            return
        self._ending = True
        drill = running.drill
        if running.trainer is not None:
            running.trainer.close()
        self._background.run(
            lambda: self._keep(running, drill.finish()),
            self._on_kept,
            lambda error: self._on_kept(None, error),
        )

    def abort(self) -> None:
        """Close everything now: the seat's own window closes. Blocks, bounded."""
        running, self.running = self.running, None
        self._voice.stop()
        if running is None:
            return
        if running.drill is not None and not self._ending:
            running.drill.finish()
        _leave(running)

    # -- beginning -------------------------------------------------------------------------------

    def _make_place(self, setup: Setup) -> Workplace:
        place = drill_place(self._desk.data_dir)
        if setup.microphone:
            place.preload()
        else:
            place.analyst()
        return place

    def _on_place(self, setup: Setup, amount: Help, place: Workplace) -> None:
        window = self._open_desk(place)
        self.running = Running(setup, place, window, amount)
        typing = not setup.microphone and setup.style is not Style.PLAY_ALONG
        case = setup.scenario
        window.drill_bar.show_drill(case.title or case.id, listening=setup.microphone, typing=typing)
        window.drill_bar.said.connect(self._on_said)
        window.drill_bar.ended.connect(self.end)
        window.closed.connect(self.end)
        self._background.run(
            lambda: LiveDrill(place, setup, self._moved.emit), self._on_begun, self._on_failed
        )

    def _on_begun(self, drill: LiveDrill) -> None:
        self.starting = False
        running = self.running
        if running is None:
            drill.finish()
            return
        running.drill = drill
        aloud = not self._voice.available and drill.setup.sound is None
        trainer = TrainerWindow(drill, self._language, self._appearance, aloud=aloud)
        trainer.ended.connect(self.end)
        running.trainer = trainer
        fit_on_screen(running.desk)  # not before: closed too early it would end what is being begun
        running.desk.show()
        if drill.setup.style is not Style.EXAM:
            fit_on_screen(trainer, beside=running.desk)
            trainer.show()
        running.desk.activateWindow()
        self._on_moved()
        self.begun.emit()

    def _on_failed(self, error: UserError | None) -> None:
        self.starting = False
        running, self.running = self.running, None
        if running is not None:
            _leave(running)
        self.failed.emit(error)

    # -- under way -------------------------------------------------------------------------------

    def _on_said(self, words: str) -> None:
        if self.running is not None and self.running.drill is not None:
            self.running.drill.say(words)

    def _on_moved(self) -> None:
        running = self.running
        if running is None or running.drill is None:
            return
        record = running.drill.record()
        coached = running.setup.style is Style.COACH
        running.desk.drill_bar.show_hint(hint(record, running.amount) if coached else None)
        self._speak(running, record)
        if running.trainer is not None:
            running.trainer.refresh()
        if running.drill.finished.is_set() and not self._ending:
            QTimer.singleShot(AFTER_SUBMIT_MS, self, self.end)

    def _speak(self, running: Running, record: DrillRecord) -> None:
        """Let the system's voice say what the caller says, and of a call played along both sides;
        a recording has its own sound."""
        fresh = record.said[running.spoken :]
        running.spoken = len(record.said)
        both = running.setup.style is Style.PLAY_ALONG
        for said in fresh:
            if running.setup.sound is None and (both or said.speaker is Speaker.CALLER):
                self._voice.say(said.words)

    # -- ending ----------------------------------------------------------------------------------

    def _keep(self, running: Running, record: DrillRecord) -> Attempt:
        attempt = Attempt(
            id=str(uuid.uuid4()),
            trainee=running.setup.trainee,
            held_at=running.begun,
            style=running.setup.style,
            total=score(record).total,
            record=record,
            seed=running.setup.seed,
        )
        Attempts(running.place.data_dir).keep(attempt)
        return attempt

    def _on_kept(self, attempt: Attempt | None, error: UserError | None = None) -> None:
        running, self.running = self.running, None
        self._ending = False
        self._voice.stop()
        if running is not None:
            _leave(running)
        if attempt is not None:
            self.ended.emit(attempt)
        else:
            self.failed.emit(error)


def _leave(running: Running) -> None:
    """Close the windows of a drill for good."""
    for window in (running.trainer, running.desk):
        if window is not None:
            window.close()
            window.deleteLater()
