"""Write ``docs/settings.md`` from the declarations in ``app/settings.py``."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.declared import rules  # noqa: E402
from app.settings import Settings  # noqa: E402

TARGET = ROOT / "docs" / "settings.md"
KINDS = {str: "string", int: "integer", float: "number"}
HEAD = """# Settings

Kept in `settings.json` in the seat's folder. This page is made from `app/settings.py` by
`tools/write_settings_doc.py`.

| name | type | default | what it does |
|---|---|---|---|
"""


def settings_page() -> str:
    """The whole page."""
    lines = []
    for name, rule in rules(Settings).items():
        kind = " or ".join(f"`{choice}`" for choice in rule.choices) or KINDS[rule.kind]
        value = getattr(Settings(), name)
        default = f"`{value}`" if value != "" else "(empty)"
        lines.append(f"| `{name}` | {kind} | {default} | {rule.description} |\n")
    return HEAD + "".join(lines)


if __name__ == "__main__":
    TARGET.write_text(settings_page(), encoding="utf-8")
