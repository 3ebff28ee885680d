"""Trees, hedges, flowers and giant mushrooms. Each stands on (x, y) and is `tall` px high."""

import math
from random import Random

from housegan.demo.painter.colour import Colour, darker, jittered, lighter, mix
from housegan.demo.painter.drawing import Drawing, Paint


def palm(rng: Random, x: float, y: float, tall: float, green: Colour) -> Drawing:
    drawing = Drawing()
    lean = rng.uniform(-0.14, 0.14) * tall
    crown_x, crown_y = x + lean, y - tall * 0.86
    trunk = [(x + lean * (step / 6) ** 1.6, y - tall * 0.86 * step / 6) for step in range(7)]
    bark = jittered(rng, (128, 108, 88), 12)
    drawing.stroke(trunk, tall * 0.055, tall * 0.034, Paint(lighter(bark, 0.15), darker(bark, 0.35), across=True))
    fronds = rng.randint(11, 17)
    for frond in range(fronds):
        turn = -math.pi / 2 + (frond / (fronds - 1) - 0.5) * math.tau * 0.83 + rng.uniform(-0.12, 0.12)
        reach, droop = tall * rng.uniform(0.2, 0.31), tall * rng.uniform(0.05, 0.16)
        line = [
            (crown_x + reach * s * math.cos(turn), crown_y + reach * s * math.sin(turn) * 0.75 + droop * s**2.2)
            for s in (0, 0.2, 0.4, 0.6, 0.8, 1)
        ]
        shade = darker(green, 0.3) if math.sin(turn) > 0.1 else lighter(green, rng.uniform(0, 0.15))
        drawing.stroke(line, tall * 0.04, tall * 0.004, Paint(jittered(rng, shade, 6)))
    return drawing


def leafy_tree(rng: Random, x: float, y: float, tall: float, green: Colour, *, sun: int) -> Drawing:
    """A round crown of clumps, light on the side of the `sun` (-1 left, 1 right)."""
    drawing = Drawing()
    bark = jittered(rng, (88, 68, 52), 10)
    stem = tall * rng.uniform(0.25, 0.45)
    drawing.stroke([(x, y), (x, y - stem * 1.4)], tall * 0.08, tall * 0.05, Paint(bark, darker(bark, 0.3), across=True))
    wide, high = tall * rng.uniform(0.28, 0.46), (tall - stem) / 2
    middle = y - stem - high
    for clump in range(rng.randint(34, 46)):
        turn, far = rng.uniform(0, math.tau), math.sqrt(rng.random()) * 0.8
        across, down = math.cos(turn) * far, math.sin(turn) * far
        size = rng.uniform(0.13, 0.34) * min(wide, high)
        glow = 0.5 * (-down) + 0.4 * across * sun + (clump - 20) * 0.01
        tone = lighter(green, min(0.32, glow * 0.35)) if glow > 0 else darker(green, min(0.5, -glow * 0.6))
        drawing.blob(x + wide * across, middle + high * down, size * 1.15, size, Paint(jittered(rng, tone, 5)))
    return drawing


def spire(rng: Random, x: float, y: float, tall: float, green: Colour, *, tiers: int) -> Drawing:
    """A cypress (one tier) or a fir (several)."""
    drawing = Drawing()
    half = tall * (rng.uniform(0.09, 0.14) if tiers == 1 else rng.uniform(0.17, 0.28))
    tone = jittered(rng, green, 8)
    paint = Paint(lighter(tone, 0.18), darker(tone, 0.45), across=True, texture="stroke", grain=9)
    if tiers == 1:
        drawing.polygon(
            [
                (x + half * math.sin(t) * (0.7 + 0.3 * math.cos(t)), y - tall / 2 + tall / 2 * math.cos(t))
                for t in [step * math.tau / 24 for step in range(24)]
            ],
            paint,
        )
        return drawing
    drawing.rectangle(x - tall * 0.02, y - tall * 0.15, x + tall * 0.02, y, Paint((70, 52, 44)))
    for tier in range(tiers):
        foot = y - tall * (0.08 + 0.84 * tier / tiers)
        wide = half * (1 - tier / (tiers + 0.6))
        tip = foot - tall * 1.35 / tiers
        drawing.polygon([(x - wide, foot), (x, max(tip, y - tall)), (x + wide, foot), (x, foot - tall * 0.03)], paint)
    return drawing


