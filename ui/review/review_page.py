"""Reviews as a page: queue, call, and the rubric with what becomes of the review."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.desk import Desk
from app.domain.call import Utterance
from app.review.desk import OpenReview
from app.review.queue import QueueRow, Sample
from app.review.records import Review
from resources.errors import UserError
from ui.background import Background
from ui.look.appearance import Appearance
from ui.look.composition import Line
from ui.look.controls import EmptyNote, KeyButton, Panel
from ui.look.language import Language
from ui.look.sizes import grow
from ui.look.statistics_login import StatisticsLogin
from ui.look.style import GRID
from ui.review.call_panel import CallPanel
from ui.review.case_menu import CaseMenu
from ui.review.queue_panel import QueuePanel
from ui.review.sheet import RubricSheet

CORRECTIONS = ("text", "category", "unit", "article")


class ReviewPage(QWidget):
    """``failed`` carries an error for the bar, ``message`` good news."""

    failed = Signal(object)
    message = Signal(str)

    def __init__(
        self, desk: Desk, background: Background, language: Language, appearance: Appearance
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self._desk, self._background, self._language = desk, background, language
        self.opened: OpenReview | None = None
        self.review: Review | None = None
        self._said: Utterance | None = None
        self.queue = QueuePanel(language, appearance)
        self.login = StatisticsLogin(language)
        self.call = CallPanel(desk.review, background, language, appearance)
        self.sheet, self.sheet_panel = RubricSheet(language), Panel()
        self.total = QLabel("—")
        self.total.setObjectName("scoreTotal")
        self.reviewer, self.value, self.words = Line(desk.settings.seat), Line(), Line()
        self.what = QComboBox()
        self.finish = KeyButton("Ctrl+Return", "main")
        self.correct, self.appeal, self.export, self.make_case = (KeyButton() for _ in range(4))
        self.case_menu = CaseMenu(language, self)
        self.state = QLabel()
        self.state.setObjectName("note")
        self.state.setWordWrap(True)
        self._lay_out()
        self._connect()
        self._show()

    def refresh(self) -> None:
        """Screen the newest tickets, in the background."""
        self._background.run(self._desk.review.queue, self.queue.show_rows, kind="review-queue")

    # -- building --------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(GRID * 4, GRID * 2, GRID * 4, 0)
        head.setSpacing(GRID * 3)
        head.addWidget(self.total)
        head.addWidget(self.state, 1)
        head.addWidget(self.reviewer)
        grow(self.reviewer, setFixedWidth=GRID * 28)
        foot = QFrame()
        foot.setObjectName("foot")
        grid = QGridLayout(foot)
        grid.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        grid.setSpacing(GRID * 2)
        grid.addWidget(self.what, 0, 0)
        grid.addWidget(self.value, 0, 1)
        grid.addWidget(self.correct, 0, 2)
        grid.addWidget(self.words, 1, 0, 1, 2)
        grid.addWidget(self.appeal, 1, 2)
        for button in (self.correct, self.appeal):  # as wide as their column
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        last = QHBoxLayout()
        last.addWidget(self.export)
        last.addWidget(self.make_case)
        last.addStretch(1)
        last.addWidget(self.finish)
        grid.addLayout(last, 2, 0, 1, 3)
        grid.setColumnStretch(1, 1)
        self._scored, self.empty = QWidget(), EmptyNote()
        column = QVBoxLayout(self._scored)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.sheet, 1)
        column.addWidget(foot)
        self.sheet_panel.content.addWidget(self._scored, 1)
        self.sheet_panel.content.addWidget(self.empty, 1)
        split = QSplitter()
        split.setHandleWidth(GRID * 3)
        split.setChildrenCollapsible(False)
        for panel in (self.queue, self.call, self.sheet_panel):
            split.addWidget(panel)
        split.setSizes([470, 600, 480])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        outer.setSpacing(GRID * 3)
        outer.addWidget(self.login)
        outer.addWidget(split, 1)

    def _connect(self) -> None:
        bind = self._language.bind
        bind(self, self.sheet_panel.set_title, "review.sheet")
        bind(self.empty, self.empty.setText, "review.sheet_empty")
        for button, key in (
            (self.finish, "finish"),
            (self.correct, "correct"),
            (self.appeal, "appeal"),
            (self.export, "export"),
            (self.make_case, "make_case"),
        ):
            bind(button, button.set_label, f"review.{key}")
        for line, key in (
            (self.reviewer, "reviewer"),
            (self.value, "correct_hint"),
            (self.words, "appeal_hint"),
        ):
            bind(line, line.setPlaceholderText, f"review.{key}")
            bind(line, line.setAccessibleName, f"review.{key}")
        bind(self.what, self.what.setAccessibleName, "review.correct")
        self._language.changed.connect(self._show)
        self.queue.chosen.connect(self._on_chosen)
        self.queue.place_asked.connect(self._on_place)
        self.login.asked.connect(self._on_visit)
        self.call.picked.connect(self._on_picked)
        self.call.remarked.connect(
            lambda second, words: self._change(lambda r: r.comment(second, words))
        )
        self.sheet.played.connect(self.call.hear)
        self.sheet.answered.connect(self._on_answered)
        self.sheet.agreement_asked.connect(self._on_agreement)
        self.finish.clicked.connect(lambda: self._change(Review.finish))
        self.correct.clicked.connect(self._on_correct)
        self.appeal.clicked.connect(self._on_appeal)
        self.export.clicked.connect(self._on_export)
        self.make_case.clicked.connect(self._on_make_case)
        self.case_menu.saved.connect(self._on_save_case)

    # -- showing ---------------------------------------------------------------------------------

    def _show(self) -> None:
        say, review = self._language.say, self.review
        kept = self.what.currentIndex()
        self.what.clear()
        for name in CORRECTIONS:
            self.what.addItem(say(f"review.correct_{name}"), name)
        self.what.setCurrentIndex(max(0, kept))
        for widget in (self.correct, self.export, self.make_case, self.finish):
            widget.setEnabled(review is not None)
        self.finish.setEnabled(review is not None and not review.finished)
        appealed = review is not None and review.appeal is not None
        self.appeal.setEnabled(review is not None and review.finished)
        self.appeal.set_label(say("review.decide" if appealed else "review.appeal"))
        self.words.setPlaceholderText(say("review.decide_hint" if appealed else "review.appeal_hint"))
        self._scored.setVisible(review is not None)
        self.empty.setVisible(review is None)
        if review is None:
            return
        result = review.evaluation.result()
        self.total.setText(f"{result.total:.0f}")
        words = [say("review.finished") if review.finished else say("review.open", n=len(result.open))]
        if self.opened is not None:
            words.append(say("review.screened", total=f"{self.opened.row.screened.total:.0f}"))
        if result.knocked_out:
            words.append(say("review.knocked_out"))
        if review.appeal is not None:
            words.append(say("review.appealed", words=review.appeal.words))
            if review.appeal.answer:
                words.append(say("review.decided", words=review.appeal.answer))
        if review.corrections:
            words.append(say("review.corrected", n=len(review.corrections)))
        if self.opened is not None and review.finished:
            totals = [f"{one.evaluation.result().total:.0f}" for one in self.opened.others]
            if totals:
                words.append(say("review.others", totals=say("comma").join(totals)))
        self.state.setText(" · ".join(words))
        self.sheet.show_evaluation(review.evaluation)
        self.call.show_marks(review)

    def _on_chosen(self, row: QueueRow, sample: Sample) -> None:
        reviewer = self.reviewer.text().strip() or self._desk.settings.seat
        self._background.run(
            lambda: self._desk.review.open(row, reviewer, sample), self._on_opened, kind="review-open"
        )

    def _on_opened(self, opened: OpenReview) -> None:
        self.opened, self.review, self._said = opened, opened.review, None
        self.call.show_opened(opened)
        self._show()
        self._background.run(
            self._desk.review.agreement, self.sheet.show_agreement, kind="review-agreement"
        )

    def _on_agreement(self, question: str) -> None:
        """The tickets behind a question's figure, in the place of the queue."""
        asked = self.sheet.rows[question].name.text()
        reviewer = self.reviewer.text().strip() or self._desk.settings.seat
        self._background.run(
            lambda: self._desk.review.behind_agreement(question, reviewer),
            lambda rows: self.queue.show_behind(asked, rows),
            kind="review-behind",
        )

    def _on_picked(self, said: Utterance) -> None:
        self._said = said
        self.what.setCurrentIndex(0)
        self.value.setText(said.text)

    # -- whose tickets ---------------------------------------------------------------------------

    def _on_place(self, place: str) -> None:
        if place == "centre":
            self.login.begin(self._desk.settings.server_url)
        elif self._desk.review.visitor:
            self._background.run(self._desk.review.leave, lambda _: self._on_elsewhere())
        self._show_place()

    def _on_visit(self, url: str, name: str, password: str) -> None:
        self._background.run(
            lambda: self._desk.review.visit(url, name, password), lambda _: self._on_elsewhere()
        )

    def _on_elsewhere(self) -> None:
        """Other tickets: nothing is open, and who reviews is whoever logged in."""
        self.login.hide()
        self.opened = self.review = None
        self.call.show_opened(None)
        self.total.setText("—")
        self._show_place()
        self._show()
        self.queue.show_rows(())
        self.refresh()

    def _show_place(self) -> None:
        visitor = self._desk.review.visitor
        self.queue.show_place("centre" if visitor else "seat")
        self.reviewer.setReadOnly(bool(visitor))
        if visitor:
            self.reviewer.setText(visitor)

    # -- acting ----------------------------------------------------------------------------------

    def _change(self, change: Callable[[Review], Review]) -> None:
        """Change the review and keep it."""
        if self.review is None:
            return
        try:
            self.review = change(self.review)
        except UserError as error:
            self.failed.emit(error)
            return
        review = self.review
        self._show()
        self._background.run(lambda: self._desk.review.keep(review))

    def _on_answered(self, name: str, value: float | None, reason: str) -> None:
        def give(review: Review) -> Review:
            from dataclasses import replace

            given = review.evaluation.give(name, value, review.reviewer, reason)
            return replace(review, evaluation=given)

        self._change(give)

    def _on_appeal(self) -> None:
        words = self.words.text().strip()
        if self.review is not None and self.review.appeal is not None:
            self._change(lambda review: review.decide(words))
            self.words.clear()
            return
        self._change(
            lambda review: review.object(words, self.opened.row.ticket.seat if self.opened else "")
        )
        self.words.clear()

    def _on_correct(self) -> None:
        value, opened, review = self.value.text().strip(), self.opened, self.review
        if not value or opened is None or review is None:
            return
        what, desk, ticket = self.what.currentData(), self._desk, opened.row.ticket

        def work() -> Review:
            if what == "category":
                found = desk.find_categories(value, 1)
                if not found:
                    raise UserError("REVIEW_NOT_FOUND", value=value)
                return desk.review.correct_category(review, ticket, found[0])
            if what == "unit":
                units = desk.find_units(value, 1)
                if not units:
                    raise UserError("REVIEW_NOT_FOUND", value=value)
                return desk.review.correct_unit(review, ticket, units[0])
            if what == "article":
                hits = desk.search(value, 1)
                if not hits:
                    raise UserError("REVIEW_NOT_FOUND", value=value)
                cited = ticket.content.citations
                return desk.review.correct_article(
                    review, cited[0].article_id if cited else "", hits[0].article.id
                )
            said = self._said
            if said is None:
                raise UserError("REVIEW_NO_WORDS")
            return desk.review.correct_text(review, value, said.text, said.start)

        self._background.run(work, self._on_corrected)

    def _on_corrected(self, review: Review) -> None:
        self.review = review
        self.value.clear()
        self._show()
        self.message.emit(
            self._language.say("review.correction_kept", value=review.corrections[-1].after)
        )

    def _on_export(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self._language.say("review.export"))
        if chosen and self.opened is not None:
            self.export_to(Path(chosen) / f"case-{self.opened.row.ticket.id[:8]}")

    def export_to(self, folder: Path) -> None:
        """Write the case folder, redacted."""
        opened, review, code = self.opened, self.review, self._language.code
        if opened is None or review is None:
            return
        whole = OpenReview(opened.row, opened.transcript, opened.audio, review, opened.others)
        self._background.run(
            lambda: self._desk.review.export(whole, folder, code),
            lambda path: self.message.emit(self._language.say("review.exported", path=path)),
        )

    def _on_make_case(self) -> None:
        if self.opened is not None:
            self.case_menu.offer(self.opened.transcript)
            self.case_menu.popup(self.make_case.mapToGlobal(QPoint(0, 0)))

    def _on_save_case(self, told_unasked: tuple[int, ...]) -> None:
        opened = self.opened
        if opened is not None:
            seed = int(opened.row.ticket.id.replace("-", "")[:8], 16)
            self._background.run(
                lambda: self._desk.review.make_case(opened, seed, told_unasked), self._on_case_made
            )

    def _on_case_made(self, made: tuple[Path, int]) -> None:
        path, replaced = made
        self.message.emit(self._language.say("training.made", path=path, replaced=replaced))
