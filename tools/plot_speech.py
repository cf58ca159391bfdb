"""Draw the delays of ``main.py bench speech --json``: ``plot_speech.py FIGURES.json OUT.svg``."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 380, 56, 64, 190, 56
LEAST_S, MOST_S = 2, 6
BARS = (0.8, 1.5)
LINES = (
    ("Vosk, final", "vosk", "final_quantiles_s", "#2f7d4f"),
    ("Whisper, heard so far", "whisper", "lag_quantiles_s", "#9a6a00"),
    ("Whisper, final", "whisper", "final_quantiles_s", "#1f5fbf"),
    ("whisper-streaming, final", "peer", "final_quantiles_s", "#8a8f98"),
)


def draw(figures: dict[str, Any]) -> str:
    """An SVG of the share of texts (upwards) that came within so many seconds (to the right)."""
    longest = _longest(figures)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13" fill="#222">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="28" font-size="16" font-weight="600">'
        "How late text comes in a stereo call</text>",
        f'<text x="{LEFT}" y="48" fill="#666">share of texts that came within so many seconds</text>',
    ]
    for second in range(longest + 1):
        x = _x(second, longest)
        parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#eee"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{second} s</text>'
        )
    for share in (0, 50, 95):
        y = _y(share / 100)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share} %</text>')
    for bar in BARS:
        parts.append(
            f'<path d="M{_x(bar, longest):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#b33" '
            'stroke-dasharray="4 4"/>'
        )
    row = 0
    for name, engine, key, colour in LINES:
        values = figures.get(engine, {}).get(key)
        if not values or None in values:
            continue
        points = " ".join(
            f"{_x(value, longest):.1f},{_y(place / (len(values) - 1)):.1f}"
            for place, value in enumerate(values)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        y = TOP + 14 + 24 * row
        parts.append(
            f'<path d="M{WIDTH - RIGHT + 14} {y - 4}h18" stroke="{colour}" stroke-width="2.5"/>'
            f'<text x="{WIDTH - RIGHT + 38}" y="{y}">{name}</text>'
        )
        row += 1
    y = TOP + 14 + 24 * row
    parts.append(
        f'<path d="M{WIDTH - RIGHT + 14} {y - 4}h18" stroke="#b33" stroke-dasharray="4 4"/>'
        f'<text x="{WIDTH - RIGHT + 38}" y="{y}">wanted: 0.8, 1.5 s</text>'
    )
    return "\n".join((*parts, "</svg>", ""))


def _longest(figures: dict[str, Any]) -> int:
    """Whole seconds that the picture reaches: as far as its lines do, within limits."""
    ends = [
        value
        for _, engine, key, _ in LINES
        for value in figures.get(engine, {}).get(key) or ()
        if value is not None
    ]
    return min(MOST_S, max(LEAST_S, math.ceil(max(ends, default=0.0))))


def _x(seconds: float, longest: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * min(max(0.0, seconds), longest) / longest


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


if __name__ == "__main__":
    measured = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(sys.argv[2]).write_text(draw(measured.get("speech", measured)), encoding="utf-8")
