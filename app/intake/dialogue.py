"""Utterances out of plain text: words, or lines that name their speaker."""

from __future__ import annotations

import re

from app.domain.call import Speaker, Utterance

_SPEAKERS = {
    "operator": Speaker.OPERATOR,
    "坐席": Speaker.OPERATOR,
    "坐席员": Speaker.OPERATOR,
    "话务员": Speaker.OPERATOR,
    "接线员": Speaker.OPERATOR,
    "caller": Speaker.CALLER,
    "诉求人": Speaker.CALLER,
    "市民": Speaker.CALLER,
    "来电人": Speaker.CALLER,
}
_SPEAKER_LINE = re.compile(
    rf"\s*({'|'.join(sorted(_SPEAKERS, key=len, reverse=True))})\s*[：:]\s*(.*)", re.I
)


def parse_dialogue(text: str) -> list[Utterance]:
    """Utterances without times from plain words or from lines that name their speaker.

    A line starts with ``operator:`` or ``caller:`` (also 坐席：, 诉求人：, 市民：); one without a
    speaker goes on with the line before it, and plain words are the caller's.
    """
    turns: list[tuple[Speaker, list[str]]] = []
    for line in text.splitlines():
        named = _SPEAKER_LINE.match(line)
        if named:
            turns.append((_SPEAKERS[named[1].lower()], [named[2].strip()]))
        elif line.strip():
            if not turns:
                turns.append((Speaker.CALLER, []))
            turns[-1][1].append(line.strip())
    return [
        Utterance(f"line-{n}", speaker, 0.0, 0.0, words, words, "text")
        for n, (speaker, lines) in enumerate(turns, 1)
        if (words := " ".join(part for part in lines if part))
    ]
