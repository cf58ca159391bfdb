"""Who handles a request: rules first, and room for what practice teaches.

The rules are a voter beside others (``app.dispatch.voting``); ``combine`` turns all their votes into
ranked suggestions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from app.dispatch.catalogue import CatalogueItem, PlaceRule
from app.dispatch.limits import DANGER_HOURS
from app.dispatch.units import Unit, UnitDirectory, UnitLevel, bundled_units, units_in_force
from app.dispatch.voting import Case, Vote, Voter
from app.domain.ticket import Handling, RequestType, UnitRole, UnitSuggestion
from resources.loader import read_yaml
from resources.texts import text as sentence

STREET, DISTRICT_GOVERNMENT, POLICE, FIRE, RESCUE = (
    "街道",
    "区政府",
    "公安分局",
    "市消防救援总队",
    "市急救中心",
)
TRAFFIC_POLICE = "市交管局"
PROMISED_TRUST, MOST_PROMISED = 0.93, 3
"""What the operator told the caller binds more than a catalogue match by words."""
_LINES = {"119": FIRE, "120": RESCUE, "110": POLICE, "122": TRAFFIC_POLICE}


@dataclass(frozen=True)
class RuleVoter:
    """The rules of the catalogue, the place and the risks."""

    directory: UnitDirectory = field(default_factory=bundled_units)

    def votes(self, case: Case) -> Iterator[Vote]:
        """Votes of the first rule that applies; the weights keep the order of the rules."""
        if case.handling is Handling.OTHER_CHANNEL:
            return
        if case.handling is Handling.EMERGENCY:
            yield from self._emergency(case)
        elif case.is_group:
            yield from self._group(case)
        else:
            if case.item is None:
                yield from self._unknown(case, "dispatch.unknown_item")
            else:
                yield from self._by_catalogue(case, case.item)
            yield from self._promised(case)

    def _by_catalogue(self, case: Case, item: CatalogueItem) -> Iterator[Vote]:
        lead, reason = self._lead(case, item)
        unit, fallen_back = self._unit(lead, case)
        trust = 0.45 + 0.5 * case.confidence
        if unit is None:
            yield from self._unknown(case, "dispatch.unknown_place")
            return
        if fallen_back:
            reason += sentence("dispatch.place_missing", "zh", unit=unit.name)
            trust *= 0.7
        yield Vote(unit.name, UnitRole.LEAD, trust, reason)
        helpers = [(kind, *self._unit(kind, case)) for kind in self._assisting(case, item, lead)]
        helpers.sort(key=lambda helper: helper[2])
        for rank, (kind, helper, is_stand_in) in enumerate(helpers):
            if helper is not None:
                words = sentence("dispatch.assist", "zh", code=item.code, name=item.name, kind=kind)
                if is_stand_in:
                    words += sentence("dispatch.place_missing", "zh", unit=helper.name)
                yield Vote(helper.name, UnitRole.ASSIST, trust * 0.75 * 0.85**rank, words)

    def _lead(self, case: Case, item: CatalogueItem) -> tuple[str, str]:
        """The kind that leads, and the rule in words. Words of ownership go before the catalogue."""
        for owner in _owners():
            if item.lead in owner["instead_of"]:
                said = next((word for word in owner["words"] if word in case.text), None)
                if said:
                    name = sentence(
                        "dispatch.by_owner", "zh", code=item.code, said=said, kind=owner["kind"]
                    )
                    return owner["kind"], name
        rule = sentence(f"dispatch.rule_{item.place_rule.value}", "zh")
        words = sentence(
            "dispatch.lead", "zh", code=item.code, name=item.name, kind=item.lead, rule=rule
        )
        return item.lead, words

    @staticmethod
    def _assisting(case: Case, item: CatalogueItem, lead: str) -> list[str]:
        kinds = [kind for kind in (item.lead, *item.assist) if kind != lead]
        if STREET not in kinds and lead != STREET and item.place_rule is not PlaceRule.CITY:
            kinds.append(STREET)
        return kinds

    def _unit(self, kind: str, case: Case) -> tuple[Unit | None, bool]:
        """The unit of a kind for the case's place; the body above it while the place is unknown."""
        unit = self.directory.resolve(kind, case.district, case.street)
        fallen_back = False
        while unit is None and kind in self.directory.kinds:
            above = self.directory.kinds[kind].above
            if above is None:
                return None, True
            # A district without a body of this kind has the one above do the work: no doubt there.
            fallen_back = fallen_back or not self._place_known(kind, case)
            kind, unit = above, self.directory.resolve(above, case.district, case.street)
        return unit, fallen_back

    def _place_known(self, kind: str, case: Case) -> bool:
        level = self.directory.kinds[kind].level
        return case.street is not None if level is UnitLevel.STREET else case.district is not None

    def _promised(self, case: Case) -> Iterator[Vote]:
        """Bodies the operator named to the caller as those who get the request, in that order."""
        found = []
        for row in _spoken():
            places = [at for word in row["words"] if (at := case.promised.find(word)) >= 0]
            if places:
                found.append((min(places), row["kind"]))
        for rank, (at, kind) in enumerate(sorted(found)[:MOST_PROMISED]):
            unit, fallen_back = self._unit(kind, case)
            if unit is not None:
                trust = PROMISED_TRUST * 0.8**rank * (0.7 if fallen_back else 1.0)
                role = UnitRole.LEAD if rank == 0 else UnitRole.ASSIST
                words = sentence(
                    "dispatch.promised", "zh", said=case.promised[at : at + 6].rstrip("，。")
                )
                yield Vote(unit.name, role, trust, words)

    def _unknown(self, case: Case, reason: str) -> Iterator[Vote]:
        """Abstain: the district government coordinates, the street assists."""
        district = self.directory.resolve(DISTRICT_GOVERNMENT, case.district)
        street = self.directory.resolve(STREET, case.district, case.street)
        words = sentence(reason, "zh")
        if district is not None:
            yield Vote(district.name, UnitRole.LEAD, 0.4, words)
        if street is not None:
            yield Vote(street.name, UnitRole.ASSIST, 0.35, sentence("dispatch.local", "zh"))

    def _group(self, case: Case) -> Iterator[Vote]:
        words = sentence("dispatch.group", "zh", risks="、".join(case.risks) or "—")
        line = case.item.lead if case.item is not None else None
        local = STREET if case.street else DISTRICT_GOVERNMENT
        order = (local, POLICE) if case.street else (POLICE, local)
        kinds = [*order, *((line,) if line and line not in order else ())]
        for rank, kind in enumerate(kinds):
            unit, _ = self._unit(kind, case)
            if unit is not None:
                role = UnitRole.LEAD if kind in order else UnitRole.ASSIST
                yield Vote(unit.name, role, 0.92 - 0.05 * rank, words)

    def _emergency(self, case: Case) -> Iterator[Vote]:
        """The rescuers of the line, the enterprise or bureau of the item, the place."""
        kinds: list[str] = []
        rescuer = _LINES.get(case.emergency_line or "")
        if case.item is not None and case.item.lead != STREET:
            kinds.append(case.item.lead)
        if rescuer:
            # A body leads before the rescuers only where its own matter is the danger.
            own_danger = case.item is not None and case.item.limit_hours == DANGER_HOURS
            kinds.insert(len(kinds) if own_danger else 0, rescuer)
        kinds += [kind for kind in (case.item.assist if case.item else ()) if kind not in kinds]
        if STREET not in kinds:
            kinds.append(STREET)
        words = sentence("dispatch.emergency", "zh", line=case.emergency_line or "—")
        units = (self._unit(kind, case)[0] for kind in kinds)
        names = dict.fromkeys(unit.name for unit in units if unit is not None)
        for rank, name in enumerate(names):  # one unit may stand for two kinds: it has one vote
            role = UnitRole.LEAD if rank == 0 else UnitRole.ASSIST
            yield Vote(name, role, 0.92 * 0.9**rank, words)


