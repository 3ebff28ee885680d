"""Drawings: polygons with their paint, kept as geometry until a canvas paints them."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from housegan.demo.painter.colour import Colour

Points = NDArray[np.float64]
Texture = Literal["smooth", "grit", "grass", "stroke", "blotch", "planks"]


class Bounds(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Paint:
    """`colour` turns into `fade` towards the bottom, or towards the right where `across` is set.

    Paint with an `alpha` below 1 is flat: it takes neither `fade` nor `grain`.
    """

    colour: Colour
    fade: Colour | None = None
    across: bool = False
    texture: Texture = "smooth"
    grain: float = 0.0
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Patch:
    points: Points
    paint: Paint


@dataclass(frozen=True, slots=True)
class Light:
    """A glow that adds `colour` around a point and is gone at `radius`."""

    x: float
    y: float
    radius: float
    colour: Colour
    strength: float


def _circle(corners: int) -> Points:
    turns = np.linspace(0.0, 2 * math.pi, corners, endpoint=False)
    return np.stack([np.cos(turns), np.sin(turns)], axis=1)


_ROUND = _circle(28)
_BLOB = _circle(12)


@dataclass(slots=True)
class Drawing:
    """Patches from back to front, y downwards. Lights shine after all patches and have no bounds."""

    patches: list[Patch] = field(default_factory=list)
    lights: list[Light] = field(default_factory=list)

    def polygon(self, points: ArrayLike, paint: Paint) -> None:
        self.patches.append(Patch(np.asarray(points, dtype=np.float64), paint))

    def rectangle(self, left: float, top: float, right: float, bottom: float, paint: Paint) -> None:
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], paint)

    def ellipse(self, x: float, y: float, radius_x: float, radius_y: float, paint: Paint) -> None:
        self.polygon(_ROUND * (radius_x, radius_y) + (x, y), paint)

    def blob(self, x: float, y: float, radius_x: float, radius_y: float, paint: Paint) -> None:
        """An ellipse of twelve corners: leaves and pebbles come by the hundred."""
        self.polygon(_BLOB * (radius_x, radius_y) + (x, y), paint)

    def arch(self, left: float, top: float, right: float, bottom: float, paint: Paint) -> None:
        """A rectangle whose upper end is half a circle as wide as itself."""
        radius = (right - left) / 2
        spring = min(bottom, top + radius)
        turns = np.linspace(math.pi, 2 * math.pi, 13)
        crown = np.stack([left + radius + radius * np.cos(turns), spring + (spring - top) * np.sin(turns)], axis=1)
        self.polygon(np.concatenate([crown, [(right, bottom), (left, bottom)]]), paint)

    def stroke(self, line: Sequence[tuple[float, float]], start: float, end: float, paint: Paint) -> None:
        """A line along at least two points, as wide as `start` and at its other end `end`."""
        spine = np.asarray(line, dtype=np.float64)
        steps = spine[1:] - spine[:-1]
        along = np.concatenate([steps[:1], steps[1:] + steps[:-1], steps[-1:]])
        normal = along[:, ::-1] * (-1.0, 1.0)
        normal /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
        half = np.linspace(start / 2, end / 2, len(spine))[:, None] * normal
        self.polygon(np.concatenate([spine + half, (spine - half)[::-1]]), paint)

    def light(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        self.lights.append(Light(x, y, radius, colour, strength))

    def bounds(self) -> Bounds:
        points = np.concatenate([patch.points for patch in self.patches])
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return Bounds(float(left), float(top), float(right), float(bottom))

    def moved(self, *, scale: float, right: float, down: float) -> "Drawing":
        """Enlarge about the origin, then shift."""
        larger = self.bent(lambda points: points * scale + (right, down))
        larger.lights = [replace(light, radius=light.radius * scale) for light in larger.lights]
        return larger

    def bent(self, bend: Callable[[Points], Points]) -> "Drawing":
        """Send every corner, and the middle of every light, through `bend`: shapes (n, 2) in and out."""
        middles = np.array([(light.x, light.y) for light in self.lights], dtype=np.float64).reshape(-1, 2)
        points = bend(np.concatenate([*(patch.points for patch in self.patches), middles]))
        patches, start = [], 0
        for patch in self.patches:
            end = start + len(patch.points)
            patches.append(Patch(points[start:end], patch.paint))
            start = end
        lights = [
            replace(light, x=float(x), y=float(y)) for light, (x, y) in zip(self.lights, points[start:], strict=True)
        ]
        return Drawing(patches, lights)

    def mirrored(self) -> "Drawing":
        """Swap left and right about x = 0. Light that falls across keeps its side."""
        return self.bent(lambda points: points * (-1.0, 1.0))


def together(drawings: Iterable[Drawing]) -> Drawing:
    """One drawing of several, the first one farthest back."""
    joint = Drawing()
    for drawing in drawings:
        joint.patches.extend(drawing.patches)
        joint.lights.extend(drawing.lights)
    return joint
