"""Drills on the command line."""

from __future__ import annotations

import json

from resources.loader import resource_path

CASE = resource_path("scenarios", "105-praise-village.yaml")


def test_a_perfect_and_a_silent_trainee(run) -> None:
    perfect = run("drill", "run", CASE, "--json")
    assert perfect.status == 0, perfect.err
    assert perfect.json["total"] == 100
    silent = run("drill", "run", CASE, "--trainee", "silent", "--language", "en")
    assert silent.status == 0
    assert "0.0 points" in silent.out.splitlines()[0]


def test_lint_and_schema(run, tmp_path) -> None:
    assert run("drill", "lint", "--json").json["findings"] == []
    broken = tmp_path / "case.yaml"
    broken.write_text("format: 2\nid: x\nopening: a\ncategories: ['99']\n", encoding="utf-8")
    ended = run("drill", "lint", broken, "--json")
    assert ended.status == 2
    assert {finding["kind"] for finding in ended.json["findings"]} == {"category", "incomplete"}
    assert "opening" in json.loads(run("drill", "schema").out)["properties"]


def test_what_cannot_be_held_is_said_in_one_line(run, tmp_path) -> None:
    for arguments, code in (
        ((tmp_path / "none.yaml",), "CASE_UNREADABLE"),
        ((CASE, "--mode", "play-along"), "DRILL_MODE"),
        ((CASE, "--trainee", tmp_path / "none.json"), "DRILL_STEPS_BROKEN"),
    ):
        ended = run("drill", "run", *arguments)
        assert ended.status == 2
        assert ended.err.startswith(code)
        assert len(ended.err.strip().splitlines()) == 1


def test_a_forged_exam_result_is_refused(run, tmp_path) -> None:
    path = tmp_path / "exam.json"
    path.write_text('{"result": {}, "key": "00", "signature": "00"}', encoding="utf-8")
    ended = run("drill", "verify", path)
    assert ended.status == 2
    assert ended.err.startswith("EXAM_UNREADABLE")
