"""Batches of texts: every line gets its result, a bad one is named and does not stop the others."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from app.batch import MAX_LINE, suggest_batch
from app.intake.analyst import RuleAnalyst
from resources.errors import UserError

ANALYST = RuleAnalyst()


def batch(tmp_path: Path, data: bytes) -> list[tuple[dict[str, object], UserError | None]]:
    path = tmp_path / "batch.jsonl"
    path.write_bytes(data)
    return list(suggest_batch(ANALYST, path))


def test_each_line_gets_its_ticket_under_its_own_id(tmp_path: Path) -> None:
    lines = [
        {"id": "a", "text": "朝阳区望京街道花家地西里停水了"},
        {"id": 7, "text": "operator: 您好\ncaller: 我想咨询居住证怎么办理"},
    ]
    data = "\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    first, second = [result for result, _ in batch(tmp_path, b"\xef\xbb\xbf" + data.encode())]
    assert (first["id"], second["id"]) == ("a", 7)
    assert json.loads(json.dumps(first))["tickets"][0]["district"] == "朝阳区"
    assert json.loads(json.dumps(second))["tickets"][0]["type"] == "咨询"


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"[]",
        b"null",
        b'{"id": 1}',
        b'{"text": "x"}',
        b'{"id": 1, "text": 5}',
        b'{"id": {}, "text": "x"}',
        '{"id": 1, "text": "煤气味很浓"}'.encode("gbk"),
        b"[" * 100_000,
        b'{"id": 1, "text": "' + b"a" * MAX_LINE + b'"}',
    ],
    ids=lambda line: f"{len(line)}-{line[:12]!r}",
)
def test_a_bad_line_is_named_and_the_next_one_read(tmp_path: Path, line: bytes) -> None:
    good = '{"id": "good", "text": "路灯坏了"}'.encode()
    (bad, problem), (fine, nothing) = batch(tmp_path, line + b"\n" + good)
    assert problem is not None
    assert (problem.code, bad["line"], bad["error"]) == ("BATCH_LINE", 1, "BATCH_LINE")
    assert problem.message("zh")
    assert problem.message("en")
    assert fine["id"] == "good"
    assert nothing is None


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="BATCH_UNREADABLE"):
        list(suggest_batch(ANALYST, tmp_path / "none.jsonl"))


def test_twenty_lines_take_less_than_a_second_of_processor_time(tmp_path: Path) -> None:
    line = json.dumps({"id": 1, "text": "丰台区方庄街道芳古园一区暖气不热，麻烦尽快处理"}).encode()
    batch(tmp_path, line)
    began = time.process_time()
    assert len(batch(tmp_path, b"\n".join([line] * 20))) == 20
    assert time.process_time() - began < 3
