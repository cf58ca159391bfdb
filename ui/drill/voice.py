"""The caller's voice: the system's own where Qt can speak, else nothing and the trainer reads aloud."""

from __future__ import annotations

import importlib
from typing import Any

from PySide6.QtCore import QLocale, QObject

CHINESE = QLocale(QLocale.Language.Chinese, QLocale.Country.China)
SILENT = "mock"
"""Qt's engine for tests: it speaks to nobody."""


class Voice(QObject):
    """Speaks lines one after another. ``available`` is false where Qt's module, an engine of the
    system or a voice of the language is missing.

    ``engine`` names one of Qt's; empty = the system's own.
    """

    def __init__(
        self, parent: QObject | None = None, engine: str = "", locale: QLocale = CHINESE
    ) -> None:
        super().__init__(parent)
        self._speech: Any = _system_voice(self, engine, locale)

    @property
    def available(self) -> bool:
        """Whether anything will be heard."""
        return self._speech is not None

    def say(self, words: str) -> None:
        """Speak, after what is still being spoken."""
        if self._speech is not None:
            self._speech.enqueue(words)

    def stop(self) -> None:
        """Fall silent."""
        if self._speech is not None:
            self._speech.stop()


def _system_voice(parent: QObject, engine: str, locale: QLocale) -> Any:
    try:  # a part of Qt of its own that not every installation has
        module = importlib.import_module("PySide6.QtTextToSpeech")
    except ImportError:
        return None
    engines = [name for name in module.QTextToSpeech.availableEngines() if name != SILENT]
    if not engine and not engines:
        return None
    speech = module.QTextToSpeech(engine or engines[0], parent)
    fitting = [one for one in speech.availableLocales() if one.language() == locale.language()]
    if not fitting:
        return None
    speech.setLocale(fitting[0])
    return speech
