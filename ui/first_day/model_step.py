"""The recogniser's models: which suits this machine, bringing one here, using it."""

from __future__ import annotations

import threading
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QProgressBar, QTableView, QWidget

from app.desk import Desk
from app.first_day import Offer
from resources.errors import Cancelled, UserError
from ui.background import Background
from ui.first_day.keeping import Keeping
from ui.first_day.models_model import COLUMNS, OffersModel
from ui.first_day.step import State, Step
from ui.look.appearance import Appearance
from ui.look.controls import KeyButton
from ui.look.language import Language
from ui.look.sizes import grow
from ui.look.style import GRID


class _Progress(QObject):
    """Carries the bytes out of the working thread."""

    told = Signal(object, object)


class ModelStep(Step):
    """Nothing is fetched from the network unless the button that says so is pressed."""

    name = "model"

    def __init__(
        self,
        desk: Desk,
        background: Background,
        keeping: Keeping,
        language: Language,
        appearance: Appearance,
    ) -> None:
        super().__init__(language)
        self._desk, self._background, self._keeping = desk, background, keeping
        self._stop: threading.Event | None = None
        self._problem: UserError | None = None
        self._progress = _Progress(self)
        self.model = OffersModel(language, appearance)
        self.table = QTableView()
        dress(self.table, self.model)
        self.take, self.from_file, self.cancel = KeyButton("", "main"), KeyButton(), KeyButton()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(GRID * 2)
        self.state = State()
        self.column.addWidget(self.table, 1)
        self.column.addWidget(self.bar)
        self.column.addWidget(self.state)
        self.add_buttons(self.take, self.from_file, self.cancel)
        self._connect()
        self._show()

    @property
    def first(self) -> QWidget:
        """The table."""
        return self.table

    @property
    def chosen(self) -> Offer | None:
        """The row that is selected."""
        return self.model.at(self.table.currentIndex().row())

    def enter(self) -> None:
        """Look which models there are."""
        self._background.run(self._desk.first_day.offers, self._on_offers)

    def leave(self) -> None:
        """An installation that goes on is not ended by looking elsewhere."""

    def end(self) -> None:
        """Stop what is being brought here; it can be gone on with later."""
        if self._stop is not None:
            self._stop.set()

    def _connect(self) -> None:
        bind = self._language.bind
        bind(self.table, self.table.setAccessibleName, "firstday.model_title")
        bind(self.bar, self.bar.setAccessibleName, "firstday.installing_bar")
        bind(self.from_file, self.from_file.set_label, "firstday.from_file")
        bind(self.cancel, self.cancel.set_label, "firstday.stop")
        self.table.activated.connect(lambda _: self.take.click())
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.take.clicked.connect(self._on_take)
        self.from_file.clicked.connect(self._on_from_file)
        self.cancel.clicked.connect(self.end)
        self._progress.told.connect(self._on_progress, Qt.ConnectionType.QueuedConnection)
        self._keeping.kept.connect(self._on_kept)
        self._language.changed.connect(self._show)

    def _on_kept(self) -> None:
        if self.isVisible():
            self.enter()

    def _on_offers(self, offers: tuple[Offer, ...]) -> None:
        kept = self.chosen.model.name if self.chosen else ""
        names = [one.model.name for one in offers]
        problem = self._problem  # is about this row still, whatever the table says of rows
        self.model.show_rows(offers)
        self.table.selectRow(names.index(kept) if kept in names else 0)
        self._problem = problem
        self._show()

    def _on_row(self) -> None:
        self._problem = None
        self._show()

    def _on_take(self) -> None:
        offer = self.chosen
        if offer is None or not self.take.isEnabled():
            return
        if offer.model.installed:
            self._use(offer)
        else:
            self.install(offer)

    def _use(self, offer: Offer) -> None:
        name = "speech_model" if offer.model.use == "final" else "live_model"
        self._keeping.change(name, offer.model.name)

    def _on_from_file(self) -> None:
        offer = self.chosen
        title = self.say("from_file")
        pattern = f"{self.say('archives')} (*.zip *.tar.bz2 *.whl)"
        name, _ = QFileDialog.getOpenFileName(self, title, "", pattern)
        if name and offer is not None:
            self.install(offer, Path(name))

    def install(self, offer: Offer, archive: Path | None = None) -> None:
        """Bring a model here, from its sources or a file; it is used from then on."""
        stop = self._stop = threading.Event()
        told = self._progress.told

        def progress(done: int, total: int | None) -> None:
            if stop.is_set():
                raise Cancelled
            told.emit(done, total or offer.model.size)

        self._problem = None
        self.bar.setRange(0, 0)
        self._background.run(
            lambda: self._desk.first_day.install(offer.model.name, progress, archive),
            lambda _: self._on_installed(offer),
            self._on_ended,
        )
        self._show()

    def _on_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, 1000)
        self.bar.setValue(min(1000, 1000 * done // max(total, 1)))

    def _on_installed(self, offer: Offer) -> None:
        self._use(offer)
        self._on_ended(None)

    def _on_ended(self, error: UserError | None) -> None:
        self._stop, self._problem = None, error
        self.enter()

    def _show(self) -> None:
        offer, busy = self.chosen, self._stop is not None
        self.bar.setVisible(busy)
        self.cancel.setVisible(busy)
        self.take.setVisible(not busy)
        self.from_file.setVisible(not busy and offer is not None and not offer.model.installed)
        if offer is None:
            self.take.setEnabled(False)
            return
        installed, used = offer.model.installed, offer.used
        fetched = offer.way == "network"
        key = "take_use" if installed else "take_download" if fetched else "take_install"
        self.take.set_label(self.say(key))
        self.take.setEnabled(not used and (installed or offer.way in ("packages", "network")))
        self._show_state(offer, busy)

    def _show_state(self, offer: Offer, busy: bool) -> None:
        if self._problem is not None:
            self.state.show_state("bad", self._language.error(self._problem))
        elif busy:
            self.state.show_state("", self.say("installing", name=offer.model.name))
        elif offer.model.installed:
            words = self.say("model_is_used" if offer.used else "model_is_there", name=offer.model.name)
            self.state.show_state("ok" if offer.used else "", words)
        else:
            self.state.show_state("", self.say(f"way_{offer.way.replace('-', '_')}"))


def dress(table: QTableView, model: OffersModel) -> None:
    """Show the models, one row of each in sight at once as far as there is room."""
    from ui.look.rows import dress_table

    dress_table(table, model, COLUMNS)
    grow(table.verticalHeader(), setDefaultSectionSize=GRID * 9)
