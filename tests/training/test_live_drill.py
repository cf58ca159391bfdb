"""Drills with people: typed words, the trainer's hand, a centre that really fails, a second try."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.desk import OutboxState
from app.domain.call import Speaker
from app.domain.draft import Draft
from app.events import CentreChanged, Event, Heard, TicketAcknowledged, UtteranceHeard
from app.training.drill import drill_place, field_value
from app.training.live import LiveDrill, Setup, Style
from app.training.record import record_from_json, record_to_json
from app.training.recorded import CaseSound
from app.training.scenario import (
    DrillEvent,
    EventKind,
    bundled_scenarios,
    load_scenario,
    recorded_sound,
)
from app.training.scoring import score
from app.training.trainee import perfect_trainee
from app.workplace import Workplace
from resources.errors import UserError
from resources.loader import resource_path

CASES = {path.stem: load_scenario(path) for path in bundled_scenarios()}
WATER = CASES["101-water-outage"]
WAIT_S = 30.0
FAST = 400.0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    desk = drill_place(tmp_path_factory.mktemp("seat"))
    desk.analyst()
    yield desk
    desk.close()


class Watched:
    """A live drill and everything its desk tells; waits without sleeping."""

    def __init__(self, place: Workplace, setup: Setup) -> None:
        self._moved = threading.Condition()
        self.events: list[Event] = []
        self._leave = place.bus.subscribe(self._take)
        self.place = place
        self.drill = LiveDrill(place, setup, self._wake)

    def _take(self, event: Event) -> None:
        self.events.append(event)
        self._wake()

    def _wake(self) -> None:
        with self._moved:
            self._moved.notify_all()

    def until(self, holds: Callable[[], object]) -> None:
        with self._moved:
            assert self._moved.wait_for(holds, WAIT_S), [d.kind for d in self.drill.record().done]

    def said(self, speaker: Speaker) -> list[str]:
        return [one.words for one in self.drill.record().said if one.speaker is speaker]

    def end(self) -> None:
        self.drill.finish()
        self._leave()


@pytest.fixture
def hold(place: Workplace) -> Iterator[Callable[..., Watched]]:
    held: list[Watched] = []

    def begin(case=WATER, **more: object) -> Watched:
        setup = Setup(case, **{"pace": FAST, **more})  # type: ignore[arg-type]
        held.append(Watched(place, setup))
        return held[-1]

    yield begin
    for one in held:
        one.end()


def accept_and_submit(watched: Watched, truth: dict[str, object]) -> None:
    draft = watched.place.drafts()[0]
    for name, value in truth.items():
        typed = field_value(name, value)
        draft = watched.place.edit(draft.id, lambda d, n=name, v=typed: d.type(n, v))
    watched.place.edit(draft.id, Draft.accept_all)
    watched.place.submit(draft.id)


def test_typed_words_release_what_the_caller_knows(hold) -> None:
    watched = hold()
    watched.drill.say("您好，北京市一二三四五市民服务热线，请问有什么可以帮您？")
    watched.until(lambda: WATER.opening in watched.said(Speaker.CALLER))
    assert "place" not in watched.drill.told
    watched.drill.say("请问具体地址在哪里？")
    watched.until(lambda: "place" in watched.drill.told)
    told = [event.event for event in watched.events if isinstance(event, Heard)]
    heard = [event.utterance.text for event in told if isinstance(event, UtteranceHeard)]
    assert watched.said(Speaker.CALLER)[0] in heard, "the desk must hear the caller"


def test_the_caller_of_a_silent_trainee_begins(hold) -> None:
    watched = hold()
    watched.until(lambda: WATER.opening in watched.said(Speaker.CALLER))
    assert watched.drill.second >= 8


def test_the_trainer_releases_and_injects(hold) -> None:
    watched = hold()
    fact = next(fact for fact in WATER.facts if fact.withheld)
    watched.drill.release(fact.id)
    watched.until(lambda: fact.says in watched.said(Speaker.CALLER))
    watched.drill.inject(DrillEvent(kind=EventKind.SECOND_CALLER, at=0, says="别说了，快来吧！"))
    watched.until(lambda: "别说了，快来吧！" in watched.said(Speaker.CALLER))
    watched.drill.note("语气很好")
    watched.until(lambda: watched.drill.record().when("note") is not None)
    watched.drill.inject(DrillEvent(kind=EventKind.LINE_DROP, at=0))
    watched.until(lambda: watched.drill.record().when("ended") is not None)
    assert [d.detail for d in watched.drill.record().done if d.kind == "note"] == ["语气很好"]


def test_what_is_done_in_the_desk_is_scored_as_it_happens(hold) -> None:
    watched = hold()
    for step in perfect_trainee(WATER):
        if step.say:
            count = len(watched.said(Speaker.OPERATOR))
            watched.drill.say(step.say)
            watched.until(lambda count=count: len(watched.said(Speaker.OPERATOR)) > count)
    before = watched.drill.score().total
    draft = watched.place.drafts()[0]
    watched.place.edit(draft.id, lambda d: d.type("subject", "ZZ"))
    watched.until(
        lambda: watched.drill.record().filled and watched.drill.record().filled[-1].value == "ZZ"
    )
    assert watched.drill.score().total < before
    watched.place.hang_up()
    watched.until(lambda: watched.drill.record().when("ended") is not None)
    values = {
        name: value for step in perfect_trainee(WATER) for name, value in (step.set or {}).items()
    }
    accept_and_submit(watched, values)
    watched.until(watched.drill.finished.is_set)
    record = watched.drill.finish()
    result = score(record)
    late = {"address", "category", "article"}
    lost = {point.name for point in result.points if point.earned < 1}
    assert lost <= late, lost
    again = record_from_json(record_to_json(record))
    assert score(again) == result


def test_a_retry_goes_on_from_the_chosen_second(hold) -> None:
    first = hold()
    first.drill.say("您好，北京市一二三四五市民服务热线，请问有什么可以帮您？")
    first.drill.say("请问具体地址在哪里？")
    first.until(lambda: "place" in first.drill.told)
    record = first.drill.finish()
    until = next(one for one in record.said if one.fact == "place").start
    second = hold(retry=(record, until))
    kept = [one.words for one in record.said if one.end <= until]
    second.until(lambda: len(second.drill.record().said) >= len(kept))
    assert [one.words for one in second.drill.record().said][: len(kept)] == kept
    assert "place" not in second.drill.told
    assert second.drill.second >= until
    second.drill.say("请问具体地址在哪里？")
    second.until(lambda: "place" in second.drill.told)


def test_an_outage_is_real_and_the_ticket_arrives_when_it_is_over(hold, place: Workplace) -> None:
    """The drill's centre is a process; injected, it refuses connections, and comes back."""
    watched = hold(outages=True, pace=1.0)
    watched.until(lambda: any(isinstance(e, CentreChanged) and e.online for e in watched.events))
    url = urlsplit(place.parts.store().credential().server_url)
    watched.drill.inject(DrillEvent(kind=EventKind.SERVER_DOWN, at=0))
    watched.until(lambda: watched.drill.record().when("centre_off") is not None)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((url.hostname, url.port), 5)
    place.hang_up()
    watched.until(lambda: watched.drill.record().when("ended") is not None)
    values = {
        name: value for step in perfect_trainee(WATER) for name, value in (step.set or {}).items()
    }
    accept_and_submit(watched, values)
    assert place.outbox()[0].state is OutboxState.WAITING
    watched.drill.inject(DrillEvent(kind=EventKind.SERVER_UP, at=0))
    own = place.outbox()[0].ticket_id
    watched.until(
        lambda: any(isinstance(e, TicketAcknowledged) and e.ticket_id == own for e in watched.events)
    )
    assert place.outbox()[0].state is OutboxState.ACCEPTED
    watched.drill.finish()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((url.hostname, url.port), 5)


