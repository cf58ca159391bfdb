"""Reports: every form says what the numbers say, templates can be edited, nothing hostile gets in."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from openpyxl import Workbook, load_workbook
from pypdf import PdfReader
from sample_tickets import make_ticket
from sqlalchemy import insert

from app.domain.codec import ticket_to_json
from app.domain.ticket import Category, UnitRole, UnitSuggestion
from app.reports.contents import contents_of
from app.reports.filling import fill_docx, fill_html, fill_xlsx, names_in
from app.reports.kinds import Form, Kind, last_whole, period_with
from app.reports.writing import copy_templates, template_of, write_report
from app.statistics.page import Dashboard
from app.statistics.seat import SeatStatistics
from app.sync.protocol import canonical
from resources.errors import UserError
from resources.loader import resource_path
from server.database import CentreDatabase, default_url
from server.life.attending import attend
from server.schema import ticket as ticket_table
from server.seats import add_seat
from server.statistics.following import follow_tickets
from server.statistics.reporting import kept_reports, make_due_reports, report_content

EVIL = '=HYPERLINK("http://x")<b>{{ title }}</b>\x07'
MORNING = datetime(2026, 11, 20, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 1, tzinfo=UTC)


@pytest.fixture
def page() -> Dashboard:
    units = (UnitSuggestion(EVIL, UnitRole.LEAD, 1.0),)
    sample = make_ticket()
    category = Category("010101", ("a", "b", "c"))
    content = replace(sample.content, units=units, street="望京街道", category=category)
    tickets = [
        replace(make_ticket(), content=content, submitted_at=MORNING + timedelta(minutes=n))
        for n in range(7)
    ]
    with closing(SeatStatistics(lambda: tickets)) as seat:
        shown = seat.dashboard(period_with(Kind.MONTHLY, date(2026, 11, 20)), candidates=True)
    bad = replace(shown.units[0] if shown.units else shown.streets[0], value=EVIL)
    return replace(shown, units=(bad,))


def printed_words(path: Path) -> str:
    """The words of a PDF; a reader may find a radical where a character was printed."""
    words = "".join(one.extract_text() for one in PdfReader(path).pages)
    return "".join(unicodedata.normalize("NFKC", words).split())


@pytest.mark.parametrize("kind", list(Kind))
def test_every_form_says_the_same(page: Dashboard, tmp_path: Path, kind: Kind) -> None:
    paths = write_report(kind, page, tmp_path, "zh", now=NOW)
    assert [path.suffix for path in paths] == [".docx", ".xlsx", ".pdf"]
    assert [path.name for path in sorted(tmp_path.iterdir())] == sorted(path.name for path in paths)
    title = contents_of(kind, page, "zh", NOW)["title"]
    document = Document(str(paths[0]))
    words = "\n".join(
        [p.text for p in document.paragraphs]
        + [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    )
    sheet = load_workbook(paths[1]).worksheets[0]
    cells = [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]
    printed = printed_words(paths[2])
    assert title in words
    assert title in cells
    assert title in printed
    assert "{{ h_" not in words
    assert "7 件" in words
    assert "7件" in printed
    if kind is Kind.MONTHLY:
        assert "工单量" in printed
        assert len(PdfReader(paths[2]).pages) <= 3


def test_what_looks_like_a_formula_or_code_stays_words(page: Dashboard, tmp_path: Path) -> None:
    paths = write_report(Kind.MONTHLY, page, tmp_path, "en", now=NOW)
    sheet = load_workbook(paths[1]).worksheets[0]
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    found = [c.value for row in sheet.iter_rows() for c in row if "HYPERLINK" in str(c.value)]
    assert found == [EVIL.replace("\x07", " ")]
    html = fill_html(template_of(Kind.MONTHLY, "html", None), contents_of(Kind.MONTHLY, page, "en"))
    assert "<b>{{" not in html
    assert "&lt;b&gt;" in html


def test_every_name_of_the_bundled_templates_is_known(page: Dashboard) -> None:
    contents = contents_of(Kind.MONTHLY, page, "zh")
    for path in resource_path("reports").glob("*.docx"):
        document = Document(str(path))
        words = [p.text for p in document.paragraphs]
        words += [c.text for t in document.tables for r in t.rows for c in r.cells]
        for name in names_in(" ".join(words)):
            head, _, field = name.partition(".")
            if head == "chart":
                assert isinstance(contents[field], list), name
                continue
            assert head in contents, name
            assert not field or all(field in row for row in contents[head]), name


def test_a_centre_edits_its_templates(page: Dashboard, tmp_path: Path) -> None:
    own = tmp_path / "own"
    copied = copy_templates(own)
    assert {path.suffix for path in copied} == {".docx", ".xlsx", ".html"}
    (own / "report.html").write_text("<p>本市 {{ period }}</p>", encoding="utf-8")
    assert copy_templates(own) == ()  # what was edited stays
    (path,) = write_report(Kind.DAILY, page, tmp_path / "out", "zh", [Form.PDF], own)
    assert "本市" in printed_words(path)
    document = Document()
    paragraph = document.add_paragraph("期间{{ per")
    paragraph.add_run("iod }}，{{ unknown }}")  # as a word processor may cut it
    document.save(str(own / "report.docx"))
    (path,) = write_report(Kind.DAILY, page, tmp_path / "out", "zh", [Form.DOCX], own)
    words = Document(str(path)).paragraphs[0].text
    assert "2026-11-01" in words
    assert "{{ unknown }}" in words


def test_charts_are_native_and_show_the_rows_of_their_lists(page: Dashboard, tmp_path: Path) -> None:
    word, sheet = write_report(Kind.MONTHLY, page, tmp_path, "zh", [Form.DOCX, Form.XLSX], now=NOW)
    parts = {str(part.partname): part for part in Document(str(word)).part.package.iter_parts()}
    charts = [part for name, part in parts.items() if name.startswith("/word/charts/")]
    assert len(charts) == 4  # volume, categories, places, types; no risk was found
    for chart in charts:
        (inside,) = chart.rels.values()  # what Word opens for "edit data"
        rows = list(load_workbook(BytesIO(inside.target_part.blob)).worksheets[0].values)
        kept = [one for row in rows for one in row if row[1]]
        assert 7 in kept
    book = load_workbook(sheet)
    drawn = book["图表"]._charts
    assert len(drawn) == 4
    for chart in drawn:
        (series,) = chart.series
        title, _, cells = series.val.numRef.f.replace("$", "").rpartition("!")
        numbers = [cell.value for (cell,) in book[title.strip("'")][cells]]
        assert sum(numbers) == 7
        assert [float(one.v) for one in series.val.numRef.numCache.pt] == numbers


def test_a_centre_puts_charts_where_it_wants(page: Dashboard, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    document = Document()
    document.add_paragraph("{{ chart.gaps }}")  # a list without rows
    document.add_paragraph("{{ chart.unknown }}")
    document.save(str(own / "report.docx"))
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["{{ chart.types }}"])
    sheet.append(["{{ volume.name }}", "{{ volume.tickets }}"])
    sheet.append(["{{ types.tickets }}", "{{ types.name }}"])
    sheet.append(["{{ chart.streets }}"])  # whose rows this workbook does not hold
    book.save(own / "report.xlsx")
    word, filled = write_report(Kind.MONTHLY, page, tmp_path / "out", "zh", [Form.DOCX, Form.XLSX], own)
    assert [one.text for one in Document(str(word)).paragraphs] == ["{{ chart.unknown }}"]
    shown = load_workbook(filled).worksheets[0]
    (chart,) = shown._charts
    assert chart.series[0].val.numRef.f.endswith("$A$32:$A$32")  # below the days of the month
    assert shown["A32"].value == 7
    assert shown["A33"].value == "{{ chart.streets }}"


@pytest.mark.parametrize("broken", [b"", b"no archive", b"PK\x03\x04 cut", b"\xff" * 4000])
def test_a_broken_template_is_named(page: Dashboard, tmp_path: Path, broken: bytes) -> None:
    contents = contents_of(Kind.DAILY, page, "zh")
    for fill, suffix in ((fill_docx, ".docx"), (fill_xlsx, ".xlsx")):
        path = tmp_path / f"t{suffix}"
        path.write_bytes(broken)
        with pytest.raises(UserError, match="REPORT_TEMPLATE"):
            fill(path, contents, tmp_path / "out")
    path = tmp_path / "t.html"
    for words in ("{% for x in %}", "{{ ''.__class__.__mro__ }}", "{% include '/etc/passwd' %}"):
        path.write_text(words)
        with pytest.raises(UserError, match="REPORT_TEMPLATE"):
            fill_html(path, contents)


def test_periods_are_whole_and_the_last() -> None:
    day = date(2026, 3, 1)  # a Sunday
    assert last_whole(Kind.DAILY, day).begin == date(2026, 2, 28)
    assert last_whole(Kind.WEEKLY, day).begin == date(2026, 2, 16)
    assert last_whole(Kind.MONTHLY, day).end == date(2026, 2, 28)
    assert period_with(Kind.ISSUES, date(2024, 2, 10)).days == 29


def test_the_centre_makes_each_report_once(tmp_path: Path) -> None:
    with closing(CentreDatabase(default_url(tmp_path))) as database:
        add_seat(database, "seat-1")
        sent = replace(make_ticket(), submitted_at=MORNING)
        with database.write() as connection:
            connection.execute(
                insert(ticket_table).values(
                    id=sent.id,
                    number="JS-1",
                    seat="seat-1",
                    content_hash="0" * 64,
                    payload=canonical(ticket_to_json(sent)).decode(),
                    submitted_at=MORNING,
                    received_at=MORNING,
                )
            )
        attend(database, MORNING)
        follow_tickets(database)
        night = datetime(2026, 11, 20, 17, tzinfo=UTC)  # one o'clock in the city
        assert make_due_reports(database, now=night) == 0
        assert make_due_reports(database, now=NOW) == 3
        assert make_due_reports(database, now=NOW) == 0
        (daily, *_) = kept = kept_reports(database)
        assert {one.form for one in kept} == set(Form)
        assert (daily.kind, daily.begin) == (Kind.DAILY, date(2026, 11, 20))
        content = report_content(database, Kind.DAILY, daily.begin, Form.PDF)
        assert content is not None
        assert content.startswith(b"%PDF")
        december = datetime(2026, 12, 1, 3, tzinfo=UTC)
        assert make_due_reports(database, now=december) == 6  # the month and its candidates


def test_libre_office_opens_them_without_repair(page: Dashboard, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    paths = write_report(Kind.MONTHLY, page, tmp_path, "zh", [Form.DOCX, Form.XLSX], now=NOW)
    for path in paths:
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        out = tmp_path / f"opened{path.suffix}"
        command = [
            office,
            profile,
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(out),
            str(path),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=100)
        (opened,) = out.glob("*.pdf")
        assert "月通报" in printed_words(opened)
