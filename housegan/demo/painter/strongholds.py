"""Dreamt houses that tower: towers, castles, stacked houses, palaces. Each is drawn onto the ground y = 0."""

from random import Random

from housegan.demo.painter.colour import Colour, darker, lighter, mix
from housegan.demo.painter.drawing import Drawing, Paint
from housegan.demo.painter.masonry import cone, lit_window, portal, rounded, turret
from housegan.demo.painter.palette import Palette


def tower(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
    tall, half = rng.uniform(2.2, 3.8), rng.uniform(0.5, 0.8)
    for side in rng.sample((-1, 1), rng.randint(0, 2)):
        foot = -rng.uniform(0.25, 0.6) * tall
        small = half * rng.uniform(0.4, 0.6)
        x = side * (half + small * 0.6)
        drawing.polygon(
            [(x - small, foot), (x + small, foot), (side * half * 0.8, foot + 0.6)], Paint(darker(palette.wall, 0.5))
        )
        turret(drawing, rng, x, foot, foot - rng.uniform(0.6, 1.1), small, palette, sun, roof=palette.accent)
    turret(drawing, rng, 0, 0, -tall, half, palette, sun)
    portal(drawing, rng.uniform(-0.2, 0.2), 0.62, 0.46, palette)


def castle(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
    count = rng.randint(3, 5)
    half = rng.uniform(1.3, 1.9)
    places = [-half + 2 * half * place / (count - 1) for place in range(count)]
    for x in places[1:-1]:
        turret(
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
        lit_window(drawing, rng, x, -level * 0.58, 0.26, palette)
    portal(drawing, 0, level * 0.68, 0.6, palette)
    for x in (places[0], places[-1]):
        turret(drawing, rng, x, 0, -level - rng.uniform(0.1, 0.9), rng.uniform(0.34, 0.5), palette, sun)


def stacked_house(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
    """Rooms piled on each other, each with a roof of its own that curls up at its ends."""
    foot, half = 0.0, rng.uniform(0.95, 1.4)
    floors = rng.randint(2, 4)
    x = 0.0
    for level in range(floors):
        tall = rng.uniform(0.6, 0.9)
        drawing.rectangle(
            x - half, foot - tall, x + half, foot, rounded(mix(palette.wall, palette.accent, 0.25 * (level % 2)), sun)
        )
        if level:
            for place in range(max(1, round(half / 0.4))):
                lit_window(
                    drawing,
                    rng,
                    x - half + 2 * half * (place + 0.5) / max(1, round(half / 0.4)),
                    foot - tall * 0.4,
                    0.22,
                    palette,
                )
        else:
            portal(drawing, x, tall * 0.72, 0.46, palette)
            for s in (-0.62, 0.62):
                lit_window(drawing, rng, x + s * half, foot - tall * 0.45, 0.26, palette)
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
        drawing.polygon(curl, rounded(palette.roof, sun, 0.5))
        foot, half, x = top - rise + 0.06, half * rng.uniform(0.62, 0.85), x + rng.uniform(-0.2, 0.2)
    cone(drawing, rng, x, foot, half * 1.1, rng.uniform(0.6, 1.4), palette.roof, sun)


def palace(drawing: Drawing, rng: Random, palette: Palette, sun: int) -> None:
    """Onion domes over a low hall."""
    half, tall = rng.uniform(1.1, 1.6), rng.uniform(0.8, 1.1)
    centre = rng.uniform(0.5, 0.75)

    def onion(x: float, foot: float, size: float, colour: Colour) -> None:
        outline = [(0.75, 0.0), (1.05, 0.35), (1.0, 0.75), (0.7, 1.1), (0.3, 1.4), (0.08, 1.7)]
        right = [(x + a * size, foot - b * size) for a, b in outline]
        left = [(x - a * size, foot - b * size) for a, b in reversed(outline)]
        drawing.polygon([*right, (x, foot - 2.1 * size), *left], rounded(colour, sun, 0.5))
        drawing.blob(x, foot - 2.1 * size, size * 0.09, size * 0.09, Paint(palette.glow))

    for side in (-1, 1):
        x, top = side * half * 0.98, -tall - rng.uniform(0.2, 0.9)
        drawing.rectangle(x - 0.2, top, x + 0.2, 0, rounded(palette.wall, sun))
        onion(x, top, 0.27, palette.accent)
        lit_window(drawing, rng, x, top + 0.35, 0.17, palette)
    top = -tall - rng.uniform(0.3, 0.7)
    drawing.rectangle(-centre, top, centre, -tall, rounded(palette.wall, sun))
    onion(0, top, centre * 0.95, palette.roof)
    drawing.rectangle(
        -half, -tall, half, 0, Paint(lighter(palette.wall, 0.1), darker(palette.wall, 0.25), texture="stroke", grain=8)
    )
    drawing.rectangle(-half - 0.08, -tall - 0.08, half + 0.08, -tall + 0.03, Paint(palette.accent))
    for s in (-0.68, -0.38, 0.38, 0.68):
        lit_window(drawing, rng, s * half, -tall * 0.5, 0.24, palette)
    portal(drawing, 0, tall * 0.78, 0.5, palette)
