"""The theme in force: follows the setting and, for ``system``, the platform."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication

from ui.style import BODY, Roles, load_roles, palette, sans, style_sheet


class Appearance(QObject):
    """Dresses the application; ``changed`` tells painters to fetch ``roles`` anew.

    Call ``dress`` once the widgets stand: a style sheet that is there earlier is worked through again
    at every step of their building.
    """

    changed = Signal()

    def __init__(self, application: QApplication, theme: str) -> None:
        super().__init__(application)
        self._application = application
        self._setting = theme
        self.roles: Roles = load_roles(self.theme)
        application.setStyle("Fusion")
        application.setFont(sans(BODY))
        application.styleHints().colorSchemeChanged.connect(self._on_color_scheme_changed)

    @property
    def application(self) -> QApplication:
        """What is dressed."""
        return self._application

    @property
    def setting(self) -> str:
        """What was asked for: a theme, or ``system``."""
        return self._setting

    @property
    def theme(self) -> str:
        """The theme that is shown, ``light`` or ``dark``."""
        if self._setting != "system":
            return self._setting
        dark = self._application.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return "dark" if dark else "light"

    def use(self, theme: str) -> None:
        """Show ``light``, ``dark`` or what the ``system`` shows."""
        self._setting = theme
        self.dress()

    def dress(self) -> None:
        """Put palette and style sheet of the theme in force on the application."""
        self.roles = load_roles(self.theme)
        self._application.setPalette(palette(self.roles))
        self._application.setStyleSheet(style_sheet(self.theme))
        self.changed.emit()

    def _on_color_scheme_changed(self) -> None:
        if self._setting == "system":
            self.dress()
