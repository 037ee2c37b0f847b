"""Plots as SVG, which bring their own background and follow the reader's choice of light or dark."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Sequence

from .tables import number

STYLE = """
  <style>
    svg { font: 13px system-ui, sans-serif; --paper: #ffffff; --ink: #1f2328; --faint: #59636e; --rule: #d1d9e0;
      --ours: #0969da; --ours-light: #9ecbff; --other: #6e7781; --other-light: #c8cfd6; }
    @media (prefers-color-scheme: dark) {
      svg { --paper: #0d1117; --ink: #f0f6fc; --faint: #9198a1; --rule: #3d444d;
        --ours: #58a6ff; --ours-light: #1f4f87; --other: #8b949e; --other-light: #3d444d; }
    }
    text { fill: var(--ink); } .faint { fill: var(--faint); } .title { font-weight: 600; font-size: 15px; }
    .rule { stroke: var(--rule); } .mark { stroke: var(--faint); stroke-dasharray: 4 4; }
    .end { text-anchor: end; } .middle { text-anchor: middle; }
  </style>"""


def text(x: float, y: float, content: str, names: str = "") -> str:
    attribute = f' class="{names}"' if names else ""
    return f'  <text x="{x:g}" y="{y:g}"{attribute}>{escape(content)}</text>'


def rectangle(x: float, y: float, width: float, height: float, color: str) -> str:
    return f'  <rect x="{x:g}" y="{y:g}" width="{width:.1f}" height="{height:g}" fill="var(--{color})"/>'


def rule(x1: float, y1: float, x2: float, y2: float, name: str = "rule") -> str:
    return f'  <line class="{name}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def document(width: float, height: float, title: str, description: str, parts: Sequence[str]) -> str:
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img">',
        f"  <title>{escape(title)}</title>", f"  <desc>{escape(description)}</desc>{STYLE}",
        f'  <rect width="{width:g}" height="{height:g}" rx="6" fill="var(--paper)"/>', *parts, "</svg>", ""])


# --- Bars -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bar:
    label: str
    total: float
    #: The part of it that is drawn darker.
    part: float
    is_ours: bool = False
    #: Drawn through the others as what they are measured by.
    is_limit: bool = False


def bars(title: str, unit: str, part: str, rest: str, rows: Sequence[Bar]) -> str:
    """Bars of two parts, the shortest first; those of a much greater length are cut and say so."""
    width, left, right, top, step, thickness = 820, 200, 90, 88, 34, 20
    rows = sorted(rows, key=lambda bar: bar.total)
    totals = [bar.total for bar in rows]
    # One that takes ten times as long would leave the others no room.
    most = max([total for total in totals if total <= 10 * totals[0]], default=1.0)
    scale = (width - left - right) / most
    height = top + step * len(rows) + 20
    parts = [
        text(20, 32, title, "title"),
        rectangle(left, 50, 12, 12, "ours"), rectangle(left + 14, 50, 12, 12, "other"),
        text(left + 32, 61, part, "faint"),
        rectangle(left + 150, 50, 12, 12, "ours-light"), rectangle(left + 164, 50, 12, 12, "other-light"),
        text(left + 182, 61, rest, "faint"),
    ]
    for index, bar in enumerate(rows):
        y = top + step * index
        color = "ours" if bar.is_ours else "other"
        is_cut = bar.total > most
        length, dark = min(bar.total, most) * scale, min(bar.part, most) * scale
        parts += [
            text(left - 10, y + 15, bar.label, "end"), rectangle(left, y, length, thickness, f"{color}-light"),
            rectangle(left, y, dark, thickness, color),
            text(left + length + 8, y + 15, ("… " if is_cut else "") + number(bar.total, unit)),
        ]
    for bar in rows:
        if bar.is_limit:
            x = left + bar.total * scale
            parts.append(rule(x, top - 8, x, height - 20, "mark"))
    described = "; ".join(f"{bar.label} {number(bar.total, unit)}" for bar in rows)
    return document(width, height, title, described, parts)


# --- Lines ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    label: str
    points: Sequence[tuple[float, float]]
    is_ours: bool = False


@dataclass(frozen=True)
class Panel:
    title: str
    unit: str
    lines: Sequence[Line]


def panels(title: str, axis: str, content: Sequence[Panel]) -> str:
    """Panels side by side: from nought upwards, over a number that grows by factors."""
    width, height, gap = 820, 340, 30
    panel_width = (width - gap * (len(content) + 1)) / len(content)
    parts = [text(20, 32, title, "title")]
    lines = content[0].lines if content else []
    for index, line in enumerate(lines):  # The same in each panel.
        x = width - 110 * (len(lines) - index)
        parts += [rectangle(x, 21, 12, 12, "ours" if line.is_ours else "other"), text(x + 18, 32, line.label, "faint")]
    for index, panel in enumerate(content):
        parts += _panel(panel, axis, gap + index * (panel_width + gap), 60, panel_width, height - 80)
    described = ". ".join(
        f"{panel.title}, {line.label}: " + ", ".join(f"{x:,.0f}: {number(y, panel.unit)}" for x, y in line.points)
        for panel in content for line in panel.lines)
    return document(width, height, title, described, parts)


def _panel(panel: Panel, axis: str, x: float, y: float, width: float, height: float) -> list[str]:
    left, bottom, right = x + 56, y + height - 40, x + width - 16
    top = y + 30
    xs = sorted({point[0] for line in panel.lines for point in line.points})
    most = nice_above(max((point[1] for line in panel.lines for point in line.points), default=1))
    if not xs:
        return []
    low, high = math.log(xs[0]), math.log(xs[-1]) if len(xs) > 1 else math.log(xs[0]) + 1

    def place(value: tuple[float, float]) -> tuple[float, float]:
        return (left + (math.log(value[0]) - low) / (high - low) * (right - left),
                bottom - value[1] / most * (bottom - top))

    parts = [text(x, y + 10, f"{panel.title}, {panel.unit}")]
    for mark in range(5):
        value = most * mark / 4
        height_of_mark = place((xs[0], value))[1]
        parts += [rule(left, height_of_mark, right, height_of_mark),
                  text(left - 8, height_of_mark + 4, number(value), "faint end")]
    last = -math.inf
    for value in xs:
        at = place((value, 0))[0]
        # The label of a point close to the one before goes a line lower.
        parts.append(text(at, bottom + (34 if at - last < 50 else 18), f"{value:,.0f}", "faint middle"))
        last = at
    parts.append(text((left + right) / 2 - 30, bottom + 36, axis, "faint middle"))
    for line in panel.lines:
        color = "ours" if line.is_ours else "other"
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in map(place, line.points))
        parts.append(f'  <polyline points="{path}" fill="none" stroke="var(--{color})" stroke-width="2"/>')
        parts += [f'  <circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="var(--{color})"/>'
                  for a, b in map(place, line.points)]
    return parts


def nice_above(value: float) -> float:
    """A round number with some room above the value, for the top of an axis."""
    if value <= 0:
        return 1
    power = 10 ** math.floor(math.log10(value * 1.15))
    return next(step * power for step in (1, 2, 4, 8, 10) if step * power >= value * 1.15)