@cache
def _owners() -> Sequence[dict[str, Any]]:
    """Whose thing it is by the words that name it (lines, operators, brands)."""
    rows: Sequence[dict[str, Any]] = read_yaml("units", "owners.yaml")
    return rows


@cache
def _spoken() -> Sequence[dict[str, Any]]:
    """How bodies are called in speech."""
    rows: Sequence[dict[str, Any]] = read_yaml("units", "spoken.yaml")
    return rows


def combine(votes: Iterable[Vote], limit: int = 5) -> tuple[UnitSuggestion, ...]:
    """Votes as ranked suggestions: agreement strengthens (noisy or), the strongest role holds.

    A vote against takes its share from the score; it never brings a unit up by itself.
    """
    found: dict[str, list[Vote]] = {}
    for vote in votes:
        found.setdefault(vote.unit, []).append(vote)
    suggestions = []
    for unit, group in found.items():
        doubt, left = 1.0, 1.0
        for vote in group:
            doubt *= 1 - min(max(vote.weight, 0.0), 0.99)
            left *= 1 + max(min(vote.weight, 0.0), -1.0)
        if doubt == 1.0:
            continue
        strongest = max(group, key=lambda vote: vote.weight)
        reasons = tuple(dict.fromkeys(vote.reason for vote in group))
        suggestions.append(UnitSuggestion(unit, strongest.role, round((1 - doubt) * left, 4), reasons))
    return tuple(sorted(suggestions, key=lambda s: -s.score)[:limit])


@lru_cache(maxsize=2)
def _rules(directory: UnitDirectory) -> RuleVoter:
    return RuleVoter(directory)


def suggest_units(
    item: CatalogueItem | None,
    district: str | None,
    street: str | None,
    handling: Handling | None = None,
    risks: Iterable[str] = (),
    text: str = "",
    *,
    type: RequestType | None = None,
    confidence: float = 1.0,
    emergency_line: str | None = None,
    promised: str = "",
    voters: Sequence[Voter] = (),
) -> tuple[UnitSuggestion, ...]:
    """Units for a request, best first. ``voters`` add to the rules (practice, returns, a model)."""
    case = Case(
        item, district, street, handling, tuple(risks), text, type, confidence, emergency_line, promised
    )
    return combine(vote for voter in (_rules(units_in_force()), *voters) for vote in voter.votes(case))
