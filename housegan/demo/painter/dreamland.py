"""The fantastic style: crooked houses on hills, floating islands, lakes, cliffs and among giant mushrooms."""

import math
from random import Random

from housegan.demo.painter.colour import BLACK, Colour, darker, jittered, lighter, mix
from housegan.demo.painter.drawing import Bounds, Drawing, Paint, together
from housegan.demo.painter.fairytale import dreamt_house
from housegan.demo.painter.palette import Palette, dreamt_palette
from housegan.demo.painter.plants import flowers, leafy_tree, spire, toadstool
from housegan.demo.painter.scene import Scene, Water, brushed, frame
from housegan.demo.painter.sky import dusk, moon, stars
from housegan.demo.painter.terrain import ground, island, islets, ranges

_MOODS = (
    "Crooked",
    "Lonely",
    "Sleepy",
    "Lantern-lit",
    "Forgotten",
    "Whispering",
    "Tall",
    "Wandering",
    "Moonlit",
    "Quiet",
)
_HUES = ("violet", "teal", "golden", "silver", "rose", "amber", "blue")


def dreamt_scene(seed: int, *, width: int, height: int, off_centre: float = 0.0, houses: int = 1) -> Scene:
    """Set one house, or a row of several, into a land of its own colours."""
    rng = Random(f"fantastic {seed} {houses}")
    palette, sun = dreamt_palette(rng), rng.choice((-1, 1))
    place = frame(rng, width, height, fill=(0.66, 0.94), shrink=0.38 * off_centre)
    side = rng.choice((-1, 1))
    if houses == 1:
        house = dreamt_house(rng, palette, sun=sun)
        form = house.form
        built, _ = place.placed(house.drawing, off_centre=off_centre, direction=side)
    else:
        form = "village"
        slot, base = (width - 2 * place.margin) / houses, height * rng.uniform(0.66, 0.76)
        row = []
        for number in range(houses):
            drawing = dreamt_house(rng, palette, sun=sun).drawing
            bounds = drawing.bounds()
            scale = min(slot * 0.95 / bounds.width, height * rng.uniform(0.45, 0.58) / bounds.height)
            middle = place.margin + slot * (number + 0.5)
            row.append(
                drawing.moved(
                    scale=scale,
                    right=middle - (bounds.left + bounds.right) / 2 * scale,
                    down=base - bounds.bottom * scale,
                )
            )
        built = together(row)
    bounds = built.bounds()
    settings = ["hill", "hill", "lake", "meadow", "forest"]
    if houses == 1 and bounds.bottom < height * 0.9:
        settings += ["island", "island"]
    setting = rng.choice(settings)
    horizon = bounds.bottom - rng.uniform(0.02, 0.4) * min(bounds.height, height * 0.5)
    if setting == "island":
        horizon = height * rng.uniform(0.8, 1.02)

    sky = dusk(rng, width, height, horizon, (palette.zenith, palette.sky, palette.haze))
    layers = [stars(rng, width, horizon, lighter(palette.moon, 0.3))]
    if rng.random() < 0.75:
        layers.append(moon(rng, width, horizon, palette.moon, palette.sky))
    layers.append(ranges(rng, width, height, horizon, palette))
    front = Drawing()
    water = None
    match setting:
        case "island":
            layers.append(island(rng, bounds, palette, sun))
            layers.append(islets(rng, width, height, bounds, palette, sun))
        case "lake":
            layers.append(ground(rng, width, height, bounds, palette, bulge=0.02))
            layers.append(_growth(rng, width, height, bounds, palette, sun, setting))
            shore = bounds.bottom + max(2.0, 0.02 * height)
            water = Water(shore, mix(palette.sky, palette.near, 0.45), rng.uniform(0.55, 0.85), rng.uniform(0, 9))
        case _:
            layers.append(
                ground(
                    rng, width, height, bounds, palette, bulge=rng.uniform(0.06, 0.22) if setting == "hill" else 0.015
                )
            )
            layers.append(_growth(rng, width, height, bounds, palette, sun, setting))
            front = together(
                [
                    front,
                    _path(rng, height, bounds, palette),
                    flowers(
                        rng,
                        0,
                        width,
                        bounds.bottom + 4,
                        height,
                        rng.choice((palette.glow, palette.accent, palette.haze)),
                        rng.choice((0, 25, 60)),
                    ),
                ]
            )
    layers.append(_shade(bounds, sun))
    if rng.random() < 0.35:
        layers.append(_birds(rng, width, horizon, darker(palette.zenith, 0.3)))
    if rng.random() < 0.4:
        front = together([front, _lanterns(rng, width, height, palette)])
    tail = {
        "hill": "on a hill",
        "lake": "above a {} lake",
        "meadow": "in a {} meadow",
        "forest": "in the {} forest",
        "island": "on a floating island",
    }
    title = f"{rng.choice(_MOODS)} {form} {tail[setting].format(rng.choice(_HUES))}"
    return Scene(sky, together(layers), built, front, water, brushed(rng, min(width, height)), title)


