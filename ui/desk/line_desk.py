"""What the window does when the telephone rings, and with the keys that act on the line."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from app.desk import CallSource, DeviceCall
from app.domain.call import CallState
from app.telephone.line import LineCall
from ui.desk.call_control import CallControl
from ui.desk.line_control import LineControl
from ui.desk.transfer_bar import TransferBar
from ui.look.language import Language
from ui.look.wording import masked
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
        message: MessageBar,
        language: Language,
        show_desk: Callable[[], None],
        start_call: Callable[[CallSource], None],
    ) -> None:
        super().__init__(window)
        self._window, self._control, self._line = window, control, line
        self._transfer, self._message, self._language = transfer, message, language
        self._show_desk, self._start_call = show_desk, start_call
        self._said: Words | None = None
        top.microphone_requested.connect(self._on_answer_requested)
        top.hold_requested.connect(line.telephone.hold)
        top.transfer_requested.connect(transfer.ask)
        transfer.chosen.connect(line.telephone.transfer)
        line.rang.connect(self._on_rang)
        line.changed.connect(self._on_line_changed)
        control.changed.connect(self._on_call_changed)

    def _on_answer_requested(self) -> None:
        if self._line.ringing:
            self._show_desk()
            self._line.telephone.answer()
        else:
            self._start_call(DeviceCall())

    def _on_rang(self, call: LineCall) -> None:
        """Screen pop: the desk comes forward; whoever is being talked to or written about stays."""
        say = self._language.say
        if self._line.ringing:
            self._show_desk()
            QApplication.alert(self._window)
        who = masked(call.number) or say("caller_withheld")
        key = "ringing" if self._line.ringing else "ringing_beside"
        self._said = lambda: say(key, who=who)
        self._message.show_message("accent", self._said)

    def _on_line_changed(self) -> None:
        if not self._line.shown.ringing:
            self._message.take_back(self._said)

    def _on_call_changed(self) -> None:
        if self._control.state is not CallState.TALKING:
            self._transfer.hide()
