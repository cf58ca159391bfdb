"""A drill 演练: a simulated call in the real desk, in a folder of its own, kept with every moment.

The desk does what it does in any call: transcript, suggestions, drafts, commit. Only the words come
from a ``Stage``, and nothing ever leaves the folder (``Workplace.drill``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

from app.centre_link import DRILL_MARK
from app.desk import DrillCall
from app.dispatch.catalogue import catalogue_in_force
from app.domain.call import Speaker
from app.domain.codec import field_from_json
from app.domain.draft import Draft, Origin, get_field
from app.domain.ticket import FIELDS, Category, UnitRole, UnitSuggestion
from app.events import CentreChanged, SpeechEvent
from app.session import Hearing
from app.settings import load_settings, save_settings
from app.training.conversation import CallerLine, Conversation
from app.training.record import Done as Done
from app.training.record import DrillRecord as DrillRecord
from app.training.record import Filled as Filled
from app.training.record import Mode as Mode
from app.training.record import Said as Said
from app.training.scenario import DrillEvent, EventKind, Scenario
from app.training.stage import Clock, ScriptedClock, Stage, silent_stage
from app.training.topics import topics_in
from app.training.trainee import Step
from app.workplace import Workplace
from resources.errors import UserError

FOLDER = "drills"
OPERATOR_PACE, CALLER_PACE = 5.0, 4.5
"""Characters a second, where nobody really speaks."""
STEP_S = 1.0
"""Seconds a field, a click or a citation takes in an unattended drill."""
PATIENCE_S = 3.0
"""A caller who is not greeted begins after so long."""


def drill_place(seat_dir: Path, name: str = FOLDER) -> Workplace:
    """A desk for practice at a seat: its language and models, but a store of its own in a folder."""
    folder = seat_dir / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DRILL_MARK).touch()
    save_settings(folder, replace(load_settings(seat_dir), server_url=""))
    return Workplace(folder)


OpenStage = Callable[[str, Callable[[SpeechEvent], None]], Stage]
"""Gets the call's id and the session's listener."""
Line = Callable[[bool], None]
"""Restores (``True``) or cuts the line to the centre."""
Sound = Callable[[float, float], None]
"""Plays a stretch of the case's recording: from and to its seconds."""


