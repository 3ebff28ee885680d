"""Houses that never stood, all of them crooked."""

import math
from collections.abc import Callable
from random import Random

import numpy as np

from housegan.demo.painter.cottages import cottage, mushroom_house, tree_house, windmill
from housegan.demo.painter.drawing import Drawing, Points
from housegan.demo.painter.fittings import House
from housegan.demo.painter.palette import Palette
from housegan.demo.painter.strongholds import castle, palace, stacked_house, tower

_FORMS: tuple[tuple[str, Callable[[Drawing, Random, Palette, int], None]], ...] = (
    ("tower", tower),
    ("tower", tower),
    ("cottage", cottage),
    ("cottage", cottage),
    ("castle", castle),
    ("mushroom house", mushroom_house),
    ("stacked house", stacked_house),
    ("tree house", tree_house),
    ("palace", palace),
    ("windmill", windmill),
)


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
