"""Frames whose truth is known."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from housegan.video.decoder import played

Picture = NDArray[np.uint8]


def coloured(colour: tuple[int, int, int], *, side: int = 64) -> Picture:
    return np.full((side, side, 3), colour, np.uint8)


def alternating(
    one: tuple[int, int, int], other: tuple[int, int, int], *, hertz: float, seconds: float = 3, fps: int = 24
) -> Iterator[Picture]:
    """The whole frame changes its colour twice a period."""
    for number in range(round(seconds * fps)):
        yield coloured(other if int(number / fps * hertz * 2) % 2 else one)


def checkerboard(*, hertz: float, seconds: float = 3, fps: int = 24) -> Iterator[Picture]:
    """Tiles in antiphase, so that the mean of the whole frame never changes."""
    tiles = np.indices((8, 8)).sum(0) % 2 == 1
    for number in range(round(seconds * fps)):
        swapped = int(number / fps * hertz * 2) % 2 == 1
        yield np.repeat((np.kron(tiles ^ swapped, np.ones((16, 16), bool)) * 255).astype(np.uint8)[..., None], 3, 2)


def noise(*, seconds: float = 3, fps: int = 24, tiles: int = 8) -> Iterator[Picture]:
    """Each of the tiles takes another grey in each frame, independent of the others."""
    rng = np.random.default_rng(0)
    for _ in range(round(seconds * fps)):
        greys = np.kron(rng.integers(0, 256, (tiles, tiles)), np.ones((16, 16), int))
        yield np.repeat(greys.astype(np.uint8)[..., None], 3, 2)


def read(path: Path) -> list[Picture]:
    return [shown.picture for shown in played(path)]
