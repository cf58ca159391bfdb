"""The one question to ask back: what removes most doubt, never twice, never when nothing is open."""

from __future__ import annotations

from app.dispatch.ask_back import AskBack, next_question
from app.dispatch.catalogue import bundled_catalogue
from app.dispatch.matcher import rank_items
from app.domain.call import Speaker
from app.domain.ticket import Handling

CATALOGUE = bundled_catalogue()
CALLER, OPERATOR = Speaker.CALLER, Speaker.OPERATOR


def _ask(
    *said: tuple[Speaker, str],
    district: str | None = None,
    street: str | None = None,
    place: str | None = None,
    name: str | None = None,
    phone: str | None = None,
    handling: Handling | None = Handling.DISPATCH,
) -> AskBack | None:
    return next_question(
        rank_items(CATALOGUE, said),
        district=district,
        street=street,
        place=place,
        caller_name=name,
        caller_phone=phone,
        said=said,
        handling=handling,
    )


def test_before_the_caller_speaks_nothing_is_asked() -> None:
    assert _ask() is None
    assert _ask((OPERATOR, "您好，请问有什么可以帮您？")) is None


def test_a_call_without_a_matter_is_asked_for_it() -> None:
    question = _ask((CALLER, "喂你好，我有个事儿"))
    assert question is not None
    assert question.field == "category"


def test_the_missing_place_comes_first_for_a_local_matter() -> None:
    question = _ask((CALLER, "楼下烧烤店油烟太大了"))
    assert question is not None
    assert question.field == "district"
    narrower = _ask((CALLER, "楼下烧烤店油烟太大了"), district="朝阳区")
    assert narrower is not None
    assert narrower.field == "street"
    assert "朝阳区" in narrower.wording


def test_ownership_is_asked_until_the_caller_has_said_it() -> None:
    place = {"district": "怀柔区", "street": "龙山街道"}
    question = _ask((CALLER, "我们这儿的路灯不亮了"), **place)
    assert question is not None
    assert question.wording == "路灯是在小区里还是市政路上？"
    settled = _ask((CALLER, "我们这儿马路上的路灯不亮了"), **place)
    assert settled is not None
    assert settled.field == "place"


def test_safety_is_asked_before_everything_else_in_danger() -> None:
    question = _ask((CALLER, "楼道里有一股很浓的煤气味"), handling=Handling.EMERGENCY)
    assert question is not None
    assert "离开" in question.wording
    told = (OPERATOR, "请您马上离开现场，不要开关电器")
    following = _ask((CALLER, "楼道里有一股很浓的煤气味"), told, handling=Handling.EMERGENCY)
    assert following is not None
    assert following.field == "district"


def test_a_question_the_operator_has_asked_is_not_offered_again() -> None:
    first = _ask((CALLER, "楼下烧烤店油烟太大了"))
    assert first is not None
    second = _ask((CALLER, "楼下烧烤店油烟太大了"), (OPERATOR, first.wording))
    assert second is not None
    assert second.wording != first.wording


def test_two_equal_matters_are_told_apart() -> None:
    question = _ask(
        (CALLER, "停电了，也停水了"), district="朝阳区", street="望京街道", place="花家地西里"
    )
    assert question is not None
    assert question.field == "category"
    assert "停水" in question.wording
    assert "停电" in question.wording


def test_nothing_is_asked_when_everything_is_known() -> None:
    said = (CALLER, "整个小区停水了，没看到停水通知")
    known = {"district": "朝阳区", "street": "望京街道", "place": "1号楼", "name": "张", "phone": "1"}
    assert _ask(said, **known) is None


def test_lawful_channels_are_shown_without_questions() -> None:
    assert _ask((CALLER, "我对法院判决不服"), handling=Handling.OTHER_CHANNEL) is None


def test_an_answer_needs_at_most_the_district() -> None:
    question = _ask((CALLER, "孩子上小学要什么材料"), handling=Handling.ANSWER)
    assert question is not None
    assert "区" in question.wording
    assert (
        _ask((CALLER, "有居住证，想问海淀区孩子上小学"), district="海淀区", handling=Handling.ANSWER)
        is None
    )
