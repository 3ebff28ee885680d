"""Skies, as backdrops of a canvas's size: daylight with clouds, and dusk with bands of colour."""

from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from housegan.demo.painter.canvas import SUPERSAMPLE, Pixels
from housegan.demo.painter.colour import WHITE, Colour, hex_colour, jittered, mix
from housegan.demo.painter.drawing import Drawing, Paint
from housegan.demo.painter.texture import clouds, random_cut

_DAYLIGHT = (  # zenith, horizon
    ("3f7fc4", "bcd8ec"),
    ("2f6fb6", "a9cbe6"),
    ("5c97cf", "d8e6ee"),
    ("7fa9cf", "e6e6df"),
    ("4a86bd", "e9dcc8"),
    ("8fa6bb", "d9dcdc"),
    ("6d9fd6", "f0e2d0"),
    ("3a79c9", "8fbfe6"),
    ("a3b4c2", "dfe2e3"),
    ("4f7fb0", "f2d3ae"),
)
_COARSE = 4  # soft skies are worked out at a quarter of the canvas's size


def daylight(rng: Random, width: int, height: int, horizon: float) -> Pixels:
    """A bright sky above the line y = `horizon`; what lies below it is left for the ground to cover."""
    zenith, haze = (jittered(rng, hex_colour(code), 8) for code in rng.choice(_DAYLIGHT))
    rows, columns = height * SUPERSAMPLE // _COARSE + 1, width * SUPERSAMPLE // _COARSE + 1
    sky = _gradient([zenith, mix(zenith, haze, 0.55), haze], rows, columns, horizon / height)
    cover = rng.choice((0.0, 0.3, 0.5, 0.6, 0.75, 0.95))
    if cover:
        field = _clouds(rng, rows, columns, stretch=rng.uniform(1.2, 4.5), zoom=rng.uniform(0.7, 2.2))
        edge = rng.uniform(2.0, 5.5)
        share = ((field - (0.78 - 0.42 * cover)) * edge).clip(0, rng.uniform(0.65, 0.97))
        thickness = ((field - 0.55) * 2.2).clip(0, 1)[..., None]
        body = np.array(WHITE, np.float32) - thickness * np.float32(rng.uniform(15, 75)) * np.array([1, 0.9, 0.75])
        sky += (body - sky) * share[..., None]
    return _enlarged(sky, width, height)


def dusk(rng: Random, width: int, height: int, horizon: float, stops: tuple[Colour, Colour, Colour]) -> Pixels:
    """A dreamt sky of three colours from the zenith to y = `horizon`, with bands of cloud."""
    rows, columns = height * SUPERSAMPLE // _COARSE + 1, width * SUPERSAMPLE // _COARSE + 1
    sky = _gradient(list(stops), rows, columns, horizon / height)
    for _ in range(rng.randint(1, 3)):
        field = _clouds(rng, rows, columns, stretch=rng.uniform(1.0, 6.0), zoom=rng.uniform(0.5, 1.8))
        level = rng.uniform(0.45, 0.6)
        band = np.exp(-(((field - level) / rng.uniform(0.05, 0.14)) ** 2))
        tint = np.array(rng.choice((stops[2], mix(stops[1], WHITE, 0.35), mix(stops[0], stops[1], 0.3))), np.float32)
        sky += (tint - sky) * (band * rng.uniform(0.25, 0.7))[..., None]
    return _enlarged(sky, width, height)


def stars(rng: Random, width: int, horizon: float, colour: Colour) -> Drawing:
    drawing = Drawing()
    for _ in range(rng.choice((0, 14, 30, 55))):
        radius = rng.choice((0.35, 0.45, 0.6, 0.9))
        x, y = rng.uniform(0, width), rng.uniform(0, horizon * 0.9)
        drawing.blob(x, y, radius, radius, Paint(colour, alpha=rng.uniform(0.4, 0.99)))
    return drawing


def moon(rng: Random, width: int, horizon: float, colour: Colour, dark: Colour) -> Drawing:
    """A full moon, a crescent, a planet with a ring, or two moons, somewhere in the upper sky."""
    drawing = Drawing()
    radius = rng.uniform(0.035, 0.15) * width
    x, y = rng.choice((rng.uniform(0.06, 0.36), rng.uniform(0.64, 0.94))) * width, rng.uniform(0.1, 0.55) * horizon
    drawing.light(x, y, radius * rng.uniform(2.2, 3.6), colour, 0.55)
    shadow = mix(colour, dark, 0.45)
    kind = rng.choice(("full", "full", "crescent", "ring", "two"))
    if kind == "crescent":
        turns = np.linspace(-np.pi / 2, np.pi / 2, 15)
        inner = rng.uniform(0.1, 0.6) * rng.choice((-1, 1))
        outer = np.stack([np.cos(turns), np.sin(turns)], axis=1)
        crescent = np.concatenate([outer, (outer * (inner, 1.0))[::-1]]) * radius
        drawing.polygon(crescent * (rng.choice((-1, 1)), 1) + (x, y), Paint(colour))
        return drawing
    drawing.ellipse(x, y, radius, radius, Paint(colour, shadow, texture="blotch", grain=9))
    for _ in range(rng.randint(2, 5)):
        crater, turn, far = rng.uniform(0.08, 0.24), rng.uniform(0, 6.28), rng.uniform(0, 0.65)
        drawing.blob(
            x + radius * far * np.cos(turn),
            y + radius * far * np.sin(turn),
            radius * crater,
            radius * crater,
            Paint(shadow, alpha=0.5),
        )
    if kind == "ring":
        turns = np.linspace(-0.3, np.pi + 0.3, 24)
        ring = [
            (x + radius * 1.8 * np.cos(t), y + radius * 0.42 * np.sin(t) + 0.25 * (radius * np.cos(t))) for t in turns
        ]
        drawing.stroke(ring, radius * 0.16, radius * 0.16, Paint(mix(colour, WHITE, 0.4), alpha=0.9))
    if kind == "two":
        small = radius * rng.uniform(0.25, 0.5)
        drawing.ellipse(x + radius * 1.9, y + radius * rng.uniform(-0.8, 0.8), small, small, Paint(shadow, dark))
    return drawing


def _gradient(stops: list[Colour], rows: int, columns: int, end: float) -> NDArray[np.float32]:
    """Blend the colours from the top down to the share `end` of the height."""
    places = np.linspace(0, max(end, 0.05), len(stops))
    down = np.linspace(0, 1, rows)
    channels = [np.interp(down, places, [stop[channel] for stop in stops]) for channel in range(3)]
    column = np.stack(channels, axis=1).astype(np.float32)
    return np.repeat(column[:, None, :], columns, axis=1)


def _clouds(rng: Random, rows: int, columns: int, *, stretch: float, zoom: float) -> NDArray[np.float32]:
    across, down = max(8, int(columns / zoom / stretch)), max(8, int(rows / zoom))
    piece = random_cut(rng, clouds(), across, down)
    return np.asarray(cv2.resize(piece, (columns, rows), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def _enlarged(sky: NDArray[np.float32], width: int, height: int) -> Pixels:
    size = (width * SUPERSAMPLE, height * SUPERSAMPLE)
    small = np.clip(sky, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
