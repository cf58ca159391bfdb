"""What hands can do without a mouse: the palette of all actions, text modules, undo, the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QPlainTextEdit

from app.domain.ticket import TicketContent
from app.telephone.number import number_of
from ui.look.controls import KEY, KeyButton
from ui.look.dress import wear
from ui.look.named_key import NamedKey
from ui.look.wording import place, shortened
from ui.window.in_sight import FocusInSight
from ui.window.key_tips import KeyTips

if TYPE_CHECKING:
    from app.desk import Desk
    from app.text_modules import TextModule
    from ui.background import Background
    from ui.desk.desk_page import DeskPage
    from ui.look.appearance import Appearance
    from ui.look.language import Language
    from ui.window.palette import Choice, Palette
    from ui.window.top_bar import TopBar

PALETTE_KEY, MODULES_KEY = "Alt+Q", "Ctrl+M"
Field = QLineEdit | QPlainTextEdit


class Hands(QObject):
    """``told`` carries the kind and the words of what was done."""

    told = Signal(str, str)

    def __init__(
        self,
        window: QMainWindow,
        desk: Desk,
        top: TopBar,
        page: DeskPage,
        background: Background,
        language: Language,
        appearance: Appearance,
    ) -> None:
        super().__init__(window)
        self._window, self._desk, self._top, self._page = window, desk, top, page
        self._background, self._language, self._appearance = background, language, appearance
        self._made: Palette | None = None
        FocusInSight(self)
        KeyTips(window)
        NamedKey(PALETTE_KEY, "key_palette", window, self.ask_action)
        for key, name, act in (
            (MODULES_KEY, "key_modules", self.ask_module),
            ("Ctrl+Z", "key_undo", lambda: self._step(page.undo)),
            ("Ctrl+Shift+Z", "key_redo", lambda: self._step(page.redo)),
            ("Ctrl+Shift+C", "key_copy_phone", lambda: self._copy(_phone, "copied_phone")),
            ("Ctrl+Shift+D", "key_copy_place", lambda: self._copy(place, "copied_place")),
            ("Ctrl+Shift+V", "key_paste_phone", self._paste_phone),
        ):
            NamedKey(key, name, page, act)

    @property
    def palette(self) -> Palette:
        """The palette; what finds by pinyin is loaded with the first use."""
        if self._made is None:
            from ui.window.palette import Palette

            self._made = Palette(self._appearance, self._window)
            self._made.chosen.connect(self._on_chosen)
            self._made.dropped.connect(self._on_dropped)
            wear(self._made)
            self._made.line.undone.connect(self._page.deeds.take_back)
        return self._made

    # -- all actions -------------------------------------------------------------------------------

    def ask_action(self) -> None:
        """Everything that can be done now, with its key."""
        say = self._language.say
        self.palette.ask(say("palette"), say("palette_keys"), say("palette_nothing"), self._actions())

    def _actions(self) -> list[Choice]:
        from ui.window.palette import Choice

        say = self._language.say
        found: dict[str, Choice] = {}
        for button in self._window.findChildren(KeyButton):
            if button.isVisible() and button.isEnabled() and button.accessibleName():
                name = button.accessibleName()
                found.setdefault(name, Choice(name, button.click, button.key))
        for key in self._window.findChildren(NamedKey):
            parent = key.parent()
            if key.isEnabled() and getattr(parent, "isVisible", bool)() and key.name != "key_palette":
                name = key.said(self._language)
                found.setdefault(name, Choice(name, key.act, key.key().toString()))
        for page in self._top.pages.values():
            words = say("go_to", page=page.text())
            found.setdefault(words, Choice(words, page.click, page.property(KEY)))
        return list(found.values())

    # -- text modules ------------------------------------------------------------------------------

    def ask_module(self) -> None:
        """Sentences to insert where the cursor is."""
        field = self._field(QApplication.focusWidget())
        if not field.isEnabled():
            return
        self._background.run(self._desk.text_modules.all, self._show_modules, kind="modules")

    def _show_modules(self, modules: tuple[TextModule, ...]) -> None:
        say = self._language.say
        choices = self._module_choices(modules)
        if self.palette.isVisible():
            self.palette.show_choices(choices)
            return
        selected = _selected(self._field(QApplication.focusWidget()))
        extra = (lambda typed: self._new_module(typed, selected)) if selected else None
        hint = say("modules_keys_selected") if selected else say("modules_keys")
        self.palette.ask(say("modules"), hint, say("modules_nothing"), choices, extra)

    def _module_choices(self, modules: tuple[TextModule, ...]) -> list[Choice]:
        from app.text_modules import fill
        from ui.window.palette import Choice

        values, say = self._values(), self._language.say
        kinds = {True: say("module_team"), False: say("module_own")}
        return [Choice(one.name, one, kinds[one.team], fill(one.text, values)) for one in modules]

    def _new_module(self, typed: str, selected: str) -> Choice | None:
        from app.text_modules import TextModule
        from ui.window.palette import Choice

        if not typed:
            return None
        words = self._language.say("module_keep", name=typed)
        made = partial(self._keep, TextModule(typed, selected))
        return Choice(words, made, "", shortened(selected, 60))

    def _keep(self, module: TextModule) -> None:
        said = self._language.say("module_kept", name=module.name)
        modules = self._desk.text_modules

        def back(old: TextModule | None) -> None:
            self._background.run(
                lambda: modules.keep(old.name, old.text) if old else modules.drop(module.name),
                lambda _: None,
            )

        self._background.run(
            lambda: modules.keep(module.name, module.text),
            lambda old: self._page.deeds.note(said, lambda: back(old)),
        )

    def _values(self) -> dict[str, str]:
        from app.text_modules import values_of

        draft, operator = self._page.draft, self._desk.people.current
        return values_of(
            draft.content if draft is not None else TicketContent(),
            datetime.now(UTC),
            seat=self._desk.settings.seat,
            operator=operator.name if operator is not None else "",
        )

    def _field(self, focused: object) -> Field:
        """Where a sentence goes: the field of the form that has the cursor, else the summary."""
        form = self._page.form
        fields = (form.summary, form.subject, form.place, form.caller_name)
        return next((field for field in fields if field is focused), form.summary)

    def _on_chosen(self, item: object, stays: bool) -> None:
        if callable(item):
            item()
            return
        from app.text_modules import TextModule, fill

        if isinstance(item, TextModule):
            field = self._field(self.palette.came_from)
            words = fill(item.text, self._values())
            if isinstance(field, QPlainTextEdit):
                field.insertPlainText(words)
            else:
                field.insert(words)
                field.textEdited.emit(field.text())
            if stays:
                return
            field.setFocus()

    def _on_dropped(self, item: object) -> None:
        from app.text_modules import TextModule

        if isinstance(item, TextModule) and not item.team:
            modules = self._desk.text_modules
            self._background.run(lambda: modules.drop(item.name), self._show_modules, kind="modules")
            said = self._language.say("module_dropped", name=item.name)
            self._page.deeds.note(said, lambda: self._restore(item))

    def _restore(self, module: TextModule) -> None:
        def keep() -> tuple[TextModule, ...]:
            self._desk.text_modules.keep(module.name, module.text)
            return self._desk.text_modules.all()

        def show(modules: tuple[TextModule, ...]) -> None:
            if self.palette.isVisible():
                self.palette.show_choices(self._module_choices(modules))

        self._background.run(keep, show, kind="modules")

    # -- undo and the clipboard --------------------------------------------------------------------

    def _step(self, step: Callable[[], tuple[str, ...] | None]) -> None:
        names = step()
        if names is None:
            self.told.emit("ok", self._language.say("taken_back"))
            return
        say = self._language.say
        shown = say("comma").join(say(f"field_{name.replace('.', '_')}") for name in names)
        self.told.emit("ok", say("undone", names=shown) if names else say("undone_nothing"))

    def _copy(self, of: Callable[[TicketContent], str], key: str) -> None:
        draft = self._page.draft
        words = of(draft.content) if draft is not None else ""
        if not words:
            self.told.emit("warn", self._language.say("copied_nothing"))
            return
        QApplication.clipboard().setText(words)
        self.told.emit("ok", self._language.say(key))

    def _paste_phone(self) -> None:
        number = number_of(QApplication.clipboard().text()[:200])
        if number is None or self._page.draft is None:
            self.told.emit("warn", self._language.say("pasted_nothing"))
            return
        self._page.type("caller.phone", number)


def _phone(content: TicketContent) -> str:
    return content.caller.phone or ""


def _selected(field: Field) -> str:
    if isinstance(field, QPlainTextEdit):
        return field.textCursor().selectedText().replace("\u2029", "\n").strip()
    return field.selectedText().strip()
