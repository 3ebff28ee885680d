"""Plain houses under a plain sun: ranch, bungalow, two storeys, corner view, modern, mission."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from housegan.demo.painter.colour import BLACK, darker, lighter, pick
from housegan.demo.painter.drawing import Drawing, Paint
from housegan.demo.painter.fittings import Materials, chimney, door, gable, garage, roof, shutters, wall, window

_WALLS = (
    "e8dcc3",
    "f0e9da",
    "d9c3a0",
    "d8b99a",
    "c9a887",
    "e3c9b5",
    "b9c2c4",
    "a9b39b",
    "c8ccc4",
    "d7d2c8",
    "b48a6c",
    "8fa1ad",
    "efe3b8",
    "d3a896",
    "9aa38e",
    "f4f1ea",
    "7c8791",
    "c4b19d",
)
_ROOFS = ("a9593b", "b56a48", "8a4a35", "6f6a66", "55565a", "7d6552", "8c7b6a", "474a50", "9a7f66", "5f5348")
_TRIMS = ("f4f0e6", "ece6d8", "ffffff", "5a4636", "d8cdb8", "3f4348")
_DOORS = ("8c3a2e", "2f6068", "2c3e5c", "7a4e2c", "2e2c2b", "5d6f4a", "b98a3c", "a24b3f", "e6e1d6")


@dataclass(frozen=True, slots=True)
class House:
    """A drawing on the ground line y = 0, and where on it a drive and a path begin."""

    drawing: Drawing
    form: str
    drive: tuple[float, float] | None
    path: float | None


def suburban_house(rng: Random, *, sun: int) -> House:
    look = Materials(pick(rng, _WALLS), pick(rng, _ROOFS), pick(rng, _TRIMS), pick(rng, _DOORS), (58, 72, 86), sun)
    return rng.choice(_FORMS)(rng, look)


def _ranch(rng: Random, look: Materials) -> House:
    drawing = Drawing()
    half, eaves, rise = rng.uniform(1.9, 2.7), -rng.uniform(0.86, 1.05), rng.uniform(0.4, 0.75)
    slant = rng.choice((0.1, 0.5, 0.9))
    if rng.random() < 0.6:
        chimney(drawing, rng.uniform(-0.5, 0.8) * half, eaves, eaves - rise - rng.uniform(0.2, 0.4), (150, 92, 74))
    wall(drawing, -half, eaves, half, look.wall)
    side = rng.choice((-1, 1))
    wing = rng.uniform(0.36, 0.48) * 2 * half
    wing_left = -half - 0.05 if side < 0 else half + 0.05 - wing
    free = (wing_left + wing, half) if side < 0 else (-half, wing_left)
    room = free[1] - free[0]
    door_x = free[0] + room * (0.18 if side < 0 else 0.82)
    door(drawing, door_x, look)
    centre, reach = free[0] + room * (0.64 if side < 0 else 0.36), room * rng.uniform(0.13, 0.24)
    window(drawing, centre - reach, -0.72, centre + reach, -0.3, look, rng)
    if rng.random() < 0.4:
        shutters(drawing, centre - reach, -0.72, centre + reach, -0.3, look.door)
    roof(
        drawing,
        [
            (-half + slant, eaves - rise),
            (half - slant, eaves - rise),
            (half + 0.22, eaves + 0.06),
            (-half - 0.22, eaves + 0.06),
        ],
        look.roof,
    )
    drawing.rectangle(-half - 0.22, eaves + 0.03, half + 0.22, eaves + 0.11, Paint(look.trim))
    if rng.random() < 0.4:
        for post in range(4):
            x = free[0] + room * (post + 0.3) / 4
            drawing.rectangle(x - 0.03, eaves + 0.1, x + 0.03, 0, Paint(look.trim))
    shade = wing_left + wing if look.sun < 0 else wing_left - 0.25
    drawing.rectangle(shade, eaves + 0.1, shade + 0.25, 0, Paint(BLACK, alpha=0.22))
    wall(drawing, wing_left, eaves, wing_left + wing, look.wall, eaves=0)
    gable(drawing, wing_left, wing_left + wing, eaves, eaves - rise * rng.uniform(0.75, 1.05), look)
    if rng.random() < 0.7:
        drive = (wing_left + wing * 0.13, wing_left + wing * 0.87)
        garage(drawing, *drive, look, rng)
        return House(drawing, "ranch", drive, door_x)
    window(drawing, wing_left + wing * 0.25, -0.75, wing_left + wing * 0.75, -0.25, look, rng)
    return House(drawing, "ranch", None, door_x)


def _bungalow(rng: Random, look: Materials) -> House:
    drawing = Drawing()
    half, eaves, rise = rng.uniform(1.3, 1.8), -rng.uniform(0.95, 1.2), rng.uniform(0.65, 1.1)
    if rng.random() < 0.5:
        chimney(drawing, rng.choice((-1, 1)) * half * 0.6, eaves, eaves - rise - 0.1, (136, 84, 70))
    wall(drawing, -half, eaves, half, look.wall, eaves=0)
    gable(drawing, -half, half, eaves, eaves - rise, look, overhang=0.28)
    vent = 0.16 + 0.1 * rng.random()
    window(drawing, -vent, eaves - rise * 0.5, vent, eaves - rise * 0.18, look, rng)
    side = rng.choice((-1, 1))
    window(drawing, side * 0.6 * half - 0.3, -0.78, side * 0.6 * half + 0.3, -0.28, look, rng)
    door_x = -side * half * rng.uniform(0.3, 0.5)
    door(drawing, door_x, look)
    left, right = (
        (-half * 0.95, half * 0.95) if rng.random() < 0.5 else sorted((-side * half * 0.98, side * half * 0.08))
    )
    top = eaves + 0.08
    drawing.rectangle(left, top + 0.14, right, top + 0.5, Paint(BLACK, alpha=0.22))
    if rng.random() < 0.5:
        gable(drawing, left, right, top + 0.1, top - rise * 0.4, look)
    else:
        roof(
            drawing,
            [(left + 0.15, top - 0.24), (right - 0.15, top - 0.24), (right + 0.1, top + 0.1), (left - 0.1, top + 0.1)],
            look.roof,
            courses=3,
        )
    drawing.rectangle(left - 0.08, top + 0.08, right + 0.08, top + 0.18, Paint(look.trim))
    stone = darker(look.trim, 0.35)
    for x in (left + 0.1, right - 0.1):
        drawing.polygon(
            [(x - 0.07, top + 0.18), (x + 0.07, top + 0.18), (x + 0.1, -0.3), (x - 0.1, -0.3)], Paint(look.trim)
        )
        drawing.rectangle(x - 0.15, -0.34, x + 0.15, 0.02, Paint(stone, darker(stone, 0.3), texture="grit", grain=14))
    return House(drawing, "bungalow", None, door_x)


def _two_storeys(rng: Random, look: Materials) -> House:
    drawing = Drawing()
    half, eaves = rng.uniform(1.1, 1.5), -rng.uniform(1.75, 2.0)
    rise, side, wing = rng.uniform(0.4, 0.7), rng.choice((-1, 1)), rng.uniform(1.2, 1.6)
    wing_left = half - 0.1 if side > 0 else -half + 0.1 - wing
    wall(drawing, wing_left, -0.95, wing_left + wing, darker(look.wall, 0.05))
    drive = (wing_left + wing * 0.16, wing_left + wing * 0.86)
    garage(drawing, *drive, look, rng)
    roof(
        drawing,
        [
            (wing_left + 0.3, -1.3),
            (wing_left + wing - 0.3, -1.3),
            (wing_left + wing + 0.15, -0.92),
            (wing_left - 0.15, -0.92),
        ],
        look.roof,
        courses=4,
    )
    drawing.rectangle(wing_left - 0.15, -0.94, wing_left + wing + 0.15, -0.86, Paint(look.trim))
    if rng.random() < 0.5:
        chimney(drawing, -side * half * 0.7, eaves, eaves - rise - 0.2, (150, 96, 78))
    wall(drawing, -half, eaves, half, look.wall)
    gabled = rng.random() < 0.45
    if gabled:
        gable(drawing, -half, half, eaves, eaves - rise * 1.5, look)
    else:
        slant = rng.uniform(0.3, 0.9)
        roof(
            drawing,
            [
                (-half + slant, eaves - rise),
                (half - slant, eaves - rise),
                (half + 0.2, eaves + 0.05),
                (-half - 0.2, eaves + 0.05),
            ],
            look.roof,
        )
        drawing.rectangle(-half - 0.2, eaves + 0.02, half + 0.2, eaves + 0.1, Paint(look.trim))
    count = rng.choice((2, 3))
    painted = rng.random() < 0.5
    for place in range(count):
        x = -half + 2 * half * (place + 0.5) / count
        box = (x - 0.2, eaves + 0.3, x + 0.2, eaves + 0.74)
        window(drawing, *box, look, rng)
        if painted:
            shutters(drawing, *box, look.door)
    door_x = side * half * 0.45
    door(drawing, door_x, look, arched=rng.random() < 0.3)
    x = -side * half * 0.45
    window(drawing, x - 0.3, -0.74, x + 0.3, -0.26, look, rng)
    if rng.random() < 0.5:
        drawing.rectangle(-half, -0.98, half, -0.92, Paint(look.trim))
    return House(drawing, "house of two storeys", drive, door_x)


def _corner(rng: Random, look: Materials) -> House:
    """A gable front with its long side falling away to the back."""
    drawing = Drawing()
    front, deep, eaves = rng.uniform(1.5, 2.1), rng.uniform(1.6, 2.6), -rng.uniform(0.9, 1.15)
    rise, lift = rng.uniform(0.55, 0.95), rng.uniform(0.1, 0.26)
    left = -front / 2 - deep / 2
    right, back = left + front, left + front + deep
    lit = look.sun > 0
    flank = look.wall if lit else darker(look.wall, 0.35)
    drawing.polygon(
        [(right, eaves), (back, eaves - lift * 0.2), (back, -lift), (right, 0)],
        Paint(flank, darker(flank, 0.12), texture="grit", grain=5),
    )
    for place in (0.2, 0.58):
        a, b = right + deep * place, right + deep * (place + 0.24)
        down = lift * place
        drawing.polygon(
            [(a, -0.72 - down * 0.5), (b, -0.74 - down * 0.5), (b, -0.3 - down), (a, -0.27 - down)], Paint(look.trim)
        )
        drawing.polygon(
            [
                (a + 0.04, -0.68 - down * 0.5),
                (b - 0.04, -0.7 - down * 0.5),
                (b - 0.04, -0.34 - down),
                (a + 0.04, -0.31 - down),
            ],
            Paint((120, 140, 156), look.glass),
        )
    if rng.random() < 0.6:
        chimney(drawing, right + deep * rng.uniform(0, 0.5), eaves - rise, eaves - rise - 0.38, (142, 90, 74))
    slope = look.roof if lit else darker(look.roof, 0.15)
    ridge = (left + right) / 2
    roof(
        drawing,
        [
            (ridge, eaves - rise),
            (back - front / 2 + 0.15, eaves - rise * 0.93 - lift * 0.3),
            (back + 0.15, eaves + 0.06 - lift * 0.2),
            (right + 0.1, eaves + 0.1),
        ],
        slope,
        courses=7,
    )
    front_look = Materials(
        darker(look.wall, 0.28) if lit else look.wall, look.roof, look.trim, look.door, look.glass, look.sun
    )
    wall(drawing, left, eaves, right, front_look.wall, eaves=0)
    gable(drawing, left, right, eaves, eaves - rise, front_look)
    if rng.random() < 0.5:
        drive = (left + front * 0.14, left + front * 0.86)
        garage(drawing, *drive, front_look, rng)
        return House(drawing, "corner house", drive, None)
    door(drawing, left + front * 0.28, front_look)
    window(drawing, left + front * 0.52, -0.76, left + front * 0.86, -0.28, front_look, rng)
    return House(drawing, "corner house", None, left + front * 0.28)


def _modern(rng: Random, look: Materials) -> House:
    drawing = Drawing()
    low, high = rng.uniform(0.85, 1.0), rng.uniform(1.15, 2.0)
    split, half, wood = rng.uniform(-0.6, 0.6), rng.uniform(1.7, 2.5), (146, 98, 62)
    wall(drawing, -half, -low, split, look.wall)
    wall(drawing, split, -high, half, rng.choice((darker(look.wall, 0.3), lighter(look.wall, 0.3), wood)))
    slab = Paint(rng.choice((look.trim, (62, 60, 60))))
    tilt = rng.choice((0, 0, 0.18, 0.3))
    drawing.polygon(
        [
            (-half - 0.3, -low - 0.13 - tilt),
            (split + 0.1, -low - 0.13),
            (split + 0.1, -low + 0.02),
            (-half - 0.3, -low + 0.02),
        ],
        slab,
    )
    drawing.rectangle(split - 0.15, -high - 0.12, half + 0.3, -high + 0.02, slab)
    drive = (split + (half - split) * 0.12, split + (half - split) * 0.8)
    garage(drawing, *drive, look, rng)
    if high > 1.5:
        window(drawing, split + 0.25, -high + 0.28, half - 0.25, -high + 0.72, look, rng)
    door_x = split - 0.35
    drawing.rectangle(door_x - 0.35, -low + 0.1, split, 0, Paint(wood, darker(wood, 0.3), texture="planks", grain=10))
    door(drawing, door_x, look)
    window(drawing, -half + 0.2, -low + 0.22, door_x - 0.5, -0.12, look, rng)
    drawing.rectangle(split - 0.3, -low, split, 0, Paint(BLACK, alpha=0.18))
    return House(drawing, "modern house", drive, door_x)


def _mission(rng: Random, look: Materials) -> House:
    drawing = Drawing()
    tile, half, eaves = (
        pick(rng, ("b5653f", "a4552f", "c27a4e", "96482f")),
        rng.uniform(1.6, 2.3),
        -rng.uniform(0.95, 1.15),
    )
    side, tower = rng.choice((-1, 1)), rng.uniform(0.9, 1.2)
    centre = side * half * rng.uniform(0.3, 0.75)
    wall(drawing, -half, eaves, half, look.wall)
    roof(
        drawing,
        [
            (-half + 0.35, eaves - 0.4),
            (half - 0.35, eaves - 0.4),
            (half + 0.16, eaves + 0.05),
            (-half - 0.16, eaves + 0.05),
        ],
        tile,
        courses=5,
    )
    top = eaves - rng.uniform(0.4, 0.8)
    wall(drawing, centre - tower / 2, top, centre + tower / 2, lighter(look.wall, 0.08))
    if rng.random() < 0.5:
        roof(
            drawing,
            [
                (centre - 0.05, top - 0.45),
                (centre + 0.05, top - 0.45),
                (centre + tower / 2 + 0.15, top + 0.04),
                (centre - tower / 2 - 0.15, top + 0.04),
            ],
            tile,
            courses=4,
        )
    else:
        drawing.arch(
            centre - tower * 0.32, top - 0.34, centre + tower * 0.32, top + 0.02, Paint(lighter(look.wall, 0.08))
        )
        drawing.rectangle(centre - tower / 2 - 0.06, top - 0.06, centre + tower / 2 + 0.06, top + 0.04, Paint(tile))
    drawing.arch(centre - 0.13, top + 0.2, centre + 0.13, top + 0.56, Paint((44, 52, 62)))
    door(drawing, centre, look, arched=True, tall=0.74, wide=0.42)
    rest = (-half + 0.2, centre - tower / 2 - 0.15) if side > 0 else (centre + tower / 2 + 0.15, half - 0.2)
    openings = max(2, round((rest[1] - rest[0]) / rng.uniform(0.5, 0.75)))
    step = (rest[1] - rest[0]) / openings
    for place in range(openings):
        x = rest[0] + step * (place + 0.5)
        drawing.arch(x - step * 0.36, -0.78, x + step * 0.36, -0.02, Paint(darker(look.wall, 0.25)))
        drawing.arch(x - step * 0.3, -0.74, x + step * 0.3, -0.02, Paint((70, 66, 66), (46, 42, 40)))
    return House(drawing, "mission house", None, centre)


_FORMS: tuple[Callable[[Random, Materials], House], ...] = (
    _ranch,
    _ranch,
    _bungalow,
    _two_storeys,
    _corner,
    _modern,
    _mission,
)
