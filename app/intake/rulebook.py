"""Readable rules (``resources/rules/*.yaml``): what words mean, unless denied, imagined or past.

A pattern is a list of alternatives ``a|b``; ``…`` stands for up to eight characters of the same
clause, ``……`` for up to twenty of the same sentence. Each rule carries sentences on which it must
and must not fire; the tests run all of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from app.domain.call import Speaker, Utterance
from app.intake.talk import Span, around, clause_bounds, sentence_bounds
from resources.in_force import InForce
from resources.loader import read_yaml

_NEAR, _FAR = r"[^，,。！？!?；;]{0,8}?", r"[^。！？!?；;]{0,20}?"
_UNREAL = ("negation", "what_if", "hearsay", "simile")
_ASKS = re.compile(r"[？?]|[吗么呢]$|有没有|是不是|是否")
_AFFIRMS = re.compile(r"(?:嗯|啊|哎)?[，, ]?(?:对|是|有|没错|闻到|看到|可不|正是)(?!不|没)")


def compile_pattern(patterns: Sequence[str]) -> re.Pattern[str] | None:
    """One regular expression for a list of patterns of the rule language."""
    return re.compile("|".join(_translate(p) for p in patterns)) if patterns else None


def any_of(name: str) -> str:
    """A pattern for any word of a list in ``resources/rules/words.yaml``."""
    return f"(?:{'|'.join(read_yaml('rules', 'words.yaml')[name])})"


def _translate(pattern: str) -> str:
    parts = re.split(r"\s*(……|…)\s*", pattern.strip())
    gaps = {"…": _NEAR, "……": _FAR}
    return "".join(gaps.get(part, f"(?:{part})") for part in parts)


@dataclass(frozen=True, slots=True)
class Guard:
    """A way of saying words without meaning them: denied, imagined, long over, compared."""

    name: str
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    reach: int
    sentence: re.Pattern[str] | None
    but: re.Pattern[str] | None

    def holds(self, text: str, start: int, end: int) -> bool:
        """Whether the words ``text[start:end]`` are said in this way."""
        first, last = around(clause_bounds(text), start, len(text))
        lead, trail = text[max(first, start - self.reach) : start], text[end : max(last, end)]
        if self.before and (found := _last(self.before, lead)):
            return not (self.but and self.but.search(lead[max(0, found.start() - 2) :]))
        if self.after and self.after.match(trail):
            return True
        if self.sentence:
            low, high = around(sentence_bounds(text), start, len(text))
            whole = text[low:high]
            return bool(self.sentence.search(whole)) and not (self.but and self.but.search(whole))
        return False


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return max(pattern.finditer(text), key=lambda found: found.start(), default=None)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when ``says`` is heard and nothing speaks against it, it ``gives`` its values."""

    name: str
    gives: Mapping[str, Any]
    says: re.Pattern[str]
    unless: re.Pattern[str] | None
    over: re.Pattern[str] | None
    guards: tuple[Guard, ...]
    who: Speaker | None
    fires: tuple[str, ...]
    silent: tuple[str, ...]

    def imagined(self, text: str) -> list[tuple[int, int]]:
        """Where the rule's words stand but are only denied, imagined or retold."""
        return [
            found.span()
            for found in self.says.finditer(text)
            if any(g.name in _UNREAL and g.holds(text, *found.span()) for g in self.guards)
        ]

    def find(self, text: str) -> tuple[int, int] | None:
        """Where the rule fires in a text that its speaker said, or ``None``."""
        text = text.replace("幺", "一")
        for found in self.says.finditer(text):
            start, end = found.span()
            low, high = around(sentence_bounds(text), start, len(text))
            if self.unless and self.unless.search(text, low, high):
                continue
            if self.over and self.over.search(text, end):
                continue
            if not any(guard.holds(text, start, end) for guard in self.guards):
                return start, end
        return None


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fired, and the words that made it."""

    rule: Rule
    span: Span


@dataclass(frozen=True)
class RuleBook:
    """The rules of one file, in its order."""

    name: str
    rules: tuple[Rule, ...]
    _seen: dict[tuple[Speaker, str], tuple[tuple[Rule, tuple[int, int]], ...]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def hits(self, talk: Sequence[Utterance]) -> list[Hit]:
        """All rules that fire in a talk, in the order of the talk; each at most once an utterance."""
        result: list[Hit] = []
        for number, said in enumerate(talk):
            for rule, (start, end) in self._in(said):
                if not self._ended(rule, talk[number + 1 :]):
                    result.append(Hit(rule, Span(said, start, end)))
            if said.speaker is Speaker.CALLER and number:
                result += self._affirmed(talk[number - 1], said)
        return result

    def first(self, talk: Sequence[Utterance]) -> Hit | None:
        """The hit of the rule that stands first in the file."""
        order = {rule.name: n for n, rule in enumerate(self.rules)}
        return min(self.hits(talk), key=lambda hit: order[hit.rule.name], default=None)

    def without_imagined(self, talk: Sequence[Utterance]) -> list[Utterance]:
        """The talk with words blanked that name a danger only to deny or imagine it."""
        result = []
        for said in talk:
            text = said.text
            for rule in self.rules:
                for start, end in rule.imagined(said.text) if rule.who in (None, said.speaker) else ():
                    text = text[:start] + " " * (end - start) + text[end:]
            result.append(said if text == said.text else replace(said, text=text))
        return result

    def _in(self, said: Utterance) -> tuple[tuple[Rule, tuple[int, int]], ...]:
        key = (said.speaker, said.text)
        if key not in self._seen:
            if len(self._seen) > 4096:
                self._seen.clear()
            self._seen[key] = tuple(
                (rule, place)
                for rule in self.rules
                if rule.who in (None, said.speaker) and (place := rule.find(said.text))
            )
        return self._seen[key]

    def _affirmed(self, asked: Utterance, answer: Utterance) -> list[Hit]:
        """A danger the operator asks about and the caller affirms counts as the caller's words."""
        if asked.speaker is not Speaker.OPERATOR or not _AFFIRMS.match(answer.text):
            return []
        low, high = (sentence_bounds(asked.text) or ((0, 0),))[-1]
        question = asked.text[low:high]
        if not _ASKS.search(asked.text[low:]):
            return []
        plain = re.sub(r"有没有|是不是|是否", "", question)
        return [
            Hit(rule, Span(answer, 0, len(answer.text)))
            for rule in self.rules
            if rule.who is Speaker.CALLER and rule.gives.get("affirmed") and rule.find(plain)
        ]

    @staticmethod
    def _ended(rule: Rule, later: Sequence[Utterance]) -> bool:
        said = (u.text for u in later if u.speaker is Speaker.CALLER)
        return bool(rule.over and any(rule.over.search(text) for text in said))


