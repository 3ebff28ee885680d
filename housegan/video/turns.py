"""Transitions of a film's blocks: when luminance or redness turns round, by the thresholds of WCAG 2.3.1."""

import numpy as np
from numpy.typing import NDArray

CHANGE, BRIGHT = 0.10, 0.80
"""A transition of relative luminance is at least so large, and its darker side darker than that."""
RED_SHARE, RED_CHANGE = 0.8, 0.2
"""A saturated red has at least this share of the primaries' light; a transition from or to it is larger in u'v'."""
GLARE = 0.002
"""Linear light added to each primary before chromaticity is taken: black has none, and no screen is quite black."""
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_RED_UV = np.array([0.4507, 0.5229])
"""The red primary in u'v'."""

Blocks = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Brightness:
    """Follows luminance from turning point to turning point."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._low, self._high = np.full(shape, np.inf), np.full(shape, -np.inf)
        self._rising = np.zeros(shape, bool)
        self._falling = np.zeros(shape, bool)

    def turned(self, light: Blocks) -> Mask:
        """Which blocks made a transition; a first one may go either way."""
        now = light @ _LUMINANCE
        self._low, self._high = np.minimum(self._low, now), np.maximum(self._high, now)
        up = ~self._rising & (now - self._low >= CHANGE) & (self._low < BRIGHT)
        down = ~self._falling & (self._high - now >= CHANGE) & (now < BRIGHT)
        self._rising, self._falling = (self._rising & ~down) | up, (self._falling & ~up) | down
        self._low, self._high = np.where(down, now, self._low), np.where(up, now, self._high)
        turned: Mask = up | down
        return turned


class Redness:
    """Follows each block's distance from the red primary in u'v', from red to other colours and back."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._was_red: Mask | None = None
        self._extreme = np.zeros((*shape, 2))
        """The reddest colour since the last transition to red, the least red one since the last away from it."""

    def turned(self, light: Blocks) -> Mask:
        """Which blocks made a transition."""
        light = light + GLARE
        is_red = light[..., 0] >= RED_SHARE * light.sum(-1)
        uv = _chromaticity(light)
        if self._was_red is None:
            self._was_red, self._extreme = is_red, uv
        turned: Mask = (is_red != self._was_red) & (np.linalg.norm(uv - self._extreme, axis=-1) > RED_CHANGE)
        nearer = np.linalg.norm(uv - _RED_UV, axis=-1) < np.linalg.norm(self._extreme - _RED_UV, axis=-1)
        further = (is_red == self._was_red) & (nearer == is_red)
        self._extreme = np.where((turned | further)[..., None], uv, self._extreme)
        self._was_red = self._was_red ^ turned
        return turned


def _chromaticity(light: Blocks) -> Blocks:
    xyz = light @ _XYZ.T
    uv: Blocks = xyz[..., :2] * (4, 9) / (xyz @ (1, 15, 3))[..., None]
    return uv
