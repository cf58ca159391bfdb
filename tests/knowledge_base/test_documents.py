"""Documents: Word, Excel, PDF and web pages become answer-sized articles; hostile ones are named."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from bench.hostile_files import docx, hostile_folder, pdf, xlsx
from knowledge_base.article import Article
from knowledge_base.importers import read_paths
from knowledge_base.importers.apart import DocumentReader
from knowledge_base.importers.values import BadArticle
from knowledge_base.search import KnowledgeBase


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    assert hostile_folder(folder) >= 60
    return folder


def read(path: Path, content: bytes | str) -> tuple[Article, ...]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    articles, problems = read_paths([path])
    assert problems == ()
    return articles


def test_a_long_word_document_becomes_one_article_per_clause_with_its_path(tmp_path: Path) -> None:
    articles = read(tmp_path / "rules.docx", docx(400))
    assert len(articles) == 400
    assert articles[2].title == "供暖服务规定 · 第3条"
    assert articles[2].body.startswith("第3条 供暖期室温")
    assert len({article.id for article in articles}) == 400


def test_a_short_document_stays_whole_and_knows_its_dates(tmp_path: Path) -> None:
    (article,) = read(tmp_path / "permit.pdf", pdf())
    assert article.title == "permit"
    assert "在京居住六个月以上" in article.body
    assert article.effective == date(2026, 1, 1)
    assert article.source == "permit"


def test_rows_of_a_workbook_are_articles(tmp_path: Path) -> None:
    articles = read(tmp_path / "table.xlsx", xlsx(3))
    assert [article.id for article in articles] == ["x0", "x1", "x2"]
    assert articles[0].title == "停水怎么办之0"


def test_a_web_page_is_read_without_its_frame(tmp_path: Path) -> None:
    page = (
        "<html><head><title>办事指南</title><script>var x=1</script></head><body><nav>首页</nav>"
        "<h1>居住证</h1><p>到派出所<b>申请</b>。</p><h2>材料</h2><ul><li>身份证</li></ul></body></html>"
    )
    (article,) = read(tmp_path / "page.html", page)
    assert article.title == "居住证"
    assert article.body == "到派出所申请。\n\n## 材料\n\n身份证"


def test_long_markdown_is_cut_along_its_headings(tmp_path: Path) -> None:
    parts = [f"## 第{n}部分\n\n" + f"这是第{n}部分的说明。" * 40 for n in range(1, 5)]
    articles = read(tmp_path / "m.md", "# 指南\n\n" + "\n\n".join(parts))
    assert [article.title for article in articles] == [f"指南 · 第{n}部分" for n in range(1, 5)]


def test_two_documents_of_one_title_are_two_articles(tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        (tmp_path / name).write_text(f"<title>通知</title><p>内容{name}。</p>", encoding="utf-8")
    articles, problems = read_paths([tmp_path])
    assert [article.title for article in articles] == ["通知", "通知"]
    assert problems == ()


def test_a_folder_of_hostile_files_gives_what_can_be_read_and_names_the_rest(
    hostile: Path, empty: KnowledgeBase
) -> None:
    report = empty.import_paths([hostile])
    reasons = {Path(one.path).name: one.code for one in report.problems}
    files = {file.name for file in hostile.iterdir() if file.is_file()}
    assert report.left == 0
    assert empty.count() == report.imported > 500
    taken = files - set(reasons)
    assert {"good.docx", "good.xlsx", "good.pdf", "text-gbk.txt", "page-big5.html"} <= taken
    assert {"page-utf-16-be.html", "text-utf-16-le.txt", "table-gb18030.csv"} <= taken
    expected = {
        "cut.docx": "IMPORT_DOCUMENT",
        "bomb.docx": "IMPORT_TOO_LARGE",
        "bomb.xlsx": "IMPORT_TOO_LARGE",
        "bomb.pdf": "IMPORT_DOCUMENT",
        "huge.pdf": "IMPORT_TOO_LARGE",
        "laughs.docx": "IMPORT_DOCUMENT",
        "locked-aes.pdf": "IMPORT_LOCKED",
        "locked.docx": "IMPORT_LOCKED",
        "scan.pdf": "IMPORT_NO_TEXT",
        "other.doc": "IMPORT_UNKNOWN_KIND",
        "random.txt": "IMPORT_ENCODING",
    }
    assert {name: reasons.get(name) for name in expected} == expected


def test_no_document_brings_in_a_file_of_the_machine(hostile: Path) -> None:
    articles, _ = read_paths([hostile / "foreign-file.docx"])
    assert not any("root:" in article.body for article in articles)


def test_a_document_that_takes_too_long_is_given_up_and_the_next_is_read(tmp_path: Path) -> None:
    (tmp_path / "slow.pdf").write_bytes(pdf(pages=1500))
    (tmp_path / "good.pdf").write_bytes(pdf())
    with closing(DocumentReader(within_s=0.05)) as hasty:
        (given_up,) = hasty.read(tmp_path / "slow.pdf")
        assert isinstance(given_up, BadArticle)
        assert given_up.code == "IMPORT_TOO_SLOW"
    with closing(DocumentReader()) as reader:
        assert isinstance(reader.read(tmp_path / "good.pdf")[0], Article)
