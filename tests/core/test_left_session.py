"""The next call is taken while somebody still types: all that the last one took in is kept."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import pytest

from app.desk import ScriptCall
from app.domain.call import CallState
from app.workplace import Workplace
from resources.errors import UserError
from resources.loader import resource_path

CASE = ScriptCall(resource_path("calls", "01-water-outage.json"), None)


@pytest.fixture
def desk(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def test_what_is_typed_while_a_call_is_left_is_kept_or_refused(desk: Workplace) -> None:
    with closing(desk):
        session = desk.begin(CASE)
        assert session.wait(20)
        assert session.settle()
        draft_id, typed = session.drafts()[0].id, ""
        begun, refused = threading.Event(), list[str]()

        def type_on() -> None:
            nonlocal typed
            for number in range(1_000_000):
                try:
                    session.edit(draft_id, lambda draft, n=number: draft.type("subject", f"{n}"))
                except UserError as error:
                    refused.append(error.code)
                    return
                typed = str(number)
                begun.set()

        hand = threading.Thread(target=type_on)
        hand.start()
        assert begun.wait(10)
        desk.begin(CASE)
        hand.join(20)
        assert refused == ["DRAFT_GONE"]
        (kept,) = (draft for draft in desk.parts.store().open_drafts() if draft.id == draft_id)
        assert kept.content.subject == typed
        assert session.state is CallState.WRAPPING
