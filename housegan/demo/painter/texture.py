"""Noise made once a process and cut to size from then on: what keeps painting fast."""

from functools import cache
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from housegan.demo.painter.drawing import Texture

Field = NDArray[np.float32]
TILE_PX = 1024


def _unit(field: Field) -> Field:
    spread: Field = ((field - field.mean()) / (field.std() + 1e-6)).astype(np.float32)
    return spread


def _wrapped_blur(field: Field, sigma_x: float, sigma_y: float) -> Field:
    pad = int(4 * max(sigma_x, sigma_y)) + 1
    blurred = cv2.GaussianBlur(np.pad(field, pad, mode="wrap"), (0, 0), sigmaX=sigma_x, sigmaY=sigma_y)
    return np.asarray(blurred[pad:-pad, pad:-pad], dtype=np.float32)


@cache
def tile(name: Texture) -> Field:
    """A square of TILE_PX, mean 0, standard deviation 1, whose opposite edges meet."""
    source = np.random.default_rng(20_240_611)
    noise = source.standard_normal((TILE_PX, TILE_PX), dtype=np.float32)
    match name:
        case "grit":
            return _unit(_wrapped_blur(noise, 1.0, 1.0) + 0.02 * _wrapped_blur(noise, 9.0, 9.0))
        case "grass":
            return _unit(_unit(_wrapped_blur(noise, 1.0, 3.5)) + 0.8 * _unit(_wrapped_blur(noise[::-1], 22.0, 6.0)))
        case "stroke":
            level = _wrapped_blur(noise, 7.0, 1.3)
            waves = 45 * np.sin(np.linspace(0, 2 * np.pi * 4, TILE_PX, endpoint=False))
            columns = [np.roll(level[:, column], int(waves[column])) for column in range(TILE_PX)]
            return _unit(_unit(np.stack(columns, axis=1)) + 0.9 * _unit(_wrapped_blur(noise.T, 14.0, 14.0)))
        case "blotch":
            return _unit(_wrapped_blur(noise, 12.0, 12.0))
        case "planks":
            return _unit(_wrapped_blur(noise, 14.0, 0.9))
        case "smooth":
            return np.zeros((TILE_PX, TILE_PX), dtype=np.float32)


@cache
def clouds() -> Field:
    """A square of half TILE_PX from 0 to 1: fractal noise of six octaves whose opposite edges meet."""
    source = np.random.default_rng(71)
    size = TILE_PX // 2
    total = np.zeros((size, size), dtype=np.float32)
    for octave in range(6):
        sigma = size / 10 / 2**octave
        total += _unit(_wrapped_blur(source.standard_normal((size, size), dtype=np.float32), sigma, sigma)) * (
            0.55**octave
        )
    ranked = (_unit(total) / 5 + 0.5).clip(0, 1)
    return ranked.astype(np.float32)


@cache
def grain() -> Field:
    """A camera's noise: (TILE_PX, TILE_PX, 3), mostly brightness, a little colour, standard deviation near 1."""
    source = np.random.default_rng(5)
    brightness = source.standard_normal((TILE_PX, TILE_PX, 1), dtype=np.float32)
    colour = cv2.GaussianBlur(source.standard_normal((TILE_PX, TILE_PX, 3), dtype=np.float32), (0, 0), 0.8)
    return (0.85 * brightness + 0.9 * colour).astype(np.float32)


def cut(field: Field, left: int, top: int, width: int, height: int) -> Field:
    """A piece of a tile from a place that (left, top) choose; a piece larger than the tile repeats it."""
    rows, columns = field.shape[:2]
    if width <= columns and height <= rows:
        left, top = left % (columns - width + 1), top % (rows - height + 1)
        return field[top : top + height, left : left + width]
    return field[np.ix_((np.arange(height) + top) % rows, (np.arange(width) + left) % columns)]


def random_cut(rng: Random, field: Field, width: int, height: int) -> Field:
    return cut(field, rng.randrange(TILE_PX), rng.randrange(TILE_PX), width, height)
