"""An article's Markdown as HTML that fits below headings which are there already."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").disable("image")


def parsed(body: str, below: int = 1) -> Sequence[Token]:
    """The parts of a body; its first heading is one level under ``below``, none skips a level."""
    tokens = _markdown().parse(body)
    levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    top, before = min(levels, default=1), below
    for token in tokens:
        if token.type == "heading_open":
            before = min(int(token.tag[1]) - top + below + 1, before + 1, 6)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{before}"
    return tokens


def rendered(body: str, below: int = 1) -> str:
    """The body as HTML; raw HTML in it stays text, images are left out, wide tables can be moved."""
    written = _markdown().renderer.render(parsed(body, below), _markdown().options, {})
    written = re.sub(r"<table>", '<div class="scroll" tabindex="0" role="region"><table>', written)
    return written.replace("</table>", "</table></div>").replace("<th>", '<th scope="col">')
