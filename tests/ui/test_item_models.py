"""Every item model keeps Qt's contract while its content changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from app.desk import Article, OutboxRow, OutboxState, SearchHit
from app.domain.ticket import RequestType, Ticket, TicketContent, UnitRole, UnitSuggestion
from ui.desk.units_panel import UnitsModel
from ui.knowledge.hits_model import HitsModel
from ui.look.appearance import Appearance
from ui.look.cards import CardRole
from ui.look.language import Language
from ui.tickets.tickets_model import COLUMNS, TicketsModel

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def unit(name: str, role: UnitRole = UnitRole.ASSIST) -> UnitSuggestion:
    return UnitSuggestion(name, role, 0.5, ("属地",))


def hit(number: int, **changes: object) -> SearchHit:
    article = Article(f"a{number}", 1, f"标题{number}", "正文", spoken="话术", region="北京市")
    return SearchHit(replace(article, **changes), 1.0, ("标题",), "一段标题", ((2, 4),))  # type: ignore[arg-type]


def ticket(number: int) -> Ticket:
    content = TicketContent(
        type=RequestType.COMPLAINT,
        subject=f"标题{number}",
        district="朝阳区",
        limit_hours=168,
        units=(unit("甲", UnitRole.LEAD), unit("乙")),
    )
    return Ticket(f"t{number}", "c", "seat-1", content, NOW)


def test_units_model(qtmodeltester: ModelTester, language: Language) -> None:
    model = UnitsModel(language)
    qtmodeltester.check(model)
    lead = unit("甲", UnitRole.LEAD)
    model.show_units((lead, unit("乙")), [unit("丙")])
    model.show_units((lead,), [unit("乙"), unit("丙")])
    model.show_units((), [unit("丙")])
    model.show_units((lead,), ())
    assert model.index(0).data(CardRole.CARD).chosen
    assert "主责" in model.index(0).data()
    language.use("en")
    assert "lead" in model.index(0).data()
    assert model.unit(5) is None


def test_hits_model(qtmodeltester: ModelTester, language: Language) -> None:
    model = HitsModel(language)
    qtmodeltester.check(model)
    expired = hit(2, expires=date(2020, 1, 1))
    coming = hit(3, effective=date(2999, 1, 1))
    model.show_hits([hit(1), expired, coming])
    badges = [model.index(row).data(CardRole.CARD).badge for row in range(3)]
    assert badges == ["有效 · 北京市", "已失效 · 北京市", "尚未生效 · 北京市"]
    model.show_cited(["a1"])
    assert "已引用" in model.index(0).data()
    assert "已引用" not in model.index(1).data()
    model.show_hits([])
    assert model.rowCount() == 0


def test_tickets_model(qtmodeltester: ModelTester, language: Language, appearance: Appearance) -> None:
    model = TicketsModel(language, appearance)
    qtmodeltester.check(model)
    waiting = OutboxRow("o1", "t1", "标题1", OutboxState.WAITING, NOW, 2)
    model.show_tickets([ticket(1), ticket(2)], [waiting])
    row = {name: model.index(0, at).data() for at, name in enumerate(COLUMNS)}
    assert (row["type"], row["subject"], row["unit"]) == ("投诉", "标题1", "甲")
    number = ticket(1).provisional
    assert (row["limit_hours"], row["number"], row["sync"]) == ("7 天", number, "待同步")
    done = replace(waiting, state=OutboxState.ACCEPTED, number="202611200001")
    model.show_tickets([ticket(1), ticket(2)], [done])
    assert model.index(0, COLUMNS.index("number")).data() == "202611200001"
    assert model.index(0, COLUMNS.index("sync")).data() == "中心已收"
    assert model.headerData(0, Qt.Orientation.Horizontal) == "提交时间"
    refused = replace(waiting, state=OutboxState.REFUSED, reason="地址不详")
    model.show_tickets([ticket(1)], [refused])
    tip = model.index(0, COLUMNS.index("sync")).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "地址不详"
