"""The photographic style: plain houses with lawns, drives, hedges and palms, in daylight."""

from random import Random

from housegan.demo.painter.colour import BLACK, Colour, darker, jittered, lighter, mix, pick
from housegan.demo.painter.drawing import Drawing, Paint, together
from housegan.demo.painter.fittings import House
from housegan.demo.painter.plants import flowers, hedge, leafy_tree, palm, spire
from housegan.demo.painter.scene import Frame, Scene, frame, photographed
from housegan.demo.painter.sky import daylight
from housegan.demo.painter.suburb import suburban_house

_LAWNS = ("6f8a45", "7f9a4e", "5f7f3f", "93a05a", "a89f63", "b3a36f", "55733c", "8aa35c")
_GREENS = ("4f6f38", "3f5f33", "66803f", "5a7350", "36532f", "7a8450")
_HILLS = ("8f9a78", "a39a78", "7c8f9c", "9aa6ac", "b0a282", "6f8566")
_PAVING = ("b9b4ab", "a8a49e", "c6bfb2", "8f8c88")
_MOODS = ("White", "Quiet", "Sunny", "Small", "Corner", "Morning", "Faded", "Tidy", "Old", "Pale")
_PLACES = ("on a quiet street", "in the afternoon", "behind its lawn", "at noon", "near the hills")


def suburban_scene(seed: int, *, width: int, height: int, off_centre: float = 0.0, houses: int = 1) -> Scene:
    """Set one house, or a row of several, on a street."""
    rng = Random(f"photographic {seed} {houses}")
    sun = rng.choice((-1, 1))
    place = frame(rng, width, height, fill=(0.68, 0.92), shrink=0.4 * off_centre)
    side = rng.choice((-1, 1))
    if houses == 1:
        house = suburban_house(rng, sun=sun)
        drawing, scale = place.placed(house.drawing, off_centre=off_centre, direction=side)
        plots = [(house, drawing, scale)]
    else:
        plots = _row(rng, place, houses, sun)
    built = together(drawing for _, drawing, _ in plots)
    bounds = built.bounds()
    base, tall = bounds.bottom, min(bounds.height, height * 0.5)
    horizon = base - tall * rng.uniform(0.12, 0.5)

    land, front = Drawing(), Drawing()
    _distance(land, rng, width, horizon, tall, sun)
    lawn = pick(rng, _LAWNS, 10)
    land.rectangle(
        -2,
        horizon,
        width + 2,
        height + 2,
        Paint(mix(lawn, (190, 190, 150), 0.25), darker(lawn, 0.12), texture="grass", grain=rng.uniform(7, 13)),
    )
    _trees(land, rng, width, height, base - tall * 0.06, tall, sun, behind=True)
    shadow = rng.uniform(0.25, 0.7) * tall * -sun
    for _, drawing, _ in plots:
        left, _, right, foot = drawing.bounds()
        land.polygon(
            [
                (left, foot - tall * 0.1),
                (right, foot - tall * 0.1),
                (right + shadow, foot + tall * 0.07),
                (left + shadow, foot + tall * 0.07),
            ],
            Paint(BLACK, alpha=0.3),
        )
    street = _street(front, rng, width, height, base)
    for house, drawing, scale in plots:
        _ways(front, rng, house, drawing, scale, street)
        left, _, right, foot = drawing.bounds()
        _beds(front, rng, house, (left, right, foot), scale, sun)
    if rng.random() < 0.3:
        front = together([front, flowers(rng, 0, width, base + 2, max(base + 4, street), (238, 228, 170), 50)])
    _trees(
        front,
        rng,
        width,
        height,
        base + (street - base) * rng.uniform(0.15, 0.7),
        tall,
        sun,
        behind=False,
        keep_off=(bounds.left, bounds.right),
    )

    form = plots[0][0].form if houses == 1 else "row of houses"
    title = f"{rng.choice(_MOODS)} {form} {rng.choice(_PLACES)}"
    return Scene(
        daylight(rng, width, height, horizon), land, built, front, None, photographed(rng, min(width, height)), title
    )


