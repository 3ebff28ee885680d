"""A scene: sky, land, house and foreground, painted in that order, then finished as a photograph or a painting."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import cv2
import numpy as np

from housegan.demo.painter.canvas import Canvas, Pixels
from housegan.demo.painter.colour import Colour
from housegan.demo.painter.drawing import Bounds, Drawing
from housegan.demo.painter.texture import TILE_PX, cut, grain, tile

Finish = Callable[[Pixels], Pixels]


@dataclass(frozen=True, slots=True)
class Water:
    shore: float  # y in px; all below mirrors what is above
    colour: Colour
    clarity: float
    phase: float


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything in px of the finished picture, y downwards; the sky is already supersampled."""

    sky: Pixels
    land: Drawing
    house: Drawing
    front: Drawing
    water: Water | None
    finish: Finish
    title: str

    def pixels(self) -> Pixels:
        """Paint it: uint8 (height, width, 3). May be called again with the same result."""
        canvas = Canvas(self.sky.copy())
        canvas.paint(self.land)
        canvas.paint(self.house)
        if self.water:
            canvas.reflect(self.water.shore, self.water.colour, clarity=self.water.clarity, phase=self.water.phase)
        canvas.paint(self.front)
        return self.finish(canvas.finished())

    def without_house(self) -> "Scene":
        """The same place before the house was built; its lights still shine."""
        return replace(self, house=Drawing([], self.house.lights))


@dataclass(frozen=True, slots=True)
class Frame:
    """A house's place: it fits into `wide` × `high` px about (`x`, `y`) and keeps `margin` px off the edges."""

    width: int
    height: int
    wide: float
    high: float
    x: float
    y: float
    margin: float

    def placed(self, drawing: Drawing, *, off_centre: float, direction: int) -> tuple[Drawing, float]:
        """Return the drawing scaled and moved, and its scale in px a unit.

        `off_centre` shifts it along the frame's longer side, at 1 up to the margin, to the left or up where
        `direction` is -1 and to the right or down where it is 1.
        """
        bounds = drawing.bounds()
        most_wide, most_high = self.width - 2 * self.margin, self.height - 2 * self.margin
        scale = min(min(self.wide, most_wide) / bounds.width, min(self.high, most_high) / bounds.height)
        half_wide, half_high = bounds.width * scale / 2, bounds.height * scale / 2
        x, y = self.x, self.y
        if self.height > 1.1 * self.width:
            y += off_centre * ((self.height if direction > 0 else 0.0) - direction * (self.margin + half_high) - y)
        else:
            x += off_centre * ((self.width if direction > 0 else 0.0) - direction * (self.margin + half_wide) - x)
        x = min(max(x, self.margin + half_wide), self.width - self.margin - half_wide)
        y = min(max(y, self.margin + half_high), self.height - self.margin - half_high)
        right, down = x - (bounds.left + bounds.right) / 2 * scale, y - (bounds.top + bounds.bottom) / 2 * scale
        return drawing.moved(scale=scale, right=right, down=down), scale


def frame(rng: Random, width: int, height: int, *, fill: tuple[float, float], shrink: float) -> Frame:
    """Choose a place near the middle. `fill` bounds its share of the frame's sides, `shrink` takes a share away."""
    return Frame(
        width,
        height,
        wide=rng.uniform(*fill) * width * (1 - shrink),
        high=rng.uniform(*fill) * 0.86 * height * (1 - shrink),
        x=width * (0.5 + rng.uniform(-0.05, 0.05)),
        y=height * (0.5 + rng.uniform(-0.05, 0.08)),
        margin=0.025 * min(width, height) + 2,
    )


def box(bounds: Bounds, width: int, height: int) -> tuple[int, int, int, int]:
    """The whole pixels that bounds touch, one more on each side for soft edges, inside the frame."""
    return (
        max(0, int(np.floor(bounds.left)) - 1),
        max(0, int(np.floor(bounds.top)) - 1),
        min(width, int(np.ceil(bounds.right)) + 1),
        min(height, int(np.ceil(bounds.bottom)) + 1),
    )


def photographed(rng: Random, size: int) -> Finish:
    """Blur, exposure, colour cast and noise of a small camera. `size` is the picture's short side in px."""
    blur = rng.uniform(0.35, 0.85) * size / 256
    gain = rng.uniform(0.88, 1.1)
    cast = [gain * rng.uniform(0.96, 1.04) for _ in range(3)]
    noise, left, top = np.float32(rng.uniform(1.5, 4.5)), rng.randrange(TILE_PX), rng.randrange(TILE_PX)

    def finish(pixels: Pixels) -> Pixels:
        height, width = pixels.shape[:2]
        soft = cv2.GaussianBlur(pixels, (0, 0), blur).astype(np.float32)
        exposed = soft * np.array(cast, dtype=np.float32) + cut(grain(), left, top, width, height) * noise
        return np.clip(exposed, 0, 255).astype(np.uint8)

    return finish


def brushed(rng: Random, size: int) -> Finish:
    """Edges that waver and strokes that show. `size` is the picture's short side in px."""
    reach, left, top = rng.uniform(0.35, 0.8) * size / 256, rng.randrange(TILE_PX), rng.randrange(TILE_PX)
    relief, dabs = np.float32(rng.uniform(2.0, 4.5)), rng.random() < 0.6

    def finish(pixels: Pixels) -> Pixels:
        height, width = pixels.shape[:2]
        columns, rows = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
        wander_x = columns + cut(tile("blotch"), left, top, width, height) * np.float32(reach)
        wander_y = rows + cut(tile("blotch"), top + 300, left, width, height) * np.float32(reach)
        moved = cv2.remap(pixels, wander_x, wander_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        if dabs:
            moved = cv2.medianBlur(moved, 3)
        strokes = cut(tile("stroke"), left, top, width, height)[..., None] * relief
        return np.clip(moved + strokes, 0, 255).astype(np.uint8)

    return finish
