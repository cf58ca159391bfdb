"""A draft: ticket content with, for every field, who put its value there.

The rules the operator can rely on: what was typed or accepted is never overwritten by the
program; a rejected value is not suggested again; ``undo`` is the caller's business, since every
operation returns a new draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from app.domain.ticket import FIELDS, Citation, TicketContent
from app.domain.trail import MarkKind, Trail, TrailMark, extended

CITATIONS, JOINS = "citations", "joins"
T = TypeVar("T")


class Origin(StrEnum):
    """Who put a field's value there."""

    SUGGESTED = "suggested"
    ACCEPTED = "accepted"
    TYPED = "typed"


def get_field(content: TicketContent, name: str) -> Any:
    """The value of a field by its name in ``FIELDS`` (``caller.name`` reaches into the caller)."""
    value: Any = content
    for part in name.split("."):
        value = getattr(value, part)
    return value


def with_field(content: TicketContent, name: str, value: Any) -> TicketContent:
    """The content with one field replaced."""
    head, _, rest = name.partition(".")
    if rest:
        return replace(content, caller=replace(content.caller, **{rest: value}))
    return replace(content, **{head: value})


def is_empty(value: object) -> bool:
    """Whether a field's value says nothing (``None``, ``""``, ``False`` or an empty tuple)."""
    return value is None or value == "" or value is False or value == ()


def _proves(key: str, name: str) -> bool:
    """Whether a proof belongs to a field, as a whole or in part (``summary.2``: its second clause)."""
    return key == name or key.startswith(f"{name}.")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the operator is writing: a name of ``FIELDS``, and how many characters stand before (as the
    window counts them; 0 in a field that holds no text)."""

    field: str
    position: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A ticket being written during a call. Of a call's drafts one at most has the ``cursor``."""

    id: str
    call_id: str
    content: TicketContent = field(default_factory=TicketContent)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    rejected: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    cursor: Cursor | None = None
    trail: Trail = ()

    def suggest(self, suggestion: TicketContent) -> Draft:
        """Take over the program's newest suggestion where the operator has not decided."""
        content, proof, origins = self.content, dict(self.content.proof), dict(self.origins)
        for name in FIELDS:
            if origins.get(name) in (Origin.ACCEPTED, Origin.TYPED):
                continue
            value = get_field(suggestion, name)
            if value in self.rejected.get(name, ()):
                value = get_field(TicketContent(), name)
            content = with_field(content, name, value)
            proof = {key: item for key, item in proof.items() if not _proves(key, name)}
            if is_empty(value):
                origins.pop(name, None)
            else:
                origins[name] = Origin.SUGGESTED
                proof |= {key: item for key, item in suggestion.proof.items() if _proves(key, name)}
        return replace(self, content=replace(content, proof=proof), origins=origins)

    def accept(self, name: str) -> Draft:
        """The operator confirms the suggestion of a field."""
        if self.origins.get(name) is not Origin.SUGGESTED:
            return self
        return replace(self, origins={**self.origins, name: Origin.ACCEPTED})

    def accept_all(self) -> Draft:
        """The operator confirms every suggestion that is left."""
        return replace(
            self,
            origins={
                **self.origins,
                **{n: Origin.ACCEPTED for n in self.origins if self.origins[n] is Origin.SUGGESTED},
            },
        )

    def type(self, name: str, value: Any) -> Draft:
        """The operator writes a value; its earlier proof no longer holds."""
        proof = {key: item for key, item in self.content.proof.items() if not _proves(key, name)}
        content = replace(with_field(self.content, name, value), proof=proof)
        return replace(self, content=content, origins={**self.origins, name: Origin.TYPED})

    def citing(self, *cited: Citation) -> Draft:
        """With these articles noted as quoted, each once."""
        known = {one.article_id for one in self.content.citations}
        more = tuple(one for one in cited if one.article_id not in known)
        citations = (*self.content.citations, *more)
        return replace(self, content=replace(self.content, citations=citations)) if more else self

    def continued(self, earlier: Draft) -> Draft:
        """With what an earlier draft of the same matter says, where nothing is decided here.

        Its proof lies in another call's recording and stays there.
        """
        draft = self
        for name in FIELDS:
            value = get_field(earlier.content, name)
            decided = self.origins.get(name) in (Origin.ACCEPTED, Origin.TYPED)
            if not decided and not is_empty(value):
                draft = draft.type(name, value)
        return draft.citing(*earlier.content.citations)

    def reject(self, name: str) -> Draft:
        """The operator refuses the suggestion of a field; the same value will not come again."""
        if self.origins.get(name) is not Origin.SUGGESTED:
            return self
        refused = (*self.rejected.get(name, ()), get_field(self.content, name))
        cleared = self.type(name, get_field(TicketContent(), name))
        origins = {key: item for key, item in cleared.origins.items() if key != name}
        return replace(cleared, origins=origins, rejected={**self.rejected, name: refused})

    def undone(self, before: Draft, after: Draft) -> Draft:
        """Without the change from ``before`` to ``after``; what else has changed since then stays."""
        names = changed_fields(before, after)
        content, proof = self.content, dict(self.content.proof)
        origins, rejected = dict(self.origins), dict(self.rejected)
        for name in names:
            content = with_field(content, name, get_field(before.content, name))
            proof = {key: item for key, item in proof.items() if not _proves(key, name)}
            proof |= {k: item for k, item in before.content.proof.items() if _proves(k, name)}
            _put_back(origins, before.origins, name)
            _put_back(rejected, before.rejected, name)
        content = replace(content, proof=proof)
        return replace(self, content=content, origins=origins, rejected=rejected)

    def traced(self, before: Draft, second: float) -> Draft:
        """With the trail of ``before`` and what the operator changed since then, now at ``second``."""
        at = round(second, 1)
        marks = [
            TrailMark(at, name, kind) for name in FIELDS if (kind := self._done_since(before, name))
        ]
        cited = {one.article_id for one in self.content.citations}
        cited_before = {one.article_id for one in before.content.citations}
        for articles, kind in (
            (cited - cited_before, MarkKind.CITED),
            (cited_before - cited, MarkKind.TAKEN_BACK),
        ):
            marks += [TrailMark(at, CITATIONS, kind, article) for article in sorted(articles)]
        return replace(self, trail=extended(before.trail, marks))

    def _done_since(self, before: Draft, name: str) -> MarkKind | None:
        """What happened to a field between ``before`` and this draft."""
        if len(self.rejected.get(name, ())) > len(before.rejected.get(name, ())):
            return MarkKind.REJECTED
        origin = self.origins.get(name)
        same = get_field(self.content, name) == get_field(before.content, name)
        if same and origin is before.origins.get(name):
            return None
        kinds = {Origin.TYPED: MarkKind.TYPED, Origin.ACCEPTED: MarkKind.ACCEPTED}
        return MarkKind.TAKEN_BACK if origin is None else kinds.get(origin, MarkKind.TAKEN_BACK)


def changed_fields(before: Draft, after: Draft) -> frozenset[str]:
    """Names of what differs between two drafts: value, origin, or what was rejected."""
    return frozenset(
        name
        for name in (*FIELDS, CITATIONS, JOINS)
        if get_field(before.content, name) != get_field(after.content, name)
        or before.origins.get(name) != after.origins.get(name)
        or before.rejected.get(name) != after.rejected.get(name)
    )


def _put_back(now: dict[str, T], then: Mapping[str, T], name: str) -> None:
    now.pop(name, None)
    if name in then:
        now[name] = then[name]