@dataclass(frozen=True, slots=True)
class GuardTable:
    """Guards by name."""

    guards: Mapping[str, Guard]


def build_guards(table: Mapping[str, Any]) -> GuardTable:
    """The guards of a file's content (``guards``)."""
    return GuardTable(
        {
            name: Guard(
                name,
                compile_pattern(row.get("before", ())),
                compile_pattern(row.get("after", ())),
                int(row.get("reach", 8)),
                compile_pattern(row.get("sentence", ())),
                compile_pattern(row.get("but", ())),
            )
            for name, row in table["guards"].items()
        }
    )


@cache
def bundled_guards() -> GuardTable:
    """The guards that ship with the product."""
    return build_guards(read_yaml("rules", "guards.yaml"))


def guarded(book: RuleBook, own: GuardTable) -> RuleBook:
    """The same rules with guards of the same names in place of theirs."""
    return RuleBook(
        book.name,
        tuple(
            replace(rule, guards=tuple(own.guards.get(guard.name, guard) for guard in rule.guards))
            for rule in book.rules
        ),
    )


def _guards(names: Sequence[str]) -> tuple[Guard, ...]:
    return tuple(bundled_guards().guards[name] for name in names)


def _rule(row: Mapping[str, Any], defaults: Mapping[str, Any]) -> Rule:
    who = row.get("who", defaults.get("who", "caller"))
    says = compile_pattern(row["says"])
    assert says is not None, f"rule {row['name']} says nothing"
    return Rule(
        name=row["name"],
        gives=row.get("gives", {}),
        says=says,
        unless=compile_pattern(row.get("unless", ())),
        over=compile_pattern(row.get("over", ())),
        guards=_guards(row.get("guards", defaults.get("guards", ()))),
        who=None if who == "both" else Speaker(who),
        fires=tuple(row["fires"]),
        silent=tuple(row["silent"]),
    )


def build_rules(name: str, content: Mapping[str, Any]) -> RuleBook:
    """The rules of a file's content (``defaults`` and ``rules``)."""
    defaults = content.get("defaults", {})
    return RuleBook(name, tuple(_rule(row, defaults) for row in content["rules"]))


@cache
def bundled_rules(name: str) -> RuleBook:
    """The bundled rules of ``resources/rules/<name>.yaml``."""
    return build_rules(name, read_yaml("rules", f"{name}.yaml"))


@cache
def book_in_force(name: str) -> InForce[RuleBook]:
    """Which rules of a name hold."""
    return InForce(lambda: bundled_rules(name))


def rule_book(name: str) -> RuleBook:
    """The rules of a name that hold now."""
    return book_in_force(name)()
