"""Cards of any words in a list of any width: a few lines each, the last one ending in …"""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ui.look.appearance import Appearance
from ui.look.cards import Card, CardList, Passage
from ui.look.cards_model import CardsModel

WIDTHS = (60, 170, 235, 300, 365, 520)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("word " * 300, id="words"),
        pytest.param("i" * 600, id="one long word"),
        pytest.param("一\r\n二\n\n三\u2028四\u2029五\t六" * 8, id="breaks of every kind"),
        pytest.param("a b\n" * 200, id="short lines"),
        pytest.param("👨‍👩‍👧🏮" * 100, id="signs of many parts"),
        pytest.param("\ufffe\uffff\ufeff\u200b\u200d" * 100, id="signs that show nothing"),
        pytest.param("", id="nothing"),
    ],
)
@pytest.mark.parametrize("boxed", [False, True])
def test_a_card_has_a_few_lines_whatever_it_says(
    qtbot: QtBot, appearance: Appearance, words: str, boxed: bool
) -> None:
    view, model = CardList(appearance), CardsModel()
    qtbot.addWidget(view)
    view.setModel(model)
    view.show()

    def height(words: str) -> int:
        model.show_rows([(Card("题", passages=(Passage(words, boxed=boxed),)), None)])
        assert not view.grab().isNull()  # painted, too
        return view.sizeHintForRow(0)

    for width in WIDTHS:
        view.resize(width, 600)
        assert 0 < height(words) <= height("字" * 1_000) * 1.4, width
