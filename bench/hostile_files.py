"""A folder of good, broken and malicious documents, and how an import gets through it.

All files are made here. Two small editors' files stand for each kind; everything else is hostile.
"""

from __future__ import annotations

import io
import resource
import struct
import tempfile
import time
import zipfile
import zlib
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from knowledge_base.search import KnowledgeBase
from knowledge_base.store import FolderStore

HUGE = 300 * 1024 * 1024
TEXT = (
    "居住证怎么办理\n在京居住六个月以上的，可以申请。自2026年1月1日起施行。\n材料：身份证、居住证明。"
)
HAN = TEXT.encode("utf-16-be").hex().upper()
ENCODINGS = ("utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "big5")
_TRADITIONAL = (
    "居住證怎麼辦理\n在京居住六個月以上的，可以到派出所申請辦理，請準備身分證與居住證明文件。"
)
_REFUSED = frozenset({"doc", "xls", "zip", "exe", "png", "pages"})


def docx(paragraphs: int = 3) -> bytes:
    """A Word document with a heading and paragraphs."""
    import docx as word

    document = word.Document()
    document.add_heading("供暖服务规定", 1)
    for number in range(paragraphs):
        document.add_paragraph(f"第{number + 1}条 供暖期室温不低于十八度，不达标的由供热单位处理。")
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def xlsx(rows: int = 3) -> bytes:
    """A workbook of articles."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["编号", "标题", "正文"])
    for number in range(rows):
        sheet.append([f"x{number}", f"停水怎么办之{number}", "拨打供水抢修电话。"])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def pdf(content: bytes | None = None, pages: int = 1, filters: str = "") -> bytes:
    """A PDF with Chinese text in a standard font; ``content`` replaces its page."""
    drawn = content or f"BT /F 12 Tf 50 700 Td <{HAN}> Tj ET".encode()
    kids = " ".join(f"{5 + number} 0 R" for number in range(pages))
    inside = "/Contents 3 0 R/Resources<</Font<</F 4 0 R>>>>"
    page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]{inside}>>"
    font = (
        "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UTF16-H/DescendantFonts["
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo"
        "<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>>>]>>"
    )
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {pages}>>".encode(),
        f"<</Length {len(drawn)}{filters}>>stream\n".encode() + drawn + b"\nendstream",
        font.encode(),
        *([page.encode()] * pages),
    ]
    made, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(made)}\n%%EOF"
    return made + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}".encode()


def locked_pdf(algorithm: str) -> bytes:
    """A PDF that needs a password."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    writer.encrypt("secret", algorithm=algorithm)
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


def archive(parts: dict[str, bytes], flags: int = 0) -> bytes:
    """A zip archive."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    packed = bytearray(kept.getvalue())
    if flags:  # mark every entry, as encrypting programs do
        for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            place = packed.find(mark)
            while place >= 0:
                packed[place + at] |= flags
                place = packed.find(mark, place + 4)
    return bytes(packed)


def _changed(archived: bytes, part: str, content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archived)) as before:
        parts = {name: before.read(name) for name in before.namelist()}
    return archive({**parts, part: content})


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "哈">{entities}]><x>&a9;</x>'.encode()


def _pages() -> dict[str, bytes]:
    page = "<html><head><title>居住证</title></head><body><h1>居住证</h1><p>{}</p></body></html>"
    return {
        **{f"page-{name}.html": page.format(TEXT).encode(name) for name in ENCODINGS[:-1]},
        "page-big5.html": page.replace("居住证", "居住證").format(_TRADITIONAL).encode("big5"),
        "deep.html": b"<div>" * 200_000 + "深".encode(),
        "wide.html": b"<p>" + b"a " * 2_000_000,
        "unclosed.html": ("<p>没有结束<table><tr><td>" + TEXT).encode(),
        "script-only.html": b"<html><script>alert(1)</script></html>",
        "entity.html": _laughs(),
        "null.html": b"<p>\0\0\0</p>" * 100,
        "binary.html": bytes(range(256)) * 400,
    }


def _documents() -> dict[str, bytes]:
    word, table = docx(), xlsx()
    bomb = b"<a>" + b" " * HUGE
    return {
        "good.docx": word,
        "long.docx": docx(400),
        "cut.docx": word[: len(word) // 2],
        "flipped.docx": word[:400] + bytes(b ^ 0x55 for b in word[400:900]) + word[900:],
        "locked.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000),
        "locked-zip.docx": archive({"word/document.xml": b"x"}, flags=1),
        "bomb.docx": archive({"word/document.xml": bomb, "[Content_Types].xml": b""}),
        "laughs.docx": _changed(word, "word/document.xml", _laughs()),
        "foreign-file.docx": _changed(word, "word/document.xml", _outside()),
        "empty-archive.docx": archive({}),
        "other-archive.docx": archive({"readme": b"x"}),
        "a-text.docx": TEXT.encode(),
        "good.xlsx": table,
        "cut.xlsx": table[:-300],
        "bomb.xlsx": _changed(table, "xl/worksheets/sheet1.xml", bomb),
        "laughs.xlsx": _changed(table, "xl/worksheets/sheet1.xml", _laughs()),
        "locked.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000),
        "not-a-table.xlsx": _changed(table, "xl/worksheets/sheet1.xml", b"<worksheet/>"),
        "a-pdf.xlsx": pdf(),
        "many-parts.xlsx": archive({f"xl/{number}.xml": b"<a/>" for number in range(6000)}),
    }


def _outside() -> bytes:
    return b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'


def _portable() -> dict[str, bytes]:
    good = pdf()
    flate = "/Filter/FlateDecode"
    deep = b"[" * 200_000 + b"]" * 200_000
    return {
        "good.pdf": good,
        "many-pages.pdf": pdf(pages=300),
        "cut.pdf": good[: len(good) // 2],
        "no-xref.pdf": good[: good.rfind(b"xref\n0")],
        "flipped.pdf": good[:200] + bytes(b ^ 0x2A for b in good[200:500]) + good[500:],
        "locked-rc4.pdf": locked_pdf("RC4-128"),
        "locked-aes.pdf": locked_pdf("AES-256"),
        "bomb.pdf": pdf(zlib.compress(bytes(HUGE), 1), filters=flate),
        "twice-bomb.pdf": pdf(
            zlib.compress(zlib.compress(bytes(HUGE), 1), 9),
            filters="/Filter[/FlateDecode/FlateDecode]",
        ),
        "scan.pdf": pdf(b"q 1 0 0 1 0 0 cm Q"),
        "deep.pdf": pdf(deep + b" Tj"),
        "endless-text.pdf": pdf(b"BT /F 12 Tf " + f"<{HAN}> Tj ".encode() * 8_000 + b"ET"),
        "self-parent.pdf": good.replace(b"/Kids[5 0 R]", b"/Kids[2 0 R]"),
        "many-claimed.pdf": good.replace(b"/Count 1", b"/Count 9"),
        "a-page.pdf": b"<html>PDF</html>",
        "only-head.pdf": b"%PDF-1.7",
    }


def _tables_and_texts() -> dict[str, bytes]:
    table = "编号,标题,正文\nr{},停水怎么办,{}\n"
    texts = {f"text-{name}.txt": TEXT.encode(name) for name in ENCODINGS[:-1]}
    tables = {
        f"table-{name}.csv": table.format(name, "拨打供水抢修电话").encode(name)
        for name in ENCODINGS[:-1]
    }
    return {
        **texts,
        **tables,
        "text-big5.txt": _TRADITIONAL.encode("big5"),
        "random.txt": zlib.compress(TEXT.encode() * 50),
        "nul.md": b"# a\0b\n" * 10,
        "bad-row.csv": "id,title\n1,好\n2,多,了\n".encode(),
        "quote.csv": b'id,title,body\n1,a,"never closed\n' * 3,
        "lines.jsonl": '{"id":"j1","title":"好"}\n{坏\n[1]\n{"id":"j2"}\n'.encode(),
        "deep.jsonl": b"[" * 100_000 + b"\n",
        "laughs.md": b"---\na: &a [x,x]\nb: &b [*a,*a]\ntitle: t\n---\n",
        "empty.md": b"",
        **{f"other.{kind}": b"MZ" + bytes(100) for kind in sorted(_REFUSED)},
    }


def hostile_folder(folder: Path) -> int:
    """Write all files, one of ``HUGE`` bytes among them; how many."""
    files = {**_pages(), **_documents(), **_portable(), **_tables_and_texts()}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with (folder / "huge.pdf").open("wb") as huge:
        huge.write(struct.pack("5s", b"%PDF-"))
        huge.truncate(HUGE)
    (folder / "folder.md").mkdir()
    return len(files) + 1


def run(data: Path | None) -> dict[str, Any]:
    """Files, articles, what was named, seconds, and the most memory of this and the reading process."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "files").mkdir()
        count = hostile_folder(root / "files")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with closing(KnowledgeBase(FolderStore(root / "store"), root / "index")) as knowledge:
            begin = time.perf_counter()
            report = knowledge.import_paths([root / "files"])
            took = time.perf_counter() - begin
            named = {Path(one.path).name for one in report.problems}
            return {
                "files": count,
                "files_taken": count - len(named),
                "files_named": len(named),
                "articles": knowledge.count(),
                "reasons": dict(Counter(one.code for one in report.problems)),
                "seconds": round(took, 1),
                "grown_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024),
                "reader_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
            }
