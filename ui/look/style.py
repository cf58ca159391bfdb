"""The design system as data: colour roles, the 4-pixel grid, the type scale; and what Qt gets of it.

Roles come from ``resources/themes/<name>.yaml``, the style sheet from ``desk.qss`` beside them.
"""

from __future__ import annotations

from functools import cache
from string import Template
from typing import NamedTuple

from PySide6.QtGui import QColor, QFont, QPalette

from resources.loader import read_text, read_yaml, resource_path
from ui.look.sizes import grown, grown_sheet

GRID = 4
"""Pixels; every distance is a multiple."""
BODY, HEAD, NOTE, TITLE, CLOCK = 14, 16, 12, 18, 18
"""The type scale in pixels at 100 % text size."""
CHIP = 24
"""The height of a chip with its border."""

SANS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Microsoft YaHei UI",
    "Microsoft YaHei",
)
MONO = ("Cascadia Mono", "SF Mono", "Menlo", "Consolas", "DejaVu Sans Mono", "Noto Sans Mono CJK SC")

AA = 4.5
"""The contrast that WCAG 2 level AA asks of normal text."""
AAA, PARTS = 7.0, 3.0
"""What level AAA asks of text, and AA of the borders of parts: both kept by the high-contrast theme."""
TEXT_PAIRS = (
    ("ink", "window"),
    ("ink", "panel"),
    ("ink", "accent_soft"),
    ("ink", "warn_soft"),
    ("ink", "bad_soft"),
    ("ink", "ok_soft"),
    ("ink", "highlight"),
    ("muted", "window"),
    ("muted", "panel"),
    ("muted", "accent_soft"),
    ("muted", "warn_soft"),
    ("muted", "highlight"),
    ("faint", "window"),
    ("faint", "panel"),
    ("accent", "panel"),
    ("accent", "window"),
    ("accent", "accent_soft"),
    ("on_accent", "accent"),
    ("ok", "panel"),
    ("ok", "window"),
    ("ok", "ok_soft"),
    ("warn", "panel"),
    ("warn", "window"),
    ("warn", "warn_soft"),
    ("bad", "panel"),
    ("bad", "window"),
    ("bad", "bad_soft"),
    ("panel", "warn"),
    ("caller", "panel"),
    ("operator", "panel"),
)
"""(text, ground): every combination the desk paints; ``faint`` is what disabled parts say."""


class Roles(NamedTuple):
    """What a colour means; the values are ``#rrggbb``."""

    window: str
    panel: str
    line: str
    frame: str
    edge: str
    ink: str
    muted: str
    faint: str
    accent: str
    accent_soft: str
    on_accent: str
    ok: str
    ok_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    caller: str
    operator: str
    highlight: str

    def color(self, role: str) -> QColor:
        """A role as a Qt colour."""
        return QColor(getattr(self, role))


THEMES = ("light", "dark", "contrast")


@cache
def load_roles(theme: str) -> Roles:
    """The colour roles of a theme."""
    return Roles(**read_yaml("themes", f"{theme}.yaml"))


def contrast(text: str, ground: str) -> float:
    """WCAG 2 contrast ratio (1 to 21) of two ``#rrggbb`` colours."""
    lighter, darker = sorted((_luminance(text), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def style_sheet(theme: str) -> str:
    """The style sheet with every ``$role`` and size filled in, at the text size in force."""
    roles = load_roles(theme)
    values: dict[str, object] = dict(roles._asdict())
    sizes = {"body": BODY, "head": HEAD, "note": NOTE, "title": TITLE, "clock": CLOCK}
    values.update({name: grown(pixels) for name, pixels in sizes.items()})
    mono = ", ".join(f'"{family}"' for family in MONO)
    chevron = resource_path("themes", f"chevron-{theme}.svg").as_posix()
    sheet = Template(grown_sheet(read_text("themes", "desk.qss")))
    chip = grown(CHIP)
    values.update(chip=chip - 2, chip_ringed=chip - 4, chip_corner=chip // 2)
    return sheet.substitute(values, mono=mono, chevron=chevron)


def palette(roles: Roles) -> QPalette:
    """The Qt palette, so that parts no style sheet reaches have the right colours too."""
    made = QPalette()
    kinds = {
        QPalette.ColorRole.Window: roles.window,
        QPalette.ColorRole.WindowText: roles.ink,
        QPalette.ColorRole.Base: roles.panel,
        QPalette.ColorRole.AlternateBase: roles.window,
        QPalette.ColorRole.Text: roles.ink,
        QPalette.ColorRole.Button: roles.panel,
        QPalette.ColorRole.ButtonText: roles.ink,
        QPalette.ColorRole.ToolTipBase: roles.panel,
        QPalette.ColorRole.ToolTipText: roles.ink,
        QPalette.ColorRole.PlaceholderText: roles.muted,
        QPalette.ColorRole.Highlight: roles.accent,
        QPalette.ColorRole.HighlightedText: roles.on_accent,
        QPalette.ColorRole.Link: roles.accent,
        QPalette.ColorRole.LinkVisited: roles.accent,
        QPalette.ColorRole.Light: roles.line,
        QPalette.ColorRole.Midlight: roles.line,
        QPalette.ColorRole.Mid: roles.line,
        QPalette.ColorRole.Dark: roles.frame,
        QPalette.ColorRole.Accent: roles.accent,
    }
    for role, color in kinds.items():
        made.setColor(role, QColor(color))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(roles.faint))
    return made


def sans(pixels: int = BODY, *, bold: bool = False) -> QFont:
    """The interface face; ``pixels`` at 100 %."""
    return _face(SANS, pixels, bold)


def mono(pixels: int = BODY, *, bold: bool = False) -> QFont:
    """The face of numbers that tick."""
    face = _face(MONO, pixels, bold)
    face.setStyleHint(QFont.StyleHint.Monospace)
    return face


def _face(families: tuple[str, ...], pixels: int, bold: bool) -> QFont:
    face = QFont()
    face.setFamilies(list(families))
    face.setPixelSize(grown(pixels))
    face.setBold(bold)
    return face