def hedge(rng: Random, left: float, right: float, y: float, tall: float, green: Colour, *, sun: int) -> Drawing:
    """Shrubs side by side, some in flower."""
    drawing = Drawing()
    flower = rng.choice([None, None, (214, 92, 130), (236, 220, 226), (230, 170, 70), (150, 100, 190)])
    x = left
    while x < right:
        size = tall * rng.uniform(0.38, 0.7)
        tone = jittered(rng, green, 12)
        drawing.blob(x, y - size * 0.6, size, size * 0.8, Paint(lighter(tone, 0.1), darker(tone, 0.45)))
        drawing.blob(
            x + sun * size * 0.25, y - size * 0.85, size * 0.5, size * 0.36, Paint(lighter(tone, 0.2), alpha=0.7)
        )
        if flower:
            for _ in range(3):
                drawing.blob(
                    x + rng.uniform(-0.7, 0.7) * size,
                    y - rng.uniform(0.3, 1.2) * size,
                    tall * 0.06,
                    tall * 0.06,
                    Paint(jittered(rng, flower, 14)),
                )
        x += size * rng.uniform(0.7, 1.3)
    return drawing


def toadstool(rng: Random, x: float, y: float, tall: float, cap: Colour, stem: Colour, *, sun: int) -> Drawing:
    drawing = Drawing()
    lean, half = rng.uniform(-0.12, 0.12) * tall, tall * rng.uniform(0.06, 0.1)
    top_x, top_y, wide, high = x + lean, y - tall * 0.62, tall * rng.uniform(0.3, 0.48), tall * 0.38
    light, dark = (lighter(stem, 0.2), darker(stem, 0.4)) if sun < 0 else (darker(stem, 0.4), lighter(stem, 0.2))
    drawing.stroke(
        [(x, y), (x + lean * 0.3, y - tall * 0.3), (top_x, top_y)],
        half * 2.6,
        half * 1.7,
        Paint(light, dark, across=True, texture="planks", grain=5),
    )
    drawing.ellipse(top_x, top_y, wide, high * 0.2, Paint(darker(mix(cap, stem, 0.6), 0.35)))
    dome(drawing, top_x, top_y, wide, high, cap, sun=sun)
    for _ in range(rng.randint(4, 8)):
        across, up = rng.uniform(-0.75, 0.75), rng.uniform(0.15, 0.75)
        if across**2 + up**2 < 0.8:
            spot = wide * rng.uniform(0.05, 0.12)
            drawing.blob(top_x + across * wide, top_y - up * high, spot, spot * 0.75, Paint(lighter(stem, 0.5)))
    return drawing


def dome(drawing: Drawing, x: float, y: float, wide: float, high: float, colour: Colour, *, sun: int) -> None:
    """The upper half of an ellipse, with a lighter patch towards the sun."""
    turns = [math.pi + step * math.pi / 18 for step in range(19)]
    crown = [(x + wide * math.cos(t), y + high * math.sin(t)) for t in turns]
    sag = [(x + wide * s, y + high * 0.1 * (1 - s * s)) for s in (0.6, 0.2, -0.2, -0.6)]
    drawing.polygon(crown + sag, Paint(lighter(colour, 0.12), darker(colour, 0.38), texture="stroke", grain=8))
    drawing.ellipse(
        x + sun * wide * 0.35, y - high * 0.58, wide * 0.34, high * 0.22, Paint(lighter(colour, 0.4), alpha=0.35)
    )


def flowers(rng: Random, left: float, right: float, top: float, bottom: float, colour: Colour, count: int) -> Drawing:
    """Specks scattered over a meadow, larger towards the viewer."""
    drawing = Drawing()
    for _ in range(count):
        near = math.sqrt(rng.random())
        size = (0.5 + 1.3 * near) * min(bottom - top, (right - left) * 0.35) / 60
        drawing.blob(
            rng.uniform(left, right), top + near * (bottom - top), size, size * 0.8, Paint(jittered(rng, colour, 18))
        )
    return drawing
