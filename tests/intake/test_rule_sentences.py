"""Every rule fires on its own positive sentences and keeps silent on its negative ones."""

from __future__ import annotations

import pytest

from app.intake.dialogue import parse_dialogue
from app.intake.rulebook import rule_book

BOOKS = ("emergency", "channels", "risks", "types", "handling", "caller", "history")
SENTENCES = [
    pytest.param(
        book,
        rule.name,
        sentence,
        wanted,
        id=f"{book}-{rule.name}-{'fires' if wanted else 'silent'}-{number}",
    )
    for book in BOOKS
    for rule in rule_book(book).rules
    for wanted, sentences in ((True, rule.fires), (False, rule.silent))
    for number, sentence in enumerate(sentences, 1)
]


@pytest.mark.parametrize(("book", "rule", "sentence", "wanted"), SENTENCES)
def test_rule_hears_what_its_sentences_say(book: str, rule: str, sentence: str, wanted: bool) -> None:
    fired = {hit.rule.name for hit in rule_book(book).hits(parse_dialogue(sentence))}
    assert (rule in fired) is wanted


def test_emergency_rules_stay_silent_on_each_others_negative_sentences() -> None:
    book = rule_book("emergency")
    for rule in book.rules:
        for sentence in rule.silent:
            assert not book.hits(parse_dialogue(sentence)), sentence


def test_every_rule_is_tested_both_ways() -> None:
    bare = [
        f"{name}.{r.name}"
        for name in BOOKS
        for r in rule_book(name).rules
        if not (r.fires and r.silent)
    ]
    assert bare == []


def test_there_are_at_least_three_hundred_sentences() -> None:
    assert len(SENTENCES) >= 300
