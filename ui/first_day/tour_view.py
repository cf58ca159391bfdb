"""What the tour shows over a desk: all dimmed but one part, and a card with a sentence about it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.look.appearance import Appearance
from ui.look.controls import KeyButton, note
from ui.look.dress import wear
from ui.look.language import Language
from ui.look.sizes import grown
from ui.look.style import GRID

CARD = GRID * 96
EDGE = 1
"""The line around the card."""
SHADE = QColor(0, 0, 0, 130)
_KEYS = (
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Escape, Qt.Key.Key_Space),
    *(Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab),
)


class TourView(QWidget):
    """Takes every key and click while it is shown, so that nothing happens in the desk below."""

    stepped = Signal(int)
    left = Signal()

    def __init__(self, language: Language, appearance: Appearance, over: QWidget) -> None:
        super().__init__(over)
        self._language, self._appearance = language, appearance
        self._over = over
        self.setProperty("floats", True)
        self._target: QWidget | None = None
        self.card = QFrame(self)
        self.card.setObjectName("palette")
        self.title, self.words, self.at = QLabel(), QLabel(), note()
        self.title.setObjectName("head")
        self.words.setWordWrap(True)
        self.leave, self.back = KeyButton("Esc", "quiet"), KeyButton("Left")
        self.next = KeyButton("Right", "main")
        self._row = row = QHBoxLayout()
        row.setSpacing(GRID * 2)
        row.addWidget(self.at)
        row.addStretch(1)
        for button in (self.leave, self.back, self.next):
            row.addWidget(button)
        self._column = column = QVBoxLayout(self.card)
        column.setContentsMargins(GRID * 5, GRID * 4, GRID * 5, GRID * 4)
        column.setSpacing(GRID * 3)
        column.addWidget(self.title)
        column.addWidget(self.words)
        column.addLayout(row)
        language.bind(self.leave, self.leave.set_label, "firstday.tour_leave")
        language.bind(self.back, self.back.set_label, "firstday.back")
        self.leave.clicked.connect(self.left)
        self.back.clicked.connect(lambda: self.stepped.emit(-1))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        over.installEventFilter(self)
        for button in (self.leave, self.back, self.next):
            button.installEventFilter(self)
        appearance.application.focusChanged.connect(self._on_focus_changed)
        wear(self)
        self.setGeometry(over.rect())

    def show_step(self, target: QWidget | None, title: str, words: str, at: int, of: int) -> None:
        """Point at a part of the desk, or at none, and say a sentence."""
        if self._target is not None:
            self._target.removeEventFilter(self)
        self._target = target
        if target is not None:
            target.installEventFilter(self)
        say = self._language.say
        self.title.setText(title)
        self.words.setText(words)
        self.at.setText(f"{at} / {of}")
        self.card.setAccessibleName(f"{title}. {words}")
        self.back.setEnabled(at > 1)
        self.next.set_label(say("firstday.tour_end" if at == of else "firstday.next"))
        self.show()
        self.raise_()
        self._place()
        self.next.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def hole(self) -> QRect:
        """The part that is pointed at, in our own coordinates; empty for none."""
        if self._target is None or not self._target.isVisible():
            return QRect()
        corner = self._target.mapTo(self._over, QPoint())
        return QRect(corner, self._target.size()).adjusted(-4, -4, 4, 4).intersected(self.rect())

    def _place(self) -> None:
        """Beside the part, on the side that has most room; in the middle without one."""
        for label in self.card.findChildren(QLabel):
            label.ensurePolished()  # its size follows the style sheet
        for button in (self.leave, self.back, self.next):
            inner = button.layout()
            assert inner is not None
            inner.invalidate()
            button.updateGeometry()
        self._row.invalidate()
        self._column.invalidate()
        width = max(grown(CARD), self._column.minimumSize().width() + 2 * EDGE)
        self.card.setFixedWidth(width)
        self.card.setFixedHeight(self._column.heightForWidth(width - 2 * EDGE) + 2 * EDGE)
        self.card.move(self._spot(self.card.size()))
        self.update()

    def _spot(self, size: QSize) -> QPoint:
        """Beside the part, where the card hides least of it; in the middle without one."""
        hole, gap = self.hole, GRID * 3
        room = self.rect().adjusted(gap, gap, -gap, -gap)
        most = room.bottomRight() + QPoint(1, 1) - QPoint(size.width(), size.height())
        if hole.isEmpty():
            return room.center() - QPoint(size.width() // 2, size.height() // 2)
        spots = (
            QPoint(hole.right() + gap, hole.top()),
            QPoint(hole.left() - gap - size.width(), hole.top()),
            QPoint(hole.left(), hole.bottom() + gap),
            QPoint(hole.left(), hole.top() - gap - size.height()),
        )
        inside = [
            QPoint(max(room.left(), min(spot.x(), most.x())), max(room.top(), min(spot.y(), most.y())))
            for spot in spots
        ]
        return min(inside, key=lambda spot: _area(hole.intersected(QRect(spot, size))))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade, hole = QPainterPath(), QRectF(self.hole)
        shade.addRect(QRectF(self.rect()))
        if not hole.isEmpty():
            shade.addRoundedRect(hole, 8, 8)
        painter.fillPath(shade, SHADE)
        if not hole.isEmpty():
            painter.setPen(QPen(self._appearance.roles.color("accent"), 2))
            painter.drawRoundedRect(hole, 8, 8)

    def event(self, event: QEvent) -> bool:
        """No shortcut of the desk below acts: Ctrl+Enter must not submit the practice ticket."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride:
            plain = event.modifiers() in (
                Qt.KeyboardModifier.NoModifier,
                Qt.KeyboardModifier.KeypadModifier,
            )
            if not (plain and event.key() in _KEYS):
                event.accept()
                return True
        return super().event(event)

    def _on_focus_changed(self, _: QWidget | None, now: QWidget | None) -> None:
        """The form below takes the keys as its call begins; they stay here."""
        below = now is not None and self._over.isAncestorOf(now) and not self.isAncestorOf(now)
        if below and self.isVisible():
            self.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def _step_focus(self, by: int) -> None:
        """Tab stays among the buttons of the card: nothing below it can be used now."""
        usable = [one for one in (self.leave, self.back, self.next) if one.isEnabled()]
        at = next((n for n, one in enumerate(usable) if one.hasFocus()), 0)
        reason = Qt.FocusReason.TabFocusReason if by > 0 else Qt.FocusReason.BacktabFocusReason
        usable[(at + by) % len(usable)].setFocus(reason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            steps = {Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}
            if event.key() in steps:
                self._step_focus(steps[Qt.Key(event.key())])
                return True
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show):
            if watched is self._over:
                self.setGeometry(self._over.rect())
            self._place()
        return super().eventFilter(watched, event)


def _area(part: QRect) -> int:
    return part.width() * part.height() if part.isValid() else 0
