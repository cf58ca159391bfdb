"""A walk over every page in every state for those who do not see it or do not use a mouse.

In Chinese and light, English and dark, and Chinese in high contrast: a name and a role for every
control, rows that can be read out, contrast of everything painted. In the first walk also by keys: Tab
from control to control; what it reaches, whether focus is seen, whether it follows the reading order.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.look.style import AA, AAA

if TYPE_CHECKING:
    from bench.scenes import Scene

WALKS = (("light", "zh"), ("dark", "en"), ("contrast", "zh"))
SIZE = (1366, 768)
KINDS = (
    "unnamed",
    "symbols",
    "same",
    "roles",
    "unread",
    "undressed",
    "unreached",
    "trapped",
    "unseen",
    "order",
    "contrast",
)
"""Of faults."""


def run(data: Path | None) -> dict[str, Any]:
    """Counts over all scenes, and what is wrong by name."""
    del data
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["JIESU_KEYRING"] = "off"
    figures: dict[str, Any] = {
        "scenes": 0,
        "controls": 0,
        "reachable": 0,
        "reached": 0,
        "focus_moves": 0,
    }
    wrong: dict[str, set[str]] = {kind: set() for kind in KINDS}
    pairs: dict[str, dict[str, float]] = {}
    for number, (theme, language) in enumerate(WALKS):
        for scene in _scenes(theme, language):
            figures["scenes"] += 1
            _look(scene, theme, figures, wrong, pairs)
            if number == 0:
                _walk(scene, figures, wrong)
    lowest = {theme: min(found.values()) for theme, found in pairs.items()}
    return {
        **figures,
        **{kind: len(found) for kind, found in wrong.items()},
        "pairs_painted": {theme: len(found) for theme, found in pairs.items()},
        "lowest_contrast": lowest,
        "wrong": {kind: sorted(found) for kind, found in wrong.items() if found},
    }


def _scenes(theme: str, language: str) -> Iterator[Scene]:
    from app.settings import Settings, save_settings
    from app.workplace import Workplace
    from bench.page_scenes import scenes
    from bench.scenes import Stage
    from ui.main import make_application, open_window

    application = make_application(["access"])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        save_settings(folder, Settings.read({"theme": theme, "language": language}))
        desk = Workplace(folder)
        window = open_window(desk, application, folder / "reports")
        window.resize(*SIZE)
        window.show()
        window.activateWindow()
        yield from scenes(Stage(window, desk))
        window.close()
        window.deleteLater()
        application.processEvents()


def _look(
    scene: Scene,
    theme: str,
    figures: dict[str, Any],
    wrong: dict[str, set[str]],
    pairs: dict[str, dict[str, float]],
) -> None:
    """Names, roles, rows and colours of what is shown."""
    from bench.controls import (
        controls,
        nameless,
        same_names,
        symbols,
        undressed,
        unread,
        wrong_role,
    )
    from bench.painted import foreign, painted_pairs, ratios
    from ui.look.style import load_roles

    shown = controls(scene.usable)
    figures["controls"] += len(shown)
    for kind, found in (
        ("unnamed", nameless(shown)),
        ("symbols", symbols(shown)),
        ("same", same_names(shown)),
        ("roles", wrong_role(shown)),
        ("unread", unread(shown)),
        ("undressed", undressed(scene.window)),
    ):
        wrong[kind].update(f"{scene.name}: {one}" for one in found)
    roles, least = load_roles(theme), AAA if theme == "contrast" else AA
    seen = ratios(painted_pairs(scene.usable, roles), roles)
    pairs.setdefault(theme, {}).update(seen)
    low = [f"{theme}: {pair} {ratio}" for pair, ratio in seen.items() if ratio < least]
    wrong["contrast"].update(f"{scene.name}: {one}" for one in low)
    wrong["contrast"].update(
        f"{scene.name}: {theme}: {colour} is not of the theme"
        for colour in foreign(scene.usable, roles)
    )


def _walk(scene: Scene, figures: dict[str, Any], wrong: dict[str, set[str]]) -> None:
    """Tab around the window once."""
    from bench.controls import TabWalk

    walk = TabWalk(scene.usable)
    if walk.led:
        return
    walk.go()
    counts = Counter(reachable=len(walk.wanted), reached=len(walk.wanted) - len(walk.missed))
    for kind, count in counts.items():
        figures[kind] += count
    figures["focus_moves"] += len(walk.order)
    for kind, found in (
        ("unreached", walk.missed),
        ("trapped", walk.trapped),
        ("unseen", walk.unseen),
        ("order", walk.jumps()),
    ):
        wrong[kind].update(f"{scene.name}: {one}" for one in found)
