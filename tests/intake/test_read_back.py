"""A place that only the operator was heard to name counts where the caller's words told none."""

from app.domain.call import Speaker, Utterance
from app.intake.analyst import RuleAnalyst


def _areas(*turns: tuple[str, str]) -> tuple[str | None, str | None]:
    talk = tuple(
        Utterance(str(n), Speaker(who), n * 5.0, n * 5.0 + 4, text, text, "test")
        for n, (who, text) in enumerate(turns)
    )
    ticket = RuleAnalyst().analyse(talk).tickets[0]
    return ticket.district, ticket.street


def test_a_read_back_tells_what_was_misheard_of_the_caller() -> None:
    said = ("caller", "又是我，北区加重那个广场上天天放大喇叭")
    assert _areas(said, ("operator", "昌平区北七家镇对吧，您贵姓？"), ("caller", "我姓贺。")) == (
        "昌平区",
        "北七家镇",
    )
    assert _areas(said, ("operator", "好的，昌平区。")) == ("昌平区", None)


def test_it_is_worth_nothing_where_the_caller_denies_it_or_said_otherwise() -> None:
    said = ("caller", "我们这儿广场上天天放大喇叭")
    assert _areas(said, ("operator", "昌平区对吧？"), ("caller", "不是，你听我说。")) == (None, None)
    own = ("caller", "我在朝阳区望京街道，楼下天天放大喇叭")
    assert _areas(own, ("operator", "好的，昌平区。")) == ("朝阳区", "望京街道")


def test_a_place_the_operator_only_speaks_of_is_none_of_the_matter() -> None:
    said = ("caller", "我想问一下公积金怎么取")
    assert _areas(said, ("operator", "好的，您可以去朝阳区的大厅办。")) == (None, None)
    assert _areas(said, ("operator", "朝阳区的大厅可以办。")) == (None, None)
