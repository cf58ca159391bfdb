"""Hands that press anything anywhere: each act is one event as a window system would send it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QInputMethodEvent,
    QKeySequence,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QMenu, QMessageBox, QWidget

from app.telephone.events import LineEvent, LineKind
from resources.errors import UserError
from resources.loader import resource_path
from ui.desk_window import DeskWindow
from ui.look.controls import KeyButton
from ui.look.named_key import NamedKey
from ui.window.top_bar import PAGES

NAME, PASSWORD = "王晓", "晓的密码"
"""Who is logged in at the seat, made up; the password opens the locked screen again."""
WORDS = (
    *("油烟", "朝阳区望京街道", "路灯不亮已有三天", "wjjd", "chaoyang", "13800001111", "噪音", "投诉"),
    *("010101", "2 小时", "👨‍👩‍👧🏮", "é̂̃ ǎ", "\u202eהעיר\u202c", "<b>&amp;</b>", "%s{0}$ink"),
)
ODD = (
    "",
    "\x00\x01\x1b[31m",
    "一\r\n二\n\n三\u2028四\u2029五\t六",
    "\ufffe\uffff\ufeff\u200b\u200d",
    "\ud83d",  # half of a sign, as a careless program leaves it in the clipboard
    "ﷺ" * 300,
    "长" * 5_000,
    "a b\n" * 20_000,
    "<table>" * 500 + "<img src='file:///etc/passwd'>",
)
KEYS = (
    *(Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape),
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home),
    *(Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Backspace),
    *(Qt.Key.Key_Delete, Qt.Key.Key_Space, Qt.Key.Key_Menu, Qt.Key.Key_Insert),
    *(Qt.Key(Qt.Key.Key_F1.value + number) for number in range(12)),
)
MODIFIERS = (
    *(Qt.KeyboardModifier.NoModifier,) * 6,
    *(Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier),
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
)
SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789 .,;:-/\\'\"<>%&"
BUTTONS = (*(Qt.MouseButton.LeftButton,) * 6, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton)
NUMBERS = ("13800001111", "01012345678", "+85212345678", None)
PACES = (None, 200.0, 40.0, 8.0)
Act = Callable[[], None]


class Hands:
    """Acts drawn from ``dice``, ``told`` by name; what is opened or saved lies in ``files``."""

    def __init__(
        self, dice: random.Random, window: DeskWindow, files: Path, told: Callable[[str], None]
    ) -> None:
        self._dice, self.window, self._files, self._told = dice, window, files, told
        self.calls = self._line = 0
        self._keys: tuple[str, ...] = ()
        self._held: QWidget = window
        acts: tuple[tuple[int, Act], ...] = (
            (260, self.press_key),
            (220, self.press_sign),
            (130, self.compose),
            (190, self.click),
            (30, self.double_click),
            (60, self.wheel),
            (20, self.drag),
            (40, self.shortcut),
            (12, self.telephone),
            (8, self.take_a_call),
            (6, self.paste),
            (4, self.drop),
            (9, self.go_to_page),
            (3, self.ask_palette),
            (2, self.resize),
            (1, self.close_a_window),
        )
        self._acts = [act for _, act in acts]
        self._weights = [weight for weight, _ in acts]

    def act(self) -> None:
        """One event."""
        if self.window.locking.locked and self._dice.random() < 0.3:
            act: Act = self.unlock
        else:
            [act] = self._dice.choices(self._acts, self._weights)
        self._told(act.__name__)
        act()

    def answer(self) -> None:
        """Get out of whatever waits for an answer inside an act: a dialog, a menu, a drag."""
        modal, popup = QApplication.activeModalWidget(), QApplication.activePopupWidget()
        if isinstance(modal, QFileDialog):
            self._answer_files(modal)
        elif isinstance(modal, QMessageBox):
            self._dice.choice(modal.buttons()).click()
        elif modal is not None:
            modal.close()
        elif popup is not None:
            popup.close()
        else:
            QTest.keyClick(self.window, Qt.Key.Key_Escape)
            QTest.mouseRelease(self.window, Qt.MouseButton.LeftButton)

    def _answer_files(self, dialog: QFileDialog) -> None:
        """Something of the monkey's folder, or nothing."""
        if self._dice.random() < 0.4:
            dialog.reject()
            return
        saving = dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
        folders = dialog.fileMode() is QFileDialog.FileMode.Directory
        if folders:
            chosen = self._files / "folder"
        elif saving:
            chosen = self._files / f"saved-{self._dice.randrange(20)}"
        else:
            chosen = self._dice.choice(self._some_files())
        dialog.setDirectory(str(chosen.parent))
        dialog.selectFile(str(chosen))
        dialog.done(QFileDialog.DialogCode.Accepted.value)

    def _some_files(self) -> list[Path]:
        return sorted(path for path in self._files.iterdir() if path.is_file())

    # -- where -----------------------------------------------------------------------------------

    def _top(self) -> QWidget:
        popup = QApplication.activePopupWidget()
        if popup is not None:
            return popup
        shown = [one for one in QApplication.topLevelWidgets() if one.isVisible()]
        others = [one for one in shown if one is not self.window and one.isWindow()]
        if others and self._dice.random() < 0.3:
            return self._dice.choice(others)
        return self.window

    def _focus(self) -> QWidget:
        """What a key goes to."""
        popup = QApplication.activePopupWidget()
        return popup or QApplication.focusWidget() or self._top()

    def _under(self) -> tuple[QWidget, QPoint]:
        """A widget at a random place, and the place in it."""
        top = self._top()
        at = QPoint(
            self._dice.randrange(max(1, top.width())), self._dice.randrange(max(1, top.height()))
        )
        self._held = top  # else what Qt has made in it ends for Python with this name
        widget = top.childAt(at) or top
        return widget, widget.mapFrom(top, at)

    # -- acts ------------------------------------------------------------------------------------

    def press_key(self) -> None:
        """A key that is no sign."""
        QTest.keyClick(self._focus(), self._dice.choice(KEYS), self._dice.choice(MODIFIERS))

    def press_sign(self) -> None:
        """A sign."""
        QTest.keyClicks(self._focus(), self._dice.choice(SIGNS), self._dice.choice(MODIFIERS[:7]))

    def compose(self) -> None:
        """A step of an input method: half-typed, committed or given up."""
        word = self._dice.choice(WORDS)
        kind = self._dice.random()
        event = QInputMethodEvent(word[:3], []) if kind < 0.3 else QInputMethodEvent()
        if kind >= 0.4:
            event.setCommitString(word)
        target = QApplication.focusWidget()
        if target is not None and target.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled):
            QApplication.sendEvent(target, event)

    def click(self) -> None:
        """A click."""
        widget, at = self._under()
        QTest.mouseClick(widget, self._dice.choice(BUTTONS), self._dice.choice(MODIFIERS), at)

    def double_click(self) -> None:
        """Twice."""
        widget, at = self._under()
        QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)

    def wheel(self) -> None:
        """A notch or many."""
        widget, at = self._under()
        turned = self._dice.choice((-2400, -120, -15, 120, 960))
        across = self._dice.random() < 0.1
        event = QWheelEvent(
            QPointF(at),
            QPointF(widget.mapToGlobal(at)),
            QPoint(),
            QPoint(turned, 0) if across else QPoint(0, turned),
            Qt.MouseButton.NoButton,
            self._dice.choice(MODIFIERS),
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, event)

    def drag(self) -> None:
        """Press, move, let go elsewhere."""
        widget, at = self._under()
        left = Qt.MouseButton.LeftButton
        QTest.mousePress(widget, left, Qt.KeyboardModifier.NoModifier, at)
        for _ in range(self._dice.randrange(1, 5)):
            at += QPoint(self._dice.randrange(-200, 200), self._dice.randrange(-100, 100))
            moved = QMouseEvent(
                QEvent.Type.MouseMove,
                QPointF(at),
                QPointF(widget.mapToGlobal(at)),
                left,
                left,
                Qt.KeyboardModifier.NoModifier,
            )
            QApplication.sendEvent(widget, moved)
        QTest.mouseRelease(widget, left, Qt.KeyboardModifier.NoModifier, at)

    def shortcut(self) -> None:
        """A key of the desk's own."""
        if not self._keys:
            keys = {one.key().toString() for one in self.window.findChildren(NamedKey)}
            keys |= {one.key for one in self.window.findChildren(KeyButton)}
            self._keys = tuple(sorted(keys - {""}))
        QTest.keySequence(self._focus(), QKeySequence(self._dice.choice(self._keys)))

    def telephone(self) -> None:
        """Something happens on the line, in order or not."""
        if self._dice.random() < 0.3 and not self.window.line.ringing:
            self._line += 1
        kind = self._dice.choice(tuple(LineKind))
        self._tell(
            LineEvent(kind, f"line-{self._line}", self._dice.choice(NUMBERS), sound=self._sound())
        )

    def take_a_call(self) -> None:
        """A call rings and is answered, if none goes on."""
        if self.window.control.may_start:
            self._line += 1
            name, number = f"line-{self._line}", self._dice.choice(NUMBERS)
            self._tell(LineEvent(LineKind.RING, name, number, sound=self._sound()))
            self._tell(LineEvent(LineKind.ANSWERED, name))
            self.calls += 1

    def _sound(self) -> Path:
        """Mostly turns that are said, sometimes sound, sometimes a file that is none."""
        names = ("01-water-outage.json", "03-bbq-fumes.json") * 8 + ("03-bbq-fumes.flac",)
        drawn = self._dice.randrange(len(names) + 1)
        return (
            resource_path("calls", names[drawn]) if drawn < len(names) else self._files / "broken.wav"
        )

    def _tell(self, event: LineEvent) -> None:
        telephone = self.window.line.telephone
        telephone.pace = self._dice.choice(PACES)
        try:
            telephone.take(event)
        except UserError as error:
            if error.code != "LINE_UNKNOWN":
                raise

    def paste(self) -> None:
        """What another program left in the clipboard."""
        target, odd = QApplication.focusWidget(), self._dice.random() < 0.5
        mime = QMimeData()
        mime.setText(self._dice.choice(ODD if odd else WORDS))
        if self._dice.random() < 0.2:
            mime.setHtml(f"<h1>{self._dice.choice(WORDS)}</h1><img src='x.png'>")
        QGuiApplication.clipboard().setMimeData(mime)
        if target is not None:
            QTest.keyClick(target, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)

    def drop(self) -> None:
        """A file or text dragged in from outside; as in Qt, only what lets it in gets the drop."""
        widget, at = self._under()
        mime = QMimeData()
        if self._dice.random() < 0.7:
            mime.setUrls([QUrl.fromLocalFile(str(self._dice.choice(self._some_files())))])
        else:
            mime.setText(self._dice.choice(WORDS))
        how = (mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        entering = QDragEnterEvent(at, Qt.DropAction.CopyAction, *how)
        entering.ignore()
        QApplication.sendEvent(widget, entering)
        if entering.isAccepted():
            QApplication.sendEvent(widget, QDropEvent(QPointF(at), Qt.DropAction.CopyAction, *how))

    def go_to_page(self) -> None:
        """Another page, more often back to the desk."""
        page = "desk" if self._dice.random() < 0.7 else self._dice.choice(PAGES)
        self.window.top.pages[page].click()

    def ask_palette(self) -> None:
        """Find an action by its name and take it."""
        self.window.hands.ask_action()
        QTest.keyClicks(self._focus(), self._dice.choice(("zt", "xia", "t", "sp", "th")))
        QTest.keyClick(self._focus(), Qt.Key.Key_Return)

    def resize(self) -> None:
        """Another size, another screen."""
        if self._dice.random() < 0.2:
            self.window.showMaximized()
        else:
            self.window.showNormal()
            self.window.resize(self._dice.randrange(1180, 2560), self._dice.randrange(680, 1440))

    def close_a_window(self) -> None:
        """Any window but the desk's."""
        top = self._top()
        if top is not self.window and not isinstance(top, QMenu | QComboBox):
            top.close()

    def unlock(self) -> None:
        """The operator is back."""
        page = self.window.lock_page
        if page.password.isEnabled() and page.go.isEnabled():
            page.name.setText(NAME)
            page.password.setText(PASSWORD)
            QTest.keyClick(page.password, Qt.Key.Key_Return)