def _row(rng: Random, place: Frame, houses: int, sun: int) -> list[tuple[House, Drawing, float]]:
    slot = (place.width - 2 * place.margin) / houses
    base = place.height * rng.uniform(0.6, 0.72)
    plots = []
    for number in range(houses):
        house = suburban_house(rng, sun=sun)
        bounds = house.drawing.bounds()
        scale = min(slot * 0.94 / bounds.width, place.height * 0.5 / bounds.height)
        middle = place.margin + slot * (number + 0.5)
        drawing = house.drawing.moved(scale=scale, right=middle - (bounds.left + bounds.right) / 2 * scale, down=base)
        plots.append((house, drawing, scale))
    return plots


def _distance(land: Drawing, rng: Random, width: int, horizon: float, tall: float, sun: int) -> None:
    """Hills, or a line of trees, or roofs of neighbours, where the ground ends."""
    if rng.random() < 0.55:
        tone, waves = pick(rng, _HILLS), [(rng.uniform(-0.3, 1.0), rng.uniform(0.3, 1)) for _ in range(7)]
        ridge = [
            (width * (step - 0.5) / 5.5, horizon - tall * (0.1 + 0.5 * a * b)) for step, (a, b) in enumerate(waves)
        ]
        land.polygon(
            [(-2, horizon + 4), (-2, ridge[0][1]), *ridge, (width + 2, horizon + 4)],
            Paint(lighter(tone, 0.15), tone, texture="blotch", grain=6),
        )
    if rng.random() < 0.7:
        green, x, size = darker(pick(rng, _GREENS), 0.05), -5.0, tall * rng.uniform(0.1, 0.3)
        while x < width + 5:
            high = size * rng.uniform(0.6, 1.5)
            tone = mix(jittered(rng, green, 9), (170, 186, 190), 0.2)
            land.blob(x, horizon - high * 0.3, size * 0.8, high * 0.7, Paint(lighter(tone, 0.1), darker(tone, 0.3)))
            x += size * rng.uniform(0.5, 1.3)
    if rng.random() < 0.3:
        left = rng.choice((-0.12, 0.78)) * width
        tone = pick(rng, ("b9a58c", "c9c0b0", "a9aeb0"), 10)
        land.rectangle(left, horizon - tall * 0.3, left + width * 0.34, horizon + 3, Paint(tone))
        land.polygon(
            [
                (left - 4, horizon - tall * 0.28),
                (left + width * 0.05, horizon - tall * 0.46),
                (left + width * 0.29, horizon - tall * 0.46),
                (left + width * 0.34 + 4, horizon - tall * 0.28),
            ],
            Paint(darker(tone, 0.4)),
        )


def _trees(
    drawing: Drawing,
    rng: Random,
    width: int,
    height: int,
    y: float,
    tall: float,
    sun: int,
    *,
    behind: bool,
    keep_off: tuple[float, float] = (0.0, 0.0),
) -> None:
    """Trees behind may stand anywhere; those in front keep off most of the house."""
    for _ in range(rng.choice((0, 1, 2, 3, 4) if behind else (0, 0, 1, 1, 2))):
        x = rng.uniform(-0.05, 1.05) * width
        if not behind:
            left, right = keep_off
            x = rng.choice((left - rng.uniform(0.02, 0.17) * width, right + rng.uniform(0.02, 0.17) * width))
        size, green = tall * rng.uniform(0.7, 1.7), pick(rng, _GREENS, 12)
        size = min(size, y * 0.97)
        kind = rng.choice(("palm", "palm", "leafy", "leafy", "spire"))
        if not behind:
            drawing.polygon(
                [
                    (x - 3, y),
                    (x + 3, y),
                    (x - sun * size * 0.5 + size * 0.2, y + size * 0.1),
                    (x - sun * size * 0.5 - size * 0.2, y + size * 0.08),
                ],
                Paint(BLACK, alpha=0.22),
            )
        if kind == "palm":
            tree = palm(rng, x, y, min(size * 1.25, y * 0.97), green)
        elif kind == "leafy":
            tree = leafy_tree(rng, x, y, size, green, sun=sun)
        else:
            tree = spire(rng, x, y, size, green, tiers=rng.choice((1, 1, 5)))
        drawing.patches.extend(tree.patches)


