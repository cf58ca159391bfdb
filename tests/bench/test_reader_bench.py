"""What the bench of the screen reader counts."""

from __future__ import annotations

import pytest

pytest.importorskip(
    "jeepney", reason="the accessibility bus is Linux's: elsewhere its client is not installed"
)

from bench.bus import ENABLED, FOCUSABLE, SHOWING, Node
from bench.reader_session import without_name


def node(role: str, name: str, *bits: int) -> Node:
    return Node(":1.1", "/1", role, name, sum(1 << bit for bit in bits))


def test_what_can_be_used_and_has_no_name_is_found() -> None:
    usable = (SHOWING, FOCUSABLE, ENABLED)
    faults = [node("push button", "", *usable), node("text", "  ", *usable), node("panel", "", *usable)]
    fine = [
        node("push button", "提交派单", *usable),
        node("push button", "", SHOWING, FOCUSABLE),  # cannot be used now
        node("filler", "", SHOWING, ENABLED),  # holds others
        node("frame", "", *usable),
    ]
    assert without_name([*fine, *faults]) == faults
