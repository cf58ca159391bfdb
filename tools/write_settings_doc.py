"""Write ``docs/settings.md`` from the declarations in ``app/settings.py`` and their sentences."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.declared import Rule, rules  # noqa: E402
from app.settings import Settings  # noqa: E402
from resources.texts import text  # noqa: E402

TARGET = ROOT / "docs" / "settings.md"
KINDS = {str: "text", int: "whole number", float: "number"}
HOLDS = {"now": "at once", "call": "next call", "start": "next start"}
HEAD = """# Settings

Kept in `settings.json` in the seat's folder and changed on the page of settings. Both that page and
this one are made from `app/settings.py` and `resources/text/*/settings.yaml`, this one by
`tools/write_settings_doc.py`. A value in the file that its setting cannot take is kept there and said
on the page; the default holds.

| name | 设置 | setting | takes | default | holds from | 说明 | what it does |
|---|---|---|---|---|---|---|---|
"""


def settings_page() -> str:
    """The whole page."""
    return HEAD + "".join(_row(name, rule) for name, rule in rules(Settings).items())


def _row(name: str, rule: Rule) -> str:
    value = getattr(Settings(), name)
    unit = f" {text(f'settings.unit_{rule.unit}', 'en')}" if rule.unit else ""
    cells = (
        f"`{name}`",
        *(text(f"settings.{name}", language) for language in ("zh", "en")),
        _takes(rule) + unit,
        f"`{value}`" if value != "" else "(empty)",
        HOLDS[rule.holds],
        *(text(f"settings.{name}_note", language) for language in ("zh", "en")),
    )
    return f"| {' | '.join(cells)} |\n"


def _takes(rule: Rule) -> str:
    if rule.choices:
        return " or ".join(f"`{choice}`" for choice in rule.choices)
    if rule.kind is str:
        return KINDS[str]
    return f"{KINDS[rule.kind]}, {rule.least} to {rule.most}"


if __name__ == "__main__":
    TARGET.write_text(settings_page(), encoding="utf-8")
