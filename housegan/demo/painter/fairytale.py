"""Houses that never stood: towers, crooked cottages, castles, mushrooms, stacks, tree houses, palaces, mills."""

import math
from collections.abc import Callable
from random import Random

import numpy as np

from housegan.demo.painter.colour import BLACK, Colour, darker, jittered, lighter, mix
from housegan.demo.painter.drawing import Drawing, Paint, Points
from housegan.demo.painter.fittings import chimney
from housegan.demo.painter.palette import Palette
from housegan.demo.painter.plants import dome
from housegan.demo.painter.suburb import House


def dreamt_house(rng: Random, palette: Palette, *, sun: int) -> House:
    """A house whose outline sways: units are storeys, the ground is y = 0."""
    form, build = rng.choice(_FORMS)
    drawing = Drawing()
    build(drawing, rng, palette, sun)
    if rng.random() < 0.5:
        drawing = drawing.mirrored()
    sway, wave, phase = rng.uniform(-0.13, 0.13), rng.uniform(0.03, 0.12), rng.uniform(0, math.tau)
    sag, pitch = rng.uniform(0.02, 0.07), rng.uniform(0.8, 1.8)

    def crooked(points: Points) -> Points:
        x, y = points[:, 0], points[:, 1]
        up = np.minimum(1.0, -y)
        return np.stack(
            [
                x + sway * -y + wave * np.sin(y * pitch + phase) * np.maximum(up, 0),
                y + sag * np.sin(x * 2.3 + phase) * np.clip(up, 0, 1),
            ],
            axis=1,
        )

    return House(drawing.bent(crooked), form, None, 0.0)


def _lit(colour: Colour, sun: int, depth: float = 0.42) -> Paint:
    """Paint for something round: light on the sun's side, dark on the other."""
    light, dark = lighter(colour, 0.16), darker(colour, depth)
    first, last = (light, dark) if sun < 0 else (dark, light)
    return Paint(first, last, across=True, texture="stroke", grain=8)


