"""Theme and text size in force: they follow the settings and, for ``system``, the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from ui.look.dress import dress_all
from ui.look.sizes import text_size, use_text_size
from ui.look.style import BODY, Roles, load_roles, palette, sans, style_sheet

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

STYLE = "Fusion"
STYLED = "styled"
"""The property of an application that was begun with ``STYLE``: putting it on later makes every class
of styles known to Python, for which the first window need not wait."""


class Appearance(QObject):
    """Dresses the application; ``changed`` tells painters to fetch ``roles`` anew.

    Call ``dress`` once the widgets stand: a style sheet that is there earlier is worked through again
    at every step of their building.
    """

    changed = Signal()

    def __init__(self, application: QApplication, theme: str, text_size: int = 100) -> None:
        super().__init__(application)
        self._application = application
        self._setting = theme
        self.roles: Roles = load_roles(self.theme)
        if not application.property(STYLED):
            application.setStyle(STYLE)
        use_text_size(text_size)
        application.setFont(sans(BODY))
        hints = application.styleHints()
        hints.colorSchemeChanged.connect(self._on_system_changed)
        if hasattr(hints, "accessibility"):
            hints.accessibility().contrastPreferenceChanged.connect(self._on_system_changed)

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
        """The theme that is shown, one of ``ui.look.style.THEMES``."""
        if self._setting != "system":
            return self._setting
        hints = self._application.styleHints()
        if hasattr(hints, "accessibility"):  # from Qt 6.10 on
            wanted = hints.accessibility().contrastPreference()
            if wanted is Qt.ContrastPreference.HighContrast:
                return "contrast"
        return "dark" if hints.colorScheme() is Qt.ColorScheme.Dark else "light"

    def use(self, theme: str, percent: int | None = None) -> None:
        """Show a theme, or with ``system`` what the system shows, and a text size."""
        percent = percent or text_size()
        if (theme, percent) == (self._setting, text_size()):
            return
        self._setting = theme
        use_text_size(percent)
        self._application.setFont(sans(BODY))
        self.dress()

    def dress(self) -> None:
        """Put palette and style sheet of the theme in force on the application."""
        self.roles = load_roles(self.theme)
        self._application.setPalette(palette(self.roles))
        dress_all(style_sheet(self.theme))
        self.changed.emit()

    def _on_system_changed(self) -> None:
        if self._setting == "system":
            self.dress()
