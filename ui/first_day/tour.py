"""The tour: the sample call goes on in a practice desk, and one part of it after the other is shown.

The practice desk is a drill's: the same window over a folder of its own, marked as a drill, whose
tickets are never dispatched. It takes the place of the desk inside the one window, and leaves it at
once when a real call rings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from app.desk import Desk, ScriptCall
from app.domain.call import CallState
from app.sample_data import SAMPLE_CALL
from resources.loader import resource_path
from ui.first_day.tour_view import TourView
from ui.look.named_key import NamedKey

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStackedWidget, QWidget

    from app.workplace import Workplace
    from resources.errors import UserError
    from ui.background import Background
    from ui.desk.call_control import CallControl
    from ui.desk_window import DeskWindow

OpenDesk = Callable[[Desk], "DeskWindow"]
STEPS = ("call", "transcript", "ticket", "units", "knowledge", "submit", "status", "palette")
FOLDER, PACE = "tour", 3.0
"""The call is further than whoever reads, so that there is something to see in each part."""
_NAMED = {
    "transcript": "key_transcript",
    "ticket": "key_form",
    "units": "key_units",
    "knowledge": "key_articles",
    "palette": "key_palette",
}


class Tour(QObject):
    """``begin`` and ``end``; nothing happens while a call goes on or a drill is held."""

    def __init__(
        self,
        desk: Desk,
        stack: QStackedWidget,
        control: CallControl,
        background: Background,
        open_desk: OpenDesk,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._desk, self._stack, self._control = desk, stack, control
        self._background, self._open_desk = background, open_desk
        self._opening = False
        self._at = 0
        self.practice: DeskWindow | None = None
        self.view: TourView | None = None

    def begin(self) -> None:
        """Open the practice desk and let the sample call begin."""
        if self.practice is None and not self._opening and self._control.state is CallState.READY:
            self._opening = True
            self._background.run(self._make_place, self._on_place, self._on_failed)

    def end(self) -> None:
        """Back to the desk; nothing of the practice is left."""
        practice, self.practice, self.view = self.practice, None, None
        self._opening = False
        if practice is None:
            return
        if self._stack.currentWidget() is practice:
            self._stack.setCurrentIndex(0)
        self._stack.removeWidget(practice)
        practice.close()
        practice.deleteLater()

    # -- beginning ---------------------------------------------------------------------------------

    def _make_place(self) -> Workplace:
        from app.script import load_case
        from app.training.drill import drill_place

        place = drill_place(self._desk.data_dir, FOLDER)  # a drill may be under way in its own
        for draft in place.recovered():
            place.discard(draft.id)
        case = load_case(resource_path(*SAMPLE_CALL).with_suffix(".json"))
        place.analyst().analyse(case.turns)  # the first time is slow; nobody should wait for it
        return place

    def _on_place(self, place: Workplace) -> None:
        if not self._opening or self._control.state is not CallState.READY:
            self._opening = False
            self._background.run(place.close)
            return
        self._opening, self._at = False, 0
        self.practice = practice = self._open_desk(place)
        practice.setWindowFlags(Qt.WindowType.Widget)
        title = practice.language.say("firstday.tour_mark")
        practice.drill_bar.show_drill(title, listening=False, typing=False)
        practice.drill_bar.ended.connect(self.end, Qt.ConnectionType.QueuedConnection)
        self._stack.addWidget(practice)
        self._stack.setCurrentWidget(practice)
        practice.start_call(ScriptCall(resource_path(*SAMPLE_CALL).with_suffix(".json"), PACE))
        self.view = view = TourView(practice.language, practice.appearance, practice)
        view.left.connect(self.end, Qt.ConnectionType.QueuedConnection)
        view.stepped.connect(self._on_stepped, Qt.ConnectionType.QueuedConnection)
        self._show()

    def _on_failed(self, error: UserError | None) -> None:
        self._opening = False
        if error is not None:
            self._background.user_error_raised.emit(error)

    # -- stepping ----------------------------------------------------------------------------------

    @property
    def step(self) -> str:
        """The step that is shown."""
        return STEPS[self._at]

    def _on_stepped(self, by: int) -> None:
        if self._at + by >= len(STEPS):
            self.end()
        else:
            self._at = max(0, self._at + by)
            self._show()

    def _show(self) -> None:
        if self.practice is None or self.view is None:
            return
        say, keys = self.practice.language.say, ", ".join(self._keys(self.practice))
        name = say(f"firstday.tour_{self.step}_title")
        title = f"{name} · {keys}" if keys else name
        words = say(f"firstday.tour_{self.step}")
        self.view.show_step(self._target(self.practice), title, words, self._at + 1, len(STEPS))

    def _target(self, practice: DeskWindow) -> QWidget | None:
        page = practice.desk_page
        targets: dict[str, QWidget] = {
            "call": practice.drill_bar,
            "transcript": page.transcript,
            "ticket": page.ticket,
            "units": page.units,
            "knowledge": page.knowledge,
            "submit": page.ticket.submit,
            "status": practice.status,
        }
        return targets.get(self.step)

    def _keys(self, practice: DeskWindow) -> Sequence[str]:
        """The keys of what is shown, as they are obeyed."""
        page = practice.desk_page
        buttons = {"submit": page.ticket.submit, "status": practice.status.help}
        if self.step in buttons:
            return (buttons[self.step].key.replace("Return", "Enter"),)
        known = {key.name: key.key().toString() for key in practice.findChildren(NamedKey)}
        return tuple(known[name] for name in (_NAMED.get(self.step),) if name in known)
