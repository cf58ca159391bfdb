"""Cases of both versions are read strictly; the format is told as JSON Schema."""

import json
from pathlib import Path

import pytest

from app.training.scenario import case_files, json_schema, load_scenario
from resources.errors import UserError
from resources.loader import resource_path


def test_a_recorded_call_is_a_case_as_it_is() -> None:
    case = load_scenario(resource_path("calls", "01-water-outage.json"))
    assert case.opening.startswith("你好，我们小区从昨天晚上八点开始停水")
    assert [fact.topics for fact in case.facts] == [("place",), ("name", "phone")]
    assert case.expects.questions == ("place", "name", "phone")
    assert "greeting" in case.expects.phrases
    assert case.reference.phone == "13800138001"
    assert len(case.turns) == 7


def test_a_case_survives_being_written_and_read(tmp_path: Path) -> None:
    case = load_scenario(resource_path("calls", "03-bbq-fumes.json"))
    path = tmp_path / "again.json"
    path.write_text(case.model_dump_json(exclude_defaults=False), encoding="utf-8")
    assert load_scenario(path) == case


def test_the_schema_describes_every_part() -> None:
    schema = json_schema()
    assert {"opening", "facts", "events", "reference", "expects", "turns"} <= schema[
        "properties"
    ].keys()
    assert schema["additionalProperties"] is False
    json.dumps(schema)


BASE = "format: 2\nid: x\nopening: 你好\n"
BROKEN = [
    b"",
    b"\xff\xfe\x00",
    b"[]",
    b"null",
    b"format: 3\nid: x\nopening: a",
    b"format: 2\nid: x",
    b"a: &a [1]\nb: *a\n",
    b"!!python/object/apply:os.system ['true']",
    (BASE + "colour: red").encode(),
    (BASE + "level: 9").encode(),
    (BASE + "facts: [{id: a, says: b}, {id: a, says: c}]").encode(),
    (BASE + "facts: [{id: a, says: b, topics: [nothing]}]").encode(),
    (BASE + "facts: [{id: a, says: b, asked_by: ['(']}]").encode(),
    (BASE + "facts: [{id: a, says: b, after: [c]}]").encode(),
    (BASE + "events: [{kind: noise}]").encode(),
    (BASE + "events: [{kind: earthquake, at: 3}]").encode(),
    (BASE + "turns: [{speaker: caller, start: 3, end: 1, text: a}]").encode(),
    (BASE + "reference: {type: 闲聊}").encode(),
    b"{turns: [1]}",
    b"[" * 100_000,
    b"#" * 1_000_001,
]


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_case_is_refused_with_a_code(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "case.yaml"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        load_scenario(path)
    assert caught.value.code == "CASE_UNREADABLE"
    assert "\n" not in str(caught.value)


def test_a_folder_without_cases_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="CASES_MISSING"):
        case_files(tmp_path)
    with pytest.raises(UserError, match="CASE_UNREADABLE"):
        load_scenario(tmp_path / "none.yaml")
