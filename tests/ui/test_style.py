"""Contrast of every text the desk paints, complete themes, the system's choice."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from resources.loader import read_text, read_yaml
from ui.look.appearance import Appearance
from ui.look.style import AA, AAA, PARTS, TEXT_PAIRS, THEMES, Roles, contrast, load_roles, style_sheet


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_meets_wcag_aa(theme: str, text: str, ground: str) -> None:
    roles = load_roles(theme)
    assert contrast(getattr(roles, text), getattr(roles, ground)) >= AA


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["panel", "window"])
def test_edges_of_fields_and_the_ring_of_the_focus_stand_out(theme: str, ground: str) -> None:
    roles = load_roles(theme)
    assert contrast(roles.edge, getattr(roles, ground)) >= PARTS
    assert contrast(roles.accent, getattr(roles, ground)) >= PARTS
    sheet = read_text("themes", "desk.qss")
    for part in ("QLineEdit, QPlainTextEdit, QComboBox", "QCheckBox::indicator"):
        assert re.search(rf"^{re.escape(part)} \{{[^}}]*border: 1px solid \$edge;", sheet, re.M)


@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_high_contrast_is_higher(text: str, ground: str) -> None:
    roles = load_roles("contrast")
    assert contrast(getattr(roles, text), getattr(roles, ground)) >= AAA
    assert contrast(roles.frame, roles.panel) >= PARTS
    assert contrast(roles.line, roles.panel) >= PARTS


def test_contrast_of_known_colours() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#93a0ae", "#ffffff") < AA


def test_every_colour_in_the_sheet_is_a_checked_text_colour() -> None:
    checked = {text for text, _ in TEXT_PAIRS}
    used = set(re.findall(r"(?<![-\w])color: \$(\w+)", read_text("themes", "desk.qss")))
    assert used <= checked
    sheet = read_text("themes", "desk.qss")
    for line in re.findall(r"[^}]*\{[^}]*(?<![-\w])color: \$faint[^}]*\}", sheet):
        assert "disabled" in line or 'off="true"' in line


@pytest.mark.parametrize("theme", THEMES)
def test_sheet_has_no_open_placeholder(theme: str) -> None:
    assert "$" not in style_sheet(theme)
    assert load_roles(theme).muted in read_text("themes", f"chevron-{theme}.svg")


def test_colours_are_written_in_the_themes_only() -> None:
    assert re.findall(r"#[0-9a-fA-F]{6}", read_text("themes", "desk.qss")) == []
    for theme in THEMES:
        assert set(read_yaml("themes", f"{theme}.yaml")) == set(Roles._fields)


def test_theme_switches_and_follows_the_system(qapp: QApplication) -> None:
    appearance = Appearance(qapp, "dark")
    appearance.dress()
    assert qapp.palette().window().color().name() == load_roles("dark").window
    appearance.use("light")
    assert qapp.palette().window().color().name() == load_roles("light").window
    appearance.use("system")
    dark = qapp.styleHints().colorScheme() is Qt.ColorScheme.Dark
    assert appearance.roles == load_roles("dark" if dark else "light")
