"""Dreamt houses for small folk: cottages, mushrooms, tree houses, windmills. Each is drawn onto the ground y = 0."""

import math
from random import Random

import numpy as np

from housegan.demo.painter.colour import BLACK, darker, jittered, lighter, mix
from housegan.demo.painter.drawing import Drawing, Paint
from housegan.demo.painter.fittings import chimney
from housegan.demo.painter.masonry import cone, lit_window, portal, rounded, turret
from housegan.demo.painter.palette import Palette
from housegan.demo.painter.plants import dome


def cottage(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
    half, tall, rise = rng.uniform(0.9, 1.5), rng.uniform(0.8, 1.5), rng.uniform(1.0, 2.1)
    flare = rng.uniform(0.75, 1.15)
    smoke = rng.choice((-1, 1)) * half * 0.5
    chimney(drawing, smoke, -tall, -tall - rise * rng.uniform(0.8, 1.05), mix(palette.wall, palette.roof, 0.4))
    drawing.polygon([(-half * flare, 0), (-half, -tall), (half, -tall), (half * flare, 0)], rounded(palette.wall, sun))
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
        rounded(palette.roof, sun, 0.48),
    )
    for course in range(1, 5):
        (a, y), (b, _) = west[course], east[course]
        drawing.stroke(
            [(a, y), ((a + b) / 2, y + 0.08), (b, y)], 0.035, 0.035, Paint(darker(palette.roof, 0.55), alpha=0.4)
        )
    drawing.rectangle(-half, -tall + 0.08, half, -tall + 0.26, Paint(BLACK, alpha=0.25))
    lit_window(drawing, rng, peak * 0.6, foot - rise * 0.38, 0.3, palette, shape="round")
    side = rng.choice((-1, 1))
    portal(drawing, -side * half * 0.4, min(0.7, tall * 0.75), 0.5, palette)
    lit_window(
        drawing,
        rng,
        side * half * 0.45,
        -tall * 0.5,
        min(0.36, tall * 0.3),
        palette,
        shape=rng.choice(("arch", "round")),
    )
    if rng.random() < 0.4:
        turret(
            drawing, rng, side * (half + 0.3), 0, -tall - rng.uniform(0.3, 1.1), 0.34, palette, sun, roof=palette.accent
        )


def mushroom_house(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
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
        rounded(stem, sun),
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
        lit_window(drawing, rng, x * wide, -tall - high * 0.38, 0.26, palette, shape="round")
    portal(drawing, 0, 0.66, 0.46, palette)
    lit_window(drawing, rng, rng.choice((-1, 1)) * half * 0.3, -tall * 0.78, 0.2, palette, shape="round")
    if rng.random() < 0.6:
        chimney(
            drawing,
            rng.choice((-1, 1)) * wide * 0.45,
            -tall - high * 0.7,
            -tall - high * 1.3,
            mix(palette.wall, BLACK, 0.3),
        )


def tree_house(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
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
    drawing.polygon(trunk, rounded(mix(palette.roof, (92, 68, 50), 0.75), sun))
    portal(drawing, 0, 0.55, 0.36, palette)
    wide, high, rise = rng.uniform(0.75, 1.05), rng.uniform(0.6, 0.85), rng.uniform(0.6, 1.2)
    drawing.rectangle(-wide - 0.25, -tall - 0.05, wide + 0.25, -tall + 0.1, Paint(darker(palette.roof, 0.4)))
    drawing.rectangle(-wide, -tall - high, wide, -tall, rounded(palette.wall, sun))
    for s in (-0.5, 0.5):
        lit_window(drawing, rng, s * wide, -tall - high * 0.48, 0.3, palette)
    cone(drawing, rng, 0, -tall - high + 0.05, wide * 1.3, rise, palette.roof, sun)
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


def windmill(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
    tall, half = rng.uniform(1.7, 2.4), rng.uniform(0.6, 0.85)
    drawing.polygon(
        [(-half * 1.25, 0), (-half * 0.75, -tall), (half * 0.75, -tall), (half * 1.25, 0)], rounded(palette.wall, sun)
    )
    drawing.rectangle(-half * 1.25, -tall * 0.36, half * 1.25, -tall * 0.31, Paint(darker(palette.roof, 0.3)))
    cone(drawing, rng, 0, -tall + 0.05, half * 1.05, half * 1.5, palette.roof, sun, pennant=False)
    lit_window(drawing, rng, 0, -tall * 0.5, 0.3, palette)
    portal(drawing, 0, 0.58, 0.44, palette)
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
