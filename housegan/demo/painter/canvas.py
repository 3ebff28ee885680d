"""A canvas: pixels at twice the size asked for, on which drawings are painted and which is then shrunk."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from housegan.demo.painter.colour import Colour, mix
from housegan.demo.painter.drawing import Drawing, Light, Paint
from housegan.demo.painter.texture import cut, tile

Pixels = NDArray[np.uint8]
SUPERSAMPLE = 2
_SHIFT = 4  # OpenCV takes corners as fixed-point numbers with so many fractional bits


@cache
def _falloff() -> NDArray[np.float32]:
    """How a light fades from its middle: (129, 129), 1 to 0."""
    axis = np.linspace(-1, 1, 129, dtype=np.float32)
    distance = np.sqrt(axis[:, None] ** 2 + axis[None, :] ** 2)
    return np.asarray((1 - distance).clip(0, 1) ** 2, dtype=np.float32)


class Canvas:
    """Coordinates are those of the finished picture, in pixels; `pixels` are SUPERSAMPLE times as many."""

    def __init__(self, backdrop: Pixels) -> None:
        """Paint over `backdrop`, which is already of the supersampled size."""
        self.pixels = backdrop

    def paint(self, drawing: Drawing) -> None:
        if drawing.patches:
            points = np.concatenate([patch.points for patch in drawing.patches])
            corners = np.round((points * SUPERSAMPLE - 0.5) * (1 << _SHIFT)).astype(np.int32)
            start = 0
            for patch in drawing.patches:
                end = start + len(patch.points)
                self._fill(corners[start:end], patch.paint)
                start = end
        for light in drawing.lights:
            self._shine(light)

    def finished(self) -> Pixels:
        height, width = self.pixels.shape[:2]
        size = (width // SUPERSAMPLE, height // SUPERSAMPLE)
        return np.asarray(cv2.resize(self.pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def reflect(self, shore: float, water: Colour, *, clarity: float, phase: float) -> None:
        """Turn all below the line y = `shore` into water that mirrors what is above it."""
        line = int(shore * SUPERSAMPLE)
        height, width = self.pixels.shape[:2]
        depth = height - line
        if line < 2 or depth < 2:
            return
        down = np.arange(depth, dtype=np.float32)
        ripple = np.sin(down * 0.55 / (1 + down / depth) + phase) * (1 + 9 * down / depth)
        rows = np.maximum(0, line - 1 - (down * min(1.0, line / depth) * 1.15)).astype(np.float32)
        map_x = np.arange(width, dtype=np.float32)[None, :] + ripple[:, None]
        map_y = np.repeat(rows[:, None], width, axis=1)
        mirror = cv2.remap(self.pixels, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        share = (clarity * (1 - 0.55 * down / depth))[:, None, None]
        tint = np.array(water, dtype=np.float32)
        glint = 10 * cut(tile("planks"), int(phase * 100), 0, width, depth)[..., None]
        self.pixels[line:] = np.clip(mirror * share + tint * (1 - share) + glint, 0, 255).astype(np.uint8)

    def _fill(self, corners: NDArray[np.int32], paint: Paint) -> None:
        plain = paint.fade is None and not paint.grain
        if paint.alpha >= 1:
            # painting the middle colour first leaves smooth edges below what follows
            middle = paint.colour if paint.fade is None else mix(paint.colour, paint.fade, 0.5)
            cv2.fillPoly(self.pixels, [corners], middle, cv2.LINE_AA, _SHIFT)
            if plain:
                return
        height, width = self.pixels.shape[:2]
        x, y, wide, high = cv2.boundingRect(corners)
        first_x, first_y, last_x, last_y = (
            x >> _SHIFT,
            y >> _SHIFT,
            ((x + wide) >> _SHIFT) + 2,
            ((y + high) >> _SHIFT) + 2,
        )
        left, top, right, bottom = max(0, first_x), max(0, first_y), min(width, last_x), min(height, last_y)
        if right <= left or bottom <= top:
            return
        region = self.pixels[top:bottom, left:right]
        inside = [corners - (left << _SHIFT, top << _SHIFT)]
        if paint.alpha < 1:
            covered = region.copy()
            cv2.fillPoly(covered, inside, paint.colour, cv2.LINE_AA, _SHIFT)
            region[:] = cv2.addWeighted(covered, paint.alpha, region, 1 - paint.alpha, 0)
            return
        mask = np.zeros(region.shape[:2], dtype=np.uint8)
        cv2.fillPoly(mask, inside, (255.0,), cv2.LINE_AA, _SHIFT)
        fade = paint.fade or paint.colour
        if paint.across:
            share = (np.arange(left, right) - first_x) / (last_x - first_x)
            fill = cv2.repeat(_ramp(paint.colour, fade, share)[None, :, :], bottom - top, 1)
        else:
            share = (np.arange(top, bottom) - first_y) / (last_y - first_y)
            fill = cv2.repeat(_ramp(paint.colour, fade, share)[:, None, :], 1, right - left)
        if paint.grain:
            # each patch starts at its own place in the tile, so that neighbours differ
            start = int(corners[0, 0]) * 7 + len(corners) * 131, int(corners[0, 1]) * 5
            grain = cut(tile(paint.texture), *start, right - left, bottom - top) * np.float32(paint.grain)
            fill = cv2.add(fill, cv2.merge([grain, grain, grain]))
        cv2.copyTo(cv2.convertScaleAbs(np.maximum(fill, 0)), (mask == 255).astype(np.uint8), region)

    def _shine(self, light: Light) -> None:
        height, width = self.pixels.shape[:2]
        radius = max(2, int(light.radius * SUPERSAMPLE))
        x, y = int(light.x * SUPERSAMPLE), int(light.y * SUPERSAMPLE)
        left, top, right, bottom = (
            max(0, x - radius),
            max(0, y - radius),
            min(width, x + radius),
            min(height, y + radius),
        )
        if right <= left or bottom <= top:
            return
        glow = cv2.resize(_falloff(), (2 * radius, 2 * radius), interpolation=cv2.INTER_LINEAR)
        glow = glow[top - y + radius : bottom - y + radius, left - x + radius : right - x + radius]
        beam = cv2.merge([glow * np.float32(channel * light.strength) for channel in light.colour])
        region = self.pixels[top:bottom, left:right]
        # a screen, not a sum: a bright place stays short of white
        gain = cv2.multiply(cv2.bitwise_not(region), cv2.convertScaleAbs(beam), scale=1 / 255)
        region[:] = cv2.add(region, gain)


def _ramp(start: Colour, end: Colour, share: NDArray[np.float64]) -> NDArray[np.float32]:
    """Colours along a gradient: (n,) shares become (n, 3)."""
    first, second = np.array(start, dtype=np.float32), np.array(end, dtype=np.float32)
    return np.asarray(first + (second - first) * share.clip(0, 1)[:, None].astype(np.float32), dtype=np.float32)
