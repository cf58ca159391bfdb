"""Answers of GeoReport v2 as JSON and as XML, errors included."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from starlette.responses import Response

Fields = Mapping[str, Any]
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class GeoReportError(Exception):
    """Answer with this status and sentence, in the format that was asked for."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.description = description


def written(kind: str, root: str, item: str, items: Sequence[Fields], status: int = 200) -> Response:
    """A list of things: in JSON an array, in XML ``<root><item>…``."""
    if kind == "json":
        return _json(list(items), status)
    top = ElementTree.Element(root)
    for fields in items:
        _add(ElementTree.SubElement(top, item), fields)
    return _xml(top, status)


def written_one(kind: str, root: str, fields: Fields) -> Response:
    """One thing: in JSON an object, in XML ``<root>…``."""
    if kind == "json":
        return _json(fields, 200)
    top = ElementTree.Element(root)
    _add(top, fields)
    return _xml(top, 200)


def written_error(kind: str, error: GeoReportError) -> Response:
    """An error as the specification wants it: a list with one entry."""
    fields = {"code": error.status, "description": error.description}
    return written(kind, "errors", "error", [fields], error.status)


def _json(value: Any, status: int) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, status, media_type="application/json; charset=utf-8")


def _xml(top: ElementTree.Element, status: int) -> Response:
    body = ElementTree.tostring(top, encoding="utf-8", xml_declaration=True)
    return Response(body, status, media_type="text/xml; charset=utf-8")


def _add(parent: ElementTree.Element, fields: Fields) -> None:
    for name, value in fields.items():
        child = ElementTree.SubElement(parent, name)
        if isinstance(value, Mapping):
            _add(child, value)
        elif isinstance(value, list):
            for one in value:
                _add(ElementTree.SubElement(child, name.removesuffix("s")), one)
        elif value is not None:
            shown = str(value).lower() if isinstance(value, bool) else str(value)
            child.text = _UNWRITABLE.sub("\ufffd", shown)
