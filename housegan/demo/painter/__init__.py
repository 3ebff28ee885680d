"""A painter of houses: the same seed and arguments give the same pixels, always.

Two styles: "photographic", plain Californian houses in daylight, and "fantastic", crooked houses under strange moons.
"""

from dataclasses import dataclass
from random import Random
from typing import Literal

from PIL import Image

from housegan.demo.painter.dreamland import dreamt_scene
from housegan.demo.painter.neighbourhood import suburban_scene
from housegan.demo.painter.room import room_scene
from housegan.demo.painter.scene import Scene, box

__all__ = ["Painting", "Style", "compose", "paint_house", "paint_interior", "paint_row"]

Style = Literal["photographic", "fantastic"]


@dataclass(frozen=True, slots=True)
class Painting:
    """`subject_box` is left, top, right, bottom in px, tightly around the house; in a room, around the furniture."""

    image: Image.Image
    subject_box: tuple[int, int, int, int]
    title: str


def compose(seed: int, *, style: Style, width: int, height: int, off_centre: float = 0.0, houses: int = 1) -> Scene:
    """Lay out what `paint_house` and `paint_row` paint."""
    if style == "photographic":
        return suburban_scene(seed, width=width, height=height, off_centre=off_centre, houses=houses)
    return dreamt_scene(seed, width=width, height=height, off_centre=off_centre, houses=houses)


def paint_house(seed: int, *, style: Style, width: int = 256, height: int = 256, off_centre: float = 0.0) -> Painting:
    """Paint one house, RGB, each side from 32 px.

    `off_centre` from 0 to 1 makes it smaller and moves it along the longer side, at 1 up to an edge, never over it.
    """
    return _painted(compose(seed, style=style, width=width, height=height, off_centre=off_centre), width, height)


def paint_row(seed: int, *, style: Style, width: int = 256, height: int = 256) -> Painting:
    """Paint three or four houses side by side."""
    houses = Random(f"row {seed}").randint(3, 4)
    return _painted(compose(seed, style=style, width=width, height=height, houses=houses), width, height)


def paint_interior(seed: int, *, width: int = 256, height: int = 256) -> Painting:
    """Paint a room from within."""
    return _painted(room_scene(seed, width=width, height=height), width, height)


def _painted(scene: Scene, width: int, height: int) -> Painting:
    return Painting(Image.fromarray(scene.pixels()), box(scene.house.bounds(), width, height), scene.title)
