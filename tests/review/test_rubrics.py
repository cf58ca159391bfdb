"""Rules answer with the second they cite, people overrule with a reason, N/A is shared out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.call import Speaker, Utterance
from app.domain.ticket import Category, Handling, Proof, TicketContent
from app.review.evaluation import RULE, Evaluation, evaluate
from app.review.rubric import Rubric, bundled_rubric, load_rubric
from app.script import load_case
from resources.errors import UserError
from resources.loader import resource_path

SAMPLE = load_case(resource_path("calls", "01-water-outage.json")).turns
TICKET = TicketContent(
    handling=Handling.DISPATCH,
    category=Category("010101", ("公用事业", "供水", "停水")),
    place="龙泽苑东区",
    proof={"place": Proof("x", "龙泽苑东区", Speaker.CALLER, 20.11, 24.95)},
)


def said(speaker: Speaker, start: float, end: float, text: str) -> Utterance:
    return Utterance(f"u{start}", speaker, start, end, text, text, "script", 1.0)


def review(*extra: Utterance, ticket: TicketContent = TICKET) -> Evaluation:
    return evaluate(bundled_rubric(), (*SAMPLE, *extra), ticket)


def value(evaluation: Evaluation, question: str) -> float | None:
    given = evaluation.current(question)
    assert given is not None
    return given.value


def test_rules_answer_and_cite_the_second() -> None:
    evaluation = review()
    greeting, place, address = (evaluation.current(q) for q in ("greeting", "place", "address"))
    assert (greeting.value, greeting.second, greeting.by) == (1.0, 0.0, RULE)
    assert (place.value, place.second, place.quote) == (1.0, 17.37, "请您说一下具体地址。")
    assert (address.value, address.second) == (1.0, 20.11)
    assert value(evaluation, "closing") == 1
    assert value(evaluation, "silence") == 1


def test_rules_see_silence_interruption_and_rude_words() -> None:
    end = SAMPLE[-1].end
    late = review(said(Speaker.OPERATOR, end + 40, end + 42, "你急什么？"))
    silence, rude = late.current("silence"), late.current("no_rude_words")
    assert (silence.value, silence.second) == (0.0, pytest.approx(end))
    assert (rude.value, rude.second) == (0.0, pytest.approx(end + 40))
    assert late.result().total == 0, "forbidden words knock the review out"
    cuts = [said(Speaker.OPERATOR, second, second + 1, "等等") for second in (8.0, 11.0)]
    assert (
        review(*cuts[:1]).current("interruptions").value,
        review(*cuts).current("interruptions").second,
    ) == (1, 11.0)


def test_questions_that_do_not_apply_do_not_count() -> None:
    evaluation = review()
    answered = {"understanding": 1.0, "faithful": 1.0, "right_unit": 1.0}
    assert set(evaluation.result().open) == set(answered)
    for name, points in answered.items():
        evaluation = evaluation.give(name, points, "王组长")
    result = evaluation.result()
    assert (result.open, result.knocked_out) == ((), ())
    assert result.total == pytest.approx(100)
    assert result.sections["safety"] is None
    emergency = review(ticket=replace(TICKET, handling=Handling.EMERGENCY))
    assert emergency.result().knocked_out == ("transfer",)


def test_a_conditional_question_waits_for_its_answer() -> None:
    wrong = review().give("right_unit", 0.0, "王组长")
    assert "unit_reason" in wrong.result().open
    assert "unit_reason" not in review().give("right_unit", 1.0, "王组长").result().open


def test_na_is_shared_out_inside_its_section() -> None:
    given = review().give("understanding", 1.0, "a").give("right_unit", 1.0, "a")
    na = given.give("faithful", None, "a").result()
    zero = given.give("faithful", 0.0, "a").result()
    assert na.total == pytest.approx(100)
    assert zero.sections["ticket"] == pytest.approx(4 / 6)
    assert zero.total == pytest.approx(100 * (10 + 35 + 30 * 4 / 6 + 10) / 85)


def test_an_overrule_keeps_what_it_overruled_and_needs_a_reason() -> None:
    evaluation = review()
    with pytest.raises(UserError, match="REVIEW_REASON"):
        evaluation.give("greeting", 0.0, "王组长", " ")
    changed = evaluation.give("greeting", 0.0, "王组长", "报号听不清")
    assert [(one.value, one.by, one.reason) for one in changed.answers["greeting"]] == [
        (1.0, RULE, ""),
        (0.0, "王组长", "报号听不清"),
    ]
    assert value(evaluation, "greeting") == 1, "an evaluation never changes in place"


@pytest.mark.parametrize(
    ("question", "given"), [("greeting", 0.5), ("understanding", 0.5), ("none", 1.0)]
)
def test_an_answer_off_the_scale_is_refused(question: str, given: float) -> None:
    with pytest.raises(UserError, match="REVIEW_ANSWER"):
        review().give(question, given, "a", "b")


def test_an_empty_call_is_answered_too() -> None:
    evaluation = evaluate(bundled_rubric(), (), TicketContent())
    assert value(evaluation, "greeting") == 0
    assert evaluation.result().total < 100


QUESTION = {"id": "a", "zh": "甲", "en": "A"}
SECTION = {"id": "s", "zh": "节", "en": "S", "weight": 100, "questions": [QUESTION]}


@pytest.mark.parametrize(
    "change",
    [
        {"weight": 90},
        {"questions": []},
        {"questions": [QUESTION, QUESTION]},
        {"questions": [{**QUESTION, "when": {"question": "b", "is": 1}}]},
        {"questions": [{**QUESTION, "rule": {}}]},
        {"questions": [{**QUESTION, "rule": {"gap": 3, "said": "place"}}]},
        {"questions": [{**QUESTION, "rule": {"said": "nothing"}}]},
        {"questions": [{**QUESTION, "rule": {"filled": "colour"}}]},
        {"questions": [{**QUESTION, "weight": 0}]},
    ],
)
def test_a_rubric_that_does_not_add_up_is_refused(change: dict) -> None:
    Rubric.model_validate({"version": 1, "sections": [SECTION]})
    with pytest.raises(ValueError, match=r"\S"):
        Rubric.model_validate({"version": 1, "sections": [{**SECTION, **change}]})


@pytest.mark.parametrize("content", [b"", b"[", b"\xff", b"version: 1", b"x" * 500_001])
def test_a_broken_file_is_refused_with_a_code(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rubric.yaml"
    path.write_bytes(content)
    with pytest.raises(UserError, match="RUBRIC_BROKEN"):
        load_rubric(path)
