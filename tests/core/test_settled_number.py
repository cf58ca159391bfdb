"""A number that is settled after its text was shown reaches transcript, ticket and store."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from app.domain.call import Call, Speaker, Utterance
from app.events import UtteranceHeard, UtteranceSettled
from app.session import CallSession
from app.workplace import Workplace


def test_the_settled_text_takes_the_place_of_the_doubtful_one(tmp_path: Path) -> None:
    with closing(Workplace(tmp_path)) as desk:
        call = Call("call", datetime.now(UTC), "line")
        desk.parts.store().start_call(call)
        session = CallSession(call, desk.parts.analyst, desk.parts.store(), desk.bus)
        first = Utterance("u", Speaker.CALLER, 1.0, 6.0, "我姓张，电话13800138001…。", "…", "test")
        later = Utterance("v", Speaker.CALLER, 7.0, 8.0, "谢谢。", "谢谢", "test")
        session.on_speech(UtteranceHeard(first, 0.5))
        session.on_speech(UtteranceHeard(later, 0.5))
        assert session.settle()
        assert session.drafts()[0].content.caller.phone is None
        settled = replace(first, text="我姓张，电话13800138001。")
        session.on_speech(UtteranceSettled(settled))
        assert session.settle()
        assert session.transcript() == (settled, later)
        assert session.drafts()[0].content.caller.phone == "13800138001"
        assert session.save_now()
        assert [said.text for said in desk.parts.store().transcript(call.id)] == [
            settled.text,
            later.text,
        ]
        session.close()
