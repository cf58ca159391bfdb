"""Text to index terms: one normal form, numbers, sounds, citizens' words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.analysis import normalise, number_forms, query_words, words
from knowledge_base.query import plain_question
from knowledge_base.sound import folded, initials, pairs, readings, sounds, spelled, syllables
from knowledge_base.synonyms import Lexicon, bundled_lexicon
from resources.loader import read_yaml


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("ＡＢＣ１２３，", "abc123,"),
        ("臺灣辦證", "台湾办证"),
        ("a\0b\ud800c", "a b c"),
        ("全　角", "全 角"),
    ],
)
def test_width_case_and_script_make_no_difference(written: str, normal: str) -> None:
    assert normalise(written) == normal


@given(st.text())
def test_the_normal_form_keeps_every_place_and_is_final(text: str) -> None:
    normal = normalise(text)
    assert len(normal) == len(text)
    assert normalise(normal) == normal


@given(st.text(max_size=300))
def test_any_text_has_words_and_can_be_asked(text: str) -> None:
    assert all(word and len(word) <= len(text) + 12 for word in words(normalise(text)))
    assert set(query_words(plain_question(text))) <= set(words(plain_question(text)))


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("三千五百元", "3500"),
        ("二〇二六年", "2026"),
        ("一百二十天", "120"),
        ("2026-03-05", "2026年3月5日"),
    ],
)
def test_figures_meet_in_one_form(written: str, form: str) -> None:
    assert form in number_forms(written)


def test_politeness_is_no_part_of_the_question() -> None:
    assert query_words(plain_question("您好，请问一下居住证怎么办，谢谢您")) == ["居住", "居住证"]


def test_homophones_sound_alike_and_other_words_do_not() -> None:
    assert sounds("居住证") == sounds("居祝正")
    assert sounds("方庄") == sounds("放装")
    assert sounds("朝阳") != sounds("海淀")


@given(st.lists(st.sampled_from(sorted(syllables())), min_size=1, max_size=6))
def test_what_is_typed_as_pinyin_can_be_cut_into_as_few_syllables(typed: list[str]) -> None:
    cut = spelled("".join(typed))
    assert cut is not None
    assert "".join(cut) == "".join(typed)
    assert len(cut) <= len(typed)


def test_every_character_has_a_plain_folded_sound() -> None:
    assert len(readings()) > 20_000
    assert all(s.isascii() and s.islower() and folded(folded(s)) == folded(s) for s in syllables())


def test_pairs_and_initials_leave_no_gap() -> None:
    assert pairs(sounds("居住a证")) == ["ju zu"]
    assert (initials("j"), initials("jz"), initials("jzzb")) == ([], ["jz"], ["jzz", "zzb"])


def test_a_saying_brings_its_official_words_and_the_longest_wins() -> None:
    lexicon = Lexicon([(["没水"], ["停水"]), (["没水用"], ["供水"]), (["没水"], ["抢修"])])
    assert list(lexicon.find("家里没水用了没水")) == [("没水用", ("供水",)), ("没水", ("停水", "抢修"))]


def test_the_bundled_lexicon_is_rich_and_well_formed() -> None:
    groups = read_yaml("knowledge", "synonyms.yaml")["groups"]
    assert len(groups) >= 150
    for group in groups:
        assert set(group) == {"say", "mean"}
        assert group["say"]
        assert group["mean"]
        assert all(isinstance(word, str) and word for word in group["say"] + group["mean"])
    assert dict(bundled_lexicon().find("水管爆了"))["水管爆了"] == ("供水", "漏水", "抢修")
