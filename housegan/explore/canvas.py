"""Frames of a film: generated pictures laid out whole on a quiet ground, in the shape that a screen wants."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SHAPES = {"square": (1, 1), "16:9": (16, 9), "9:16": (9, 16)}
"""Width to height."""
GROUND = (24, 23, 28)


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where tiles lie in a frame; all sides in px."""

    width: int
    height: int
    tile: int
    """Side of a tile: a whole multiple of the picture's wherever there is room for the picture itself."""
    corners: tuple[tuple[int, int], ...]
    """Left and top of each tile."""

    def laid(self, pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Lay out one picture a tile, t × s × s × 3, as a frame, height × width × 3."""
        frame = np.full((self.height, self.width, 3), GROUND, np.uint8)
        for picture, (left, top) in zip(pictures, self.corners, strict=True):
            frame[top : top + self.tile, left : left + self.tile] = self._sized(picture)
        return frame

    def _sized(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if len(picture) == self.tile:
            return picture
        kind = Image.Resampling.BICUBIC if self.tile > len(picture) else Image.Resampling.LANCZOS
        return np.asarray(Image.fromarray(picture).resize((self.tile, self.tile), kind))


def canvas(count: int, size: int, *, shape: str, short_px: int) -> Canvas:
    """Lay `count` tiles of pictures of `size` px into a frame of this shape, as large as a grid of them can be.

    The last row may be shorter than the others; it is centred then. Sides of the frame are even.
    """
    wide, high = SHAPES[shape]
    short = short_px - short_px % 2
    width, height = (2 * round(short * side / min(wide, high) / 2) for side in (wide, high))
    columns = max(range(1, count + 1), key=lambda columns: _fit(columns, count, width, height))
    rows = math.ceil(count / columns)
    room, gap = _room(columns, rows, width, height), _gap(width, height)
    tile = room // size * size or room
    corners: list[tuple[int, int]] = []
    for row in range(rows):
        here = min(columns, count - len(corners))
        left = (width - here * tile - (here - 1) * gap) // 2
        top = (height - rows * tile - (rows - 1) * gap) // 2 + row * (tile + gap)
        corners += [(left + column * (tile + gap), top) for column in range(here)]
    return Canvas(width, height, tile, tuple(corners))


def _fit(columns: int, count: int, width: int, height: int) -> tuple[int, int]:
    """The larger the tiles the better, then the fewer places stay empty."""
    rows = math.ceil(count / columns)
    return _room(columns, rows, width, height), count - columns * rows


def _room(columns: int, rows: int, width: int, height: int) -> int:
    """Side of the largest square that so many columns and rows of have room, with gaps between them."""
    gap = _gap(width, height)
    return min((width - (columns - 1) * gap) // columns, (height - (rows - 1) * gap) // rows)


def _gap(width: int, height: int) -> int:
    return max(2, min(width, height) // 120)
