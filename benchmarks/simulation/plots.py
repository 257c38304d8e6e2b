"""Plots as SVG, written by hand: a few lines on a plain ground."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

WIDTH, HEIGHT = 760, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 40, 44
COLOURS = ("#0b6e4f", "#c8553d", "#5b6c8f", "#8a6d3b")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Line:
    """A row of values, drawn from left to right; NaN parts it."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    dashed: bool = False


@dataclass(frozen=True)
class Band:
    """What is shaded between two heights."""

    low: float
    high: float


def draw(
    path: Path,
    title: str,
    lines: Sequence[Line],
    *,
    y_name: str,
    x_ticks: Sequence[tuple[float, str]],
    percent: bool = False,
    band: Band | None = None,
) -> None:
    """Write a plot of ``lines`` to ``path``."""
    x_most = max(max(line.x) for line in lines)
    heights = np.concatenate([np.asarray(line.y, float) for line in lines])
    low, high = min(0.0, float(np.nanmin(heights))), float(np.nanmax(heights))
    high = high if high > low else low + 1
    step = _step(high - low)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + x / x_most * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - (y - low) / (high - low) * (HEIGHT - TOP - BOTTOM),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<text x="{LEFT}" y="18" font-size="14" fill="#222">{escape(title)}</text>'
    ]
    if band is not None:
        (_, top), (_, bottom) = at(0, band.high), at(0, band.low)
        parts.append(
            f'<rect x="{LEFT}" y="{top:.1f}" width="{WIDTH - LEFT - RIGHT}" height="{bottom - top:.1f}" '
            'fill="#e3efe9"/>'
        )
    for number in range(round((high - low) / step) + 1):
        value = low + number * step
        _, y = at(0, value)
        said = f"{value * 100:g} %" if percent else f"{value:,.10g}"
        parts.append(
            f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#555">{said}</text>'
        )
    for value, name in x_ticks:
        x, _ = at(value, low)
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle" fill="#555">'
            f"{escape(name)}</text>"
        )
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        dash = ' stroke-dasharray="5 4"' if line.dashed else ""
        points = [at(x, y) if not math.isnan(y) else None for x, y in zip(line.x, line.y, strict=True)]
        parts.append(f'<path d="{_way(points)}" fill="none" stroke="{colour}" stroke-width="1.8"{dash}/>')
        x = LEFT + 170 * number
        parts.append(
            f'<path d="M{x} 31h18" stroke="{colour}" stroke-width="2.5"{dash}/>'
            f'<text x="{x + 24}" y="35" fill="#222">{escape(line.name)}</text>'
        )
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 8}" fill="#555">{escape(y_name)}</text></svg>')
    path.write_text("".join(parts) + "\n")


def _way(points: Sequence[tuple[float, float] | None]) -> str:
    words, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        words.append(f"{pen}{point[0]:.1f} {point[1]:.1f}")
        pen = "L"
    return "".join(words)


def _step(span: float) -> float:
    """So that there are four to eight lines."""
    rough = (span or 1.0) / 6
    power = 10 ** math.floor(math.log10(rough))
    return next(many * power for many in (1, 2, 2.5, 5, 10) if many * power >= rough)


def days(hours: int) -> list[tuple[float, str]]:
    """The names of the days, each at its noon."""
    return [(day * 24 + 12, DAYS[day % 7]) for day in range(hours // 24)]
