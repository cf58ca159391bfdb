"""The language of the window: every sentence by key, switched while the program runs."""

from __future__ import annotations

from collections.abc import Callable
from string import Formatter
from typing import Literal

import shiboken6
from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator, Signal

from resources.errors import UserError
from resources.texts import text

Code = Literal["zh", "en"]
_LOCALES = {"zh": "zh_CN", "en": "en_US"}

_LEFT_OUT = {"&Look in:": "qt_look_in", "Look in:": "qt_look_in", "Files of &type:": "qt_file_type"}


class _Rest(QTranslator):
    """What Qt's own Chinese leaves in English."""

    def isEmpty(self) -> bool:
        return False

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        key = _LEFT_OUT.get(source)
        return text(f"desk.{key}", "zh") if key and context == "QFileDialog" else ""


class Language(QObject):
    """Says the desk's sentences; ``changed`` follows a switch."""

    changed = Signal()

    def __init__(self, code: Code, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._code: Code = code
        self._bound: list[tuple[QObject, Callable[[str], object], str]] = []
        self._rest, self._qt = _Rest(self), QTranslator(self)
        self._translate_qt()

    @property
    def code(self) -> Code:
        """The language in force."""
        return self._code

    @property
    def locale(self) -> QLocale:
        """For dates and numbers."""
        return QLocale(_LOCALES[self._code])

    def use(self, code: Code) -> None:
        """Switch; every bound text is set again, then ``changed`` is emitted."""
        if code == self._code:
            return
        self._code = code
        self._translate_qt()
        self._bound = [entry for entry in self._bound if shiboken6.isValid(entry[0])]
        for _, put, key in self._bound:
            put(self.say(key))
        self.changed.emit()

    def say(self, key: str, **values: object) -> str:
        """The sentence ``desk.<key>``, or the one of another area: ``drill.start``."""
        return text(key if "." in key else f"desk.{key}", self._code, **values)

    def error(self, error: UserError) -> str:
        """The sentence of an error."""
        return error.message(self._code)

    def error_code(self, code: str, detail: str = "") -> str:
        """The sentence of an error known by its code and one detail, which fills whatever the sentence
        leaves open; the code if it has no sentence."""
        try:
            sentence = text(f"errors.{code}", self._code)
        except KeyError:
            return code
        holes = [name for _, name, _, _ in Formatter().parse(sentence) if name]
        return sentence.format_map(dict.fromkeys(holes, detail))

    def bind(self, owner: QObject, put: Callable[[str], object], key: str) -> None:
        """Put the sentence now and after each switch, as long as ``owner`` lives."""
        self._bound.append((owner, put, key))
        put(self.say(key))

    def _translate_qt(self) -> None:
        for translator in (self._rest, self._qt):
            QCoreApplication.removeTranslator(translator)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if self._code == "zh" and self._qt.load("qtbase_zh_CN", folder):
            QCoreApplication.installTranslator(self._rest)
            QCoreApplication.installTranslator(self._qt)  # asked first
        QLocale.setDefault(self.locale)
