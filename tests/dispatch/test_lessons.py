"""What an operator corrects counts with the next request; what comes back weighs against a unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from app.dispatch.catalogue import bundled_catalogue
from app.dispatch.learning.returns import Return, ReturnMemory
from app.dispatch.lessons import SeatLessons, lesson_of
from app.dispatch.suggest import suggest_units
from app.domain.draft import Draft
from app.domain.ticket import Handling, Ticket, TicketContent, UnitRole, UnitSuggestion
from app.intake.analyst import RuleAnalyst
from app.intake.dialogue import parse_dialogue

ITEM = bundled_catalogue().by_code["050101"]
OTHER = "朝阳区城市管理综合行政执法局"
TALK = parse_dialogue("朝阳区望京街道花家地西里楼下的烧烤店每天晚上油烟很大，麻烦管一管。")


def suggested(name: str = "d") -> Draft:
    return Draft(name, "c").suggest(RuleAnalyst().analyse(TALK).tickets[0])


def sent(draft: Draft) -> Ticket:
    return Ticket(draft.id, "c", "seat-1", draft.accept_all().content, datetime.now(UTC))


def corrected(name: str = "d") -> Ticket:
    unit = UnitSuggestion(OTHER, UnitRole.LEAD, 1.0, ())
    return sent(suggested(name).type("units", (unit,)))


def test_a_confirmed_unit_teaches_nothing_and_a_changed_one_does() -> None:
    assert lesson_of(sent(suggested())) is None
    code, district, unit = lesson_of(corrected()) or ("", None, "")
    assert code.startswith("050101")
    assert (district, unit) == ("朝阳区", OTHER)
    assert lesson_of(replace(corrected(), content=TicketContent())) is None


def test_corrections_are_in_force_with_the_next_request() -> None:
    lessons = SeatLessons()
    first = RuleAnalyst(voters=(lessons,)).analyse(TALK).tickets[0].units
    assert first[0].name != OTHER
    assert lessons.learn([sent(suggested())]) == 0
    assert lessons.learn([corrected()]) == 1
    once = {u.name: u for u in RuleAnalyst(voters=(lessons,)).analyse(TALK).tickets[0].units}
    assert any("改派" in reason for reason in once[OTHER].reasons)
    lessons.learn([corrected()])  # taken back and submitted again: still one correction
    again = {u.name: u for u in RuleAnalyst(voters=(lessons,)).analyse(TALK).tickets[0].units}
    assert again[OTHER].reasons == once[OTHER].reasons
    lessons.learn([corrected("e")])
    often = RuleAnalyst(voters=(lessons,)).analyse(TALK).tickets[0].units
    assert often[0].name == OTHER
    elsewhere = parse_dialogue("海淀区中关村街道科育小区楼下的烧烤店每天晚上油烟很大。")
    units = RuleAnalyst(voters=(lessons,)).analyse(elsewhere).tickets[0].units
    assert OTHER not in {unit.name for unit in units}


def test_what_was_taken_back_teaches_nothing() -> None:
    lessons = SeatLessons()
    lessons.learn([corrected()])
    lessons.forget("d")
    plain = RuleAnalyst().analyse(TALK).tickets[0].units
    assert RuleAnalyst(voters=(lessons,)).analyse(TALK).tickets[0].units == plain


def test_lessons_are_silent_in_danger() -> None:
    lessons = SeatLessons()
    lessons.learn([corrected(), corrected("e")])
    plain = suggest_units(ITEM, "朝阳区", "望京街道", Handling.EMERGENCY, emergency_line="119")
    taught = suggest_units(
        ITEM, "朝阳区", "望京街道", Handling.EMERGENCY, emergency_line="119", voters=[lessons]
    )
    assert plain == taught


def test_returns_lower_the_unit_that_gives_back_and_say_why() -> None:
    plain = suggest_units(ITEM, "朝阳区", "望京街道")
    lead = plain[0]
    one = Return(ITEM.code, lead.name, "不属本单位职责", OTHER, "朝阳区")
    memory = ReturnMemory((one, one, one))
    now = {unit.name: unit for unit in suggest_units(ITEM, "朝阳区", "望京街道", voters=[memory])}
    assert now[lead.name].score < lead.score
    assert any("不属本单位职责" in reason for reason in now[lead.name].reasons)
    assert next(iter(now)) == OTHER
    stranger = ReturnMemory((replace(one, unit="北京市体育局"),) * 3)
    names = {unit.name for unit in suggest_units(ITEM, "朝阳区", "望京街道", voters=[stranger])}
    assert "北京市体育局" not in names, "a vote against brings nobody up"
