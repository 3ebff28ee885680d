"""Plain houses with gables and hips: ranch, bungalow, two storeys. Units are storeys."""

from random import Random

from housegan.demo.painter.colour import BLACK, darker
from housegan.demo.painter.drawing import Drawing, Paint
from housegan.demo.painter.fittings import House, Materials, chimney, door, gable, garage, roof, shutters, wall, window


def ranch(rng: Random, look: Materials) -> House:
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


def bungalow(rng: Random, look: Materials) -> House:
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


def two_storeys(rng: Random, look: Materials) -> House:
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
