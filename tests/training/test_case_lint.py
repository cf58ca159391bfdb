"""The bundled cases are clean, and what an author gets wrong is named."""

from collections import Counter

import pytest
import yaml

from app.training.lint import Directory, bundled_directory, lint_files, lint_scenario
from app.training.scenario import Scenario, bundled_scenarios, load_scenario
from resources.loader import resource_path
from resources.texts import text

ARTICLES = [path.stem for path in resource_path("articles").glob("*.md")]


@pytest.fixture(scope="module")
def directory() -> Directory:
    return bundled_directory()


def test_every_bundled_case_is_clean(directory: Directory) -> None:
    findings = lint_files(bundled_scenarios(), directory, ARTICLES)
    assert [finding.message("en") for finding in findings] == []


def test_the_sample_calls_are_clean(directory: Directory) -> None:
    calls = sorted(resource_path("calls").glob("*.json"))
    assert [finding.message("en") for finding in lint_files(calls, directory)] == []


def test_there_are_enough_cases_on_every_level_and_over_the_catalogue() -> None:
    cases = [load_scenario(path) for path in bundled_scenarios()]
    levels = Counter(case.level for case in cases)
    assert len(cases) >= 20
    assert min(levels[level] for level in (1, 2, 3)) >= 5
    assert len({case.categories[0][:2] for case in cases}) >= 12
    assert len({case.reference.handling for case in cases}) == 6
    assert {event.kind.value for case in cases for event in case.events} == {
        *("line_drop", "second_caller", "noise", "server_down", "server_up")
    }
    assert any(fact.wrong_first for case in cases for fact in case.facts)


def water() -> dict:
    return yaml.safe_load(resource_path("scenarios", "101-water-outage.yaml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("category", {"reference": {"category": "999999"}}),
        ("unit", {"reference": {"units": ["朝阳区月球局"]}}),
        ("district", {"reference": {"district": "月亮区"}}),
        ("street", {"reference": {"street": "方庄街道"}}),
        ("untold", {"reference": {"phone": "13900000000"}}),
        ("untold", {"reference": {"surname": "欧阳"}}),
        ("untold", {"reference": {"place": "红庙南里"}}),
        ("article", {"reference": {"articles": ["no-such-article"]}}),
        ("incomplete", {"reference": {"subject": None}}),
        ("incomplete", {"reference": {"handling": "emergency"}}),
        ("incomplete", {"reference": {"handling": "other_channel"}}),
        ("incomplete", {"reference": {"district": None}}),
        ("unreachable", {"facts": [{"id": "a", "says": "红庙北里孙一三八零零一三八零一一"}]}),
        ("no_question", {"expects": {"questions": ["greeting"]}}),
        ("model_lacks", {"expects": {"must": ["停电"]}}),
        ("model_has", {"expects": {"never": ["停水"]}}),
        ("words", {"expects": {"words": {"soothe": "好"}}}),
    ],
)
def test_a_mistake_is_named(directory: Directory, kind: str, change: dict) -> None:
    data = water()
    for part, value in change.items():
        data[part] = {**data[part], **value} if isinstance(value, dict) else value
    findings = lint_scenario(Scenario.model_validate(data), directory, frozenset(ARTICLES))
    assert kind in {finding.kind for finding in findings}
    assert all(text(f"training.lint.{finding.kind}", "zh") for finding in findings)


def test_unreadable_and_double_cases_are_findings(tmp_path, directory: Directory) -> None:
    good = resource_path("scenarios", "101-water-outage.yaml").read_bytes()
    for name, content in (("a.yaml", good), ("b.yaml", good), ("c.yaml", b"[")):
        (tmp_path / name).write_bytes(content)
    kinds = [finding.kind for finding in lint_files(sorted(tmp_path.iterdir()), directory)]
    assert kinds == ["same_id", "unreadable"]