def _growth(rng: Random, width: int, height: int, bounds: Bounds, palette: Palette, sun: int, setting: str) -> Drawing:
    """Trees and giant mushrooms beside and behind the house."""
    pieces = []
    kind = (
        rng.choice(("mushrooms", "firs", "trees", "mixed", "none"))
        if setting != "forest"
        else rng.choice(("mushrooms", "firs", "mixed"))
    )
    count = 0 if kind == "none" else rng.randint(2, 5) + (4 if setting == "forest" else 0)
    for number in range(count):
        near = number / max(1, count - 1)
        x = rng.choice((rng.uniform(-0.02, 0.32), rng.uniform(0.68, 1.02))) * width
        y = bounds.bottom + height * (0.05 * near - 0.01)
        size = height * rng.uniform(0.16, 0.52) * (1.3 if setting == "forest" else 1)
        one = rng.choice(("mushrooms", "firs", "trees")) if kind == "mixed" else kind
        leaf: Colour = jittered(rng, mix(palette.far, palette.ground, 0.4 + 0.5 * near), 12)
        if one == "mushrooms":
            pieces.append(
                toadstool(
                    rng,
                    x,
                    y,
                    size,
                    rng.choice((palette.roof, palette.accent, palette.sky)),
                    lighter(palette.wall, 0.2),
                    sun=sun,
                )
            )
        elif one == "firs":
            pieces.append(spire(rng, x, y, size, leaf, tiers=rng.choice((4, 5, 6))))
        else:
            pieces.append(
                leafy_tree(
                    rng,
                    x,
                    y,
                    size,
                    rng.choice((leaf, mix(palette.accent, leaf, 0.5), mix(palette.haze, leaf, 0.4))),
                    sun=sun,
                )
            )
    return together(pieces)


def _path(rng: Random, height: int, bounds: Bounds, palette: Palette) -> Drawing:
    """A path that winds from the house's foot to the viewer."""
    drawing = Drawing()
    x, y, swing = (
        (bounds.left + bounds.right) / 2,
        bounds.bottom,
        rng.uniform(-0.6, 0.6) * min(bounds.width, height - bounds.bottom),
    )
    line = [
        (x + swing * math.sin(s * 2.6) * s, y - 1 + (height + 6 - y) * s) for s in (0, 0.15, 0.3, 0.5, 0.7, 0.85, 1)
    ]
    wide = min(bounds.width, 0.6 * height)
    drawing.stroke(
        line,
        wide * 0.07,
        wide * rng.uniform(0.2, 0.4),
        Paint(
            mix(palette.wall, palette.ground, 0.35), mix(palette.haze, palette.ground, 0.4), texture="stroke", grain=8
        ),
    )
    return drawing


def _shade(bounds: Bounds, sun: int) -> Drawing:
    drawing = Drawing()
    middle = (bounds.left + bounds.right) / 2 - sun * bounds.width * 0.12
    drawing.ellipse(middle, bounds.bottom - 1, bounds.width * 0.5, bounds.height * 0.035, Paint(BLACK, alpha=0.3))
    return drawing


def _birds(rng: Random, width: int, horizon: float, colour: Colour) -> Drawing:
    drawing = Drawing()
    x, y = rng.uniform(0.1, 0.8) * width, rng.uniform(0.1, 0.4) * horizon
    for _ in range(rng.randint(3, 6)):
        a, b, span = (
            x + rng.uniform(-0.1, 0.1) * width,
            y + rng.uniform(-0.06, 0.06) * width,
            rng.uniform(0.012, 0.025) * width,
        )
        drawing.stroke(
            [
                (a - span, b - span * 0.4),
                (a - span * 0.4, b - span * 0.5),
                (a, b),
                (a + span * 0.4, b - span * 0.5),
                (a + span, b - span * 0.4),
            ],
            0.9,
            0.9,
            Paint(colour),
        )
    return drawing


def _lanterns(rng: Random, width: int, height: int, palette: Palette) -> Drawing:
    """Sparks or paper lanterns adrift in the air."""
    drawing = Drawing()
    for _ in range(rng.randint(4, 12)):
        x, y, size = rng.uniform(0, width), rng.uniform(0.1, 0.95) * height, rng.uniform(0.004, 0.011) * width
        drawing.blob(x, y, size * 0.8, size, Paint(lighter(palette.glow, 0.4)))
        drawing.light(x, y, size * 6, palette.glow, 0.6)
    return drawing
