"""Language and colours; both hold at once."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.first_day.keeping import Keeping
from ui.first_day.step import Step
from ui.look.appearance import Appearance
from ui.look.controls import ChipRow
from ui.look.language import Language

LANGUAGES = ("zh", "en")
THEMES = ("system", "light", "dark", "contrast")


class LanguageStep(Step):
    """The first page: whoever reads only one of the two languages finds it."""

    name = "language"

    def __init__(self, keeping: Keeping, language: Language, appearance: Appearance) -> None:
        super().__init__(language)
        self._appearance = appearance
        self.languages, self.themes = ChipRow(LANGUAGES), ChipRow(THEMES)
        self.add_rows((("settings.language", self.languages), ("settings.theme", self.themes)))
        self.column.addStretch(1)
        self.languages.chosen.connect(lambda code: keeping.take("language", code))
        self.themes.chosen.connect(lambda theme: keeping.take("theme", theme))
        language.changed.connect(self._show)
        appearance.changed.connect(self._show)
        self._show()

    @property
    def first(self) -> QWidget:
        """The languages."""
        return self.languages

    def _show(self) -> None:
        say = self._language.say
        language, theme = "settings.language", "settings.theme"
        self.languages.set_labels(say(language), lambda code: say(f"{language}_{code}"))
        self.languages.show_value(self._language.code, suggested=False)
        self.themes.set_labels(say(theme), lambda one: say(f"{theme}_{one}"))
        self.themes.show_value(self._appearance.setting, suggested=False)
