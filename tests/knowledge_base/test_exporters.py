"""What is exported comes back as it was, or can be read by the programs it is meant for."""

from __future__ import annotations

import csv
import os
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path

import docx
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.reports.printing import print_pdf
from knowledge_base.article import Article
from knowledge_base.exporters import write_articles
from knowledge_base.importers import read_paths
from knowledge_base.importers.values import BadArticle, article_of
from resources.errors import UserError

BODY = """一句话说明。

## 条件

- 年满 60 周岁；
- 本市户籍

| 材料 | 份数 |
|---|---|
| 身份证 | 1 |

- <script>alert(1)</script>
"""
PENSION = Article(
    *("pension-1", 1, "养老金资格认证", BODY.strip()),
    spoken="您好，每年认证一次。",
    questions=("一年认证几次？", "在哪里；怎么办|理"),
    synonyms=("刷脸",),
    region="北京市",
    effective=date(2024, 1, 31),
    review=date(2027, 1, 1),
)
NASTY = Article("a/../b:c", 1, "=HYPERLINK(1)", "- 减号\n@号\n---\n'引号", questions=("[通知]一", "二"))
TWIN = replace(NASTY, id="A/../B:C", title="+86，“引号”", body="'=1+1")
ARTICLES = (PENSION, NASTY, TWIN)


def export(target: Path, *articles: Article, language: str = "zh") -> Path:
    assert write_articles(articles, target, language, print_pdf) == len(articles)
    assert [path for path in target.parent.iterdir() if path.name.startswith(".")] == []
    return target


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["kb", "kb.csv", "kb.xlsx", "kb.jsonl"])
def test_what_is_exported_is_imported_as_it_was(tmp_path: Path, name: str, language: str) -> None:
    found, problems = read_paths([export(tmp_path / name, *ARTICLES, language=language)])
    assert problems == ()
    assert sorted(found, key=lambda one: one.id) == sorted(ARTICLES, key=lambda one: one.id)


line = st.text(st.characters(categories=["L", "N", "P", "S"]) | st.just(" "), max_size=40)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.fixed_dictionaries(
        {
            "id": line,
            "title": line,
            "body": line,
            "spoken": line,
            "questions": st.lists(line, max_size=3),
        }
    )
)
def test_any_article_comes_back(tmp_path: Path, values: dict[str, object]) -> None:
    try:
        article = article_of(values)
    except BadArticle:
        return
    for name in ("kb.csv", "kb.jsonl"):
        found, problems = read_paths([export(tmp_path / name, article)])
        assert (found, problems) == ((article,), ())


def test_a_spreadsheet_calculates_nothing(tmp_path: Path) -> None:
    with export(tmp_path / "kb.csv", *ARTICLES).open(encoding="utf-8-sig", newline="") as lines:
        cells = [cell for row in csv.reader(lines) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    book = openpyxl.load_workbook(export(tmp_path / "kb.xlsx", *ARTICLES))
    assert "f" not in {cell.data_type for row in book.active.rows for cell in row}


def test_word_and_web_page_are_read_with_headings_lists_and_tables(tmp_path: Path) -> None:
    document = docx.Document(str(export(tmp_path / "kb.docx", *ARTICLES)))
    styles = {paragraph.text: paragraph.style.name for paragraph in document.paragraphs}
    assert styles["养老金资格认证"] == "Heading 1"
    assert styles["条件"] == "Heading 2"
    assert styles["本市户籍"] == "List Bullet"
    assert [cell.text for cell in document.tables[0].rows[1].cells] == ["身份证", "1"]
    page = export(tmp_path / "kb.html", *ARTICLES).read_text(encoding="utf-8")
    assert "<h2>条件</h2>" in page
    assert "生效日期: 2024-01-31" in page
    assert "<script" not in page


def test_a_pdf_holds_the_words(tmp_path: Path) -> None:
    import pypdf

    written = export(tmp_path / "kb.pdf", PENSION)
    words = "".join(page.extract_text() for page in pypdf.PdfReader(written).pages)
    assert "养老金资格认证" in "".join(unicodedata.normalize("NFKC", words).split())


def test_refusals_are_told_and_change_nothing(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("mine")
    old = export(tmp_path / "old.xlsx", PENSION).read_bytes()
    long = replace(PENSION, body="长" * 40_000)
    for target, code in (
        (tmp_path / "kb.exe", "KB_EXPORT_KIND"),
        (taken, "KB_EXPORT_FOLDER"),
        (tmp_path / "old.xlsx", "KB_EXPORT_LONG"),
        (tmp_path / "no" / "such" / "kb.csv", "KB_EXPORT_FAILED"),
        (taken / "mine.txt" / "kb.csv", "KB_EXPORT_FAILED"),
    ):
        with pytest.raises(UserError) as refused:
            write_articles((long,), target, "zh", print_pdf)
        assert refused.value.code == code
    assert (tmp_path / "old.xlsx").read_bytes() == old
    assert os.listdir(taken) == ["mine.txt"]
