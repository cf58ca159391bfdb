"""Rows of the ticket form: a label, one or more fields, and the proof under them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.domain.ticket import Proof
from ui.look.appearance import Appearance
from ui.look.controls import ElidedLabel
from ui.look.language import Language
from ui.look.sizes import grow, grown
from ui.look.style import GRID
from ui.look.wording import DOT, clock, rule_words, shortened

LONGEST_QUOTE, SHORTEST_QUOTE = 48, 6
"""Signs of a quotation: as many as there is room for, and no fewer than these."""
MORE = " …"
"""There are more proofs than there is room for; the tooltip has them all."""


class ProofLine(QLabel):
    """Where values come from: ▶ second, the caller's words, the rule. ``play_requested`` on a click."""

    play_requested = Signal(object)
    pointed = Signal(object)
    """The proof that is pointed at; ``None`` when it is no longer."""

    def __init__(
        self, language: Language, appearance: Appearance, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("proof")
        self.setTextFormat(Qt.TextFormat.RichText)
        grow(self, setFixedHeight=GRID * 5)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._language = language
        self._appearance = appearance
        self._proofs: tuple[Proof, ...] = ()
        self.linkActivated.connect(self._on_link_activated)
        self.linkHovered.connect(self._on_link_hovered)
        language.changed.connect(self._write)
        appearance.changed.connect(self._write)

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """What is shown."""
        return self._proofs

    def show_proofs(self, proofs: tuple[Proof, ...]) -> None:
        """Show proofs, each stretch of talk once."""
        unique: dict[tuple[float | None, str], Proof] = {}
        for proof in proofs:
            unique.setdefault((proof.start, proof.text), proof)
        self._proofs = tuple(proof for proof in unique.values() if self._words(proof, LONGEST_QUOTE))
        self._write()

    def _write(self) -> None:
        spoken = DOT.join(f"{self._plain(p, LONGEST_QUOTE)} {p.rule}" for p in self._proofs)
        self.setToolTip(spoken)
        self.setAccessibleName(self._language.say("proof"))
        self.setAccessibleDescription(spoken)
        metrics, room = QFontMetrics(self.font()), self.width()
        longest, shown = LONGEST_QUOTE, len(self._proofs)
        while longest > 2 and self._width(metrics, shown, longest) > room:
            if longest <= SHORTEST_QUOTE and shown > 1:
                shown -= 1
            else:
                longest -= 2
        more = "" if shown == len(self._proofs) else MORE
        self.setText(DOT.join(self._rich(number, longest) for number in range(shown)) + more)

    def _width(self, metrics: QFontMetrics, shown: int, longest: int) -> int:
        more = "" if shown == len(self._proofs) else MORE
        words = DOT.join(self._plain(proof, longest) for proof in self._proofs[:shown])
        return metrics.horizontalAdvance(words + more)

    def _plain(self, proof: Proof, longest: int) -> str:
        time = "" if proof.start is None else f"▶ {clock(proof.start)} "
        return time + self._words(proof, longest)

    def _words(self, proof: Proof, longest: int) -> str:
        quote = shortened(proof.text, longest)
        words = self._language.say("quoted", words=quote) if quote else ""
        rule = shortened(rule_words(proof.rule, self._language), longest)
        return " ".join(part for part in (words, rule) if part)

    def _rich(self, number: int, longest: int) -> str:
        from html import escape

        plain = self._plain(self._proofs[number], longest)
        if self._proofs[number].start is None:
            return escape(plain)
        mark, time, rest = plain.split(" ", 2)
        link = f'style="color:{self._appearance.roles.accent};text-decoration:none"'
        return f'<a href="{number}" {link}>{mark} {time}</a> {escape(rest)}'

    def _on_link_activated(self, link: str) -> None:
        self.play_requested.emit(self._proofs[int(link)])

    def _on_link_hovered(self, link: str) -> None:
        self.pointed.emit(self._proofs[int(link)] if link else None)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, grown(GRID * 5))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._write()


class FormRows(QGridLayout):
    """Label and field columns. Rows keep their height, so nothing moves while one is typing."""

    LABEL_WIDTH = GRID * 16

    def __init__(self) -> None:
        super().__init__()
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(GRID * 3)
        self.setVerticalSpacing(GRID)
        self.setColumnStretch(1, 1)

    def add_row(
        self, widgets: tuple[tuple[QWidget, int], ...], proof: ProofLine | None, *, top: bool = False
    ) -> ElidedLabel:
        """Add fields side by side as ``(widget, stretch)``, and their proof; returns the label."""
        label = ElidedLabel()
        label.setObjectName("fieldLabel")
        grow(label, setFixedWidth=self.LABEL_WIDTH, setFixedHeight=GRID * 8)
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        fields = QHBoxLayout()
        fields.setSpacing(GRID * 2)
        for widget, stretch in widgets:
            fields.addWidget(widget, stretch)
        label.setBuddy(widgets[0][0])
        row = self.rowCount()
        side = Qt.AlignmentFlag.AlignTop if top else Qt.AlignmentFlag.AlignVCenter
        self.addWidget(label, row, 0, side)
        self.addLayout(fields, row, 1)
        if proof is not None:
            self.addWidget(proof, row + 1, 1)
        return label
