"""Rooms, so that a curator has something to refuse: back wall, floor, window, furniture, lamp."""

from random import Random
from typing import NamedTuple

import numpy as np

from housegan.demo.painter.canvas import SUPERSAMPLE
from housegan.demo.painter.colour import BLACK, WHITE, Colour, darker, jittered, lighter, pick
from housegan.demo.painter.drawing import Drawing, Paint
from housegan.demo.painter.scene import Scene, photographed

_PLASTER = ("d9cdbb", "b9c4c0", "cfa98c", "8fa39a", "e6dfd0", "a7b1c2", "7d8a80", "c9b7c0")
_FLOORS = ("8a5f3c", "a67c52", "6d4a32", "b89b78", "74685e")
_CLOTH = ("8c3f3a", "3f5f74", "5f6f4a", "c08a3e", "6a5578", "b9a58a", "394046")


class _Room(NamedTuple):
    """Where the back wall begins and ends, its foot, the picture's height, all in px, and two colours."""

    left: float
    right: float
    foot: float
    height: int
    cloth: Colour
    timber: Colour


def room_scene(seed: int, *, width: int, height: int) -> Scene:
    """A room seen from within. What would be the scene's house is its furniture."""
    rng = Random(f"interior {seed}")
    plaster, timber, cloth = pick(rng, _PLASTER), pick(rng, _FLOORS), pick(rng, _CLOTH)
    left, right = rng.uniform(0.06, 0.3) * width, rng.uniform(0.7, 0.95) * width
    top, foot = rng.uniform(0.05, 0.2) * height, rng.uniform(0.58, 0.72) * height
    shell, things = Drawing(), Drawing()
    shell.polygon([(0, 0), (width, 0), (right, top), (left, top)], Paint(lighter(plaster, 0.6), lighter(plaster, 0.35)))
    shell.polygon(
        [(0, 0), (left, top), (left, foot), (0, height)],
        Paint(darker(plaster, 0.3), darker(plaster, 0.12), across=True),
    )
    shell.polygon(
        [(width, 0), (right, top), (right, foot), (width, height)],
        Paint(darker(plaster, 0.05), darker(plaster, 0.22), across=True),
    )
    shell.rectangle(left, top, right, foot, Paint(lighter(plaster, 0.12), plaster, texture="grit", grain=3))
    shell.polygon(
        [(left, foot), (right, foot), (width, height), (0, height)],
        Paint(darker(timber, 0.15), lighter(timber, 0.12), texture="planks", grain=8),
    )
    for board in range(1, 12):
        t = board / 12
        shell.stroke(
            [(left + (right - left) * t, foot), (width * t, height)],
            0.6,
            1.4,
            Paint(darker(timber, 0.4), alpha=0.5),
        )
    shell.rectangle(left, foot - height * 0.02, right, foot, Paint(lighter(plaster, 0.6)))

    wide, high = right - left, foot - top
    for _ in range(rng.randint(0, 2)):
        x, y, size = (
            left + wide * rng.uniform(0.05, 0.8),
            top + high * rng.uniform(0.12, 0.35),
            wide * rng.uniform(0.09, 0.16),
        )
        things.rectangle(x - 2, y - 2, x + size + 2, y + size * 1.2 + 2, Paint(darker(timber, 0.3)))
        things.rectangle(x, y, x + size, y + size * 1.2, Paint(pick(rng, _CLOTH), pick(rng, _PLASTER)))
    _window(
        things,
        rng,
        left + wide * rng.choice((0.08, 0.32, 0.55)),
        top + high * 0.14,
        wide * rng.uniform(0.26, 0.4),
        high * rng.uniform(0.42, 0.55),
    )
    things.ellipse(
        width * 0.5,
        (foot + height) / 2 + height * 0.05,
        width * rng.uniform(0.25, 0.4),
        (height - foot) * 0.32,
        Paint(lighter(jittered(rng, cloth, 30), 0.35), texture="blotch", grain=6),
    )
    rng.choice((_sofa, _bed, _table))(things, rng, _Room(left, right, foot, height, cloth, timber))
    _lamp(
        things,
        rng,
        rng.choice((left + wide * 0.06, right - wide * 0.06)),
        foot + height * 0.06,
        high * rng.uniform(0.6, 0.8),
    )
    backdrop = np.full((height * SUPERSAMPLE, width * SUPERSAMPLE, 3), 128, dtype=np.uint8)
    return Scene(
        backdrop,
        shell,
        things,
        Drawing(),
        None,
        photographed(rng, min(width, height)),
        rng.choice(("Living room", "Bedroom", "Room with a lamp", "Reading corner")),
    )


