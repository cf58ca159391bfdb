"""How surely personal numbers are found: talks written for it, spoken digits across turns included.

In ``privacy_cases.txt`` turns are parted by " / ", the operator's begin with "o:", and what is personal
stands in square brackets.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from speech.privacy import find_private
from speech.utterance import Speaker, Utterance

CASES = Path(__file__).with_name("privacy_cases.txt")
Signs = set[tuple[int, int]]


def run(data: Path | None) -> dict[str, Any]:
    """``precision`` and ``recall`` by example: right = all of its personal letters and digits found.

    ``precision_signs`` and ``recall_signs`` count letters and digits.
    """
    del data
    lines = examples()
    wrong, missed, with_number = [], [], 0
    found_signs = private_signs = hit_signs = 0
    for line in lines:
        talk, private = read_example(line)
        found = found_in(talk)
        with_number += bool(private)
        found_signs, private_signs = found_signs + len(found), private_signs + len(private)
        hit_signs += len(found & private)
        if found - private:
            wrong.append(line)
        if private - found:
            missed.append(line)
    hits = with_number - len(missed)
    return {
        "examples": len(lines),
        "with_number": with_number,
        "across_turns": sum(line.count("[") > 1 and " / " in line for line in lines),
        "precision": round(hits / (hits + len(wrong)), 4),
        "recall": round(hits / with_number, 4),
        "precision_signs": round(hit_signs / found_signs, 4),
        "recall_signs": round(hit_signs / private_signs, 4),
        "wrong": wrong,
        "missed": missed,
    }


def examples() -> list[str]:
    """The lines of the list that are no remarks."""
    lines = CASES.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def read_example(line: str) -> tuple[list[Utterance], Signs]:
    """The talk of a line, and (turn, offset) of each letter and digit that is personal."""
    talk, private = [], set()
    for number, turn in enumerate(line.split(" / ")):
        speaker = Speaker.OPERATOR if turn.startswith("o:") else Speaker.CALLER
        plain, inside = "", False
        for sign in turn.removeprefix("o:"):
            if sign in "[]":
                inside = sign == "["
                continue
            if inside and sign.isalnum():
                private.add((number, len(plain)))
            plain += sign
        talk.append(Utterance(str(number), speaker, number, number + 0.9, plain, plain, "bench"))
    return talk, private


def found_in(talk: list[Utterance]) -> Signs:
    """(turn, offset) of each letter and digit that is taken for personal."""
    return {
        (span.turn, at)
        for span in find_private(talk)
        for at in range(span.start, span.end)
        if talk[span.turn].text[at].isalnum()
    }
