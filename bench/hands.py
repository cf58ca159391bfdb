"""Whole calls by real keys in a real window: ring, answer, hang up, put right, submit, next.

Each recorded call rings and is answered with a key; its true words are heard, and at hang-up an
operator who knows the reference goes to each field that differs, corrects it and submits. A modifier
counts as a keystroke; characters of free text (subject, place, name, number) do not, the keys around
them do. Pickers: from a keystroke to its painted list.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from app.domain.call import CallState
from app.domain.ticket import Handling, RequestType, TicketContent
from app.script import load_case
from app.telephone.events import LineEvent, LineKind
from app.training.truth import judge
from knowledge_base.evaluation import latency
from resources.pinyin import initials, pinyin_key

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ui.desk_window import DeskWindow

WITHIN_S, PICKED = 30.0, 20
FREE = {"subject": "subject", "place": "place", "name": "caller_name", "phone": "caller_phone"}


def run(data: Path | None) -> dict[str, Any]:
    """Keystrokes of each call of ``data/calls``, and their median."""
    if data is None or not (data / "calls").is_dir():
        return {"skipped": "no folder `calls` in the measurement data"}
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["JIESU_KEYRING"] = "off"
    from app.workplace import Workplace
    from ui.main import make_application, open_window

    application = make_application(["hands"])
    calls: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        desk = Workplace(Path(name))
        desk.telephone.pace = None
        window = open_window(desk, application, Path(name) / "reports")
        window.show()
        window.activateWindow()
        operator = KeyOperator(window)
        for path in sorted((data / "calls").glob("*.json")):
            calls[path.stem] = operator.take_call(path)
        pickers = picker_times(window)
        window.close()
        window.deleteLater()
    strokes = [one["keystrokes"] for one in calls.values()]
    return {
        "calls": calls,
        "submitted": sum(one["submitted"] for one in calls.values()),
        "median_keystrokes": median(strokes),
        "most_keystrokes": max(strokes),
        "n": len(calls),
        "picker": latency(pickers),
    }


def picker_times(window: DeskWindow) -> list[float]:
    """Milliseconds from keystroke to painted list, by Chinese, pinyin, initials and code."""
    from PySide6.QtGui import QInputMethodEvent
    from PySide6.QtWidgets import QApplication

    from app.dispatch.catalogue import catalogue_in_force
    from resources.places import bundled_gazetteer

    items = catalogue_in_force().items[::9][:PICKED]
    streets = bundled_gazetteer().streets[::9][:PICKED]
    form = window.desk_page.form
    words = {
        form.category: [word for item in items for word in (*_ways(item.name), item.code)],
        form.region: [word for street in streets for word in _ways(street.name)],
    }
    times = []
    for field, typed in words.items():
        field.setEnabled(True)
        for word in typed:
            field.clear()
            for sign in word:
                event = QInputMethodEvent()
                event.setCommitString(sign)
                begun = time.perf_counter()
                QApplication.sendEvent(field, event)
                if field.popup.isVisible():
                    field.popup.viewport().repaint()
                times.append(1000 * (time.perf_counter() - begun))
        field.popup.hide()
    return times


def _ways(name: str) -> tuple[str, str, str]:
    return name, pinyin_key(name), initials(name)


class KeyOperator:
    """Two hands on a keyboard, and eyes that compare the ticket with the reference."""

    def __init__(self, window: DeskWindow) -> None:
        self._window = window
        self._page, self._form = window.desk_page, window.desk_page.form
        self.strokes = 0

    def take_call(self, path: Path) -> dict[str, Any]:
        """One call from ring to the next; what it cost."""
        from PySide6.QtCore import Qt

        window, reference = self._window, load_case(path).reference
        self.strokes, requests = 0, 0
        telephone = window.line.telephone
        telephone.take(LineEvent(LineKind.RING, path.stem, None, sound=path))
        self._until(lambda: window.line.ringing)
        self.press(Qt.Key.Key_F3)
        self._until(lambda: window.control.state is not CallState.READY)
        self._until(lambda: window.control.state is CallState.WRAPPING)
        self.strokes += 1  # F8: a replayed call hangs up by itself
        self._until(lambda: self._page.draft is not None and bool(self._form.summary.toPlainText()))
        wrong = self._wrong(reference)
        for name in wrong:
            self._correct(name, reference)
        left = self._wrong(reference)
        while self._page.draft is not None and requests < 9 and self._submit():
            requests += 1
        submitted = self._page.draft is None
        if submitted:
            self._until(self._page.ticket.next.isVisible)
            self.press(Qt.Key.Key_F4)
        return {
            "keystrokes": self.strokes,
            "requests": requests,
            "corrected": wrong,
            "unlike_reference": left,
            "submitted": submitted,
        }

    def press(self, key: Any, modifier: Any = None) -> None:
        """A key for whatever has the focus, and its modifier, both counted."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        popup = QApplication.activePopupWidget()  # as a window system does
        target = popup or QApplication.focusWidget() or self._window
        held = modifier if modifier is not None else Qt.KeyboardModifier.NoModifier
        QTest.keyClick(target, key, held)
        self.strokes += 1 if modifier is None else 2

    def type(self, text: str, *, free: bool = False) -> None:
        """Characters; those of free text are not counted."""
        from PySide6.QtGui import QInputMethodEvent
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        target = QApplication.focusWidget()
        assert target is not None
        if text.isascii():
            QTest.keyClicks(target, text)
        else:
            event = QInputMethodEvent()
            event.setCommitString(text)
            QApplication.sendEvent(target, event)
        self.strokes += 0 if free else len(text)

    def _submit(self) -> bool:
        """Submit the request that is shown; false when the desk went to a field that must be filled."""
        from PySide6.QtCore import Qt

        draft = self._page.draft
        before = draft.id if draft is not None else ""

        def gone() -> bool:
            now = self._page.draft
            return now is None or now.id != before

        self.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        self._until(gone, 5.0)
        return gone()

    def _wrong(self, reference: Mapping[str, Any]) -> list[str]:
        draft = self._page.draft
        content = draft.content if draft is not None else TicketContent()
        return [name for name, right, _ in judge(content, reference) if not right]

    def _go_to(self, field: QWidget) -> None:
        """Tab from the head of the form to a field, the shorter way."""
        from PySide6.QtCore import Qt

        self.press(Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
        for _ in range(40):
            if field.hasFocus():
                return
            self.press(Qt.Key.Key_Tab)

    def _correct(self, name: str, reference: Mapping[str, Any]) -> None:
        """Put one field right; what this operator has no hands for is left."""
        from PySide6.QtCore import Qt

        form = self._form
        if name in FREE:
            self._go_to(getattr(form, FREE[name]))
            self.press(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
            wanted = reference.get(name) or (reference.get("surname") if name == "name" else None)
            if wanted:
                self.type(str(wanted), free=True)
            else:
                self.press(Qt.Key.Key_Delete)
        elif name in ("type", "handling", "limit_hours"):
            row = {"type": form.type, "handling": form.handling, "limit_hours": form.limit}[name]
            kinds: dict[str, Callable[[Any], Any]] = {"type": RequestType, "handling": Handling}
            wanted = kinds.get(name, int)(reference[name])
            if wanted in row.values:
                self._go_to(row)
                self.type(str(row.values.index(wanted) + 1))
        elif name in ("district", "street"):
            self._pick(form.region, initials(reference["district"] + reference.get("street", "")))
        elif name == "category":
            self._pick(form.category, str(reference["category"]))
        elif name == "confidential":
            self._go_to(form.confidential)
            self.press(Qt.Key.Key_Space)

    def _pick(self, field: QWidget, typed: str) -> None:
        from PySide6.QtCore import Qt

        self._go_to(field)
        self.press(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        self.type(typed)
        self.press(Qt.Key.Key_Return)

    def _until(self, holds: Callable[[], bool], within: float = WITHIN_S) -> None:
        from PySide6.QtWidgets import QApplication

        end = time.monotonic() + within
        while not holds() and time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.002)
