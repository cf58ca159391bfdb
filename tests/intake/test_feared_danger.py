"""A danger that nobody is in, and an answer that was only promised, decide nothing."""

from __future__ import annotations

from app.domain.ticket import Handling, RequestType
from app.intake.analyst import RuleAnalyst
from app.intake.dialogue import parse_dialogue

ILL_AND_DISTURBED = """operator: 您好，请讲。
caller: 楼下早市五点就拿喇叭吆喝，占着人行道卖菜，我心脏病都快给吵出来了，你们管不管？
operator: 好的，转街道处理。"""
PROMISED = """operator: 您好。
caller: 我想问问，我们镇上种果树的补贴一亩是多少钱？
operator: 这个补贴标准我这里没有查到，我给您转到区农业农村局，请他们直接跟您联系。
caller: 行。"""


def test_an_illness_that_is_a_saying_sets_no_limit() -> None:
    (ticket,) = RuleAnalyst().analyse(tuple(parse_dialogue(ILL_AND_DISTURBED))).tickets
    assert ticket.type is RequestType.COMPLAINT
    assert ticket.handling is Handling.DISPATCH
    assert ticket.limit_hours != 2


def test_a_question_that_another_body_will_answer_is_dispatched() -> None:
    (ticket,) = RuleAnalyst().analyse(tuple(parse_dialogue(PROMISED))).tickets
    assert ticket.type is RequestType.QUESTION
    assert ticket.handling is Handling.DISPATCH