def _window(drawing: Drawing, rng: Random, x: float, y: float, wide: float, high: float) -> None:
    drawing.rectangle(x - 3, y - 3, x + wide + 3, y + high + 3, Paint(WHITE))
    drawing.rectangle(x, y, x + wide, y + high, Paint((188, 214, 236), (224, 232, 214)))
    drawing.rectangle(x + wide / 2 - 1, y, x + wide / 2 + 1, y + high, Paint(WHITE))
    drapes = pick(rng, _CLOTH)
    for start in (x - wide * 0.16, x + wide * 0.86):
        for fold in range(4):
            a = start + wide * 0.3 * fold / 4
            drawing.rectangle(
                a, y - 6, a + wide * 0.078, y + high * 1.25, Paint(lighter(drapes, 0.25 if fold % 2 else 0.08))
            )
    drawing.rectangle(x - wide * 0.2, y - 8, x + wide * 1.2, y - 5, Paint((70, 54, 44)))


def _sofa(drawing: Drawing, rng: Random, room: _Room) -> None:
    left, right, foot, height, cloth, _ = room
    x, wide = left + (right - left) * rng.uniform(0.1, 0.3), (right - left) * rng.uniform(0.5, 0.62)
    seat, y = wide * 0.22, foot + (height - foot) * rng.uniform(0.25, 0.5)
    drawing.ellipse(x + wide / 2, y + 1, wide * 0.56, seat * 0.2, Paint(BLACK, alpha=0.35))
    drawing.rectangle(
        x, y - seat * 2, x + wide, y, Paint(lighter(cloth, 0.1), darker(cloth, 0.3), texture="blotch", grain=5)
    )
    for cushion in range(3):
        a = x + wide * (0.1 + 0.27 * cushion)
        drawing.rectangle(a, y - seat * 1.15, a + wide * 0.25, y - seat * 0.45, Paint(lighter(cloth, 0.28), cloth))
    for a in (x - wide * 0.05, x + wide * 0.93):
        drawing.arch(a, y - seat * 1.5, a + wide * 0.12, y, Paint(lighter(cloth, 0.16), darker(cloth, 0.35)))


def _bed(drawing: Drawing, rng: Random, room: _Room) -> None:
    left, right, foot, height, cloth, timber = room
    x, wide = left + (right - left) * rng.uniform(0.15, 0.4), (right - left) * rng.uniform(0.4, 0.52)
    drawing.arch(x - 4, foot - wide * 0.55, x + wide + 4, foot + 8, Paint(darker(timber, 0.1), darker(timber, 0.4)))
    near = foot + (height - foot) * 0.75
    drawing.polygon(
        [(x, foot - wide * 0.12), (x + wide, foot - wide * 0.12), (x + wide * 1.2, near), (x - wide * 0.2, near)],
        Paint(lighter(cloth, 0.35), cloth, texture="blotch", grain=6),
    )
    drawing.rectangle(x - wide * 0.2, near, x + wide * 1.2, near + wide * 0.12, Paint(darker(cloth, 0.4)))
    for a in (x + wide * 0.06, x + wide * 0.54):
        drawing.ellipse(
            a + wide * 0.2, foot - wide * 0.08, wide * 0.2, wide * 0.1, Paint((246, 243, 236), (206, 202, 196))
        )


def _table(drawing: Drawing, rng: Random, room: _Room) -> None:
    left, right, foot, height, cloth, timber = room
    x, wide = (left + right) / 2 + rng.uniform(-0.1, 0.1) * (right - left), (right - left) * rng.uniform(0.22, 0.32)
    y, leg = foot + (height - foot) * 0.12, (height - foot) * 0.5
    for side in (-1, 1):
        drawing.rectangle(
            x + side * wide * 1.15 - wide * 0.14,
            y - leg * 0.5,
            x + side * wide * 1.15 + wide * 0.14,
            y + leg * 0.4,
            Paint(cloth, darker(cloth, 0.3)),
        )
        drawing.rectangle(x + side * wide * 0.7 - 3, y, x + side * wide * 0.7 + 3, y + leg, Paint(darker(timber, 0.45)))
    drawing.ellipse(
        x, y, wide, wide * 0.25, Paint(lighter(timber, 0.3), darker(timber, 0.1), texture="planks", grain=8)
    )
    drawing.ellipse(x, y - wide * 0.12, wide * 0.16, wide * 0.12, Paint(pick(rng, _CLOTH)))


def _lamp(drawing: Drawing, rng: Random, x: float, foot: float, tall: float) -> None:
    shade = tall * 0.16
    drawing.stroke([(x, foot), (x, foot - tall)], 2, 2, Paint((52, 46, 44)))
    drawing.ellipse(x, foot, shade * 0.6, shade * 0.2, Paint((52, 46, 44)))
    drawing.polygon(
        [
            (x - shade * 0.6, foot - tall),
            (x + shade * 0.6, foot - tall),
            (x + shade, foot - tall + shade * 1.3),
            (x - shade, foot - tall + shade * 1.3),
        ],
        Paint((255, 238, 196), (250, 208, 140)),
    )
    drawing.light(x, foot - tall + shade, tall * 0.9, (255, 200, 120), rng.uniform(0.4, 0.7))
