"""Import: what each format gives, and that no file, however bad, stops the batch."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.importers import READERS, ImportProblem, read_paths
from knowledge_base.importers.batch import Import
from knowledge_base.importers.decoding import decoded
from knowledge_base.search import KnowledgeBase
from knowledge_base.store import FolderStore
from resources.texts import text

MARKDOWN = """---
id: permit
title: 居住证怎么办
spoken: 住满半年可以办。
questions:
- 暂住证怎么办
- 办居住证要多久
synonyms: 暂住证；绿本
category: 户籍
region: 北京市
effective: 2026-01-01
expires: 2026年12月31日
---

## 条件

住满六个月。
"""


def problems_of(path: Path) -> list[str]:
    return [problem.code for problem in read_paths([path])[1]]


def test_a_markdown_file_gives_every_field(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(MARKDOWN, encoding="utf-8")
    (article,), problems = read_paths([tmp_path])
    assert problems == ()
    assert (article.id, article.title, article.spoken) == ("permit", "居住证怎么办", "住满半年可以办。")
    assert article.questions == ("暂住证怎么办", "办居住证要多久")
    assert article.synonyms == ("暂住证", "绿本")
    assert (article.effective, article.expires) == (date(2026, 1, 1), date(2026, 12, 31))
    assert article.body == "## 条件\n\n住满六个月。"


def test_markdown_without_front_matter_takes_its_heading_and_a_stable_id(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# 路灯不亮怎么报修\n\n说清灯杆编号。", encoding="utf-8")
    (first,), _ = read_paths([tmp_path])
    (again,), _ = read_paths([tmp_path / "a.md"])
    assert (first.title, first.body) == ("路灯不亮怎么报修", "说清灯杆编号。")
    assert first.id == again.id != ""


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_may_have_chinese_headings_lists_and_quoted_lines(
    tmp_path: Path, separator: str
) -> None:
    rows = [
        ["编号", "标题", "正文", "问法", "生效日期"],
        ["r1", "停水怎么办", '"第一行\n第二行"', "没水了|水停了", "2026/1/5"],
    ]
    table = "\n".join(separator.join(row) for row in rows)
    (tmp_path / "t.csv").write_text(table, encoding="utf-8-sig")
    (article,), problems = read_paths([tmp_path])
    assert problems == ()
    assert article.body == "第一行\n第二行"
    assert article.questions == ("没水了", "水停了")
    assert article.effective == date(2026, 1, 5)


def test_bad_rows_and_lines_are_named_and_the_good_ones_kept(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,title,effective\n1,好,\n2,,\n3,坏,2026-13-40\n4,也好,\n")
    lines = [
        json.dumps({"id": "x", "title": "行"}),
        "{oops",
        "[1]",
        '{"title": ["a"]}',
        "",
        '{"body": 1}',
    ]
    (tmp_path / "l.jsonl").write_text("\n".join(lines), encoding="utf-8")
    articles, problems = read_paths([tmp_path])
    assert {article.title for article in articles} == {"好", "也好", "行"}
    assert [(p.code, p.detail.split(":")[0]) for p in problems] == [
        ("IMPORT_JSON", "line 2"),
        ("IMPORT_JSON", "line 3"),
        ("IMPORT_FIELD", "line 4"),
        ("IMPORT_NO_TITLE", "line 6"),
        ("IMPORT_NO_TITLE", "line 3"),
        ("IMPORT_DATE", "line 4"),
    ]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk", "big5"]
)
def test_usual_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    plain = "居住证怎么办" if encoding != "big5" else "戶口怎麼辦理"
    content = (
        f"---\ntitle: {plain}\n---\n\n請問市民服務熱線的電話。\n" if encoding == "big5" else MARKDOWN
    )
    (tmp_path / "a.md").write_bytes(content.encode(encoding))
    (article,), problems = read_paths([tmp_path])
    assert problems == ()
    assert article.title == plain


HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty.md": (b"", "IMPORT_EMPTY"),
    "blank.csv": (b" \n\n \n", "IMPORT_EMPTY"),
    "picture.md": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "IMPORT_ENCODING"),
    "zeros.jsonl": (b"\0" * 5000, "IMPORT_ENCODING"),
    "nul.md": (MARKDOWN.replace("半年", "半\0年").encode(), "IMPORT_ENCODING"),
    "archive.csv": (b"PK\x03\x04" + os.urandom(4000), "IMPORT_ENCODING"),
    "half.md": (b"\xff\xfe" + "标".encode("utf-16-le")[:1], "IMPORT_ENCODING"),
    "bomb.md": (
        b"---\na: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(
            b"%c: &%c [*%c,*%c,*%c,*%c]\n" % (c, c, c - 1, c - 1, c - 1, c - 1) for c in range(98, 110)
        )
        + b"title: x\n---\n",
        "IMPORT_FRONT_MATTER",
    ),
    "deep.md": (b"---\ntitle: " + b"[" * 20_000 + b"\n---\n", "IMPORT_FRONT_MATTER"),
    "nested.md": (
        b"---\ntitle: " + b"{a: " * 300 + b"1" + b"}" * 300 + b"\n---\n",
        "IMPORT_FRONT_MATTER",
    ),
    "object.md": (b"---\ntitle: !!python/object/apply:os.system [id]\n---\n", "IMPORT_FRONT_MATTER"),
    "broken.md": (b"---\ntitle: [\n  - }\n---\ntext", "IMPORT_FRONT_MATTER"),
    "list.md": (b"---\n- a\n- b\n---\ntext", "IMPORT_FRONT_MATTER"),
    "long_front.md": (b"---\ntitle: x\n" + b"a: b\n" * 20_000 + b"---\n", "IMPORT_FRONT_MATTER"),
    "bad_day.md": (b"---\ntitle: x\neffective: 2026-02-31\n---\n", "IMPORT_FRONT_MATTER"),
    "untitled.md": ("只有正文，没有标题。".encode(), "IMPORT_NO_TITLE"),
    "turned.md": (b"---\ntitle: x\neffective: 2026-02-01\nexpires: 2025-01-01\n---\n", "IMPORT_DATE"),
    "long_title.md": (b"---\ntitle: " + b"x" * 3000 + b"\n---\n", "IMPORT_TOO_LONG"),
    "long_body.md": (b"---\ntitle: t\n---\n" + b"x" * 500_001, "IMPORT_TOO_LONG"),
    "many.md": (b"---\ntitle: x\nquestions: [" + b"q," * 900 + b"]\n---\n", "IMPORT_TOO_LONG"),
    "headless.csv": ("甲,乙\n一,二\n".encode(), "IMPORT_NO_HEADER"),
    "wide.csv": (b"id,title\n1,a,b,c,d\n", "IMPORT_FIELD"),
    "field.csv": (b'id,title\n1,"' + b"x" * 1_100_000 + b'"\n', "IMPORT_TABLE"),
    "line.jsonl": (b'{"title":"' + b"x" * 1_100_000 + b'"}', "IMPORT_TOO_LONG"),
    "deep.jsonl": (b"[" * 100_000, "IMPORT_JSON"),
    "number.jsonl": (b'{"title":' + b"9" * 10_000 + b"}", "IMPORT_JSON"),
    "huge.md": (b"x" * (65 * 1024 * 1024), "IMPORT_TOO_LARGE"),
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    for name, (content, _) in HOSTILE.items():
        (folder / name).write_bytes(content)
    (folder / "good.md").write_text(MARKDOWN, encoding="utf-8")
    (folder / "folder.md").mkdir()
    (folder / ".hidden.md").write_text("# 藏着")
    os.symlink(folder, folder / "loop")
    return folder


@pytest.mark.parametrize("name", HOSTILE)
def test_a_bad_file_is_named_with_its_reason(hostile: Path, name: str) -> None:
    assert problems_of(hostile / name) == [HOSTILE[name][1]]


def test_a_folder_of_bad_files_gives_the_good_ones_and_a_sentence_for_each_bad_one(
    hostile: Path, empty: KnowledgeBase
) -> None:
    seen: list[tuple[int, int]] = []
    missing = [hostile / "missing.md", hostile / "report.docx"]
    report = empty.import_paths([hostile, *missing], lambda done, total: seen.append((done, total)))
    assert report.imported == 1
    assert empty.search("居住证")[0].article.id == "permit"
    assert sorted(p.path for p in report.problems) == sorted(
        str(path) for path in [*missing, *(hostile / name for name in HOSTILE)]
    )
    for problem in report.problems:
        for language in ("zh", "en"):
            sentence = text(
                f"errors.{problem.code}", language, path=problem.path, detail=problem.detail
            )
            assert problem.path in sentence
    assert seen[-1] == (len(HOSTILE) + 3, len(HOSTILE) + 3)


def test_of_two_articles_with_one_id_the_first_stays(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nid: same\ntitle: 甲\n---\n", encoding="utf-8")
    (tmp_path / "b.md").write_text("---\nid: same\ntitle: 乙\n---\n", encoding="utf-8")
    (tmp_path / "c.md").write_text("---\nid: same\ntitle: 甲\n---\n", encoding="utf-8")
    articles, problems = read_paths([tmp_path])
    assert [article.title for article in articles] == ["甲"]
    assert problems == (ImportProblem(str(tmp_path / "b.md"), "IMPORT_DUPLICATE_ID", "same: a.md"),)


def test_importing_twice_changes_nothing_the_second_time(tmp_path: Path, empty: KnowledgeBase) -> None:
    (tmp_path / "a.md").write_text(MARKDOWN, encoding="utf-8")
    first, second = (empty.import_paths([tmp_path / "a.md"]) for _ in range(2))
    assert (first.imported, first.unchanged) == (1, 0)
    assert (second.imported, second.unchanged) == (0, 1)


def test_a_cancelled_import_keeps_what_it_read_and_goes_on_later(
    tmp_path: Path, empty: KnowledgeBase
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(10):
        (folder / f"{number}.md").write_text(f"# 第{number}件事", encoding="utf-8")
    asked: list[int] = []

    def cancel() -> bool:
        asked.append(1)
        return len(asked) > 4

    report = empty.import_paths([folder], cancel=cancel)
    assert (report.imported, report.left, empty.count()) == (4, 6, 4)
    steps: list[tuple[int, int]] = []
    report = empty.import_paths([folder], lambda done, total: steps.append((done, total)))
    assert (report.imported, report.unchanged, report.left, empty.count()) == (6, 0, 0, 10)
    assert steps[0] == (5, 10)
    assert steps[-1] == (10, 10)
    assert empty.import_paths([folder]).unchanged == 10


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=400), kind=st.sampled_from(sorted(READERS)))
def test_any_bytes_give_articles_or_problems(content: bytes, kind: str) -> None:
    found = decoded(content)
    if found is not None:
        for result in READERS[kind](found, "name"):
            assert result.title if hasattr(result, "title") else result.code


@settings(max_examples=150, deadline=None)
@given(content=st.text(alphabet="-: [],{}&*!#\n\"'|>%@`标题title;", max_size=120))
def test_any_front_matter_gives_an_article_or_a_problem(content: str) -> None:
    (result,) = READERS[".md"](f"---\n{content}\n---\n正文", "name")
    assert result.title if hasattr(result, "title") else result.code


def test_an_import_names_near_duplicates(tmp_path: Path) -> None:
    body = "停水后请先查看公告，再拨打供水热线报修，二十四小时有人值守。" * 3
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.md").write_text(f"# 停水怎么办\n\n{body}", encoding="utf-8")
    (tmp_path / "in" / "b.md").write_text(f"# 停水了怎么办\n\n{body}", encoding="utf-8")
    (tmp_path / "in" / "c.md").write_text("# 暖气不热\n\n请联系供热单位测温。", encoding="utf-8")
    store = FolderStore(tmp_path / "store")
    report = Import(store, tmp_path / "journal").run([tmp_path / "in"])
    names = {article.id: article.title for article in store.current()}
    assert [{names[first], names[second]} for first, second, _ in report.alike] == [
        {"停水怎么办", "停水了怎么办"}
    ]
    assert Import(store, tmp_path / "journal").run([tmp_path / "in"]).alike == ()
