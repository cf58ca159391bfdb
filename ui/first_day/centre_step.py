"""The centre: its address, the seat's name and password; or none."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from app.desk import Desk
from resources.errors import UserError
from ui.background import Background
from ui.first_day.step import State, Step
from ui.look.controls import KeyButton
from ui.look.fields import FieldLine
from ui.look.language import Language


class CentreStep(Step):
    """Nothing is sent anywhere before the seat has logged in."""

    name = "centre"

    def __init__(self, desk: Desk, background: Background, language: Language) -> None:
        super().__init__(language)
        self._desk, self._background = desk, background
        self._error: UserError | None = None
        self._busy = False
        self.url, self.seat, self.password = FieldLine(), FieldLine(), FieldLine()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.url.setPlaceholderText("https://centre.example")
        self.log_in = KeyButton("", "main")
        self.state = State()
        self.add_rows(
            (
                ("settings.server_url", self.url),
                ("settings.seat", self.seat),
                ("set_password", self.password),
            )
        )
        self.column.addWidget(self.state)
        self.add_buttons(self.log_in)
        self.column.addStretch(1)
        language.bind(self.log_in, self.log_in.set_label, "log_in")
        for line in (self.url, self.seat, self.password):
            line.textChanged.connect(self._on_typed)
            line.returnPressed.connect(self._on_log_in)
        self.log_in.clicked.connect(self._on_log_in)
        language.changed.connect(self._show)

    @property
    def first(self) -> QWidget:
        """The address."""
        return self.url

    def enter(self) -> None:
        """Show what is known."""
        settings = self._desk.settings
        for line, value in ((self.url, settings.server_url), (self.seat, settings.seat)):
            if not line.text():
                line.setText(value)
        self._show()

    def _on_typed(self) -> None:
        self._error = None
        self._show()

    def _on_log_in(self) -> None:
        if not self.log_in.isEnabled():
            return
        url, seat = self.url.text().strip(), self.seat.text().strip()
        password = self.password.text()
        self._busy = True
        self._show()
        self._background.run(
            lambda: self._desk.log_in(url, seat, password), self._on_logged_in, self._on_refused
        )

    def _on_logged_in(self, _: None) -> None:
        self._busy = False
        self.password.clear()
        self._desk.sync_now()
        self._show()

    def _on_refused(self, error: UserError | None) -> None:
        self._busy, self._error = False, error
        self._show()

    def _show(self) -> None:
        whole = all(line.text().strip() for line in (self.url, self.seat, self.password))
        self.log_in.setEnabled(whole and not self._busy)
        joined = self._desk.settings.server_url
        if self._error is not None:
            self.state.show_state("bad", self._language.error(self._error))
        elif self._busy:
            self.state.show_state("", self.say("centre_trying"))
        elif joined and joined == self.url.text().strip():
            self.state.show_state("ok", self.say("centre_joined", url=joined))
        else:
            self.state.show_state("", self.say("centre_alone"))
