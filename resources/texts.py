"""Every sentence the product says, in Chinese and English, looked up by key.

The tables are YAML files in ``text/<language>/<area>.yaml``; a key is ``area.name``.
"""

from __future__ import annotations

from functools import cache

from resources.loader import read_yaml, resource_path

LANGUAGES = ("zh", "en")


@cache
def _table(language: str, area: str) -> dict[str, str]:
    """One area's sentences by their whole key; read when the first of them is said."""
    file = f"{area}.yaml"
    if not area.isidentifier() or not resource_path("text", language, file).is_file():
        return {}
    table = read_yaml("text", language, file) or {}
    return {f"{area}.{name}": str(sentence) for name, sentence in table.items()}


def keys(language: str) -> frozenset[str]:
    """All keys that have a sentence in ``language``."""
    areas = sorted(file.stem for file in resource_path("text", language).glob("*.yaml"))
    return frozenset(key for area in areas for key in _table(language, area))


def text(key: str, language: str, **values: object) -> str:
    """The sentence for ``key`` with ``{placeholders}`` filled in.

    Raises ``KeyError`` for an unknown key: a missing sentence is a bug, found by the tests.
    """
    sentence = _table(language, key.partition(".")[0])[key]
    return sentence.format_map(values) if values else sentence
