"""The caller tells what is asked for, is wrong at first where the case says so, may be unheard."""

from app.training.conversation import Conversation
from app.training.scenario import Scenario


def conversation() -> Conversation:
    facts = [
        {
            "id": "place",
            "says": "丰台区方庄街道芳古园一区。",
            "topics": ["place"],
            "wrong_first": "在成寿寺。",
        },
        {"id": "who", "says": "我姓王。", "topics": ["name"]},
        {"id": "more", "says": "对了，家里有老人。", "withheld": False, "after": ["who"]},
        {"id": "meter", "says": "表上是零。", "asked_by": ["水表.*多少"]},
    ]
    return Conversation(Scenario(id="x", opening="停水了。", facts=facts))


def words(lines) -> list[str]:
    return [line.words for line in lines]


def test_the_first_words_come_unasked_and_a_statement_gets_no_answer() -> None:
    caller = conversation()
    assert words(caller.open()) == ["停水了。"]
    assert caller.hear("好的，我记一下。") == ()


def test_a_wrong_statement_is_put_right_when_read_back() -> None:
    caller = conversation()
    first = caller.hear("请问具体地址是哪里？")
    assert (words(first), first[0].true) == (["在成寿寺。"], False)
    assert caller.told == frozenset()
    assert words(caller.hear("我跟您核对一下，地址是成寿寺，对吗？")) == ["丰台区方庄街道芳古园一区。"]
    assert caller.told == {"place"}


def test_one_fact_leads_to_another_that_nobody_asked_for() -> None:
    assert words(conversation().hear("您贵姓？")) == ["我姓王。", "对了，家里有老人。"]


def test_own_patterns_release_a_fact_and_asking_twice_repeats_it() -> None:
    caller = conversation()
    assert words(caller.hear("水表上的数是多少？")) == ["表上是零。"]
    assert words(caller.hear("水表上的数是多少？")) == ["我刚才说了，表上是零。"]


def test_what_the_caller_does_not_know_is_said() -> None:
    assert words(conversation().hear("一共多少钱？")) == ["这个我不太清楚。"]


def test_words_lost_in_noise_must_be_asked_for_again() -> None:
    caller = conversation()
    caller.disturb()
    assert "王" not in "".join(words(caller.hear("您贵姓？")))
    assert words(caller.hear("对不起没听清，您贵姓？")) == ["我姓王。", "对了，家里有老人。"]


def test_the_trainer_may_let_a_fact_out() -> None:
    assert words(conversation().release("who")) == ["我姓王。", "对了，家里有老人。"]
