"""Every parser of what comes from outside, given changed files and messages by hypothesis.

A sound example is changed in its bytes, or in its JSON; a parser may take it or refuse it with a
sentence for the user (``UserError``; over HTTP a status below 500). Anything else is a crash.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.errors import UserError

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

EXAMPLES = 300
Try = Callable[[bytes], None]


@dataclass(frozen=True)
class Parser:
    """A parser with sound examples of what it reads."""

    name: str
    sound: tuple[bytes, ...]
    read: Try


def run(data: Path | None, examples: int = EXAMPLES) -> dict[str, Any]:
    """The figures; ``crashes`` has the shortest input found for each parser that crashed."""
    del data
    if importlib.util.find_spec("hypothesis") is None:
        return {"skipped": "needs the development packages (hypothesis)"}
    from bench.fuzzed_parsers import all_parsers

    logging.disable(logging.CRITICAL)  # refusals are the point here
    begun, crashes, inputs, refused = time.perf_counter(), list[str](), 0, 0
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jiesu-fuzz-")))
            parsers = all_parsers(folder, stack)
            for parser in parsers:
                for sound in parser.sound:
                    _as_it_should(parser, sound)
                tried, no, crash = fuzz(parser, examples)
                inputs, refused = inputs + tried, refused + no
                crashes += [crash] if crash else []
    finally:
        logging.disable(logging.NOTSET)
    return {
        "parsers": len(parsers),
        "names": [parser.name for parser in parsers],
        "inputs": inputs,
        "refused": refused,
        "crashed": len(crashes),
        "crashes": crashes,
        "seconds": round(time.perf_counter() - begun, 1),
    }


def _as_it_should(parser: Parser, sound: bytes) -> None:
    """The unchanged example must be taken, or changing it would show nothing."""
    try:
        parser.read(sound)
    except UserError as error:
        raise RuntimeError(f"{parser.name} refuses its sound example: {error}") from error


def fuzz(parser: Parser, examples: int) -> tuple[int, int, str]:
    """How many inputs were tried and refused, and the shortest that crashed the parser, if any."""
    from hypothesis import HealthCheck, Phase, given, settings

    counts = [0, 0]

    def try_one(content: bytes) -> None:
        counts[0] += 1
        try:
            parser.read(content)
        except UserError:
            counts[1] += 1

    chosen = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
    )
    try:
        chosen(given(content=changed(parser.sound))(try_one))()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what was looked for
        where = traceback.extract_tb(error.__traceback__)[-1]
        notes = " ".join(getattr(error, "__notes__", []))
        at = f"{Path(where.filename).name}:{where.lineno}"
        return counts[0], counts[1], f"{parser.name}: {error!r:.200} at {at} {notes:.400}"
    return counts[0], counts[1], ""


def changed(sound: tuple[bytes, ...]) -> SearchStrategy[bytes]:
    """Sound examples changed in one to four places, and bytes that never were one."""
    from hypothesis import strategies as st

    edits = st.lists(
        st.tuples(
            st.integers(0, 2**16),
            st.sampled_from(("cut", "put", "set", "twice", "end")),
            st.one_of(st.binary(max_size=12), st.sampled_from(_NASTY_BYTES)),
        ),
        min_size=1,
        max_size=4,
    )
    in_bytes = st.tuples(st.sampled_from(sound), edits).map(lambda drawn: _edited(*drawn))
    trees = [json.loads(one) for one in sound if _is_json(one)]
    if not trees:
        return st.one_of(in_bytes, st.binary(max_size=200))
    nodes = st.lists(
        st.tuples(st.integers(0, 2**16), st.one_of(_any_json(), st.sampled_from(_NASTY_VALUES))),
        min_size=1,
        max_size=4,
    )
    in_tree = st.tuples(st.sampled_from(trees), nodes).map(lambda drawn: _replanted(*drawn))
    return st.one_of(in_tree, in_tree, in_bytes, st.binary(max_size=200))


_NASTY_BYTES = (
    *(b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"[" * 5000, b"9" * 400, b"\r\n\r\n", b'"', b"\n,,,,,\n"),
    *(b"NaN", b"-Infinity", b"1e999", b"&a [*a]", b"%00", "\u202e".encode(), b"=cmd|' /C calc'!A0"),
)
_NASTY_VALUES: tuple[Any, ...] = (
    *("", "\0", "\ud800", "a" * 70_000, "../../etc/passwd", "2026-99-99T00:00:00Z", "٣", "0x10"),
    *(-1, 2**63, 2**70, 1e308, True, None, [], {}, [[]], {"": ""}, "9999-12-31T23:59:59+23:59"),
)


def _any_json() -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    simple = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    return st.recursive(
        simple,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    )


def _is_json(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict | list)
    except ValueError:
        return False


def _edited(content: bytes, edits: list[tuple[int, str, bytes]]) -> bytes:
    for place, kind, new in edits:
        at = place % (len(content) + 1)
        if kind == "cut":
            content = content[:at] + content[at + 1 + len(new) :]
        elif kind == "put":
            content = content[:at] + new + content[at:]
        elif kind == "set":
            content = content[:at] + new + content[at + len(new) :]
        elif kind == "twice":
            content = content[:at] + content[max(0, at - 40) :]
        else:
            content = content[:at]
    return content


def _replanted(tree: Any, nodes: list[tuple[int, Any]]) -> bytes:
    tree = json.loads(json.dumps(tree))
    for place, new in nodes:
        spots = list(_spots(tree))
        if spots:
            holder, key = spots[place % len(spots)]
            holder[key] = json.loads(json.dumps(new))
    return json.dumps(tree, ensure_ascii=True).encode()


def _spots(tree: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(tree, dict | list):
        for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
            yield tree, key
            yield from _spots(tree[key])
