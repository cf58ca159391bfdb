"""Articles to be read and printed: one web page, one Word document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from markdown_it.token import Token

from knowledge_base.article import Article
from knowledge_base.exporters.tables import NO_XML, names_of_facts
from knowledge_base.rendering import parsed, rendered

_SHOWN = (
    *("category", "region", "issuer", "document_number", "effective", "expires", "source"),
    *("owner", "review", "id"),
)
_STYLE = (
    "body{font-family:'Noto Sans CJK SC','Microsoft YaHei',sans-serif;line-height:1.6;max-width:46em;"
    "margin:2em auto;padding:0 1em}h1{font-size:1.35em;margin-top:2em}.facts{color:#555;font-size:.9em}"
    ".spoken{border-left:3px solid #888;padding-left:.8em}table{border-collapse:collapse}"
    "td,th{border:1px solid #999;padding:.2em .5em}"
)
_LISTS = {"bullet_list_open": "List Bullet", "ordered_list_open": "List Number"}


def as_page(articles: Sequence[Article], language: str) -> str:
    """One web page without script, with a list of contents; also what a PDF is printed from."""
    names = names_of_facts(language)
    contents, sections = [], []
    for number, article in enumerate(articles):
        title = escape(article.title)
        contents.append(f'<li><a href="#a{number}">{title}</a></li>')
        spoken = f'<p class="spoken">{escape(article.spoken)}</p>' if article.spoken else ""
        sections.append(
            f'<section><h1 id="a{number}">{title}</h1>'
            f'<p class="facts">{escape(_facts_line(article, names))}</p>{spoken}'
            f"{rendered(article.body)}</section>"
        )
    listed = f"<ol>{''.join(contents)}</ol>" if len(articles) > 1 else ""
    title = escape(articles[0].title) if len(articles) == 1 else names["title"]
    return (
        f'<!doctype html><html lang="{"zh-CN" if language == "zh" else language}"><head>'
        f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body>{listed}{''.join(sections)}</body></html>"
    )


def write_docx(articles: Sequence[Article], path: Path, language: str) -> None:
    """One Word document, a heading for each article."""
    import docx

    names = names_of_facts(language)
    document = docx.Document()
    for article in articles:
        document.add_heading(_plain(article.title), 1)
        document.add_paragraph(_plain(_facts_line(article, names)))
        if article.spoken:
            document.add_paragraph(_plain(article.spoken), style="Intense Quote")
        _add_body(document, parsed(article.body))
    document.save(str(path))


def _facts_line(article: Article, names: Mapping[str, str]) -> str:
    return " · ".join(f"{names[name]}: {value}" for name in _SHOWN if (value := getattr(article, name)))


def _add_body(document: Any, tokens: Sequence[Token]) -> None:
    """Headings, paragraphs, lists and tables; emphasis and links keep their words."""
    lists: list[str] = []
    rows: list[list[str]] = []
    heading, in_table = 0, False
    for token in tokens:
        kind = token.type
        if kind in _LISTS:
            lists.append(_LISTS[kind])
        elif kind in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif kind in ("heading_open", "heading_close"):
            heading = int(token.tag[1]) if kind == "heading_open" else 0
        elif kind == "table_open":
            rows, in_table = [], True
        elif kind == "tr_open":
            rows.append([])
        elif kind == "table_close":
            _add_table(document, rows)
            in_table = False
        elif kind in ("fence", "code_block"):
            document.add_paragraph(_plain(token.content.rstrip("\n")))
        elif kind == "inline" and in_table:
            rows[-1].append(_words(token))
        elif kind == "inline" and heading:
            document.add_heading(_words(token), heading)
        elif kind == "inline":
            document.add_paragraph(_words(token), style=lists[-1] if lists else None)


def _add_table(document: Any, rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(len(rows), max(map(len, rows)), style="Table Grid")
    for line, row in zip(table.rows, rows, strict=True):
        for cell, words in zip(line.cells, row, strict=False):
            cell.text = words


def _words(token: Token) -> str:
    breaks = ("softbreak", "hardbreak")
    parts = ("\n" if one.type in breaks else one.content for one in token.children or ())
    return _plain("".join(parts))


def _plain(words: str) -> str:
    return NO_XML.sub(" ", words)
