"""Every topic recognises its own test sentences and leaves the others alone."""

import pytest

from app.training.topics import topics, topics_in

FIRES = [(name, words) for name, topic in topics().items() for words in topic.fires]
SILENT = [(name, words) for name, topic in topics().items() for words in topic.silent]


@pytest.mark.parametrize(("name", "words"), FIRES)
def test_a_topic_is_recognised(name: str, words: str) -> None:
    assert name in topics_in(words)


@pytest.mark.parametrize(("name", "words"), SILENT)
def test_a_topic_is_not_imagined(name: str, words: str) -> None:
    assert name not in topics_in(words)


def test_topics_come_in_the_order_they_are_said() -> None:
    assert topics_in("请问您贵姓？联系电话是来电号码吗？") == ("name", "phone")
    assert topics_in("联系电话是多少？您贵姓？") == ("phone", "name")
    assert topics_in("") == ()
