"""From the loose values of a file to an ``Article``: names, lists, dates, limits."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from knowledge_base.analysis import normalise
from knowledge_base.article import Article

MAX_BODY = 500_000
MAX_LINE = 2_000
MAX_ITEMS = 500
NAMES = {
    "编号": "id",
    "标题": "title",
    "正文": "body",
    "话术": "spoken",
    "问法": "questions",
    "同义词": "synonyms",
    "分类": "category",
    "地区": "region",
    "发文机关": "issuer",
    "文号": "document_number",
    "来源": "source",
    "生效日期": "effective",
    "失效日期": "expires",
    "责任人": "owner",
    "复核日期": "review",
}
_FIELDS = frozenset(Article.__slots__) - {"version"}
_LISTS = frozenset({"questions", "synonyms"})
_DATES = frozenset({"effective", "expires", "review"})
CALCULATED = ("=", "+", "-", "@", "'", "\t", "\r")
"""What a cell begins with that a spreadsheet might calculate; an apostrophe before it keeps it text."""
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class BadArticle(Exception):
    """An article that cannot be taken, with the code of the sentence that says so."""

    code: str
    detail: str


def article_of(values: Mapping[str, object], place: str = "") -> Article:
    """The article with these values under their English or Chinese names; unknown names are ignored.

    ``place`` says where in the file they stood. Raises ``BadArticle``. Without an id, one is derived
    from title and region: the same each time.
    """
    named = {
        NAMES.get(str(key).strip().lower(), str(key).strip().lower()): v for key, v in values.items()
    }
    texts: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    dates: dict[str, date | None] = {}
    for name in _FIELDS:
        value = named.get(name)
        if name in _LISTS:
            lists[name] = _list(name, value, place)
        elif name in _DATES:
            dates[name] = _date(name, value, place)
        else:
            texts[name] = _text(name, value, place)
    if not texts["title"]:
        raise BadArticle("IMPORT_NO_TITLE", place)
    first, last = dates["effective"], dates["expires"]
    if first and last and first > last:
        raise BadArticle("IMPORT_DATE", f"{place} {first} > {last}".strip())
    if not texts["id"]:
        texts["id"] = derived_id(texts["title"], texts["region"])
    return Article(version=1, **texts, **lists, **dates)  # type: ignore[arg-type]


def derived_id(title: str, region: str) -> str:
    """A stable id for an article that has none."""
    wording = "".join(normalise(f"{title}|{region}").split())
    return "t-" + hashlib.blake2s(wording.encode(errors="replace"), digest_size=8).hexdigest()


def _text(name: str, value: object, place: str) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple, dict)):
        raise BadArticle("IMPORT_FIELD", f"{place} {name}".strip())
    text = _CONTROL.sub(" ", str(value)).strip()
    if name != "body":
        text = " ".join(text.split())
    if len(text) > (MAX_BODY if name == "body" else MAX_LINE):
        raise BadArticle("IMPORT_TOO_LONG", f"{place} {name}: {len(text)}".strip())
    return text


def _list(name: str, value: object, place: str) -> tuple[str, ...]:
    if isinstance(value, str):
        value = _items(value)
    elif value is None:
        value = []
    elif not isinstance(value, (list, tuple)):
        raise BadArticle("IMPORT_FIELD", f"{place} {name}".strip())
    if len(value) > MAX_ITEMS:
        raise BadArticle("IMPORT_TOO_LONG", f"{place} {name}: {len(value)}".strip())
    items = (_text(name, item, place) for item in value)
    return tuple(dict.fromkeys(item for item in items if item))


def _items(words: str) -> list[object]:
    """The items in a cell: separated, or as JSON where they hold separators themselves."""
    if words.startswith("["):
        with contextlib.suppress(ValueError, RecursionError):
            items = json.loads(words)
            if isinstance(items, list):
                return items
    return list(re.split(r"[;；|\n]", words))


def _date(name: str, value: object, place: str) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    text = str(value).strip()
    if not text:
        return None
    match = _DATE.fullmatch(text)
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass  # a day that is not in the calendar: reported below like any other bad date
    raise BadArticle("IMPORT_DATE", f"{place} {name}: {text[:40]}".strip())
