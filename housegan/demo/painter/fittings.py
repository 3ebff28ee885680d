"""What every house is fitted with: windows, doors, garages, roofs, chimneys. Units are storeys, y = 0 the ground."""

from dataclasses import dataclass
from random import Random

from housegan.demo.painter.colour import BLACK, Colour, darker, jittered, lighter, mix
from housegan.demo.painter.drawing import Drawing, Paint


@dataclass(frozen=True, slots=True)
class Materials:
    wall: Colour
    roof: Colour
    trim: Colour
    door: Colour
    glass: Colour
    sun: int  # -1 where the light comes from the left, 1 from the right


@dataclass(frozen=True, slots=True)
class House:
    """A drawing on the ground line y = 0, and where on it a drive and a path begin."""

    drawing: Drawing
    form: str
    drive: tuple[float, float] | None
    path: float | None


def wall(drawing: Drawing, left: float, top: float, right: float, wall_colour: Colour, *, eaves: float = 0.14) -> None:
    """A plastered front down to the ground, shaded below the eaves."""
    drawing.rectangle(
        left, top, right, 0, Paint(lighter(wall_colour, 0.05), darker(wall_colour, 0.1), texture="grit", grain=5)
    )
    if eaves:
        drawing.rectangle(left, top, right, top + eaves, Paint(BLACK, alpha=0.28))
    drawing.rectangle(left, -0.05, right, 0, Paint(darker(wall_colour, 0.35), alpha=0.6))


def window(
    drawing: Drawing, left: float, top: float, right: float, bottom: float, look: Materials, rng: Random
) -> None:
    """Glass that reflects the sky above and is dark below, with a frame and bars."""
    frame = 0.035
    drawing.rectangle(left - frame, top - frame, right + frame, bottom + frame, Paint(look.trim))
    glass = jittered(rng, look.glass, 14)
    drawing.rectangle(left, top, right, bottom, Paint(mix(glass, (190, 214, 232), 0.35), darker(glass, 0.35)))
    if rng.random() < 0.4:
        cloth = jittered(rng, (214, 206, 190), 14)
        drawing.rectangle(left, top, right, top + (bottom - top) * rng.uniform(0.2, 0.6), Paint(cloth, alpha=0.75))
    bars = max(1, round((right - left) / rng.choice((0.28, 0.45))))
    for bar in range(1, bars):
        x = left + (right - left) * bar / bars
        drawing.rectangle(x - 0.014, top, x + 0.014, bottom, Paint(look.trim))
    middle = top + (bottom - top) * rng.choice((0.38, 0.5))
    drawing.rectangle(left, middle - 0.013, right, middle + 0.013, Paint(look.trim))
    drawing.rectangle(left, top, right, top + 0.05, Paint(BLACK, alpha=0.3))
    drawing.rectangle(left - 0.07, bottom + frame, right + 0.07, bottom + frame + 0.05, Paint(darker(look.trim, 0.15)))


