"""The line under a field that says where its value comes from."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from app.domain.ticket import Proof
from ui.desk.form_rows import ProofLine
from ui.look.appearance import Appearance
from ui.look.language import Language

PROOFS = tuple(
    Proof("", text, start=5.0, end=9.0)
    for text in ("朝阳区的望京街道", "望京街道办事处", "花家地西里三号楼")
)


def words(line: ProofLine) -> str:
    return re.sub(r"<[^>]+>", "", line.text())


@pytest.mark.parametrize("width", [900, 400, 260, 160])
def test_what_has_no_room_is_left_out_and_said_to_be(
    qtbot: QtBot, language: Language, appearance: Appearance, width: int
) -> None:
    line = ProofLine(language, appearance)
    qtbot.addWidget(line)
    line.show_proofs(PROOFS)
    line.resize(width, line.height())
    line.show()
    shown = words(line)
    assert QFontMetrics(line.font()).horizontalAdvance(shown) <= width
    assert shown.count("▶") == len(PROOFS) or shown.endswith("…")
    assert shown.count("▶") >= 1
    assert all(proof.text in line.toolTip() for proof in PROOFS)