def _street(drawing: Drawing, rng: Random, width: int, height: int, base: float) -> float:
    """Lay pavement and road along the bottom, if there is room, and say where they begin."""
    depth = height - base
    if depth < height * 0.1 or rng.random() < 0.3:
        return float(height)
    start, paving = base + depth * rng.uniform(0.5, 0.85), pick(rng, _PAVING)
    kerb = start + (height - start) * rng.uniform(0.3, 0.6)
    asphalt: Colour = jittered(rng, (98, 98, 102), 16)
    tilt = rng.uniform(-0.03, 0.03) * width
    drawing.polygon(
        [(-2, start + tilt), (width + 2, start - tilt), (width + 2, height + 4), (-2, height + 4)],
        Paint(paving, darker(paving, 0.1), texture="grit", grain=5),
    )
    drawing.polygon(
        [(-2, kerb + tilt), (width + 2, kerb - tilt), (width + 2, height + 4), (-2, height + 4)],
        Paint(asphalt, darker(asphalt, 0.15), texture="grit", grain=7),
    )
    drawing.stroke([(-2, kerb + tilt), (width + 2, kerb - tilt)], 1.4, 1.4, Paint(lighter(paving, 0.3)))
    return start - abs(tilt)


def _ways(drawing: Drawing, rng: Random, house: House, built: Drawing, scale: float, street: float) -> None:
    """A drive from the garage and a path from the door, down to the street."""
    origin = built.patches[0].points[0] - house.drawing.patches[0].points[0] * scale
    foot, paving, slant = float(origin[1]), pick(rng, _PAVING), rng.uniform(-0.6, 0.6) * scale
    flare = 1 + 0.9 * (street - foot) / max(1.0, scale * 1.5) * 0.3
    if house.drive:
        left, right = (float(origin[0]) + x * scale for x in house.drive)
        middle, half = (left + right) / 2, (right - left) / 2
        drawing.polygon(
            [
                (left, foot),
                (right, foot),
                (middle + slant + half * flare, street + 3),
                (middle + slant - half * flare, street + 3),
            ],
            Paint(darker(paving, 0.06), lighter(paving, 0.08), texture="grit", grain=6),
        )
    if house.path is not None:
        x, half = float(origin[0]) + house.path * scale, 0.17 * scale
        bend = x + slant * 0.7
        drawing.polygon(
            [
                (x - half, foot + 1),
                (x + half, foot + 1),
                (bend + half * flare * 1.3, street + 3),
                (bend - half * flare * 1.3, street + 3),
            ],
            Paint(paving, lighter(paving, 0.1), texture="grit", grain=5),
        )


def _beds(
    drawing: Drawing, rng: Random, house: House, ground: tuple[float, float, float], scale: float, sun: int
) -> None:
    """Shrubs along the foot of the house, where neither drive nor path begins."""
    left, right, foot = ground
    width = (right - left) / scale
    taken = [(house.path - 0.35, house.path + 0.35)] if house.path is not None else []
    if house.drive:
        taken.append((house.drive[0] - 0.15, house.drive[1] + 0.15))
    green, origin = pick(rng, _GREENS, 10), (left + right) / 2
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        start = rng.uniform(-0.5, 0.3) * width
        end = start + rng.uniform(0.12, 0.35) * width
        if all(end < near or start > far for near, far in taken):
            bed = hedge(
                rng,
                origin + start * scale,
                origin + end * scale,
                foot + 0.08 * scale,
                rng.uniform(0.22, 0.4) * scale,
                green,
                sun=sun,
            )
            drawing.patches.extend(bed.patches)
