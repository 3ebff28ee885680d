"""Plain houses under a plain sun, and the colours they come in."""

from collections.abc import Callable
from random import Random

from housegan.demo.painter.colour import pick
from housegan.demo.painter.fittings import House, Materials
from housegan.demo.painter.gabled import bungalow, ranch, two_storeys
from housegan.demo.painter.stucco import corner_house, mission_house, modern_house

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
_FORMS: tuple[Callable[[Random, Materials], House], ...] = (
    ranch,
    ranch,
    bungalow,
    two_storeys,
    corner_house,
    modern_house,
    mission_house,
)


def suburban_house(rng: Random, *, sun: int) -> House:
    look = Materials(pick(rng, _WALLS), pick(rng, _ROOFS), pick(rng, _TRIMS), pick(rng, _DOORS), (58, 72, 86), sun)
    return rng.choice(_FORMS)(rng, look)
