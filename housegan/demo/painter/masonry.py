"""What dreamt houses are built of: round walls, lit windows, portals, pointed roofs, turrets. Units are storeys."""

import math
from random import Random

from housegan.demo.painter.colour import BLACK, Colour, darker, jittered, lighter, mix
from housegan.demo.painter.drawing import Drawing, Paint
from housegan.demo.painter.palette import Palette


def rounded(colour: Colour, sun: int, depth: float = 0.42) -> Paint:
    """Paint for something round: light on the sun's side, dark on the other."""
    light, dark = lighter(colour, 0.16), darker(colour, depth)
    first, last = (light, dark) if sun < 0 else (dark, light)
    return Paint(first, last, across=True, texture="stroke", grain=8)


def lit_window(
    drawing: Drawing, rng: Random, x: float, y: float, size: float, palette: Palette, *, shape: str = "arch"
) -> None:
    """A window on (x, y) as its middle. Most are lit from inside."""
    lit = rng.random() < 0.8
    frame = Paint(darker(palette.roof, 0.35))
    pane = (
        Paint(lighter(palette.glow, 0.25), mix(palette.glow, palette.accent, 0.15))
        if lit
        else Paint(darker(palette.zenith, 0.35), palette.sky)
    )
    rim = size * 0.2
    if shape == "round":
        drawing.ellipse(x, y, size * 0.62 + rim, size * 0.62 + rim, frame)
        drawing.ellipse(x, y, size * 0.62, size * 0.62, pane)
    else:
        drawing.arch(x - size / 2 - rim, y - size * 0.85 - rim, x + size / 2 + rim, y + size * 0.75 + rim, frame)
        drawing.arch(x - size / 2, y - size * 0.85, x + size / 2, y + size * 0.75, pane)
    drawing.rectangle(x - size * 0.05, y - size * 0.8, x + size * 0.05, y + size * 0.7, frame)
    drawing.rectangle(x - size * 0.5, y - size * 0.05, x + size * 0.5, y + size * 0.06, frame)
    if lit:
        drawing.light(x, y, size * 2.6, palette.glow, 0.42)


def portal(drawing: Drawing, x: float, tall: float, wide: float, palette: Palette) -> None:
    drawing.arch(x - wide / 2 - 0.07, -tall - 0.08, x + wide / 2 + 0.07, 0.02, Paint(darker(palette.roof, 0.4)))
    drawing.arch(
        x - wide / 2,
        -tall,
        x + wide / 2,
        0.02,
        Paint(palette.accent, darker(palette.accent, 0.45), texture="planks", grain=8),
    )
    drawing.blob(x + wide * 0.28, -tall * 0.45, 0.03, 0.03, Paint(palette.glow))
    drawing.polygon(
        [(x - wide * 0.7, 0), (x + wide * 0.7, 0), (x + wide * 0.9, 0.1), (x - wide * 0.9, 0.1)],
        Paint(darker(palette.wall, 0.35)),
    )


def cone(
    drawing: Drawing,
    rng: Random,
    x: float,
    foot: float,
    half: float,
    tall: float,
    colour: Colour,
    sun: int,
    *,
    pennant: bool = True,
) -> None:
    """A pointed roof with curved sides, whose tip bows a little."""
    tip, bow = (x + rng.uniform(-0.25, 0.25) * half, foot - tall), rng.uniform(0.08, 0.22)
    steps = [0.0, 0.25, 0.5, 0.75]
    left = [
        (x - half * (1 - s) * (1 - bow * math.sin(math.pi * s)) + (tip[0] - x) * s * s, foot - tall * s) for s in steps
    ]
    right = [
        (x + half * (1 - s) * (1 - bow * math.sin(math.pi * s)) + (tip[0] - x) * s * s, foot - tall * s) for s in steps
    ]
    brim = [(x + half * s, foot + 0.09 * half * (1 - s * s)) for s in (0.6, 0, -0.6)]
    drawing.polygon([*left, tip, *right[::-1], *brim], rounded(colour, sun, 0.5))
    band = Paint(darker(colour, 0.5), alpha=0.35)
    for course in range(1, 5):
        s = course / 5.5
        reach = half * (1 - s) * (1 - bow * math.sin(math.pi * s))
        lean, y = (tip[0] - x) * s * s, foot - tall * s
        drawing.stroke([(x - reach + lean, y), (x + lean, y + reach * 0.12), (x + reach + lean, y)], 0.03, 0.03, band)
    if pennant and rng.random() < 0.5:
        drawing.stroke([tip, (tip[0], tip[1] - 0.35)], 0.03, 0.02, Paint(BLACK))
        drawing.polygon(
            [(tip[0], tip[1] - 0.35), (tip[0] + 0.34, tip[1] - 0.27), (tip[0], tip[1] - 0.17)],
            Paint(lighter(colour, 0.3)),
        )


def turret(
    drawing: Drawing,
    rng: Random,
    x: float,
    foot: float,
    top: float,
    half: float,
    palette: Palette,
    sun: int,
    *,
    roof: Colour | None = None,
) -> None:
    """A round tower from y = `foot` up to `top`, with windows up its front and a pointed roof."""
    flare = rng.uniform(0.95, 1.25)
    body = [
        (x - half * flare, foot),
        (x - half * 0.9, (foot + top) / 2),
        (x - half, top),
        (x + half, top),
        (x + half * 0.9, (foot + top) / 2),
        (x + half * flare, foot),
    ]
    drawing.polygon(body, rounded(jittered(rng, palette.wall, 7), sun))
    for _ in range(6):
        a, b = x + rng.uniform(-0.8, 0.5) * half, rng.uniform(top + 0.1, foot - 0.05) if foot - top > 0.2 else top
        drawing.rectangle(a, b, a + half * 0.3, b + 0.07, Paint(darker(palette.wall, 0.3), alpha=0.35))
    drawing.rectangle(x - half, top, x + half, top + 0.16, Paint(BLACK, alpha=0.3))
    cone(
        drawing,
        rng,
        x,
        top + 0.04,
        half * rng.uniform(1.25, 1.55),
        half * rng.uniform(2.0, 3.8),
        roof or palette.roof,
        sun,
    )
    level = top + 0.42
    while level < foot - 0.75:
        lit_window(drawing, rng, x + rng.uniform(-0.25, 0.25) * half, level, min(0.3, half * 0.5), palette)
        level += rng.uniform(0.65, 1.0)
