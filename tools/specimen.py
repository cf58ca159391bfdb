"""One picture of the design system in each theme: colour roles, type, and every part in its states."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.desk.banners import Banner
from ui.look.appearance import Appearance
from ui.look.cards import Card, CardList, Passage
from ui.look.cards_model import CardsModel
from ui.look.controls import ChipRow, EmptyNote, KeyButton, Panel, note
from ui.look.dress import wear
from ui.look.fields import FieldLine
from ui.look.style import BODY, CLOCK, GRID, HEAD, NOTE, TITLE, Roles, mono, sans

SIZE = QSize(1120, 560)
SWATCH = GRID * 8


class Swatches(QWidget):
    """Every colour role with its name."""

    def __init__(self, roles: Roles) -> None:
        super().__init__()
        self._roles = roles
        self._names = list(roles._fields)
        self.setFixedHeight(-(-len(self._names) // 2) * (SWATCH + GRID))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(sans(NOTE))
        half = self.width() // 2
        for number, name in enumerate(self._names):
            left, top = number % 2 * half, number // 2 * (SWATCH + GRID)
            painter.setPen(QPen(self._roles.color("frame")))
            painter.setBrush(self._roles.color(name))
            painter.drawRoundedRect(QRect(left, top, SWATCH * 2, SWATCH - 1), 6, 6)
            painter.setPen(self._roles.color("ink"))
            place = QRect(left + SWATCH * 2 + GRID * 2, top, half, SWATCH)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), name)


class Specimen(QWidget):
    """Three panels beside each other: what colours and sizes there are, fields and buttons, cards."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        row.setSpacing(GRID * 3)
        row.addWidget(self._colours(appearance), 1)
        row.addWidget(self._parts(), 1)
        row.addWidget(self._cards(appearance), 1)

    def _column(self, title: str) -> tuple[Panel, QVBoxLayout]:
        panel, column = Panel(), QVBoxLayout()
        panel.set_title(title)
        column.setContentsMargins(GRID * 4, GRID * 3, GRID * 4, GRID * 3)
        column.setSpacing(GRID * 2)
        panel.content.addLayout(column)
        return panel, column

    def _colours(self, appearance: Appearance) -> Panel:
        panel, column = self._column(f"颜色与字号 · {appearance.theme}")
        column.addWidget(Swatches(appearance.roles))
        for name, pixels in (("title", TITLE), ("head", HEAD), ("body", BODY), ("note", NOTE)):
            label = QLabel(f"接诉台 Jiesu Desk · {name} {pixels}")
            label.setFont(sans(pixels, bold=pixels > BODY))
            label.setObjectName({"body": ""}.get(name, name))
            column.addWidget(label)
        clock = QLabel("02:17")
        clock.setObjectName("clock")
        clock.setFont(mono(CLOCK, bold=True))
        column.addWidget(clock)
        column.addStretch(1)
        return panel

    def _parts(self) -> Panel:
        panel, column = self._column("控件")
        first, last = QHBoxLayout(), QHBoxLayout()
        for label, key, kind, row in (
            ("提交派单", "Ctrl+Return", "main", first),
            ("保持", "F11", "plain", first),
            ("挂断", "F8", "end", last),
            ("知道了", "", "quiet", last),
        ):
            button = KeyButton(key, kind)
            button.set_label(label)
            row.addWidget(button)
        for row in (first, last):
            row.setSpacing(GRID * 2)
            row.addStretch(1)
            column.addLayout(row)
        off = KeyButton("F5")
        off.set_label("刷新")
        off.setEnabled(False)
        last.insertWidget(2, off)
        for held, suggested in (("投诉", False), ("咨询", True)):
            chips = ChipRow(("咨询", "求助", "投诉", "举报"))
            chips.set_labels("类型", str)
            chips.hint.setText("Tab 采用")
            chips.show_value(held, suggested=suggested)
            column.addWidget(chips)
        for value, suggested in (("", False), ("朝阳区 · 望京街道", False), ("花家地西里3号楼", True)):
            line = FieldLine()
            line.setPlaceholderText("小区、楼号、路口")
            line.hint.setText("Tab 采用")
            line.show_value(value, suggested=suggested)
            column.addWidget(line)
        for tone, title, words in (
            ("accent", "建议", "程序提议，一个键采用"),
            ("ok", "安全", "已写入磁盘"),
            ("warn", "可追问", "先想一想"),
            ("bad", "紧急", "请立即转接 119"),
        ):
            banner = Banner(tone)
            banner.say(title, words)
            column.addWidget(banner)
        column.addStretch(1)
        return panel

    def _cards(self, appearance: Appearance) -> Panel:
        panel, column = self._column("卡片与空状态")
        panel.note.setText("Ctrl+3")
        model, cards = CardsModel(), CardList(appearance)
        cards.setModel(model)
        model.setParent(cards)
        script = Passage("话术：请告诉我饭馆名称。", boxed=True)
        rows = (
            Card("望京街道办事处 · 主责", "0.95", passages=(Passage("目录 05010102"),), chosen=True),
            Card("楼下饭馆油烟怎么投诉", "有效 · 北京市", "ok", (script,)),
            Card("城乡居民医保集中参保期", "2026-02-28 前复核", "bad", (Passage("知识编辑组"),)),
        )
        model.show_rows([(card, None) for card in rows])
        column.addWidget(cards, 3)
        empty, failed = EmptyNote(), EmptyNote()
        empty.setText("没有找到，换个说法试试。")
        failed.fail("连不上中心。工单保存在本机。")
        column.addWidget(empty, 1)
        column.addWidget(failed, 1)
        column.addWidget(note("空：下一步做什么 · 失败：发生了什么、保住了什么"))
        return panel


def picture(theme: str, application: QApplication, path: Path) -> None:
    """Save the design system in one theme."""
    appearance = Appearance(application, theme)
    appearance.dress()
    shown = Specimen(appearance)
    shown.resize(SIZE)
    wear(shown)
    shown.show()
    for _ in range(4):
        application.processEvents()
    shown.grab().save(str(path))
    shown.close()
