"""The lands of dreams: ranges of hills, the ground below a house, floating islands."""

import math
from random import Random

from housegan.demo.painter.colour import darker, jittered, lighter, mix
from housegan.demo.painter.drawing import Bounds, Drawing, Paint, together
from housegan.demo.painter.palette import Palette
from housegan.demo.painter.plants import spire


def ranges(rng: Random, width: int, height: int, horizon: float, palette: Palette) -> Drawing:
    """Two or three ranges of hills or peaks, each nearer and darker."""
    drawing = Drawing()
    count, peaked = rng.randint(1, 3), rng.random() < 0.45
    for layer in range(count):
        share = (layer + 1) / (count + 1)
        tone = jittered(rng, mix(mix(palette.far, palette.haze, 0.3), palette.near, share), 6)
        high, waves, phase = height * rng.uniform(0.08, 0.34) * (1.2 - share), rng.uniform(1.0, 3.2), rng.uniform(0, 9)
        steps = 16
        ridge = []
        for step in range(steps + 1):
            t = step / steps
            lift = 0.5 + 0.5 * math.sin(t * waves * math.tau * 0.7 + phase)
            lift += rng.uniform(-0.5, 0.5) * 0.8 if peaked else 0.15 * math.sin(t * 17 + phase)
            ridge.append((width * t, horizon - high * max(0.0, lift) + height * 0.02))
        drawing.polygon(
            [(-3, height + 3), (-3, ridge[0][1]), *ridge, (width + 3, ridge[-1][1]), (width + 3, height + 3)],
            Paint(tone, mix(tone, palette.haze, 0.4), texture="stroke", grain=6),
        )
    return drawing


def ground(rng: Random, width: int, height: int, bounds: Bounds, palette: Palette, *, bulge: float) -> Drawing:
    """Land whose top lies on the house's foot and falls by `bulge` of the height towards the edges."""
    drawing = Drawing()
    middle, top = (bounds.left + bounds.right) / 2, bounds.bottom - 0.02 * height
    tilt = rng.uniform(-0.04, 0.04) * height
    half = bounds.width * 0.55
    edge = []
    for step in range(21):
        x = -4 + (width + 8) * step / 20
        off = max(0.0, abs(x - middle) - half) / width
        edge.append(
            (x, top + bulge * height * (1 - math.exp(-6 * off * off)) * 2.2 + tilt * off * (1 if x > middle else -1))
        )
    tone = jittered(rng, palette.ground, 8)
    drawing.polygon(
        [*edge, (width + 4, height + 4), (-4, height + 4)],
        Paint(lighter(tone, 0.16), darker(tone, 0.4), texture="stroke", grain=10),
    )
    return drawing


def island(rng: Random, bounds: Bounds, palette: Palette, sun: int) -> Drawing:
    """A clod of rock below the house, grass on top, roots hanging."""
    drawing = Drawing()
    middle, half = (bounds.left + bounds.right) / 2, bounds.width * rng.uniform(0.52, 0.66)
    top, deep = bounds.bottom - 0.02 * bounds.height, bounds.width * rng.uniform(0.3, 0.6)
    rock = jittered(rng, mix(palette.near, palette.wall, 0.25), 8)
    steps = [s / 9 for s in range(10)]
    right = [(middle + half * (1 - s) ** 0.75 * rng.uniform(0.85, 1.0), top + deep * s) for s in steps]
    left = [(middle - half * (1 - s) ** 0.75 * rng.uniform(0.85, 1.0), top + deep * s) for s in reversed(steps)]
    light, dark = (lighter(rock, 0.25), darker(rock, 0.45)) if sun < 0 else (darker(rock, 0.45), lighter(rock, 0.25))
    drawing.polygon(right + left, Paint(light, dark, across=True, texture="stroke", grain=12))
    for _ in range(6):
        x, y = middle + rng.uniform(-0.5, 0.5) * half, top + deep * rng.uniform(0.1, 0.5)
        drawing.polygon(
            [(x, y), (x + half * 0.12, y + deep * 0.05), (x + half * 0.03, y + deep * 0.3)],
            Paint(darker(rock, 0.5), alpha=0.5),
        )
    drawing.ellipse(
        middle,
        top,
        half * 1.03,
        half * 0.12,
        Paint(lighter(palette.ground, 0.2), darker(palette.ground, 0.25), texture="stroke", grain=9),
    )
    if rng.random() < 0.4:
        x = middle + rng.choice((-0.7, 0.7)) * half
        drawing.stroke(
            [(x, top + half * 0.05), (x + 1, top + deep * 0.9), (x - 1, top + deep * 1.7)],
            half * 0.1,
            half * 0.2,
            Paint(lighter(palette.haze, 0.5), alpha=0.6),
        )
    return drawing


def islets(rng: Random, width: int, height: int, bounds: Bounds, palette: Palette, sun: int) -> Drawing:
    pieces = []
    for _ in range(rng.randint(0, 3)):
        half = rng.uniform(0.03, 0.09) * width
        x, y = rng.choice((rng.uniform(0, 0.25), rng.uniform(0.75, 1))) * width, rng.uniform(0.15, 0.85) * height
        spot = Bounds(x - half, y - half, x + half, y)
        pieces.append(island(rng, spot, palette, sun))
        if rng.random() < 0.6:
            pieces.append(spire(rng, x, y, half * 1.8, palette.ground, tiers=3))
    return together(pieces)
