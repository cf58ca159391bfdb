"""What the operator typed, accepted or rejected is never overruled by the program."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.domain.codec import draft_from_json, draft_to_json
from app.domain.draft import Draft, Origin, get_field
from app.domain.required import missing_fields
from app.domain.ticket import (
    FIELDS,
    Caller,
    Category,
    Citation,
    Handling,
    Proof,
    RequestType,
    TicketContent,
    UnitRole,
    UnitSuggestion,
)
from app.domain.trail import MOST

FIRST = TicketContent(
    type=RequestType.COMPLAINT,
    district="朝阳区",
    street="望京街道",
    caller=Caller(phone="13800138001"),
    proof={"district": Proof(rule="place.heard", text="朝阳区", start=6.0, end=7.0)},
)
SECOND = TicketContent(type=RequestType.HELP, district="海淀区", caller=Caller(phone="13800138002"))


def new() -> Draft:
    return Draft("d", "c")


def test_suggestions_fill_empty_fields_and_bring_their_proof() -> None:
    draft = new().suggest(FIRST)
    assert draft.content.district == "朝阳区"
    assert draft.origins["district"] is Origin.SUGGESTED
    assert draft.content.proof["district"].start == 6.0


def test_a_newer_suggestion_replaces_an_undecided_one_and_its_proof() -> None:
    draft = new().suggest(FIRST).suggest(SECOND)
    assert draft.content.district == "海淀区"
    assert "district" not in draft.content.proof
    assert draft.content.street is None
    assert "street" not in draft.origins


def test_accepted_and_typed_values_stay() -> None:
    draft = new().suggest(FIRST).accept("district").type("caller.phone", "010-12345678")
    draft = draft.suggest(SECOND)
    assert draft.content.district == "朝阳区"
    assert draft.content.caller.phone == "010-12345678"
    assert draft.content.type is RequestType.HELP


def test_typing_drops_the_proof_of_the_old_value() -> None:
    assert "district" not in new().suggest(FIRST).type("district", "西城区").content.proof


def test_a_rejected_value_does_not_come_back_but_another_may() -> None:
    draft = new().suggest(FIRST).reject("district")
    assert draft.content.district is None
    assert draft.suggest(FIRST).content.district is None
    assert draft.suggest(SECOND).content.district == "海淀区"


def test_clearing_a_field_by_hand_keeps_it_clear() -> None:
    draft = new().suggest(FIRST).type("street", None)
    assert draft.suggest(FIRST).content.street is None


def test_accept_all_leaves_typed_fields_typed() -> None:
    draft = new().suggest(FIRST).type("street", "x").accept_all()
    assert draft.origins["street"] is Origin.TYPED
    assert draft.origins["district"] is Origin.ACCEPTED


actions = st.lists(
    st.one_of(
        st.tuples(st.just("suggest"), st.sampled_from([FIRST, SECOND, TicketContent()])),
        st.tuples(
            st.sampled_from(["accept", "reject", "type"]),
            st.sampled_from(["district", "street", "caller.phone"]),
        ),
    ),
    max_size=20,
)


@given(actions)
def test_whatever_happens_the_operator_keeps_the_last_word(steps: list) -> None:
    draft, decided = new(), {}
    for action, argument in steps:
        if action == "suggest":
            draft = draft.suggest(argument)
        elif action == "type":
            draft = draft.type(argument, "by hand")
            decided[argument] = "by hand"
        elif action == "accept":
            if draft.origins.get(argument) is Origin.SUGGESTED:
                decided[argument] = get_field(draft.content, argument)
            draft = draft.accept(argument)
        else:
            draft = draft.reject(argument)
        for name, value in decided.items():
            assert get_field(draft.content, name) == value
        for name in FIELDS:
            assert get_field(draft.content, name) not in draft.rejected.get(name, ()) or (
                draft.origins.get(name) is not Origin.SUGGESTED
            )


def test_required_fields_follow_the_handling() -> None:
    assert missing_fields(TicketContent()) == ("type", "handling", "subject", "summary")
    dispatch = TicketContent(
        type=RequestType.HELP, handling=Handling.DISPATCH, subject="停水", summary="停水"
    )
    assert missing_fields(dispatch) == ("category", "units")

    unit = UnitSuggestion("北京市自来水集团", UnitRole.LEAD, 1.0)
    whole = replace(dispatch, category=Category("0101", ("公用", "供水", "停水")), units=(unit,))
    assert missing_fields(whole) == ()
    assert missing_fields(replace(whole, handling=Handling.OTHER_CHANNEL)) == ("channel",)
    assert missing_fields(replace(whole, units=(), joins="T-1")) == ()


def test_the_trail_says_what_was_done_when_and_never_what_was_written() -> None:
    def then(draft: Draft, after: Draft, second: float) -> Draft:
        return after.traced(draft, second)

    draft = new().suggest(FIRST)
    suggested = draft
    draft = then(draft, draft.accept("district"), 3.04)
    draft = then(draft, draft.reject("street"), 4)
    draft = then(draft, draft.type("place", "花"), 5)
    draft = then(draft, draft.type("place", "花家地西里"), 9)
    draft = then(draft, draft.type("place", "花家地西里"), 30)
    quoted = replace(draft.content, citations=(Citation("env-fume", 2, "油烟"),))
    draft = then(draft, replace(draft, content=quoted), 31)
    assert [(one.second, one.field, one.kind, one.article) for one in draft.trail] == [
        (3.0, "district", "accepted", ""),
        (4, "street", "rejected", ""),
        (5, "place", "typed", ""),
        (31, "citations", "cited", "env-fume"),
    ]
    undone = then(draft, suggested, 40)
    kinds = {one.field: one.kind for one in undone.trail if one.second == 40}
    assert kinds == dict.fromkeys(("district", "street", "place", "citations"), "taken_back")
    assert undone.trail[:4] == draft.trail, "taking back takes nothing off the trail"
    for number in range(300):
        draft = then(draft, draft.type("subject", str(number)), 100 + 11 * number)
    assert len(draft.trail) == MOST
    assert draft.trail[-1].second == 100 + 11 * 299
    text = json.dumps(draft_to_json(draft)["trail"], ensure_ascii=False)
    assert len(text.encode()) < 6_000
    assert "花" not in text
    assert draft_from_json(draft_to_json(draft)).trail == draft.trail
