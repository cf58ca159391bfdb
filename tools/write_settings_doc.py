"""Write ``docs/settings.md`` from the declarations in ``app/settings.py``."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.settings import Settings  # noqa: E402

TARGET = ROOT / "docs" / "settings.md"
HEAD = """# Settings

Kept in `settings.json` in the seat's folder. This page is made from `app/settings.py` by
`tools/write_settings_doc.py`.

| name | type | default | what it does |
|---|---|---|---|
"""


def settings_page() -> str:
    """The whole page."""
    lines = []
    for name, schema in Settings.model_json_schema()["properties"].items():
        choices = schema.get("enum")
        kind = " or ".join(f"`{choice}`" for choice in choices) if choices else schema["type"]
        default = f"`{schema['default']}`" if schema["default"] != "" else "(empty)"
        lines.append(f"| `{name}` | {kind} | {default} | {schema['description']} |\n")
    return HEAD + "".join(lines)


if __name__ == "__main__":
    TARGET.write_text(settings_page(), encoding="utf-8")
