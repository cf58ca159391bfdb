"""The score of a drill: every point with its moment, the trainee against the model on one timeline."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QUrl, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QTextBrowser, QVBoxLayout, QWidget

from app.domain.call import Speaker
from app.domain.city import city_time
from app.training.attempts import Attempt
from app.training.model_answer import model_answer
from app.training.scoring import Score, ScorePoint, point_name, score
from ui.drill.timeline import Timeline
from ui.look.appearance import Appearance
from ui.look.controls import KeyButton, Panel
from ui.look.language import Language
from ui.look.style import GRID
from ui.look.wording import DOT, clock

MOMENT = "moment"


class ScoreView(QWidget):
    """``retry_requested`` carries the second to go on from; the others ask for a file or leave."""

    retry_requested = Signal(float)
    certificate_requested = Signal()
    export_requested = Signal()
    left = Signal()

    def __init__(self, language: Language, appearance: Appearance) -> None:
        super().__init__()
        self._language, self._appearance = language, appearance
        self.attempt: Attempt | None = None
        self._score: Score | None = None
        self.back = KeyButton("Esc", "quiet")
        self.total, self.who = QLabel(), QLabel()
        self.total.setObjectName("scoreTotal")
        self.who.setObjectName("muted")
        self.points, self.talk = QTextBrowser(), QTextBrowser()
        for browser in (self.points, self.talk):
            browser.setOpenLinks(False)
            browser.setFrameShape(QTextBrowser.Shape.NoFrame)
            browser.anchorClicked.connect(self._on_link)
        self.timeline = Timeline(language, appearance)
        self.retry = KeyButton("Ctrl+R")
        self.certificate, self.export = KeyButton(), KeyButton()
        self._lay_out()
        self.timeline.chosen.connect(self._on_second)
        self.retry.clicked.connect(lambda: self.retry_requested.emit(self.timeline.second))
        self.certificate.clicked.connect(self.certificate_requested)
        self.export.clicked.connect(self.export_requested)
        self.back.clicked.connect(self.left)
        language.changed.connect(self._show)
        appearance.changed.connect(self._show)

    def show_attempt(self, attempt: Attempt) -> None:
        """Show a held drill."""
        self.attempt, self._score = attempt, score(attempt.record)
        self.timeline.show_records(
            (
                ("drill.lane_trainee", attempt.record),
                ("drill.lane_model", model_answer(attempt.record.scenario)),
            )
        )
        self._show()

    # -- building --------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.points_panel, self.time_panel, self.talk_panel = Panel(), Panel(), Panel()
        head = QHBoxLayout()
        head.setSpacing(GRID * 3)
        head.addWidget(self.back)
        head.addWidget(self.total)
        head.addWidget(self.who, 1)
        for button in (self.retry, self.certificate, self.export):
            head.addWidget(button)
        self.points_panel.content.addWidget(self.points)
        lanes = QVBoxLayout()
        lanes.setContentsMargins(GRID * 4, GRID * 2, GRID * 4, GRID * 3)
        lanes.addWidget(self.timeline)
        self.time_panel.content.addLayout(lanes)
        self.talk_panel.content.addWidget(self.talk)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID * 3)
        column.addWidget(self.time_panel)
        column.addWidget(self.talk_panel, 1)
        split = QSplitter()
        split.setHandleWidth(GRID * 3)
        split.setChildrenCollapsible(False)
        split.addWidget(self.points_panel)
        split.addWidget(right)
        split.setSizes([620, 900])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        outer.setSpacing(GRID * 3)
        outer.addLayout(head)
        outer.addWidget(split, 1)
        bind = self._language.bind
        bind(self, self.back.set_label, "drill.back")
        bind(self, self.retry.set_label, "drill.retry")
        bind(self, self.certificate.set_label, "drill.certificate_save")
        bind(self, self.export.set_label, "drill.export_signed")
        bind(self, self.points_panel.set_title, "drill.points")
        bind(self, self.points.setAccessibleName, "drill.points")
        bind(self, self.time_panel.set_title, "drill.timeline")
        bind(self, self.time_panel.note.setText, "drill.timeline_note")
        bind(self, self.talk_panel.set_title, "drill.talk")
        bind(self, self.talk.setAccessibleName, "drill.talk")

    # -- showing ---------------------------------------------------------------------------------

    def _show(self) -> None:
        if self.attempt is None or self._score is None:
            return
        attempt, say = self.attempt, self._language.say
        case = attempt.record.scenario
        self.total.setText(f"{self._score.total:.1f}")
        self.who.setText(
            DOT.join(
                (
                    case.title or case.id,
                    attempt.trainee or say("drill.nobody"),
                    say(f"drill.style_{attempt.style.value}"),
                    f"{city_time(attempt.held_at):%Y-%m-%d %H:%M}",
                )
            )
        )
        self.retry.setEnabled(bool(case.opening))
        self.export.setVisible(attempt.seed is not None)
        self.points.setHtml(self._points_html(self._score))
        self.talk.setHtml(self._talk_html())

    def _points_html(self, result: Score) -> str:
        roles, code = self._appearance.roles, self._language.code
        parts = ['<table width="100%" cellspacing="0" cellpadding="4">']
        for section, (got, of) in result.sections().items():
            name = escape(self._language.say(f"training.section.{section}"))
            parts.append(
                f'<tr><td colspan="3" style="padding-top:12px"><b>{name}</b></td>'
                f'<td align="right" style="padding-top:12px"><b>{got:.1f}</b> / {of:.1f}</td></tr>'
            )
            for point in (one for one in result.points if one.section == section):
                parts.append(self._point_row(point, point_name(point.name, code), roles.muted))
        return "".join([*parts, "</table>"])

    def _point_row(self, point: ScorePoint, name: str, muted: str) -> str:
        roles = self._appearance.roles
        whole = point.earned >= 1
        sign, color = (
            ("✓", roles.ok) if whole else ("✗", roles.bad) if point.earned <= 0 else ("◐", roles.warn)
        )
        field = self._field_words(point, name)
        moment = ""
        if point.second is not None:
            link = f'href="{MOMENT}:{point.second}"'
            moment = f'<a style="color:{roles.accent}" {link}>▶&nbsp;{clock(point.second)}</a>'
        detail = ""
        if not whole and point.detail:
            detail = (
                f'<br/><span style="color:{muted}">{escape(point.detail.replace("None", "—"))}</span>'
            )
        earned = f"{point.weight * point.earned:.1f} / {point.weight:.1f}"
        return (
            f'<tr><td width="20" style="color:{color}">{sign}</td><td>{escape(field)}{detail}</td>'
            f'<td width="80">{moment}</td><td width="90" align="right">{earned}</td></tr>'
        )

    def _field_words(self, point: ScorePoint, name: str) -> str:
        """A point's name; fields and times have theirs in the drill's texts."""
        if "." in point.name:
            kind = point.name.partition(".")[0]
            return self._language.say(f"drill.point_{kind}", name=name)
        return self._language.say(f"drill.point_{point.name}")

    def _talk_html(self) -> str:
        assert self.attempt is not None
        roles, say, at = self._appearance.roles, self._language.say, self.timeline.second
        parts = []
        for said in sorted(self.attempt.record.said, key=lambda one: one.start):
            caller = said.speaker is Speaker.CALLER
            color = roles.caller if caller else roles.operator
            who = say("caller") if caller else say("operator")
            here = said.start <= at <= said.end and at > 0
            ground = f"background:{roles.highlight};" if here else ""
            parts.append(
                f'<p style="margin:6px 4px;{ground}"><b style="color:{color}">{escape(who)}</b> '
                f'<a name="s{said.start:.1f}" style="color:{roles.accent};text-decoration:none" '
                f'href="{MOMENT}:{said.start}">{clock(said.start)}</a><br/>{escape(said.words)}</p>'
            )
        return "".join(parts)

    def _on_link(self, url: QUrl) -> None:
        if url.scheme() == MOMENT:
            self.timeline.choose(float(url.path()))
            self._on_second(self.timeline.second)

    def _on_second(self, second: float) -> None:
        """Show what was said then."""
        self.talk.setHtml(self._talk_html())
        if self.attempt is not None:
            near = [s.start for s in self.attempt.record.said if s.start <= second + 0.05]
            if near:
                self.talk.scrollToAnchor(f"s{max(near):.1f}")
        self.time_panel.note.setText(self._language.say("drill.at_second", time=clock(second)))