def shutters(drawing: Drawing, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
    for edge in (left - 0.17, right + 0.05):
        drawing.rectangle(edge, top - 0.03, edge + 0.12, bottom + 0.03, Paint(colour, darker(colour, 0.25)))


def door(
    drawing: Drawing, x: float, look: Materials, *, arched: bool = False, tall: float = 0.7, wide: float = 0.36
) -> None:
    """A front door whose foot is centred on `x`, with a step before it."""
    left, right = x - wide / 2, x + wide / 2
    paint, dark = Paint(lighter(look.door, 0.06), darker(look.door, 0.25)), Paint(darker(look.door, 0.45), alpha=0.7)
    if arched:
        drawing.arch(left - 0.05, -tall - 0.09, right + 0.05, 0, Paint(look.trim))
        drawing.arch(left, -tall - 0.04, right, 0, paint)
    else:
        drawing.rectangle(left - 0.045, -tall - 0.045, right + 0.045, 0, Paint(look.trim))
        drawing.rectangle(left, -tall, right, 0, paint)
        for top in (-tall + 0.08, -tall * 0.45):
            drawing.rectangle(left + 0.06, top, x - 0.025, top + tall * 0.32, dark)
            drawing.rectangle(x + 0.025, top, right - 0.06, top + tall * 0.32, dark)
    drawing.blob(right - 0.06, -tall * 0.46, 0.02, 0.02, Paint((224, 196, 120)))
    drawing.polygon(
        [(left - 0.1, -0.03), (right + 0.1, -0.03), (right + 0.16, 0.05), (left - 0.16, 0.05)], Paint((176, 170, 162))
    )


def garage(drawing: Drawing, left: float, right: float, look: Materials, rng: Random, *, tall: float = 0.68) -> None:
    """A roll-up door of panels, at times with a row of lights."""
    drawing.rectangle(left - 0.05, -tall - 0.05, right + 0.05, 0, Paint(darker(look.trim, 0.08)))
    face = rng.choice((look.trim, lighter(look.wall, 0.35), look.door, (112, 82, 60), (236, 234, 228)))
    drawing.rectangle(left, -tall, right, 0, Paint(lighter(face, 0.05), darker(face, 0.14)))
    rows, columns = rng.choice((3, 4, 5)), max(2, round((right - left) / 0.3))
    line = Paint(darker(face, 0.32), alpha=0.75)
    for row in range(1, rows):
        y = -tall + tall * row / rows
        drawing.rectangle(left, y - 0.012, right, y + 0.012, line)
    if rng.random() < 0.65:
        for column in range(1, columns):
            x = left + (right - left) * column / columns
            drawing.rectangle(x - 0.01, -tall, x + 0.01, 0, line)
    if rng.random() < 0.4:
        for column in range(columns):
            x = left + (right - left) * (column + 0.5) / columns
            drawing.rectangle(
                x - 0.1, -tall + 0.04, x + 0.1, -tall + tall / rows - 0.04, Paint(darker(look.glass, 0.2))
            )
    drawing.rectangle(left, -tall, right, -tall + 0.07, Paint(BLACK, alpha=0.35))


def roof(drawing: Drawing, corners: list[tuple[float, float]], colour: Colour, *, courses: int = 6) -> None:
    """A slope given by its ridge's left and right end and its eaves' right and left end, laid in courses."""
    (a, b), (c, d), (e, f), (g, h) = corners
    drawing.polygon(corners, Paint(lighter(colour, 0.1), darker(colour, 0.16), texture="planks", grain=9))
    line = Paint(darker(colour, 0.4), alpha=0.4)
    for course in range(1, courses):
        s = course / courses
        left, right = (a + (g - a) * s, b + (h - b) * s), (c + (e - c) * s, d + (f - d) * s)
        drawing.stroke([left, right], 0.018, 0.018, line)


def gable(
    drawing: Drawing, left: float, right: float, eaves: float, peak: float, look: Materials, *, overhang: float = 0.16
) -> None:
    """The triangle above a front, y from `eaves` up to `peak`, with its barge boards."""
    middle, slope = (left + right) / 2, (eaves - peak) / ((right - left) / 2)
    drawing.polygon(
        [(left, eaves + 0.01), (middle, peak), (right, eaves + 0.01)],
        Paint(lighter(look.wall, 0.04), darker(look.wall, 0.04), texture="grit", grain=5),
    )
    drop = overhang * slope
    for side, edge in ((-1, left), (1, right)):
        outer = (edge + side * overhang, eaves + drop)
        shade = look.roof if side == look.sun else darker(look.roof, 0.3)
        under = [(middle, peak + 0.1), (edge, eaves + 0.1), (edge, eaves + 0.2), (middle, peak + 0.2)]
        drawing.polygon(under, Paint(BLACK, alpha=0.25))
        drawing.stroke([(middle, peak - 0.03), outer], 0.13, 0.13, Paint(look.trim))
        drawing.stroke([(middle - side * 0.03, peak - 0.1), (outer[0], outer[1] - 0.07)], 0.1, 0.1, Paint(shade))


def chimney(drawing: Drawing, x: float, foot: float, top: float, colour: Colour, *, wide: float = 0.24) -> None:
    drawing.rectangle(
        x - wide / 2,
        top,
        x + wide / 2,
        foot,
        Paint(lighter(colour, 0.1), darker(colour, 0.35), across=True, texture="planks", grain=10),
    )
    drawing.rectangle(x - wide * 0.65, top - 0.06, x + wide * 0.65, top + 0.02, Paint(darker(colour, 0.3)))
