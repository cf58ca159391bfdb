"""Near-duplicates 同类诉求: tickets about one matter at one place are a group, named by its first one.

A ticket is compared with the first tickets of its matter and district lately, by the pairs of
characters that their places, else their words, share. Pairs are kept as numbers, and for ``LATELY``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from zlib import crc32

import numpy as np

from app.domain.ticket import Ticket
from app.statistics.facts import Fact

Pairs = frozenset[int]
LATELY = 14 * 86_400
"""Seconds after the newest ticket of a group in which another one may join it."""
MOST_FIRST = 300
"""With so many first tickets of a matter in a district, the newest, others are compared."""
SAME_PLACE, OTHER_STREET, SAME_WORDS = 0.5, 0.8, 0.5
"""Shares of pairs from which on places (in streets that differ), or words in one street, are alike."""
_MOST_PAIRS = 200
_NUMBERED = re.compile(
    r"[0-9０-９A-Za-z一二三四五六七八九十百零甲乙丙丁东西南北]+\s*(号楼|号院|号线?|栋|幢|座|单元|楼|层|室|门|弄)"
)
_AROUND = re.compile(
    r"小区|社区|附近|周边|周围|旁边|门口|路口|对面|院内|院里|楼下|里面|那边|一带|[东西南北]侧|\W"
)
_KINDS = (
    "大街",
    "胡同",
    "公园",
    "广场",
    "地铁",
    "花园",
    "家园",
    "医院",
    "学校",
    "小学",
    "中学",
    "市场",
)
"""Pairs that many places share: none of them tells a place."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a ticket is compared by; ``joins`` = the ticket that its caller joined."""

    ticket_id: str
    at: int
    stream: str
    street: str
    place: Pairs
    words: Pairs
    joins: str = ""

    def row(self) -> dict[str, object]:
        """As values of ``stat_first``."""
        pairs = {name: _packed(getattr(self, name)) for name in ("place", "words")}
        return {"ticket_id": self.ticket_id, "at": self.at, "stream": self.stream} | {
            "street": self.street,
            **pairs,
        }


def sketch_of(ticket: Ticket, fact: Fact) -> Sketch:
    """The sketch of a ticket beside its fact."""
    content = ticket.content
    place = content.place or ""
    for known in (content.district, content.street):
        place = place.replace(known, "") if known else place
    named = _AROUND.sub("", _NUMBERED.sub("", place))
    words = content.summary or content.subject or ""
    told = _pairs(named) - frozenset(map(_number, _KINDS))
    return Sketch(
        fact.ticket_id, fact.at, fact.stream, fact.street, told, _pairs(words), content.joins or ""
    )


def group_alike(
    fresh: Iterable[Sketch], first: Iterable[Sketch] = (), known: Mapping[str, str] = {}
) -> tuple[Mapping[str, str], Mapping[str, Sketch]]:
    """The first ticket of the group that each ticket belongs to, and all first tickets, new ones too.

    ``first`` = first tickets of earlier days, ``known`` = groups by earlier ticket, for callers who
    joined one. A ticket that is like none becomes a first one itself. The moment of a first ticket is
    that of the newest one of its group.
    """
    streams: dict[str, _Stream] = defaultdict(_Stream)
    for one in sorted(first, key=lambda one: one.at):
        streams[one.stream].add(one)
    groups: dict[str, str] = {}
    for one in sorted(fresh, key=lambda one: (one.at, one.ticket_id)):
        if joined := groups.get(one.joins) or known.get(one.joins):
            groups[one.ticket_id] = joined
        elif one.stream:
            groups[one.ticket_id] = streams[one.stream].take(one)
    return groups, {name: one for stream in streams.values() for name, one in stream.first.items()}


class _Stream:
    """First tickets of one matter in one district, found by their pairs or their street."""

    def __init__(self) -> None:
        self.first: dict[str, Sketch] = {}
        self._by_pair: dict[int, list[str]] = defaultdict(list)
        self._by_street: dict[str, list[str]] = defaultdict(list)

    def add(self, one: Sketch) -> None:
        self.first[one.ticket_id] = one
        for pair in one.place:
            self._by_pair[pair].append(one.ticket_id)
        self._by_street[one.street].append(one.ticket_id)

    def take(self, one: Sketch) -> str:
        """The first ticket that this one is like, perhaps itself."""
        found = self._like(one)
        if found is None:
            self.add(one)
            return one.ticket_id
        known = self.first[found]
        self.first[found] = replace(known, at=max(known.at, one.at))
        return found

    def _like(self, one: Sketch) -> str | None:
        shares = [
            (share, self.first[name].at, name)
            for name, share in (self._places(one) if one.place else self._words(one))
            if abs(one.at - self.first[name].at) <= LATELY and name != one.ticket_id
        ]
        return max(shares)[2] if shares else None

    def _places(self, one: Sketch) -> Iterable[tuple[str, float]]:
        shared = Counter(name for pair in one.place for name in self._by_pair.get(pair, ()))
        for name, count in shared.items():
            other = self.first[name]
            share = count / min(len(one.place), len(other.place))
            apart = one.street and other.street and one.street != other.street
            if share >= (OTHER_STREET if apart else SAME_PLACE):
                yield name, share
        yield from (found for found in self._words(one) if not self.first[found[0]].place)

    def _words(self, one: Sketch) -> Iterable[tuple[str, float]]:
        if not one.street or not one.words:
            return
        for name in self._by_street.get(one.street, ())[-MOST_FIRST:]:
            other = self.first[name].words
            if (
                other
                and (share := len(one.words & other) / min(len(one.words), len(other))) >= SAME_WORDS
            ):
                yield name, share


def _pairs(words: str) -> Pairs:
    return frozenset(_number(a + b) for a, b in pairwise(words[: _MOST_PAIRS + 1]))


def _number(pair: str) -> int:
    return crc32(pair.encode("utf-8", "replace"))


def _packed(pairs: Pairs) -> bytes:
    return np.array(sorted(pairs), dtype="<u4").tobytes()


def unpacked(kept: bytes) -> Pairs:
    """The inverse of what a row keeps."""
    return frozenset(np.frombuffer(kept, dtype="<u4").tolist())
