"""How well a call was heard, by what a reviewer put right in its text."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.call import Transcript
from app.review.records import Review

NEAR_S = 0.05
CORRECTED = "text"


def heard_in(review: Review, transcript: Transcript) -> Mapping[str, tuple[int, int]]:
    """Characters of the true text and errors in it, by engine; empty where no text was corrected.

    What a reviewer who corrects left as it was counts as right.
    """
    from speech.evaluate import errors

    right = {
        round(one.second, 2): one.after
        for one in review.corrections
        if one.what == CORRECTED and one.second is not None
    }
    if not right:
        return {}
    found: dict[str, tuple[int, int]] = {}
    for said in transcript:
        true = next((words for at, words in right.items() if abs(at - said.start) < NEAR_S), said.text)
        wrong, length = errors(true, said.text)
        characters, all_wrong = found.get(said.engine, (0, 0))
        found[said.engine] = characters + length, all_wrong + wrong
    return found
