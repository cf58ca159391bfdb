"""From a call to a case: names and numbers changed, the rest of the truth kept.

The same call gives other names and numbers with another seed, always the same ones inside a case, so
that what the caller says, the ticket and the read-back still agree. What was not recognised as a name
or a number is not changed: whoever saves a case reads it first.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.call import Transcript
from app.domain.ticket import TicketContent
from app.training.scenario import Scenario, from_call
from resources.errors import UserError
from speech.privacy import find_private

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
_WRITTEN = "0123456789"
_SPOKEN = "零一二三四五六七八九"
_SAFE_PREFIX = "1380013"
"""Numbers of invented callers begin with this."""
_NAMED = re.compile(
    r"(?:我姓|免贵姓|我叫|名字叫|叫我|姓名是)([\u4e00-\u9fff])([\u4e00-\u9fff]{0,2}?)(?=[，。,.、！!？?\s]|$)"
)


@dataclass(frozen=True, slots=True)
class MadeCase:
    """A case and how many stretches of it were replaced."""

    scenario: Scenario
    replaced: int


def case_from_call(
    name: str,
    transcript: Transcript,
    content: TicketContent,
    *,
    seed: int,
    title: str = "",
    level: int = 2,
    told_unasked: Iterable[int] = (),
) -> MadeCase:
    """A case of a reviewed call. ``told_unasked`` = numbers of the caller's answers that are said
    without being asked; the others are withheld until asked, if the operator asked for them.

    Raises ``UserError("CALL_NO_CASE")`` for a call in which the caller says nothing.
    """
    swaps = _swaps(transcript, content, random.Random(seed))
    turns = [
        {
            "speaker": said.speaker.value,
            "start": said.start,
            "end": said.end,
            "text": _swap(said.text, swaps),
        }
        for said in sorted(transcript, key=lambda one: one.start)
    ]
    try:
        values = from_call({"id": name, "turns": turns, "reference": _reference(content, swaps)}, name)
    except (ValueError, KeyError) as error:
        raise UserError("CALL_NO_CASE", detail=error) from error
    if not values["opening"]:
        raise UserError("CALL_NO_CASE", detail="-")
    free = set(told_unasked)
    before = ""
    for number, fact in enumerate(values["facts"]):
        if number in free:
            fact.pop("topics", None)
            fact |= {"withheld": False, "after": [before] if before else []}
        before = fact["id"]
    code = content.category.code if content.category else None
    values |= {
        "title": (title or content.subject or name)[:80],
        "level": level,
        "categories": [code] if code else [],
        "seconds": max((turn["end"] for turn in turns), default=0.0),
    }
    if content.subject:
        values["expects"]["must"] = []
    count = sum(
        turn["text"] != said.text
        for turn, said in zip(turns, sorted(transcript, key=lambda o: o.start), strict=True)
    )
    return MadeCase(Scenario.model_validate(values), count)


def save_case(made: MadeCase, folder: Path) -> Path:
    """Write a case where the page of drills and ``calls evaluate`` find it. Raises ``UserError``."""
    path = folder / f"{made.scenario.id}.json"
    values = made.scenario.model_dump(mode="json", exclude_defaults=True)
    values |= {"format": made.scenario.format, "id": made.scenario.id}
    values.setdefault("reference", {})
    scratch = path.with_name(path.name + ".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        os.replace(scratch, path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise UserError("EXPORT_FAILED", path=path, detail=error.strerror or error) from error
    return path


def _reference(content: TicketContent, swaps: Mapping[str, str]) -> dict[str, Any]:
    """The ticket as the truth of the case; what it does not say is not judged."""
    caller = content.caller
    values: dict[str, Any] = {
        "type": content.type.value if content.type else None,
        "handling": content.handling.value if content.handling else None,
        "emergency_line": content.emergency_line,
        "channel": content.channel,
        "district": content.district,
        "street": content.street,
        "place": content.place,
        "subject": content.subject,
        "summary": content.summary,
        "category": content.category.code if content.category else None,
        "limit_hours": content.limit_hours,
        "units": [unit.name for unit in content.units[:1]] or None,
        "name": caller.name,
        "phone": caller.phone,
        "confidential": caller.confidential or None,
        "repeat": content.repeat or None,
        "group_risk": any("群体" in risk for risk in content.risks) or None,
        "articles": [citation.article_id for citation in content.citations] or None,
    }
    return {
        key: _swap(value, swaps) if isinstance(value, str) else value
        for key, value in values.items()
        if value is not None
    }


def _swaps(transcript: Transcript, content: TicketContent, chance: random.Random) -> dict[str, str]:
    """What is replaced by what, the longest first."""
    found: dict[str, str] = {}
    utterances = tuple(sorted(transcript, key=lambda said: said.start))
    for span in find_private(utterances):
        words = utterances[span.turn].text[span.start : span.end]
        if words not in found:
            found |= _other_number(words, chance)
    if content.caller.phone and content.caller.phone not in found:
        found |= _other_number(content.caller.phone, chance)
    names = {
        match[1]: match[1] + match[2] for said in utterances for match in _NAMED.finditer(said.text)
    }
    if content.caller.name:
        names.setdefault(content.caller.name[0], content.caller.name)
    for surname, name in names.items():
        other = chance.choice([one for one in SURNAMES if one not in names])
        found[name] = other + name[1:]
        for title in ("先生", "女士", "师傅", "大爷", "大妈"):
            found[surname + title] = other + title
        for lead in ("我姓", "免贵姓", "姓"):
            found[lead + surname] = lead + other
    found.pop("", None)
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def _other_number(words: str, chance: random.Random) -> dict[str, str]:
    """Another number of the same length, in every writing of it."""
    digits = "".join(
        _WRITTEN[_SPOKEN.index(sign)] if sign in _SPOKEN else {"幺": "1", "〇": "0"}.get(sign, sign)
        for sign in words
        if sign in _SPOKEN or sign in _WRITTEN or sign in "幺〇"
    )
    fresh = [chance.choice(_WRITTEN) for _ in digits]
    if len(digits) == 11 and digits.startswith("1"):
        fresh[: len(_SAFE_PREFIX)] = _SAFE_PREFIX
    other = "".join(fresh)
    signs = iter(other)
    changed = "".join(
        next(signs)
        if sign in _WRITTEN
        else _SPOKEN[int(next(signs))]
        if sign in _SPOKEN or sign in "幺〇"
        else sign
        for sign in words
    )
    return {words: changed, digits: other, _spoken(digits): _spoken(other)}


def _spoken(digits: str) -> str:
    return "".join(_SPOKEN[int(digit)] for digit in digits)


def _swap(text: str, swaps: Mapping[str, str]) -> str:
    if not swaps:
        return text
    pattern = re.compile("|".join(re.escape(words) for words in swaps))
    return pattern.sub(lambda match: swaps[match[0]], text)
