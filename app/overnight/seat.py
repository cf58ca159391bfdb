"""After a night, at a seat: its suggestions learn again from its own tickets."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from app.dispatch.learning import MODEL_FILE
from app.overnight.command import After
from app.overnight.summary import examples_from, retrain
from app.overnight.work import Order
from app.parts import EVERY_TICKET
from app.workplace import Workplace


def after_seat_night(data_dir: Path) -> After:
    """Train on the seat's tickets; a seat's sums are derived whenever somebody looks."""

    def after(_out: Path, _orders: Sequence[Order]) -> dict[str, Any]:
        with closing(Workplace(data_dir)) as desk:
            tickets = desk.parts.store().tickets(EVERY_TICKET)
        return {"retrained": retrain(examples_from(tickets), data_dir / MODEL_FILE)}

    return after
