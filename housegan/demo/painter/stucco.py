"""Plain houses of boxes and tiles: the corner view, the modern house, the mission house. Units are storeys."""

from random import Random

from housegan.demo.painter.colour import BLACK, darker, lighter, pick
from housegan.demo.painter.drawing import Drawing, Paint
from housegan.demo.painter.fittings import House, Materials, chimney, door, gable, garage, roof, wall, window


def corner_house(rng: Random, look: Materials) -> House:
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


def modern_house(rng: Random, look: Materials) -> House:
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


def mission_house(rng: Random, look: Materials) -> House:
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
