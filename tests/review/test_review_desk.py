"""The queue and its samples, reviews that are kept, corrections that teach, folders and cases."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.desk import ScriptCall
from app.dispatch.find import find_categories
from app.domain.call import Speaker, Utterance, Word
from app.domain.ticket import Ticket, TicketContent
from app.intake.analyst import RuleAnalyst
from app.review.desk import OpenReview
from app.review.moments import silences, word_start
from app.review.playback import CallAudio, CallPlayer, stretched
from app.review.queue import Filter, Flag, Sample, draw, screen
from app.review.records import agreement_of, behind_agreement, review_to_json
from app.review.rubric import bundled_rubric
from app.training.from_call import case_from_call
from app.training.lint import bundled_directory, lint_files
from app.training.scenario import load_scenario
from app.workplace import Workplace
from bench.calls import measure_folder
from resources.errors import UserError
from resources.loader import resource_path
from speech.audio.files import FileSource
from speech.audio.recording import RecordingWriter

WAIT_S = 60.0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A seat with one recorded call and its ticket."""
    desk = Workplace(tmp_path_factory.mktemp("seat"))
    session = desk.begin(ScriptCall(resource_path("calls", "01-water-outage.json"), None))
    assert session.wait(WAIT_S)
    session.settle()
    key = desk.parts.key().recordings
    with_sound = RecordingWriter(desk.parts.recording_path(session.call.id), key)
    for block in FileSource(resource_path("calls", "01-water-outage.flac"), None).blocks():
        with_sound.append(block)
    with_sound.close()
    desk.submit_all(desk.drafts())
    yield desk
    desk.close()


@pytest.fixture
def opened(place: Workplace) -> OpenReview:
    row = place.review.queue(seed=1)[0]
    return place.review.open(row, "班长", Sample.SCREENING)


def said(start: float, end: float, speaker=Speaker.CALLER, text="好", **more: object) -> Utterance:
    return Utterance(f"u{start}", speaker, start, end, text, text, "x", **more)  # type: ignore[arg-type]


def ticket(name: str, **content: object) -> Ticket:
    from datetime import UTC, datetime

    made = TicketContent(**content)  # type: ignore[arg-type]
    return Ticket(name, f"call-{name}", "seat-1", made, datetime(2026, 11, 22, tzinfo=UTC))


def test_what_stands_out_is_flagged() -> None:
    rubric = bundled_rubric()
    quiet = screen(ticket("a"), (said(0, 1), said(40, 41)), rubric)
    assert Flag.LONG_SILENCE in quiet.flags
    unsure = screen(ticket("b"), (said(0, 1, confidence=0.3),), rubric)
    assert Flag.LOW_CONFIDENCE in unsure.flags
    assert Flag.RULE_BROKEN in unsure.flags, "nobody was greeted"
    risky = screen(ticket("c", risks=("群体",)), (), rubric, [Flag.RETURNED])
    assert {Flag.RISK_WORDS, Flag.RETURNED} <= risky.flags


def test_three_samples_are_kept_apart_and_drawn_again_alike() -> None:
    rubric = bundled_rubric()
    rows = [
        screen(ticket(f"t{n:03}", risks=("群体",) if n % 10 == 0 else ()), (), rubric)
        for n in range(100)
    ]
    drawn = draw(rows, 0.1, seed=7)
    assert all(Sample.SCREENING in row.samples for row in drawn)
    by_chance = {row.ticket.id for row in drawn if Sample.RANDOM in row.samples}
    assert len(by_chance) == 10
    again = {row.ticket.id for row in draw(rows[::-1], 0.1, seed=7) if Sample.RANDOM in row.samples}
    other = {row.ticket.id for row in draw(rows, 0.1, seed=8) if Sample.RANDOM in row.samples}
    assert by_chance == again != other
    risky = [row.ticket.id for row in drawn if Sample.RISK in row.samples]
    assert {f"t{n:03}" for n in range(0, 100, 10)} <= set(risky)
    assert len(risky) <= 34
    kept = [row for row in drawn if Filter(sample=Sample.RISK, flag=Flag.RISK_WORDS).keeps(row)]
    assert len(kept) == 10
    assert draw([], 0.1, seed=1) == ()


