"""The ticket form, top to bottom in the order an operator asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget

from app.domain.draft import Cursor, Draft, Origin, get_field
from app.domain.ticket import FIELDS, Category, Handling, Proof, RequestType
from ui.desk.banners import Banner, HandlingBanner
from ui.desk.facts_row import FACTS, FactsRow
from ui.desk.form_rows import FormRows, ProofLine
from ui.look.appearance import Appearance
from ui.look.controls import BAR, Chip, ChipRow, ElidedLabel, keep_bar, note, tell_key
from ui.look.fields import FieldLine, FieldText, Find, PickerLine
from ui.look.language import Language
from ui.look.named_key import NamedKey
from ui.look.sizes import grow
from ui.look.style import GRID
from ui.look.wording import DOT, category, due, limit, region

LIMITS = (2, 24, 168, 360)
"""Response limits to choose from, in hours."""
REGION = ("district", "street")
"""One field on screen, two of the ticket."""
EditorNames = tuple[str, ...]
RULED = ("limit_hours", "handling")
"""Fields whose value a rule gives; their tooltips say which."""
LETTERS = {
    "type": "T",
    "subject": "S",
    "district": "R",
    "place": "P",
    "category": "C",
    "caller.name": "N",
    "caller.phone": "H",
    "summary": "M",
    "handling": "D",
    "limit_hours": "L",
}
"""Where Alt and a letter go."""


class FieldKey(NamedKey):
    """Goes to a field of the form, from anywhere on the page."""

    def said(self, language: Language) -> str:
        return language.say("go_to_field", name=super().said(language))


class TicketForm(QScrollArea):
    """Shows one draft and says what the operator does to it. It holds no content of its own."""

    typed = Signal(str, object)
    accepted = Signal(str)
    rejected = Signal(str)
    play_requested = Signal(object)
    proof_pointed = Signal(object)
    cursor_moved = Signal(object)

    def __init__(
        self,
        language: Language,
        appearance: Appearance,
        find_places: Find,
        find_categories: Find,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._language = language
        self._draft: Draft | None = None
        self._due: datetime | None = None
        self._questions: tuple[str, ...] = ()
        self._proofs: dict[ProofLine, EditorNames] = {}
        self._labels: dict[str, ElidedLabel] = {}
        self._owners: dict[QWidget, EditorNames] = {}
        self._keys: dict[str, FieldKey] = {}
        self._told: dict[str, str] = {}
        self.ask_back = Banner("warn")
        self.handling_banner = HandlingBanner(language)
        self.risks = Banner("bad")
        self.type = ChipRow(tuple(RequestType))
        self.subject = FieldLine()
        self.region = PickerLine(find_places)
        self.place = FieldLine()
        self.category = PickerLine(find_categories)
        self.caller_name = FieldLine()
        self.caller_phone = FieldLine()
        self.confidential = Chip()
        self.summary = FieldText()
        self.limit = ChipRow(LIMITS)
        self.due = note()
        self.facts = FactsRow(language)
        self.handling = ChipRow(tuple(Handling))
        self._build(appearance)
        self._connect()
        language.changed.connect(self.retranslate)
        self.retranslate()
        self.show_draft(None)

    # -- shown -----------------------------------------------------------------------------------

    def show_draft(self, draft: Draft | None, due_at: datetime | None = None) -> None:
        """Show a draft's newest content; without one the form is empty and closed."""
        self._draft, self._due = draft, due_at
        self._body.setEnabled(draft is not None)
        draft = draft or Draft("", "")
        content = draft.content
        suggested = self._suggested(draft)
        self.handling_banner.show_content(content, suggested)
        risks = DOT.join(content.risks)
        self.risks.say(self._language.say("risks_title") if risks else "", risks)
        self.type.show_value(content.type, suggested="type" in suggested)
        self.subject.show_value(content.subject, suggested="subject" in suggested)
        where = region(content.district, content.street)
        self.region.show_value(where, suggested=bool(suggested.intersection(REGION)))
        self.place.show_value(content.place, suggested="place" in suggested)
        self.category.show_value(category(content.category), suggested="category" in suggested)
        self.caller_name.show_value(content.caller.name, suggested="caller.name" in suggested)
        self.caller_phone.show_value(content.caller.phone, suggested="caller.phone" in suggested)
        self._show_confidential(content.caller.confidential, "caller.confidential" in suggested)
        self.summary.show_value(content.summary, suggested="summary" in suggested)
        self.facts.show_draft(draft)
        self.limit.show_value(content.limit_hours, suggested="limit_hours" in suggested)
        self.due.setText(due(due_at, self._language))
        self._tell_keys()
        self.handling.show_value(content.handling, suggested="handling" in suggested)
        for line, names in self._proofs.items():
            line.show_proofs(tuple(content.proof[name] for name in names if name in content.proof))

    def show_ask_back(self, questions: Iterable[str]) -> None:
        """Show the one question that removes most doubt."""
        self._questions = tuple(questions)
        first = next(iter(self._questions), "")
        words = self._language.say("quoted", words=first) if first else ""
        self.ask_back.say(self._language.say("ask_back_title") if first else "", words)

    def proof_in_focus(self) -> Proof | None:
        """The first proof with a time of the field that has the focus."""
        for widget, names in self._owners.items():
            if widget.hasFocus() and self._draft is not None:
                for name in names:
                    proof = self._draft.content.proof.get(name)
                    if proof is not None and proof.start is not None:
                        return proof
        return None

    def add_banner(self, banner: Banner) -> None:
        """Put one more note over the fields."""
        self._column.insertWidget(0, banner)

    def focus_first(self) -> None:
        """Put the focus where the operator begins."""
        self.type.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_field(self, name: str) -> bool:
        """Go to the field of a ticket field's name; False when it is not in this form."""
        banner = {
            "emergency_line": self.handling_banner.lines,
            "channel": self.handling_banner.channels,
        }
        widget = banner.get(name) or self._editor(name)
        if widget is None:
            return False
        widget.setFocus(Qt.FocusReason.OtherFocusReason)
        self.ensureWidgetVisible(widget)
        return True

    def put_cursor(self, cursor: Cursor) -> bool:
        """Go on where the operator was writing; False when that field is not in this form."""
        if not self.focus_field(cursor.field):
            return False
        widget = self._editor(cursor.field)
        if isinstance(widget, FieldLine | FieldText):
            widget.put_cursor(cursor.position)
        return True

    def add_keys(self, page: QWidget) -> None:
        """Let Alt and a letter go to each field, from anywhere on the page."""
        for name, letter in LETTERS.items():
            words = "field_region" if name in REGION else f"field_{name.replace('.', '_')}"
            go = partial(self.focus_field, name)
            self._keys[name] = FieldKey(f"Alt+{letter}", words, page, go)
        self._tell_keys()

    def tell_cursor(self) -> None:
        """Say where the operator is writing, if that is in this form."""
        for widget, names in self._owners.items():
            if widget.hasFocus():
                position = widget.cursor_at() if isinstance(widget, FieldLine | FieldText) else 0
                self.cursor_moved.emit(Cursor(names[0], position))

    def retranslate(self) -> None:
        """Say everything again in the language in force."""
        say = self._language.say
        for name, label in self._labels.items():
            label.setText(say(f"field_{name}"))
        self.handling_banner.retranslate()
        self.type.set_labels(
            say("field_type"), lambda value: say(f"type_{RequestType(str(value)).name.lower()}")
        )
        self.handling.set_labels(say("field_handling"), lambda value: say(f"handling_{value}"))
        self.limit.set_labels(
            say("field_limit_hours"), lambda value: limit(int(str(value)), self._language)
        )
        self.confidential.set_label(say("confidential"))
        for widget, key in (
            (self.subject, "subject"),
            (self.region, "region"),
            (self.place, "place"),
            (self.category, "category"),
            (self.caller_name, "caller_name"),
            (self.caller_phone, "caller_phone"),
            (self.summary, "summary"),
        ):
            widget.setAccessibleName(say(f"field_{key}"))
            widget.setPlaceholderText(say(f"hint_{key}"))
            widget.hint.setText(say("tab_accepts"))
            if isinstance(widget, PickerLine):
                widget.popup.setAccessibleName(say(f"field_{key}"))
        for row in (self.type, self.limit, self.handling):
            row.hint.setText(say("tab_accepts"))
        self.setAccessibleName(say("ticket"))
        self.show_ask_back(self._questions)
        self._tell_keys()
        if self._draft is not None:
            self.show_draft(self._draft, self._due)

    # -- building --------------------------------------------------------------------------------

    def _build(self, appearance: Appearance) -> None:
        self._body = body = QWidget()
        body.setObjectName("formBody")
        self._column = column = QVBoxLayout(body)
        column.setContentsMargins(GRID * 4, GRID * 3, GRID * 4 - BAR, GRID * 3)
        column.setSpacing(GRID * 2)
        for banner in (self.handling_banner, self.risks, self.ask_back):
            column.addWidget(banner)
        rows = FormRows()

        def add(
            key: str,
            widgets: tuple[tuple[QWidget, int], ...],
            names: EditorNames = (),
            *,
            top: bool = False,
        ) -> None:
            line = ProofLine(self._language, appearance) if names else None
            if line is not None:
                line.play_requested.connect(self.play_requested)
                line.pointed.connect(self.proof_pointed)
                self._proofs[line] = names
            self._labels[key] = rows.add_row(widgets, line, top=top)

        add("type", ((self.type, 1),))
        add("subject", ((self.subject, 1),), ("subject",))
        add("where", ((self.region, 2), (self.place, 3)), (*REGION, "place"))
        add("category", ((self.category, 1),), ("category",))
        caller = ((self.caller_name, 2), (self.caller_phone, 3), (self.confidential, 0))
        add("caller", caller, ("caller.name", "caller.phone", "caller.confidential"))
        grow(self.summary, setFixedHeight=GRID * 25)
        add("summary", ((self.summary, 1),), top=True)
        if FACTS:
            add("facts", ((self.facts, 1),))
        add("handling", ((self.handling, 1),))
        add("limit_hours", ((self.limit, 1), (self.due, 0)))
        column.addLayout(rows)
        column.addStretch(1)
        ground = QWidget()  # one that Qt made would have every class of widgets made known first
        self.setViewport(ground)
        self.setWidget(body)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields scroll it: one stop of Tab less
        ground.setAutoFillBackground(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        keep_bar(self)

    def _connect(self) -> None:
        fields: tuple[tuple[ChipRow | FieldLine | FieldText, EditorNames], ...] = (
            (self.type, ("type",)),
            (self.subject, ("subject",)),
            (self.region, REGION),
            (self.place, ("place",)),
            (self.category, ("category",)),
            (self.caller_name, ("caller.name",)),
            (self.caller_phone, ("caller.phone",)),
            (self.summary, ("summary",)),
            (self.limit, ("limit_hours",)),
            (self.handling, ("handling",)),
        )
        for widget, names in fields:
            self._owners[widget] = names
            widget.accepted.connect(self._each(self.accepted.emit, names))
            widget.rejected.connect(self._each(self.rejected.emit, names))
            if isinstance(widget, FieldLine | FieldText):
                widget.desk_undo = True
                widget.cursorPositionChanged.connect(self.tell_cursor)
            if isinstance(widget, ChipRow):
                widget.chosen.connect(lambda value, name=names[0]: self.typed.emit(name, value))
            elif not isinstance(widget, PickerLine):
                widget.typed.connect(lambda value, name=names[0]: self.typed.emit(name, value))
        self.region.picked.connect(self._on_region_picked)
        self.category.picked.connect(self._on_category_picked)
        self.confidential.clicked.connect(self._on_confidential_clicked)
        self._owners[self.confidential] = ("caller.confidential",)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)
        for source in (self.facts, self.handling_banner):
            source.accepted.connect(self.accepted)
            source.rejected.connect(self.rejected)
        self.facts.typed.connect(self.typed)
        self.handling_banner.chosen.connect(self.typed)

    def _editor(self, name: str) -> QWidget | None:
        """The widget of a ticket field."""
        return next((widget for widget, names in self._owners.items() if name in names), None)

    def _tell_keys(self) -> None:
        for name, key in self._keys.items():
            editor = self._editor(name)
            proof = self._draft.content.proof.get(name) if self._draft and name in RULED else None
            words = proof.rule if proof else self._language.say(key.name)
            if editor is not None and self._told.get(name) != words:  # at every word of a call
                self._told[name] = words
                tell_key(editor, words, key.key())
            key.setEnabled(self._draft is not None)

    def _each(self, emit: Callable[[str], None], names: EditorNames) -> Callable[[], None]:
        def on_signal() -> None:
            for name in names:
                emit(name)

        return on_signal

    def _on_focus_changed(self, _: QWidget | None, entered: QWidget | None) -> None:
        if entered in self._owners:
            self.tell_cursor()

    def _suggested(self, draft: Draft) -> frozenset[str]:
        return frozenset(
            name
            for name in FIELDS
            if draft.origins.get(name) is Origin.SUGGESTED and get_field(draft.content, name)
        )

    def _show_confidential(self, value: bool, suggested: bool) -> None:
        self.confidential.set_state("off" if not value else "suggested" if suggested else "on")
        self.confidential.setAccessibleDescription(self._language.say("yes" if value else "no"))

    def _on_region_picked(self, value: tuple[str, str | None] | None) -> None:
        district, street = value if value is not None else (None, None)
        self.typed.emit("district", district)
        self.typed.emit("street", street)

    def _on_category_picked(self, value: Category | None) -> None:
        self.typed.emit("category", value)

    def _on_confidential_clicked(self) -> None:
        if self._draft is None:
            return
        name = "caller.confidential"
        if self._draft.origins.get(name) is Origin.SUGGESTED:
            self.accepted.emit(name)
        else:
            self.typed.emit(name, not self._draft.content.caller.confidential)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()  # the panel must be as wide as the form needs
        return super().eventFilter(watched, event)

    def minimumSizeHint(self) -> QSize:
        bar = self.verticalScrollBar().sizeHint().width() + GRID * 2
        return QSize(self._body.minimumSizeHint().width() + bar, super().minimumSizeHint().height())
