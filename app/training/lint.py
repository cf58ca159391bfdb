"""What the author of a case must mend before it is played; each finding names case and place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.dispatch.catalogue import Catalogue, bundled_catalogue
from app.dispatch.units import UnitDirectory, bundled_units
from app.domain.ticket import Handling
from app.intake.numerals import digit, house_numbers
from app.training.scenario import Scenario, load_scenario
from app.training.topics import TopicKind, topics, topics_in
from resources.errors import UserError
from resources.places import Gazetteer, bundled_gazetteer
from resources.texts import text

_PLACELESS = (Handling.ANSWER, Handling.OTHER_CHANNEL)


@dataclass(frozen=True, slots=True)
class CaseFinding:
    """One thing to mend. ``kind`` names its sentence, ``detail`` the value it is about."""

    case: str
    kind: str
    detail: str = ""

    def message(self, language: str) -> str:
        """The finding in words."""
        return f"{self.case}: {text(f'training.lint.{self.kind}', language, detail=self.detail)}"


@dataclass(frozen=True, slots=True)
class Directory:
    """What a case is held against."""

    catalogue: Catalogue
    units: UnitDirectory
    gazetteer: Gazetteer


def bundled_directory() -> Directory:
    """The catalogue, units and places in force."""
    return Directory(bundled_catalogue(), bundled_units(), bundled_gazetteer())


def lint_files(
    paths: Iterable[Path], directory: Directory, articles: Iterable[str] = ()
) -> tuple[CaseFinding, ...]:
    """All findings of the files; a file that is no case is a finding too."""
    findings: list[CaseFinding] = []
    names: dict[str, Path] = {}
    known = frozenset(articles)
    for path in paths:
        try:
            scenario = load_scenario(path)
        except UserError as error:
            findings.append(CaseFinding(path.name, "unreadable", str(error.values["detail"])))
            continue
        if names.setdefault(scenario.id, path) != path:
            findings.append(CaseFinding(path.name, "same_id", scenario.id))
        findings += lint_scenario(scenario, directory, known)
        if scenario.audio and not path.with_name(Path(scenario.audio).name).is_file():
            findings.append(CaseFinding(scenario.id, "audio_missing", scenario.audio))
    return tuple(findings)


def lint_scenario(
    scenario: Scenario, directory: Directory, articles: frozenset[str] = frozenset()
) -> tuple[CaseFinding, ...]:
    """Findings of one case."""
    checks = (
        *_names(scenario, directory),
        *_told(scenario),
        *_reachable(scenario),
        *_expected(scenario),
        *(
            ("article", name)
            for name in scenario.reference.articles
            if articles and name not in articles
        ),
    )
    return tuple(CaseFinding(scenario.id, kind, detail) for kind, detail in checks)


Check = Iterator[tuple[str, str]]


def _names(scenario: Scenario, directory: Directory) -> Check:
    """Names of the truth that the catalogue, the directory or the map does not know."""
    truth = scenario.reference
    codes = directory.catalogue.by_code
    for code in (*scenario.categories, *filter(None, (truth.category,)), *truth.category_ok):
        if code not in codes:
            yield "category", code
    for name in truth.units:
        unit = directory.units.by_name(name)
        if unit is None or (scenario.facts and not scenario.turns and unit.name != name):
            yield "unit", name
    if truth.district and directory.gazetteer.district(truth.district) is None:
        yield "district", truth.district
    for street in filter(None, (truth.street, *truth.street_ok)):
        if not directory.gazetteer.streets_named(street, truth.district):
            yield "street", street


def _told(scenario: Scenario) -> Check:
    """Facts of the truth that nobody tells: the trainee could not know them."""
    said = "".join((scenario.opening, *(fact.says for fact in scenario.facts)))
    said += "".join(turn.text for turn in scenario.turns)
    digits = "".join(digit(character) or "" for character in said)
    truth = scenario.reference
    if truth.phone and truth.phone not in digits:
        yield "untold", truth.phone
    plain = house_numbers(said).replace("，", "").replace("、", "")
    for value in filter(None, (truth.name, truth.surname)):
        if value not in plain:
            yield "untold", value
    if truth.place and any(one not in plain for one in truth.place):
        yield "untold", truth.place


def _reachable(scenario: Scenario) -> Check:
    """Facts that no question releases, and events that wait for one of them."""
    for fact in scenario.facts:
        askable = any(topics()[name].kind is TopicKind.QUESTION for name in fact.topics)
        if fact.withheld and not askable and not fact.asked_by:
            yield "unreachable", fact.id
    for name in scenario.expects.questions:
        if topics()[name].kind is not TopicKind.QUESTION:
            yield "no_question", name


def _expected(scenario: Scenario) -> Check:
    """A truth that is incomplete or contradicts itself."""
    truth, wanted = scenario.reference, scenario.expects
    if not truth.type or not truth.handling or not truth.subject:
        yield "incomplete", "type, handling, subject"
    if truth.handling is Handling.EMERGENCY and not truth.emergency_line:
        yield "incomplete", "emergency_line"
    if truth.handling is Handling.OTHER_CHANNEL and not truth.channel:
        yield "incomplete", "channel"
    if truth.handling and truth.handling not in _PLACELESS and not truth.district:
        yield "incomplete", "district"
    model = f"{truth.subject or ''}\n{truth.summary or ''}"
    for word in wanted.must:
        if word not in model:
            yield "model_lacks", word
    for word in wanted.never:
        if word in model:
            yield "model_has", word
    for name, words in wanted.words.items():
        if name not in topics_in(words):
            yield "words", name