def test_a_drills_desk_joins_no_other_centre(place: Workplace, tmp_path: Path) -> None:
    for url in ("http://centre.example", "http://127.0.0.1.evil.example", "http://10.0.0.1:80"):
        with pytest.raises(UserError, match="DRILL_STAYS"):
            place.centre.join_practice(url, "s", "p")
    ordinary = Workplace(tmp_path)
    with pytest.raises(UserError, match="DRILL_STAYS"):
        ordinary.centre.join_practice("http://127.0.0.1:1", "s", "p")
    ordinary.close()


def test_a_recorded_call_is_played_along_in_its_own_time(hold) -> None:
    case = load_scenario(resource_path("calls", "03-bbq-fumes.json"))
    watched = hold(case, style=Style.PLAY_ALONG)
    watched.until(lambda: watched.drill.record().when("ended") is not None)
    assert [one.words for one in watched.drill.record().said] == [turn.text for turn in case.turns]


def test_a_recording_is_played_turn_by_turn_and_silence_is_told_once() -> None:
    path = resource_path("calls", "03-bbq-fumes.flac")
    case = load_scenario(resource_path("calls", "03-bbq-fumes.json"))
    assert recorded_sound(case, [path.parent]) == path
    assert recorded_sound(case.model_copy(update={"audio": "../../main.py"}), [path.parent]) is None
    played, told = [], []
    sound = CaseSound(path, played.append, told.append)
    for turn in case.turns[:3]:
        sound.play(turn.start, turn.end)
    spoken = [len(samples) / 16_000 for samples in played]
    assert spoken == pytest.approx([turn.end - turn.start for turn in case.turns[:3]], abs=0.01)
    assert all(abs(samples).max() > 1000 for samples in played), "each turn is to be heard"

    def dumb(_samples: object) -> None:
        raise UserError("PLAYBACK_FAILED", detail="no output")

    silent = CaseSound(path, dumb, told.append)
    silent.play(0, 1)
    silent.play(1, 2)
    assert [error.code for error in told] == ["PLAYBACK_FAILED"]
    with pytest.raises(UserError, match="AUDIO_NOT_AUDIO"):
        CaseSound(resource_path("calls", "03-bbq-fumes.json"), played.append, told.append)


def test_the_recogniser_may_hear_the_recording_while_the_true_words_are_scored(hold) -> None:
    case = load_scenario(resource_path("calls", "03-bbq-fumes.json"))
    path = resource_path("calls", "03-bbq-fumes.flac")
    watched = hold(case, style=Style.PLAY_ALONG, sound=path, microphone=True)
    watched.until(lambda: watched.drill.record().when("ended") is not None)
    told = [event.event for event in watched.events if isinstance(event, Heard)]
    heard = [e.utterance for e in told if isinstance(e, UtteranceHeard)]
    assert all(one.engine != "drill" for one in heard), "the desk must hear the recording itself"
    assert [one.words for one in watched.drill.record().said] == [turn.text for turn in case.turns]
