"""The line of a seat: what a softphone tells, in order or not, and what the desk makes of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.desk import ScriptCall
from app.domain.call import CallState
from app.events import CallChanged, CallerKnown, CallLogChanged, Event, Heard, LineChanged
from app.telephone.acts import Act
from app.telephone.adapter import ask_acts
from app.telephone.events import LineEvent, LineKind
from app.telephone.history import CallerHistory
from app.telephone.line import NEXT, LineCall, Phase
from app.telephone.number import number_of
from app.workplace import Workplace
from resources.loader import resource_path

SAMPLE = resource_path("calls", "03-bbq-fumes.json")
WAIT_S = 20.0
START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Told:
    """Everything the bus said, and a way to wait for some of it."""

    def __init__(self, desk: Workplace) -> None:
        self.events: list[Event] = []
        self._changed = threading.Condition()
        desk.bus.subscribe(self._take)

    def _take(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait_for(self, kind: type, test=lambda event: True):
        def found():
            return [event for event in self.events if isinstance(event, kind) and test(event)]

        with self._changed:
            assert self._changed.wait_for(lambda: bool(found()), WAIT_S), (kind, self.events[-5:])
            return found()[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("telephone")
    monkey = pytest.MonkeyPatch()
    monkey.setenv("JIESU_KEYRING", "off")
    return made


@pytest.fixture
def desk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    monkeypatch.setenv("JIESU_KEYRING", "off")
    with closing(Workplace(folder)) as made:
        yield made


def ring(name: str, number: str | None = "13900000000", sound: Path | None = None) -> LineEvent:
    return LineEvent(LineKind.RING, name, number, sound=sound)


def test_a_call_from_ring_to_the_next(desk: Workplace) -> None:
    told = Told(desk)
    line = desk.telephone
    assert line.take(ring("a", "13900001111", SAMPLE)) is Phase.RINGING
    assert line.shown.ringing[0].number == "13900001111"
    line.answer()
    call = told.wait_for(CallChanged, lambda event: event.state is CallState.TALKING).call
    assert call.caller_line == "13900001111"
    assert desk.drafts()[0].content.caller.phone == "13900001111"  # nobody had to say it
    line.hold()
    assert line.shown.call.phase == "held"
    line.hold()
    line.take(LineEvent(LineKind.ENDED, "a"))
    told.wait_for(CallChanged, lambda event: event.state is CallState.WRAPPING)
    assert line.shown.call.phase == "wrapping"
    assert set(line.shown.call.spent) == {Phase.RINGING, Phase.TALKING, Phase.HELD}
    for draft in desk.drafts():
        desk.discard(draft.id)
    line.make_ready()
    assert line.shown.call is None
    assert (line.shown.shift.taken, line.shown.shift.missed) == (1, 0)
    assert line.take(LineEvent(LineKind.ANSWERED, "a")) is Phase.DONE  # told once more


def test_on_hold_nothing_is_heard_until_the_call_goes_on(desk: Workplace) -> None:
    told = Told(desk)
    line = desk.telephone
    line.pace = 2000.0
    line.take(LineEvent(LineKind.ANSWERED, "held", sound=SAMPLE))
    line.hold()  # before its first words
    told.wait_for(CallChanged, lambda event: event.state is CallState.TALKING)
    line.take(ring("beside"))
    told.wait_for(LineChanged, lambda event: event.shown.ringing)
    assert not [event for event in told.events if isinstance(event, Heard)]
    line.hold()
    told.wait_for(CallChanged, lambda event: event.state is CallState.WRAPPING)
    assert [event for event in told.events if isinstance(event, Heard)]
    for draft in desk.drafts():
        desk.discard(draft.id)


def test_a_caller_is_known_by_earlier_tickets(desk: Workplace) -> None:
    told = Told(desk)
    session = desk.begin(ScriptCall(SAMPLE, None, caller_line="01085550000"))
    assert session.wait(WAIT_S)
    assert session.settle()
    (ticket,) = desk.submit_all(desk.drafts())
    desk.telephone.take(ring("again", "01085550000"))
    desk.telephone.make_ready()
    known = told.wait_for(CallerKnown, lambda event: event.line_id == "again").history
    assert [one.ticket.id for one in known.tickets] == [ticket.id]
    assert known.tickets[0].open
    assert known.times == 1
    assert desk.telephone.take(LineEvent(LineKind.ENDED, "again")) is Phase.MISSED
    assert [call.id for call in desk.telephone.shown.missed] == ["again"]


@pytest.mark.parametrize("written", ["138 0013 8001", "+86 138-0013-8001", "013800138001"])
def test_a_caller_is_known_however_the_number_was_written(desk: Workplace, written: str) -> None:
    session = desk.begin(ScriptCall(SAMPLE, None))
    assert session.wait(WAIT_S)
    assert session.settle()
    desk.edit(desk.drafts()[0].id, lambda draft: draft.type("caller.phone", written))
    (ticket,) = desk.submit_all(desk.drafts())
    assert ticket.id in [one.ticket.id for one in known_of(desk, number_of(written)).tickets]


def test_a_number_that_only_stands_in_the_words_is_a_maybe(desk: Workplace) -> None:
    session = desk.begin(ScriptCall(SAMPLE, None, caller_line="13500009999"))
    assert session.wait(WAIT_S)
    assert session.settle()
    desk.edit(desk.drafts()[0].id, lambda draft: draft.type("summary", "白天请打 13700007777 找物业。"))
    (ticket,) = desk.submit_all(desk.drafts())
    (maybe,) = known_of(desk, "13700007777").tickets
    assert (maybe.ticket.id, maybe.maybe) == (ticket.id, True)
    assert known_of(desk, "13700007777").open == 0
    assert not known_of(desk, "13500009999").tickets[0].maybe


def known_of(desk: Workplace, number: str) -> CallerHistory:
    told = Told(desk)
    name = f"of-{number}-{datetime.now(UTC).isoformat()}"
    desk.telephone.make_ready()
    desk.telephone.take(ring(name, number))
    known = told.wait_for(CallerKnown, lambda event: event.line_id == name).history
    desk.telephone.take(LineEvent(LineKind.ENDED, name))
    return known


def test_a_stranger_is_a_first_caller(desk: Workplace) -> None:
    told = Told(desk)
    desk.telephone.take(ring("s", "13511112222"))
    known = told.wait_for(CallerKnown).history
    assert (known.tickets, known.times) == ((), 0)


def test_without_sound_there_is_still_a_ticket_to_write(desk: Workplace, tmp_path: Path) -> None:
    told = Told(desk)
    desk.telephone.take(ring("q", "13600000000", tmp_path / "gone.flac"))
    desk.telephone.answer()
    told.wait_for(CallChanged, lambda event: event.state is CallState.TALKING)
    (draft,) = desk.drafts()
    assert draft.content.caller.phone == "13600000000"
    desk.hang_up()
    told.wait_for(CallChanged, lambda event: event.state is CallState.WRAPPING)
    desk.discard(draft.id)


def test_the_next_answered_call_ends_the_one_before(desk: Workplace) -> None:
    told = Told(desk)
    line = desk.telephone
    line.take(LineEvent(LineKind.ANSWERED, "one", sound=SAMPLE))  # a softphone that never said ring
    first = told.wait_for(CallChanged, lambda event: event.state is CallState.TALKING).call
    line.take(ring("two", None, SAMPLE))
    line.answer()
    told.wait_for(CallChanged, lambda e: e.call.id != first.id and e.state is CallState.TALKING)
    told.wait_for(CallChanged, lambda e: e.call.id == first.id and e.state is CallState.WRAPPING)
    assert line.shown.call.id == "two"
    line.take(ring("ask", "10086"))
    line.hold()
    line.answer()  # somebody is asked while the caller waits
    assert line.shown.call.id == "two"
    line.transfer("119")
    assert (line.shown.call.phase, line.shown.call.to) == (Phase.WRAPPING, "119")
    told.wait_for(CallChanged, lambda e: e.call.id != first.id and e.state is CallState.WRAPPING)


def test_a_break_ends_with_the_next_call(desk: Workplace) -> None:
    told = Told(desk)
    desk.telephone.pause("meal")
    assert desk.telephone.shown.pause.reason == "meal"
    desk.telephone.take(ring("p", None, SAMPLE))
    desk.telephone.answer()
    assert desk.telephone.shown.pause is None
    assert "pause_meal" in desk.telephone.shown.shift.spent
    told.wait_for(CallChanged, lambda event: event.state is CallState.TALKING)
    desk.telephone.pause("rest")  # asked for during the call: it begins when the call is left
    assert desk.telephone.shown.planned == "rest"
    desk.hang_up()
    told.wait_for(CallChanged, lambda event: event.state is CallState.WRAPPING)
    desk.telephone.make_ready()
    told.wait_for(LineChanged, lambda event: event.shown.pause and event.shown.pause.reason == "rest")
    desk.telephone.end_pause()
    with pytest.raises(ValueError, match="siesta"):
        desk.telephone.pause("siesta")


def test_thousands_of_rings_leave_the_line_whole(desk: Workplace) -> None:
    for number in range(3000):
        desk.telephone.take(ring(f"flood-{number}", f"1390000{number:04}"))
    shown = desk.telephone.shown
    assert (len(shown.ringing), len(shown.missed)) == (8, 50)
    assert shown.shift.missed == 2992


@given(st.lists(st.tuples(st.sampled_from(LineKind), st.floats(0, 1000)), max_size=20))
@settings(max_examples=60, deadline=None)
def test_every_second_belongs_to_one_phase(events: list[tuple[LineKind, float]]) -> None:
    call, now = LineCall("x", None, Phase.RINGING, START), START
    for kind, seconds in events:
        now += timedelta(seconds=seconds)
        before = call
        call = call.after(LineEvent(kind, "x"), now)
        assert (call is before) == ((before.phase, kind) not in NEXT)
    total = sum(call.seconds(phase, now) for phase in Phase)
    assert total == pytest.approx((now - START).total_seconds())


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800138000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("sip:01012345@10.0.0.1;user=phone", "01012345"),
        ("１３８００１３８０００", "13800138000"),
        ("+852 2345 6789", "+85223456789"),
        ("010-6666 8888 转 8001", "01066668888"),
        ("010-66668888 ext. 12", "01066668888"),
        ("0086 10 6666 8888", "01066668888"),
        ("+86 (0)10 6666 8888", "01066668888"),
        ("008613800138000", "13800138000"),
        ("013800138000", "13800138000"),
        ("0085223456789", "+85223456789"),
        ("12345", "12345"),
        ("anonymous", None),
        ("", None),
        ("7", None),
        ("9" * 200, None),
    ],
)
def test_numbers_as_telephones_write_them(written: str, number: str | None) -> None:
    assert number_of(written) == number


def test_line_changes_are_told(desk: Workplace) -> None:
    told = Told(desk)
    desk.telephone.take(ring("t", None))
    assert told.wait_for(LineChanged).shown.ringing[0].id == "t"


def test_missed_calls_are_kept_over_a_restart_until_somebody_called_back(tmp_path: Path) -> None:
    with closing(Workplace(tmp_path)) as desk:
        for name, number in (("m1", "13900001111"), ("m2", "13900002222"), ("m3", None)):
            desk.telephone.take(ring(name, number))
            desk.telephone.take(LineEvent(LineKind.ENDED, name))
        told = Told(desk)
        told.wait_for(CallLogChanged)
        calls = desk.telephone.calls.newest()
        assert [(one.line.number, one.open) for one in calls] == [
            (None, False), ("13900002222", True), ("13900001111", True),
        ]  # fmt: skip
        desk.telephone.calls.call_back([calls[1].key])
    with closing(Workplace(tmp_path)) as desk:
        desk.telephone.listen(tmp_path, 0)
        assert [call.number for call in desk.telephone.shown.missed] == ["13900001111"]
        desk.telephone.pace = None
        told = Told(desk)
        desk.telephone.take(LineEvent(LineKind.ANSWERED, "again", "13900001111", sound=SAMPLE))
        told.wait_for(CallChanged, lambda event: event.state is CallState.WRAPPING)
        for draft in desk.drafts():
            desk.discard(draft.id)
        desk.telephone.make_ready()
        told.wait_for(CallLogChanged)
        assert not any(one.open for one in desk.telephone.calls.newest())  # came again


def test_what_the_operator_does_is_told_to_the_softphone(desk: Workplace, tmp_path: Path) -> None:
    desk.telephone.make_ready()
    desk.telephone.listen(tmp_path, 0)
    newest = max((act.n for act in ask_acts(tmp_path, 0)), default=0)
    told = Told(desk)
    desk.telephone.take(ring("f", "13900001111"))
    desk.telephone.answer()
    told.wait_for(CallChanged, lambda event: event.state is CallState.TALKING)
    desk.telephone.hold()
    desk.telephone.take(LineEvent(LineKind.RESUMED, "f"))  # at the telephone: it knows
    desk.hang_up()
    told.wait_for(CallChanged, lambda event: event.state is CallState.WRAPPING)
    acts = ask_acts(tmp_path, newest)
    assert [(act.kind, act.call_id) for act in acts] == [
        ("answered", "f"),
        ("held", "f"),
        ("ended", "f"),
    ]
    waiting = threading.Thread(target=lambda: later.extend(ask_acts(tmp_path, acts[-1].n)))
    later: list[Act] = []
    waiting.start()
    for draft in desk.drafts():
        desk.discard(draft.id)
    desk.telephone.make_ready()  # whoever waits hears at once
    waiting.join(WAIT_S)
    assert [act.kind for act in later] == ["ready"]
    assert ask_acts(tmp_path, 10**8)[-1] == later[-1]  # a number of another run
