"""The queue with its filters: three samples kept apart, and what stands out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.dispatch.catalogue import catalogue_in_force
from app.review.queue import Filter, Flag, QueueRow, Sample
from ui.look.appearance import Appearance
from ui.look.controls import ChipRow, EmptyNote, Panel, with_bar
from ui.look.language import Language
from ui.look.rows import dress_table
from ui.look.style import GRID
from ui.review.queue_model import QueueModel

PLACES = ("seat", "centre")
"""Whose tickets are reviewed."""
WIDTHS = {"subject": 0, "unit": 80, "flags": 108, "screened": 56}


class QueuePanel(Panel):
    """``chosen`` carries the row to review and the sample it was chosen from."""

    chosen = Signal(object, object)
    place_asked = Signal(str)

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._language = language
        self._rows: Sequence[QueueRow] | None = None  # not known yet
        self._sample = Sample.SCREENING
        self._place = PLACES[0]
        self.places = ChipRow(PLACES)
        self.samples = ChipRow(tuple(Sample))
        self.flag, self.seat, self.unit, self.category = (QComboBox() for _ in range(4))
        self._behind: tuple[str, Sequence[QueueRow]] | None = None
        self.leave_behind = QPushButton()
        self.leave_behind.setProperty("link", "true")
        self.leave_behind.setCursor(Qt.CursorShape.PointingHandCursor)
        self.model = QueueModel(language, appearance)
        self.table = QTableView()
        self.empty = EmptyNote()
        self._lay_out()
        self.places.chosen.connect(lambda place: self.place_asked.emit(place or PLACES[0]))
        self.samples.chosen.connect(self._on_sample)
        self.leave_behind.clicked.connect(lambda: self.show_rows(self._rows or ()))
        for box in (self.flag, self.seat, self.unit, self.category):
            box.currentIndexChanged.connect(lambda _: self._filter())
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        language.changed.connect(self._fill)
        self._fill()

    def show_rows(self, rows: Sequence[QueueRow]) -> None:
        """Show these, as far as the filter lets them."""
        self._rows, self._behind = rows, None
        self._fill()

    def show_behind(self, name: str, rows: Sequence[QueueRow]) -> None:
        """Show the tickets behind a figure, whatever the filters say, until somebody goes back."""
        self._behind = (name, rows)
        self._fill()
        self.table.setFocus()

    def show_place(self, place: str) -> None:
        """Whose tickets these are: one of ``PLACES``."""
        self._place = place
        self._fill()

    def _lay_out(self) -> None:
        dress_table(self.table, self.model, WIDTHS)
        self._filters = QWidget()
        grid = QGridLayout(self._filters)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GRID * 2)
        for number, box in enumerate((self.flag, self.category, self.unit, self.seat)):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(6)
            grid.addWidget(box, number // 2, number % 2)
        inner = QVBoxLayout()
        inner.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        inner.setSpacing(GRID * 2)
        inner.addWidget(self.places)
        inner.addWidget(self.samples)
        inner.addWidget(self._filters)
        inner.addWidget(self.leave_behind, 0, Qt.AlignmentFlag.AlignLeft)
        inner.addLayout(with_bar(self.table), 1)
        inner.addWidget(self.empty, 1)
        self.content.addLayout(inner)
        bind = self._language.bind
        bind(self, self.set_title, "review.queue")
        bind(self.table, self.table.setAccessibleName, "review.queue")

    def _fill(self) -> None:
        say = self._language.say
        self.places.set_labels(say("review.whose"), lambda one: say(f"review.of_{one}"))
        self.places.show_value(self._place, suggested=False)
        self.samples.set_labels(say("review.queue"), lambda one: say(f"review.sample_{one}"))
        self.samples.show_value(self._sample, suggested=False)
        items, rows = catalogue_in_force().by_code, self._rows or ()
        codes = {row.ticket.content.category.code[:2] for row in rows if row.ticket.content.category}
        names = {code[:2]: item.path[0] for code, item in items.items()}
        _offer(self.flag, say("review.any_flag"), [(say(f"review.flag_{f}"), f) for f in Flag])
        _offer(self.category, say("review.any_category"), [(names.get(c, c), c) for c in sorted(codes)])
        units = sorted({row.unit for row in rows if row.unit})
        _offer(self.unit, say("review.any_unit"), [(unit, unit) for unit in units])
        seats = sorted({row.ticket.seat for row in rows})
        _offer(self.seat, say("review.any_seat"), [(seat, seat) for seat in seats])
        for box, key in ((self.flag, "flag"), (self.category, "category"), (self.unit, "unit")):
            box.setAccessibleName(say(f"review.any_{key}"))
        self.seat.setAccessibleName(say("review.any_seat"))
        self._filter()

    def _shown(self) -> Sequence[QueueRow]:
        if self._behind is not None:
            return self._behind[1]
        wanted = Filter(
            self._sample,
            self.seat.currentData() or "",
            self.unit.currentData() or "",
            self.category.currentData() or "",
            self.flag.currentData(),
        )
        return [row for row in self._rows or () if wanted.keeps(row)]

    def _filter(self) -> None:
        shown = self._shown()
        for widget in (self._filters, self.samples):
            widget.setVisible(self._behind is None)
        self.leave_behind.setVisible(self._behind is not None)
        name = self._behind[0] if self._behind is not None else ""
        self.leave_behind.setText(self._language.say("review.behind_agreement", name=name))
        self.leave_behind.setAccessibleName(self.leave_behind.text())
        kept = self.model.at(self.table.currentIndex().row())
        self.table.selectionModel().blockSignals(True)  # the same ticket stays open
        self.model.show_rows(shown)
        same = [n for n, row in enumerate(shown) if kept and row.ticket.id == kept.ticket.id]
        if same:
            self.table.selectRow(same[0])
        self.table.selectionModel().blockSignals(False)
        self.table.setVisible(bool(shown))
        self.empty.setVisible(not shown)
        empty = "reading" if self._rows is None else "review.queue_empty"
        self.empty.setText(self._language.say(empty))
        mean = sum(row.screened.total for row in shown) / len(shown) if shown else 0.0
        words = self._language.say("review.count", n=len(shown), mean=f"{mean:.0f}") if shown else ""
        self.note.setText(words)

    def _on_sample(self, sample: Sample | None) -> None:
        self._sample = sample or Sample.SCREENING
        self._fill()

    def _on_row(self, current: QModelIndex) -> None:
        if (row := self.model.at(current.row())) is not None:
            self.chosen.emit(row, self._sample)


def _offer(box: QComboBox, every: str, values: Iterable[tuple[str, object]]) -> None:
    """Fill a filter, keeping what was chosen."""
    kept = box.currentData()
    box.blockSignals(True)
    box.clear()
    box.addItem(every, None)
    for words, value in values:
        box.addItem(words, value)
    box.setCurrentIndex(max(0, box.findData(kept)) if kept is not None else 0)
    box.blockSignals(False)
