"""Every sentence the product says, in Chinese and English, looked up by key.

The tables are YAML files in ``text/<language>/<area>.yaml``; a key is ``area.name``.
"""

from __future__ import annotations

from functools import cache

from resources.loader import read_yaml, resource_path

LANGUAGES = ("zh", "en")


@cache
def _table(language: str) -> dict[str, str]:
    table: dict[str, str] = {}
    for file in sorted(resource_path("text", language).glob("*.yaml")):
        for name, sentence in (read_yaml("text", language, file.name) or {}).items():
            table[f"{file.stem}.{name}"] = str(sentence)
    return table


def keys(language: str) -> frozenset[str]:
    """All keys that have a sentence in ``language``."""
    return frozenset(_table(language))


def text(key: str, language: str, **values: object) -> str:
    """The sentence for ``key`` with ``{placeholders}`` filled in.

    Raises ``KeyError`` for an unknown key: a missing sentence is a bug, found by the tests.
    """
    return _table(language)[key].format_map(values) if values else _table(language)[key]