def _glowing(
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


def _portal(drawing: Drawing, x: float, tall: float, wide: float, palette: Palette) -> None:
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


def _cone(
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
    drawing.polygon([*left, tip, *right[::-1], *brim], _lit(colour, sun, 0.5))
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


def _turret(
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
    drawing.polygon(body, _lit(jittered(rng, palette.wall, 7), sun))
    for _ in range(6):
        a, b = x + rng.uniform(-0.8, 0.5) * half, rng.uniform(top + 0.1, foot - 0.05) if foot - top > 0.2 else top
        drawing.rectangle(a, b, a + half * 0.3, b + 0.07, Paint(darker(palette.wall, 0.3), alpha=0.35))
    drawing.rectangle(x - half, top, x + half, top + 0.16, Paint(BLACK, alpha=0.3))
    _cone(
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
        _glowing(drawing, rng, x + rng.uniform(-0.25, 0.25) * half, level, min(0.3, half * 0.5), palette)
        level += rng.uniform(0.65, 1.0)


def _tower(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
    tall, half = rng.uniform(2.2, 3.8), rng.uniform(0.5, 0.8)
    for side in rng.sample((-1, 1), rng.randint(0, 2)):
        foot = -rng.uniform(0.25, 0.6) * tall
        small = half * rng.uniform(0.4, 0.6)
        x = side * (half + small * 0.6)
        drawing.polygon(
            [(x - small, foot), (x + small, foot), (side * half * 0.8, foot + 0.6)], Paint(darker(palette.wall, 0.5))
        )
        _turret(drawing, rng, x, foot, foot - rng.uniform(0.6, 1.1), small, palette, sun, roof=palette.accent)
    _turret(drawing, rng, 0, 0, -tall, half, palette, sun)
    _portal(drawing, rng.uniform(-0.2, 0.2), 0.62, 0.46, palette)


def _cottage(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
    half, tall, rise = rng.uniform(0.9, 1.5), rng.uniform(0.8, 1.5), rng.uniform(1.0, 2.1)
    flare = rng.uniform(0.75, 1.15)
    smoke = rng.choice((-1, 1)) * half * 0.5
    chimney(drawing, smoke, -tall, -tall - rise * rng.uniform(0.8, 1.05), mix(palette.wall, palette.roof, 0.4))
    drawing.polygon([(-half * flare, 0), (-half, -tall), (half, -tall), (half * flare, 0)], _lit(palette.wall, sun))
    beam = Paint(darker(palette.roof, 0.5))
    for s in (-1.0, rng.uniform(-0.3, 0.3), 1.0):
        drawing.stroke([(s * half * flare * 0.96, 0), (s * half * 0.96, -tall)], 0.1, 0.08, beam)
    drawing.stroke([(-half, -tall * 0.97), (half, -tall * 0.97)], 0.1, 0.1, beam)
    peak, over = rng.uniform(-0.4, 0.4) * half, half * rng.uniform(0.22, 0.4)
    foot, bow = -tall + 0.16, rng.uniform(0.1, 0.3)
    left, right = -half - over, half + over
    slope = [0.0, 0.2, 0.4, 0.6, 0.8]
    west = [(left + (peak - left) * s + bow * math.sin(math.pi * s) * half * 0.6, foot - rise * s) for s in slope]
    east = [(right + (peak - right) * s - bow * math.sin(math.pi * s) * half * 0.6, foot - rise * s) for s in slope]
    drawing.polygon(
        [*west, (peak, foot - rise), *east[::-1], (half * 0.5, foot - 0.08), (-half * 0.5, foot - 0.08)],
        _lit(palette.roof, sun, 0.48),
    )
    for course in range(1, 5):
        (a, y), (b, _) = west[course], east[course]
        drawing.stroke(
            [(a, y), ((a + b) / 2, y + 0.08), (b, y)], 0.035, 0.035, Paint(darker(palette.roof, 0.55), alpha=0.4)
        )
    drawing.rectangle(-half, -tall + 0.08, half, -tall + 0.26, Paint(BLACK, alpha=0.25))
    _glowing(drawing, rng, peak * 0.6, foot - rise * 0.38, 0.3, palette, shape="round")
    side = rng.choice((-1, 1))
    _portal(drawing, -side * half * 0.4, min(0.7, tall * 0.75), 0.5, palette)
    _glowing(
        drawing,
        rng,
        side * half * 0.45,
        -tall * 0.5,
        min(0.36, tall * 0.3),
        palette,
        shape=rng.choice(("arch", "round")),
    )
    if rng.random() < 0.4:
        _turret(
            drawing, rng, side * (half + 0.3), 0, -tall - rng.uniform(0.3, 1.1), 0.34, palette, sun, roof=palette.accent
        )


def _castle(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
    count = rng.randint(3, 5)
    half = rng.uniform(1.3, 1.9)
    places = [-half + 2 * half * place / (count - 1) for place in range(count)]
    for x in places[1:-1]:
        _turret(
            drawing,
            rng,
            x * 0.8 + rng.uniform(-0.2, 0.2),
            -0.4,
            -rng.uniform(1.6, 3.0),
            rng.uniform(0.3, 0.5),
            palette,
            sun,
            roof=rng.choice((palette.roof, palette.accent)),
        )
    level = rng.uniform(0.8, 1.3)
    drawing.rectangle(-half, -level, half, 0, Paint(palette.wall, darker(palette.wall, 0.3), texture="stroke", grain=9))
    teeth = rng.randint(6, 10)
    for tooth in range(teeth):
        x = -half + 2 * half * (tooth + 0.25) / teeth
        drawing.rectangle(x, -level - 0.16, x + half / teeth, -level + 0.02, Paint(lighter(palette.wall, 0.05)))
    for x in (-half * 0.5, half * 0.5):
        _glowing(drawing, rng, x, -level * 0.58, 0.26, palette)
    _portal(drawing, 0, level * 0.68, 0.6, palette)
    for x in (places[0], places[-1]):
        _turret(drawing, rng, x, 0, -level - rng.uniform(0.1, 0.9), rng.uniform(0.34, 0.5), palette, sun)


def _mushroom(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
    half, tall = rng.uniform(0.5, 0.85), rng.uniform(1.1, 1.9)
    wide, high = half * rng.uniform(2.0, 2.8), rng.uniform(0.9, 1.6)
    stem = lighter(palette.wall, 0.25)
    drawing.polygon(
        [
            (-half * 1.35, 0),
            (-half * 0.95, -tall * 0.45),
            (-half * 0.85, -tall),
            (half * 0.85, -tall),
            (half * 0.95, -tall * 0.45),
            (half * 1.35, 0),
        ],
        _lit(stem, sun),
    )
    drawing.ellipse(0, -tall, wide, high * 0.2, Paint(darker(mix(palette.roof, stem, 0.5), 0.4)))
    for gill in range(-5, 6):
        drawing.stroke(
            [(gill * half * 0.15, -tall + 0.05), (gill * wide * 0.17, -tall)], 0.02, 0.02, Paint(stem, alpha=0.4)
        )
    dome(drawing, 0, -tall, wide, high, palette.roof, sun=sun)
    for _ in range(rng.randint(6, 12)):
        across, up = rng.uniform(-0.85, 0.85), rng.uniform(0.1, 0.85)
        if across * across + up * up < 0.85:
            spot = rng.uniform(0.06, 0.17)
            drawing.ellipse(
                across * wide,
                -tall - up * high,
                spot * (1.1 - 0.5 * abs(across)),
                spot * 0.8,
                Paint(lighter(palette.moon, 0.1)),
            )
    for x in rng.sample((-0.42, 0.0, 0.42), rng.randint(1, 3)):
        _glowing(drawing, rng, x * wide, -tall - high * 0.38, 0.26, palette, shape="round")
    _portal(drawing, 0, 0.66, 0.46, palette)
    _glowing(drawing, rng, rng.choice((-1, 1)) * half * 0.3, -tall * 0.78, 0.2, palette, shape="round")
    if rng.random() < 0.6:
        chimney(
            drawing,
            rng.choice((-1, 1)) * wide * 0.45,
            -tall - high * 0.7,
            -tall - high * 1.3,
            mix(palette.wall, BLACK, 0.3),
        )


def _stack(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
    """Rooms piled on each other, each with a roof of its own that curls up at its ends."""
    foot, half = 0.0, rng.uniform(0.95, 1.4)
    floors = rng.randint(2, 4)
    x = 0.0
    for level in range(floors):
        tall = rng.uniform(0.6, 0.9)
        drawing.rectangle(
            x - half, foot - tall, x + half, foot, _lit(mix(palette.wall, palette.accent, 0.25 * (level % 2)), sun)
        )
        if level:
            for place in range(max(1, round(half / 0.4))):
                _glowing(
                    drawing,
                    rng,
                    x - half + 2 * half * (place + 0.5) / max(1, round(half / 0.4)),
                    foot - tall * 0.4,
                    0.22,
                    palette,
                )
        else:
            _portal(drawing, x, tall * 0.72, 0.46, palette)
            for s in (-0.62, 0.62):
                _glowing(drawing, rng, x + s * half, foot - tall * 0.45, 0.26, palette)
        top, eave = foot - tall, half * rng.uniform(1.3, 1.55)
        lift, rise = rng.uniform(0.12, 0.3), rng.uniform(0.35, 0.5)
        curl = [
            (x - eave, top - lift * 0.6),
            (x - eave * 0.6, top - 0.06),
            (x - half * 0.55, top - rise),
            (x + half * 0.55, top - rise),
            (x + eave * 0.6, top - 0.06),
            (x + eave, top - lift * 0.6),
            (x + half, top + 0.12),
            (x - half, top + 0.12),
        ]
        drawing.polygon(curl, _lit(palette.roof, sun, 0.5))
        foot, half, x = top - rise + 0.06, half * rng.uniform(0.62, 0.85), x + rng.uniform(-0.2, 0.2)
    _cone(drawing, rng, x, foot, half * 1.1, rng.uniform(0.6, 1.4), palette.roof, sun)


def _tree_house(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
    tall, half, leaf = rng.uniform(1.3, 2.0), rng.uniform(0.3, 0.46), mix(palette.near, palette.ground, 0.6)
    for _ in range(16):
        turn, far = rng.uniform(math.pi, math.tau), rng.uniform(0.3, 1.25)
        size = rng.uniform(0.3, 0.55)
        drawing.blob(
            far * 1.3 * math.cos(turn),
            -tall - 0.7 + far * math.sin(turn),
            size * 1.2,
            size,
            Paint(darker(jittered(rng, leaf, 10), 0.15)),
        )
    trunk = [
        (-half * 2.4, 0),
        (-half * 1.1, -0.35),
        (-half, -tall),
        (half, -tall),
        (half * 1.1, -0.35),
        (half * 2.4, 0),
    ]
    drawing.polygon(trunk, _lit(mix(palette.roof, (92, 68, 50), 0.75), sun))
    _portal(drawing, 0, 0.55, 0.36, palette)
    wide, high, rise = rng.uniform(0.75, 1.05), rng.uniform(0.6, 0.85), rng.uniform(0.6, 1.2)
    drawing.rectangle(-wide - 0.25, -tall - 0.05, wide + 0.25, -tall + 0.1, Paint(darker(palette.roof, 0.4)))
    drawing.rectangle(-wide, -tall - high, wide, -tall, _lit(palette.wall, sun))
    for s in (-0.5, 0.5):
        _glowing(drawing, rng, s * wide, -tall - high * 0.48, 0.3, palette)
    _cone(drawing, rng, 0, -tall - high + 0.05, wide * 1.3, rise, palette.roof, sun)
    for _ in range(18):
        turn = rng.choice((rng.uniform(math.pi, math.pi * 1.28), rng.uniform(math.pi * 1.72, math.tau)))
        size = rng.uniform(0.18, 0.36)
        tone = jittered(rng, leaf, 14)
        drawing.blob(
            rng.uniform(1.1, 1.7) * math.cos(turn),
            -tall - 0.35 + 0.8 * math.sin(turn),
            size * 1.2,
            size,
            Paint(lighter(tone, 0.15), darker(tone, 0.3)),
        )


def _palace(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
    """Onion domes over a low hall."""
    half, tall = rng.uniform(1.1, 1.6), rng.uniform(0.8, 1.1)
    centre = rng.uniform(0.5, 0.75)

    def onion(x: float, foot: float, size: float, colour: Colour) -> None:
        outline = [(0.75, 0.0), (1.05, 0.35), (1.0, 0.75), (0.7, 1.1), (0.3, 1.4), (0.08, 1.7)]
        right = [(x + a * size, foot - b * size) for a, b in outline]
        left = [(x - a * size, foot - b * size) for a, b in reversed(outline)]
        drawing.polygon([*right, (x, foot - 2.1 * size), *left], _lit(colour, sun, 0.5))
        drawing.blob(x, foot - 2.1 * size, size * 0.09, size * 0.09, Paint(palette.glow))

    for side in (-1, 1):
        x, top = side * half * 0.98, -tall - rng.uniform(0.2, 0.9)
        drawing.rectangle(x - 0.2, top, x + 0.2, 0, _lit(palette.wall, sun))
        onion(x, top, 0.27, palette.accent)
        _glowing(drawing, rng, x, top + 0.35, 0.17, palette)
    top = -tall - rng.uniform(0.3, 0.7)
    drawing.rectangle(-centre, top, centre, -tall, _lit(palette.wall, sun))
    onion(0, top, centre * 0.95, palette.roof)
    drawing.rectangle(
        -half, -tall, half, 0, Paint(lighter(palette.wall, 0.1), darker(palette.wall, 0.25), texture="stroke", grain=8)
    )
    drawing.rectangle(-half - 0.08, -tall - 0.08, half + 0.08, -tall + 0.03, Paint(palette.accent))
    for s in (-0.68, -0.38, 0.38, 0.68):
        _glowing(drawing, rng, s * half, -tall * 0.5, 0.24, palette)
    _portal(drawing, 0, tall * 0.78, 0.5, palette)


def _mill(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
    tall, half = rng.uniform(1.7, 2.4), rng.uniform(0.6, 0.85)
    drawing.polygon(
        [(-half * 1.25, 0), (-half * 0.75, -tall), (half * 0.75, -tall), (half * 1.25, 0)], _lit(palette.wall, sun)
    )
    drawing.rectangle(-half * 1.25, -tall * 0.36, half * 1.25, -tall * 0.31, Paint(darker(palette.roof, 0.3)))
    _cone(drawing, rng, 0, -tall + 0.05, half * 1.05, half * 1.5, palette.roof, sun, pennant=False)
    _glowing(drawing, rng, 0, -tall * 0.5, 0.3, palette)
    _portal(drawing, 0, 0.58, 0.44, palette)
    hub, turn, reach = (0.0, -tall + 0.1), rng.uniform(0, math.pi / 2), rng.uniform(1.2, 1.6)
    for sail in range(4):
        angle = turn + sail * math.pi / 2
        along, across = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
        cloth = np.array(
            [hub + along * reach * a + across * b for a, b in ((0.22, 0.0), (1.0, 0.0), (1.0, 0.32), (0.22, 0.24))]
        )
        drawing.polygon(cloth, Paint(lighter(palette.accent, 0.45), alpha=0.9))
        end = hub + along * reach
        drawing.stroke([hub, (float(end[0]), float(end[1]))], 0.08, 0.05, Paint(darker(palette.roof, 0.5)))
    drawing.blob(*hub, 0.1, 0.1, Paint(darker(palette.roof, 0.6)))


_FORMS: tuple[tuple[str, Callable[[Drawing, Random, Palette, int], None]], ...] = (
    ("tower", _tower),
    ("tower", _tower),
    ("cottage", _cottage),
    ("cottage", _cottage),
    ("castle", _castle),
    ("mushroom house", _mushroom),
    ("stacked house", _stack),
    ("tree house", _tree_house),
    ("palace", _palace),
    ("windmill", _mill),
)
