"""What matters in a picture as mass, of which the sum over any rectangle is known at once."""

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.saliency import Map

Floats = NDArray[np.float64]

BACKGROUND = 1.5
"""Places whose saliency is under so many times the mean are background and have no mass."""
SALIENT = 0.3
"""A place counts as salient from this on."""


class Mass:
    """Integral images of a map of what matters; the mass is 1 in all, unless nothing matters: then `total` is 0."""

    def __init__(self, salient: Map) -> None:
        mass = np.maximum(salient.astype(np.float64) - BACKGROUND * float(salient.mean()), 0)
        self.height, self.width = mass.shape
        self.total = float(mass.sum())
        self.busy = float((salient > SALIENT).mean())
        mass /= self.total or 1.0
        across, down = np.arange(self.width) + 0.5, np.arange(self.height) + 0.5
        self._sums = np.stack([cv2.integral(part) for part in (mass, mass * across, mass * down[:, None])])

    def within(self, left: Floats, top: Floats, right: Floats, bottom: Floats) -> Floats:
        """Mass and its moments across and down in rectangles whose corners may lie between places: 3 × N."""
        corners = ((right, bottom, 1), (left, bottom, -1), (right, top, -1), (left, top, 1))
        return sum((sign * self._at(x, y) for x, y, sign in corners), np.zeros((3, len(left))))

    def along(self) -> Floats:
        """The mass in each line across the longer side."""
        return np.diff(self._sums[0, -1, :] if self.width >= self.height else self._sums[0, :, -1])

    def off_centre(self) -> float:
        """How far the mass's centre is from the map's along the longer side, to the right or else down."""
        lines = self.along()
        return float((lines * (np.arange(len(lines)) + 0.5)).sum()) - len(lines) / 2

    def _at(self, x: Floats, y: Floats) -> Floats:
        x, y = np.clip(x, 0, self.width), np.clip(y, 0, self.height)
        column, row = np.minimum(x.astype(int), self.width - 1), np.minimum(y.astype(int), self.height - 1)
        u, v, sums = x - column, y - row, self._sums
        upper = sums[:, row, column] * (1 - u) + sums[:, row, column + 1] * u
        lower = sums[:, row + 1, column] * (1 - u) + sums[:, row + 1, column + 1] * u
        return np.asarray(upper * (1 - v) + lower * v)
