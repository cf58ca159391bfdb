"""Contrast of what a window really paints: every ink of the theme on every ground it lies on.

The window is painted at three times its size, so that strokes have a core of their full colour. For
each pixel of a text colour the nearest ground is looked for around it; so charts, chips, selections,
placeholders and disabled parts count like any label. A flat colour that is none of the theme's is told
too: nobody would have checked it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from ui.look.style import Roles, contrast

SCALE, REACH = 3, 7
"""How much larger it is painted, and how many of these pixels around a stroke are looked at."""
INKS = ("ink", "muted", "faint", "accent", "ok", "warn", "bad", "caller", "operator")
GROUNDS = ("window", "panel", "accent_soft", "ok_soft", "warn_soft", "bad_soft", "highlight")
ENOUGH = 60
"""Pixels from which a combination is meant, not a seam between two parts."""
Pixels = NDArray[np.uint32]


def painted_pairs(window: QWidget, roles: Roles) -> Counter[tuple[str, str]]:
    """How many pixels of each text colour lie on each ground."""
    pixels = _pixels(window)
    colours = {role: int(getattr(roles, role)[1:], 16) for role in (*INKS, *GROUNDS)}
    ground_of = {colours[role]: role for role in GROUNDS}
    height, width = pixels.shape
    pairs: Counter[tuple[str, str]] = Counter()
    for role in INKS:
        if colours[role] in ground_of:
            continue
        ys, xs = np.nonzero(pixels == colours[role])
        if len(xs) > 40_000:
            step = len(xs) // 40_000 + 1
            ys, xs = ys[::step], xs[::step]
        left = np.ones(len(xs), dtype=bool)
        for far in range(2, REACH + 1):
            for down, right in ((0, far), (0, -far), (far, 0), (-far, 0)):
                if not left.any():
                    break
                near = pixels[
                    np.clip(ys[left] + down, 0, height - 1), np.clip(xs[left] + right, 0, width - 1)
                ]
                known = np.isin(near, list(ground_of))
                for colour, count in zip(*np.unique(near[known], return_counts=True), strict=True):
                    pairs[role, ground_of[int(colour)]] += int(count)
                found = np.zeros(len(left), dtype=bool)
                found[np.nonzero(left)[0][known]] = True
                left &= ~found
    return Counter({pair: count for pair, count in pairs.items() if count >= ENOUGH})


def ratios(pairs: Mapping[tuple[str, str], int], roles: Roles) -> dict[str, float]:
    """The contrast of each combination, rounded down to a hundredth."""
    return {
        f"{ink} on {ground}": int(100 * contrast(getattr(roles, ink), getattr(roles, ground))) / 100
        for ink, ground in sorted(pairs)
    }


def foreign(window: QWidget, roles: Roles) -> list[str]:
    """Flat colours, larger than a letter's core, that are not of the theme."""
    pixels = _pixels(window)
    known = [int(getattr(roles, role)[1:], 16) for role in roles._fields]
    flat = pixels[:-8:2, :-8:2]
    same = np.ones(flat.shape, dtype=bool)
    for down, right in ((0, 8), (8, 0), (8, 8), (4, 4)):
        moved = pixels[down : down + 2 * flat.shape[0] : 2, right : right + 2 * flat.shape[1] : 2]
        same &= moved[: flat.shape[0], : flat.shape[1]] == flat
    colours, counts = np.unique(flat[same], return_counts=True)
    return [
        f"#{int(colour):06x}"
        for colour, count in zip(colours, counts, strict=True)
        if count > 200 and int(colour) not in known
    ]


def _pixels(window: QWidget) -> Pixels:
    image = QImage(window.size() * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    window.render(image, QPoint())
    rows = np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), -1)
    found: Pixels = rows[:, : image.width()] & np.uint32(0xFFFFFF)
    return found