def test_a_word_is_found_where_it_was_said() -> None:
    words = (Word("朝阳", 1.0, 1.4), Word("区", 1.4, 1.6), Word("望京", 3.0, 3.5))
    exact = said(1.0, 3.5, text="朝阳区望京", words=words)
    assert [word_start(exact, n) for n in range(5)] == [1.0, 1.0, 1.4, 3.0, 3.0]
    by_share = said(10.0, 14.0, text="一二，三四")
    assert word_start(by_share, 3) == pytest.approx(12.0)
    assert word_start(by_share, 99) <= 14.0
    assert silences((said(0, 1), said(5, 6))) == ((1.3, 4.7),)


@pytest.mark.parametrize("speed", [0.75, 1.25, 1.5, 2.0])
def test_speed_keeps_the_pitch(speed: float) -> None:
    seconds = np.arange(32_000) / 16_000
    tone = (10_000 * np.sin(2 * np.pi * 440 * seconds)).astype(np.int16)
    heard = stretched(tone, speed)
    assert len(heard) == pytest.approx(len(tone) / speed, rel=0.01)
    middle = heard[2_000:-2_000].astype(float)
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert np.argmax(spectrum) * 16_000 / len(middle) == pytest.approx(440, abs=6)


def test_the_player_plays_from_the_second_and_leaves_silence_out(opened: OpenReview) -> None:
    heard: list[int] = []
    moved: list[float] = []
    over = threading.Event()

    def play(samples) -> threading.Event:
        heard.append(len(samples))
        done = threading.Event()
        done.set()
        return done

    assert opened.audio is not None
    player = CallPlayer(opened.audio, play, lambda: None)
    player.skip = ((10.0, 30.0),)
    player.play_from(8.0, moved.append, over.set)
    assert over.wait(WAIT_S)
    assert moved[0] == 8.0
    assert all(not 10.0 <= second < 30.0 for second in moved)
    assert sum(heard) / 16_000 == pytest.approx(opened.audio.seconds - 8.0 - 20.0, abs=0.1)


def test_a_review_is_kept_with_its_reasons_and_remarks(place: Workplace, opened: OpenReview) -> None:
    review = opened.review
    rule = review.evaluation.current("greeting")
    assert rule is not None
    assert (rule.by, rule.value) == ("rule", 1.0)
    assert rule.second is not None
    with pytest.raises(UserError, match="REVIEW_REASON"):
        review.evaluation.give("greeting", 0.0, "班长")
    with pytest.raises(UserError, match="REVIEW_OPEN"):
        review.finish()
    with pytest.raises(UserError, match="REVIEW_APPEAL"):
        review.object("不同意", "seat-1")
    evaluation = review.evaluation.give("greeting", 0.0, "班长", "没有报号")
    for name in evaluation.result().open:
        evaluation = evaluation.give(name, 1.0, "班长")
    while waiting := evaluation.result().open:
        evaluation = evaluation.give(waiting[0], 1.0, "班长")
    done = replace(review, evaluation=evaluation).comment(12.5, "先安抚").finish()
    place.review.keep(done.object("我报了号", "seat-1").decide("听录音，维持"))
    again = place.review.open(opened.row, "班长", Sample.SCREENING).review
    assert again.evaluation.current("greeting").reason == "没有报号"
    assert [one.by for one in again.evaluation.answers["greeting"]] == ["rule", "班长"]
    assert [(one.second, one.words) for one in again.comments] == [(12.5, "先安抚")]
    assert (again.appeal.words, again.appeal.answer) == ("我报了号", "听录音，维持")
    with pytest.raises(UserError, match="REVIEW_APPEAL"):
        again.object("再申诉", "seat-1")
    sealed = b"".join(path.read_bytes() for path in (place.data_dir / "reviews").iterdir())
    assert "没有报号".encode() not in sealed


