"""Hearing again what was said: an utterance, or the words that a field's value comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.desk import Desk
    from app.domain.call import Speaker, Utterance
    from app.domain.ticket import Proof
    from ui.background import Background
    from ui.desk.call_control import CallControl

LONGEST_S = 5.0
"""Of a proof that does not say where it ends."""


class Playing:
    """Plays stretches of the call that is shown."""

    def __init__(self, desk: Desk, background: Background, control: CallControl) -> None:
        self._desk, self._background, self._control = desk, background, control

    def utterance(self, utterance: Utterance) -> None:
        """What was said in one stretch."""
        self._play(utterance.speaker, utterance.start, utterance.end)

    def proof(self, proof: Proof | None) -> None:
        """The words of a proof; nothing where it comes from no words."""
        if proof is not None and proof.speaker is not None and proof.start is not None:
            self._play(proof.speaker, proof.start, proof.end or proof.start + LONGEST_S)

    def _play(self, speaker: Speaker, start: float, end: float) -> None:
        call = self._control.call
        if call is not None:
            call_id = call.id
            self._background.run(lambda: self._desk.play(call_id, speaker, start, end), kind="play")
