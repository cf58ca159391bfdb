"""What the window does when the telephone rings, and with the keys that act on the line."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from app.desk import CallSource, DeviceCall
from app.domain.call import CallState
from app.telephone.line import ON_THE_LINE, LineCall
from ui.desk.call_control import CallControl
from ui.desk.choice_bar import ChoiceBar, TransferBar
from ui.desk.line_control import LineControl
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.wording import DOT, masked
from ui.window.message_bar import MessageBar, Words
from ui.window.top_bar import TopBar


class LineDesk(QObject):
    """``show_desk`` brings the page forward, ``start_call`` begins a call without a telephone."""

    def __init__(
        self,
        window: QWidget,
        control: CallControl,
        line: LineControl,
        top: TopBar,
        transfer: TransferBar,
        breaks: ChoiceBar,
        message: MessageBar,
        language: Language,
        show_desk: Callable[[], None],
        start_call: Callable[[CallSource], None],
    ) -> None:
        super().__init__(window)
        self._window, self._control, self._line = window, control, line
        self._transfer, self._breaks = transfer, breaks
        self._message, self._language = message, language
        self._show_desk, self._start_call = show_desk, start_call
        self._said: Words | None = None
        self._told, self._known = "", ""
        top.microphone_requested.connect(self._on_answer_requested)
        top.hold_requested.connect(line.telephone.hold)
        top.transfer_requested.connect(transfer.ask)
        transfer.chosen.connect(line.telephone.transfer)
        self._break_key = NamedKey("Alt+B", "pause_after", window, self._ask_break)
        breaks.chosen.connect(line.telephone.pause)
        line.rang.connect(self._on_rang)
        line.changed.connect(self._on_line_changed)
        control.changed.connect(self._on_call_changed)
        self._on_line_changed()

    def _on_answer_requested(self) -> None:
        if self._line.answerable:
            self._show_desk()
            self._line.telephone.answer()
        else:
            self._start_call(DeviceCall())

    def _ask_break(self) -> None:
        self._breaks.show_held(self._line.shown.planned)
        self._breaks.ask()

    def _on_rang(self, _call: LineCall) -> None:
        """Screen pop: the desk comes forward; whoever is being talked to or written about stays."""
        if self._line.ringing:
            self._come_forward()

    def _come_forward(self) -> None:
        self._show_desk()
        QApplication.alert(self._window)
        if self._window.isMinimized():
            self._window.showNormal()
        self._window.raise_()

    def _on_line_changed(self) -> None:
        call = self._line.shown.call
        self._break_key.setEnabled(call is not None)
        if call is None:
            self._breaks.hide()
        elif call.id != self._known and call.phase in ON_THE_LINE and not self._control.starting:
            self._come_forward()  # the telephone answered by itself
        self._known = call.id if call is not None else ""
        self._tell_ringing()

    def _tell_ringing(self) -> None:
        """Say who rings, and by which key whom one answers; once for each that changes."""
        ringing, say = self._line.shown.ringing, self._language.say
        if not ringing:
            self._told = ""
            self._message.take_back(self._said)
            return
        answerable = self._line.answerable
        key = "ringing" if self._line.ringing else "ringing_next" if answerable else "ringing_beside"
        first = ringing[0] if answerable else ringing[-1]
        others = len(ringing) - 1
        told = f"{key} {first.id} {others}"
        if told == self._told:
            return
        self._told = told

        def words() -> str:
            who = masked(first.number) or say("caller_withheld")
            more = say("ringing_more", n=others) if others else ""
            return DOT.join(part for part in (say(key, who=who), more) if part)

        self._said = words
        self._message.show_message("accent", words)

    def _on_call_changed(self) -> None:
        if self._control.state is not CallState.TALKING:
            self._transfer.hide()
        self._tell_ringing()
