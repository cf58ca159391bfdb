"""A key that does something without a button of its own; its name stands in the palette."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut

from ui.look.controls import tell_key
from ui.look.language import Language

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class NamedKey(QShortcut):
    """``name`` is the key of its sentence. It holds in ``parent`` and what lies in it."""

    def __init__(self, key: str, name: str, parent: QWidget, act: Callable[[], object]) -> None:
        super().__init__(QKeySequence(key), parent)
        self.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.name, self.act = name, act
        self.activated.connect(act)

    def said(self, language: Language) -> str:
        """What it does, for the palette."""
        return language.say(self.name)

    def told_at(self, widget: QWidget, language: Language) -> NamedKey:
        """Let the tooltip of what it leads to say it, in either language."""
        language.bind(self, lambda words: tell_key(widget, words, self.key()), self.name)
        return self