def test_a_second_reviewer_is_not_led_and_agreement_is_by_question(
    place: Workplace, opened: OpenReview
) -> None:
    blind = place.review.open(opened.row, "另一位", Sample.RANDOM)
    assert blind.others == ()
    assert {given[-1].by for given in blind.review.evaluation.answers.values()} == {"rule"}
    document = review_to_json(opened.review)

    def scored(
        ticket: str, by: str, finished_at: str = "2026-11-22", **given: float
    ) -> dict[str, object]:
        answers = {name: [{"value": value, "by": by}] for name, value in given.items()}
        answers["by_rule"] = [{"value": 1.0, "by": "rule"}]
        named = {"ticket_id": ticket, "reviewer": by, "finished_at": finished_at, "answers": answers}
        return document | named

    documents = [scored("1", "甲", q=1, p=1), scored("1", "乙", q=1, p=0), scored("2", "甲", q=0, p=1)]
    documents += [scored("2", "乙", q=0, p=1), scored("3", "甲", q=0), scored("2", "丙", "", q=1)]
    p, q = agreement_of(documents)
    assert (q.question, q.kappa, q.alpha, q.tickets) == ("q", 1.0, 1.0, 2)
    assert (p.question, p.same) == ("p", 0.5)
    assert p.kappa == pytest.approx(0.0)
    assert behind_agreement(documents, "p", "甲") == (("1", False), ("2", True))
    assert behind_agreement(documents, "p", "丙") == (("1", None), ("2", None)), "not to be led"
    assert behind_agreement(documents, "by_rule", "甲") == ()


def test_corrections_are_traced_and_teach_the_next_suggestion(
    place: Workplace, opened: OpenReview
) -> None:
    first = opened.row.ticket
    review = place.review.correct_unit(opened.review, first, "昌平区水务局")
    review = place.review.correct_text(review, "龙泽苑东区，对", "龙泽苑东区", 20.0)
    assert [(one.what, one.after) for one in review.corrections] == [
        ("unit", "昌平区水务局"),
        ("text", "龙泽苑东区，对"),
    ]
    lesson = [*place.parts.lessons()._lessons.values()][-1]
    assert lesson[2] == "昌平区水务局"
    assert [one.content.units[0].name for one in place.review.taught()] == ["昌平区水务局"]
    other = find_categories("路灯")[0]
    review = place.review.correct_category(review, first, other)
    kept = next(one for one in place.tickets() if one.id == first.id)
    assert kept.content.category == other
    assert review.corrections[-1].before == first.content.category.code
    with pytest.raises(UserError, match="ARTICLE_GONE"):
        place.review.correct_article(review, "", "no-such-article")


def test_a_case_folder_opens_alone_and_names_nobody(
    place: Workplace, opened: OpenReview, tmp_path: Path
) -> None:
    folder = place.review.export(opened, tmp_path / "case", "zh")
    sums = (folder / "SHA256SUMS").read_text().splitlines()
    assert len(sums) == 4
    for line in sums:
        digest, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    for name in ("case.html", "case.json", "transcript.json"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "13800138001" not in text
        assert "一三八零零一三八零零一" not in text, name
    page = (folder / "case.html").read_text(encoding="utf-8")
    assert "<audio" in page
    assert "http" not in page
    assert json.loads((folder / "case.json").read_text())["ticket"]["content"]["caller"]["name"] is None


def test_a_call_becomes_a_case_with_other_names_that_lints_and_is_judged(
    place: Workplace, opened: OpenReview
) -> None:
    path, replaced = place.review.make_case(opened, seed=5)
    text = path.read_text(encoding="utf-8")
    assert replaced >= 1
    assert "我姓张" not in text
    assert "一三八零零一三八零零一" not in text
    assert (
        lint_files(
            [path], bundled_directory(), [p.stem for p in resource_path("articles").glob("*.md")]
        )
        == ()
    )
    figures = measure_folder(path.parent, RuleAnalyst())
    assert figures["calls"] == 1
    assert figures["fields"]["phone"] == [1, 1] or figures["fields"]["phone"] == (1, 1)
    content = opened.row.ticket.content
    one, same, other = (
        case_from_call("x", opened.transcript, content, seed=seed).scenario for seed in (5, 5, 6)
    )
    assert one == same
    assert one != other
    free = case_from_call("x", opened.transcript, content, seed=5, told_unasked=(0,)).scenario
    assert [fact.withheld for fact in free.facts] == [False, *(f.withheld for f in one.facts[1:])]
    assert load_scenario(path).reference.phone != content.caller.phone


def test_a_call_without_a_caller_makes_no_case() -> None:
    with pytest.raises(UserError, match="CALL_NO_CASE"):
        case_from_call("x", (said(0, 1, Speaker.OPERATOR, "您好"),), TicketContent(), seed=1)


def test_sound_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="RECORDING_MISSING"):
        CallAudio(tmp_path / "none.jrec", b"0" * 32)