class Drill:
    """One drill under way. Not for several threads at once.

    ``stage`` opens what the session hears, ``line`` is the way to the drill's centre; without one
    an outage is only told on the desk's bus. ``place.begin`` happens here.
    """

    def __init__(
        self,
        place: Workplace,
        scenario: Scenario,
        mode: Mode = Mode.BRANCHING,
        clock: Clock | None = None,
        stage: OpenStage = silent_stage,
        line: Line | None = None,
    ) -> None:
        """Take the call. Raises ``UserError`` outside a drill's folder and for an unplayable mode."""
        if not place.drill:
            raise UserError("DRILL_ELSEWHERE", path=place.data_dir)
        if not (scenario.turns if mode is Mode.PLAY_ALONG else scenario.opening):
            raise UserError("DRILL_MODE", name=scenario.id, mode=mode.value)
        self.record = DrillRecord(scenario, mode)
        self._place = place
        self._clock = clock or ScriptedClock()
        self._caller = Conversation(scenario)
        self._events = list(scenario.events)
        self._opened = False
        self._known: dict[str, tuple[Any, Origin | None]] = {}
        self._new_stage, self._line = stage, line
        self._session = place.begin(DrillCall(f"drill:{scenario.id}", self._open_stage))

    def _open_stage(self, call_id: str, listener: Callable[[SpeechEvent], None]) -> Hearing:
        self._stage = self._new_stage(call_id, listener)
        return self._stage

    @property
    def told(self) -> frozenset[str]:
        """Facts of the case that are out."""
        return self._caller.told

    # -- what the trainee does -------------------------------------------------------------------

    def take(self, steps: Iterable[Step]) -> DrillRecord:
        """Do all these steps."""
        if self.record.mode is Mode.PLAY_ALONG:
            self.play_along()
        for step in steps:
            self.do(step)
        return self.record

    def do(self, step: Step) -> None:
        """Do one step."""
        if step.say is not None:
            self.say(step.say)
        for name, value in (step.set or {}).items():
            self._clock.spend(STEP_S)
            self._change(partial(_typed, name=name, value=field_value(name, value)))
        if step.accept:
            self._clock.spend(STEP_S)
            self._change(Draft.accept_all)
        if step.cite is not None:
            self.cite(step.cite)
        if step.wait:
            self.wait(step.wait)
        if step.hang_up:
            self.hang_up()
        if step.one_ticket:
            for draft in self._place.drafts()[1:]:
                self._place.discard(draft.id)
        if step.submit:
            self.submit()
        self.happen()

    def say(self, words: str) -> None:
        """The trainee speaks; the caller answers. In a call played along nobody would hear it."""
        if self._stage.closing or self.record.mode is Mode.PLAY_ALONG:
            return
        self._speak(Speaker.OPERATOR, words, OPERATOR_PACE)
        self.answer(words)
        self._notice()

    def say_heard(self, words: str, start: float, end: float) -> None:
        """The trainee's words with the seconds at which they were said."""
        self._stage.say(Speaker.OPERATOR, words, start, end)
        self.note_said(Speaker.OPERATOR, words, start, end)

    def answer(self, words: str) -> None:
        """The caller answers words of the trainee that were heard already."""
        for line in self._caller.hear(words) if self._opened else self._begin():
            self._answer(line)

    def resume(self, earlier: DrillRecord, second: float) -> None:
        """Take over what was said and done before a second of an earlier drill of this case."""
        for one in earlier.said:
            if one.end <= second:
                self._stage.say(one.speaker, one.words, one.start, one.end)
                self.record.said.append(one)
                self._opened = self._opened or one.speaker is Speaker.CALLER
        self._caller.remember(one for one in self.record.said if one.fact)
        self._notice()
        hand = (Origin.TYPED, Origin.ACCEPTED)
        for filled in earlier.filled:
            if filled.second <= second and filled.origin in hand:
                for draft in self._place.drafts()[:1]:
                    typed = partial(_typed, name=filled.field, value=filled.value)
                    self._place.edit(draft.id, typed)
        self.record.filled += [one for one in earlier.filled if one.second <= second]
        for name in FIELDS:  # so that only what is new is noted
            for draft in self._place.drafts()[:1]:
                self._known[name] = get_field(draft.content, name), draft.origins.get(name)

    def begin_unasked(self) -> None:
        """A caller who is not greeted begins."""
        if not self._opened:
            for line in self._begin():
                self._answer(line)

    def release(self, fact: str) -> None:
        """The trainer lets the caller say a fact."""
        self._opened = True
        for line in self._caller.release(fact):
            self._answer(line)

    def wait(self, seconds: float) -> None:
        """Nothing is said or done for so long."""
        if self.record.mode is Mode.BRANCHING and not self._opened and seconds >= PATIENCE_S:
            self._clock.spend(PATIENCE_S)
            self.begin_unasked()
            seconds -= PATIENCE_S
        self._clock.spend(seconds)
        self._notice()

    def cite(self, article_id: str) -> None:
        """Quote an article. Raises ``UserError("ARTICLE_GONE")`` when there is none of that id."""
        self._clock.spend(STEP_S)
        article = self._place.article(article_id)
        if article is None:
            raise UserError("ARTICLE_GONE", name=article_id)
        if drafts := self._place.drafts():
            self._place.cite(drafts[0].id, article)
            self.note("cited", article_id)

    def submit(self) -> None:
        """Submit every draft that is left; an incomplete one stays and is noted."""
        self._clock.spend(STEP_S)
        for draft in self._place.drafts():
            try:
                self.record.tickets.append(self._place.submit(draft.id).content)
                self.note("submitted", draft.id)
            except UserError as error:
                self.note("refused", str(error.values.get("missing", error.code)))

    def hang_up(self) -> None:
        """End the call."""
        if not self._stage.closing:
            self._stage.stop()
            self.note("ended")
            self._notice()

    def play_along(self, sound: Sound = lambda start, end: None) -> None:
        """Hear the recorded call from its first to its last turn; ``sound`` plays it."""
        turns = self.record.scenario.turns
        for turn, later in zip_longest(turns, turns[1:]):
            self._clock.spend(max(0.0, turn.start - self._clock.now()))
            if self._stage.closing:
                break
            sound(turn.start, max(turn.end, later.start if later else turn.end))
            self._stage.begin(turn.speaker, turn.text, turn.start)
            self._clock.spend(max(0.0, turn.end - self._clock.now()))
            self._stage.say(turn.speaker, turn.text, turn.start, turn.end)
            self.record.said.append(Said(turn.start, turn.end, turn.speaker, turn.text))
            self.happen()
        self.hang_up()

    # -- what happens ----------------------------------------------------------------------------

    def inject(self, event: DrillEvent) -> None:
        """Something happens now: by the case, or by the trainer's hand."""
        self.note(event.kind.value, event.says or "")
        if event.kind is EventKind.LINE_DROP:
            self.hang_up()
        elif event.kind is EventKind.NOISE:
            self._caller.disturb()
        elif event.kind is EventKind.SECOND_CALLER:
            if not self._stage.closing:
                self._speak(Speaker.CALLER, event.says or "……", CALLER_PACE)
        else:
            online = event.kind is EventKind.SERVER_UP
            if self._line is not None:  # the desk finds out by itself
                self._line(online)
            else:
                self._place.bus.publish(CentreChanged(online, "" if online else "CENTRE_UNREACHABLE"))

    def happen(self) -> None:
        """Let those events happen whose time has come."""
        told, now = self._caller.told, self._clock.now()
        for event in tuple(self._events):
            due = event.after in told if event.after else event.at is not None and event.at <= now
            if due:
                self._events.remove(event)
                self.inject(event)

    def _begin(self) -> tuple[CallerLine, ...]:
        self._opened = True
        return self._caller.open()

    def _answer(self, line: CallerLine) -> None:
        if not self._stage.closing:
            self._speak(Speaker.CALLER, line.words, CALLER_PACE, line)

    def _speak(self, speaker: Speaker, words: str, pace: float, line: CallerLine | None = None) -> None:
        start = self._clock.now()
        self._stage.begin(speaker, words, start)
        self._clock.spend(len(words) / pace)
        end = max(self._clock.now(), start)
        self._stage.say(speaker, words, start, end)
        self.note_said(speaker, words, start, end, line)

    def note_said(
        self, speaker: Speaker, words: str, start: float, end: float, line: CallerLine | None = None
    ) -> None:
        """Keep what was said; the desk has heard it already."""
        asked = topics_in(words) if speaker is Speaker.OPERATOR else ()
        fact, true = (line.fact, line.true) if line else (None, True)
        self.record.said.append(Said(start, end, speaker, words, asked, fact, true))

    def note(self, kind: str, detail: str = "", at: float | None = None) -> None:
        """Keep that something happened, now or ``at`` a second."""
        self.record.done.append(Done(self._clock.now() if at is None else at, kind, detail))

    def _change(self, change: Callable[[Draft], Draft]) -> None:
        if drafts := self._place.drafts():
            self._place.edit(drafts[0].id, change)
            self._notice()

    def _notice(self) -> None:
        """Note which fields of the first draft changed."""
        self._session.settle()
        if drafts := self._place.drafts():
            self.note_fields(drafts[0])

    def note_fields(self, draft: Draft, at: float | None = None) -> None:
        """Keep which fields of the first draft changed, and who changed them."""
        second = self._clock.now() if at is None else at
        for name in FIELDS:
            value, origin = get_field(draft.content, name), draft.origins.get(name)
            if self._known.get(name, (None, None)) != (value, origin):
                self._known[name] = value, origin
                self.record.filled.append(Filled(second, name, value, origin))


def _typed(draft: Draft, name: str, value: Any) -> Draft:
    return draft.type(name, value)


def field_value(name: str, value: Any) -> Any:
    """A field's value from plain JSON: a category by its code, units by their names.

    Raises ``UserError("DRILL_VALUE")`` for what is none.
    """
    try:
        if name == "category" and value is not None:
            item = catalogue_in_force().by_code[value]
            return Category(item.code, item.path)
        if name == "units":
            roles = (UnitRole.LEAD, *(UnitRole.ASSIST for _ in value[1:]))
            return tuple(
                UnitSuggestion(one, role, 1.0) for one, role in zip(value, roles, strict=False)
            )
        return field_from_json(name, value)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError("DRILL_VALUE", name=name, value=str(value)[:80]) from error
