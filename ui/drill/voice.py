"""The caller's voice: the system's own where Qt can speak, else nothing and the trainer reads aloud."""

from __future__ import annotations

import importlib
from typing import Any

from PySide6.QtCore import QLocale, QObject


class Voice(QObject):
    """Speaks lines. ``available`` is false where the module or a Chinese voice is missing."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._speech: Any = _system_voice(self)

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


def _system_voice(parent: QObject) -> Any:
    try:  # a part of Qt of its own that not every installation has
        module = importlib.import_module("PySide6.QtTextToSpeech")
    except ImportError:
        return None
    engines = [name for name in module.QTextToSpeech.availableEngines() if name != "mock"]
    if not engines:
        return None
    speech = module.QTextToSpeech(engines[0], parent)
    chinese = QLocale(QLocale.Language.Chinese, QLocale.Country.China)
    if all(locale.language() != chinese.language() for locale in speech.availableLocales()):
        return None
    speech.setLocale(chinese)
    return speech
