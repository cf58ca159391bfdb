"""What the monkey must not bring about: faults of any thread, drafts that are not what was typed."""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from app.domain.draft import Draft, Origin, get_field, is_empty
from app.domain.ticket import FIELDS, TicketContent
from app.events import Degraded, Event
from app.workplace import Workplace
from ui.desk.desk_page import DeskPage

if TYPE_CHECKING:
    from app.storage.seat_store import SeatStore

SAVED_WITHIN_S, LOST_AFTER_S = 0.5, 10.0
"""What the desk promises; and how long a busy machine may take before a draft counts as lost."""
BUGS = frozenset({"ANALYSIS_FAILED", "DRAFT_NOT_SAVED", "INTERNAL"})
"""What the desk goes on without, but here nothing is broken that could excuse it."""
MOST_FAULTS, LATEST_ACTS = 50, 30


class Faults(logging.Handler):
    """Collects faults, each with what the monkey did last; equal ones are kept once and counted."""

    def __init__(self, seed: int) -> None:
        super().__init__(logging.WARNING)
        self._seed = seed
        self.acts: deque[str] = deque(maxlen=LATEST_ACTS)
        self.counts: Counter[str] = Counter()
        self.found: dict[str, dict[str, Any]] = {}
        self._noting = threading.Lock()

    def install(self) -> None:
        """Hear of everything from now on."""
        logging.getLogger().addHandler(self)
        sys.excepthook = lambda kind, error, trace: self.exception("exception", error)
        threading.excepthook = lambda what: self.exception(
            f"exception in {what.thread.name if what.thread else '?'}", what.exc_value
        )
        qInstallMessageHandler(self._on_qt)

    def leave(self) -> None:
        """Hear no more, before the interpreter ends."""
        qInstallMessageHandler(None)
        logging.getLogger().removeHandler(self)
        sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__

    def note(self, kind: str, text: str) -> None:
        """A fault; any thread."""
        with self._noting:
            self.counts[kind.partition(" ")[0]] += 1
            known = self.found.get(text)
            if known is not None:
                known["times"] += 1
            elif len(self.found) < MOST_FAULTS:
                one = {"kind": kind, "seed": self._seed, "times": 1, "text": text[-4000:]}
                self.found[text] = one | {"acts": list(self.acts)}

    def exception(self, kind: str, error: BaseException | None) -> None:
        """An exception that nobody caught."""
        lines = traceback.format_exception(error) if error is not None else [kind]
        self.note(kind, "".join(lines))

    def emit(self, record: logging.LogRecord) -> None:
        """What the desk only wrote down: an exception it went on after."""
        if record.exc_info and record.exc_info[1] is not None:
            self.exception(f"exception logged by {record.name}", record.exc_info[1])

    def on_event(self, event: Event) -> None:
        """What the desk says it goes on without."""
        if isinstance(event, Degraded) and event.code in BUGS:
            self.note(f"exception told: {event.code}", f"{event.part} {event.code} {event.detail}")

    def _on_qt(self, kind: QtMsgType, _: QMessageLogContext, text: str | None) -> None:
        if text is not None and text.startswith("This plugin does not support"):
            return  # windows painted into memory are not raised or grabbed
        bad = kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
        if bad or kind is QtMsgType.QtWarningMsg:
            self.note("qt_critical" if bad else "qt_warning", text or "")


class Ledger:
    """What the operator has typed or accepted, and must find again."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._written: dict[str, Draft] = {}
        self.checks = self.seen = self.lost = self.late = 0
        self.slowest_s = 0.0

    def wrote(self, draft: Draft) -> None:
        """A draft after the operator's newest change."""
        if draft.id not in self._written:
            self.seen += 1
        self._written[draft.id] = draft

    def discarded(self, draft_id: str) -> None:
        """The operator wants it no more."""
        self._written.pop(draft_id, None)

    def check(self, store: SeatStore, wait: Callable[[], None]) -> None:
        """Every draft is in the store, now or soon; ``wait`` lets a moment pass."""
        self.checks += 1
        begun = time.monotonic()
        while missing := self._missing(store):
            taken = time.monotonic() - begun
            if taken > LOST_AFTER_S:
                self.lost += len(missing)
                for draft_id, names in missing.items():
                    self._faults.note("lost_draft", f"not in the store: {names} ({draft_id})")
                    self._written.pop(draft_id)
                return
            wait()
        taken = time.monotonic() - begun
        self.slowest_s = max(self.slowest_s, taken)
        self.late += taken > SAVED_WITHIN_S

    def check_form(self, page: DeskPage) -> None:
        """What the form shows is what the draft says, and that is what was typed."""
        draft, form = page.draft, page.form
        if draft is None:
            return
        lines = {
            "subject": form.subject,
            "place": form.place,
            "caller.name": form.caller_name,
            "caller.phone": form.caller_phone,
        }
        shown = {name: line.text() for name, line in lines.items() if not line.composing}
        if not form.summary.composing:
            shown["summary"] = form.summary.toPlainText()
        for name, text in shown.items():
            value = get_field(draft.content, name) or ""
            if draft.origins.get(name) is Origin.TYPED and text != value:
                self.lost += 1
                self._faults.note("lost_draft", f"form {name}: {text[:80]!r} draft: {value[:80]!r}")

    def _missing(self, store: SeatStore) -> dict[str, list[str]]:
        kept = {draft.id: draft.content for draft in store.open_drafts()}
        sent = {one.id: one.content for one in store.tickets(10_000)}
        missing = {}
        for draft_id, draft in list(self._written.items()):
            content = sent.get(draft_id) or kept.get(draft_id)
            if names := _unlike(draft, content or TicketContent()):
                missing[draft_id] = names
            elif draft_id in sent:
                del self._written[draft_id]  # seen safe, and it changes no more
        return missing


def _unlike(written: Draft, content: TicketContent) -> list[str]:
    """Fields in which what was typed or accepted is not there."""
    names = []
    for name in FIELDS:
        value, there = get_field(written.content, name), get_field(content, name)
        own = written.origins.get(name) in (Origin.TYPED, Origin.ACCEPTED)
        if own and value != there and not (is_empty(value) and is_empty(there)):
            names.append(name)
    return names


class WatchedSeat(Workplace):
    """The desk's core as it is; the ledger is told what the operator did."""

    ledger: Ledger

    def edit(self, draft_id: str, change: Callable[[Draft], Draft]) -> Draft:
        """As always."""
        draft = super().edit(draft_id, change)
        self.ledger.wrote(draft)
        return draft

    def discard(self, draft_id: str) -> None:
        """As always."""
        super().discard(draft_id)
        self.ledger.discarded(draft_id)
