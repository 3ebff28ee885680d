"""Linear light: where mixing two pictures means what it does to the eye (IEC 61966-2-1)."""

import numpy as np
from numpy.typing import NDArray

_STEPS = 4096


def _to_linear(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _to_srgb(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


LINEAR: NDArray[np.float32] = _to_linear(np.arange(256) / 255).astype(np.float32)
"""Linear light in [0, 1] of each sRGB value."""

# Indexed by the square root of the light, since the curve is steep near black.
_SRGB: NDArray[np.uint8] = np.rint(255 * _to_srgb((np.arange(_STEPS) / (_STEPS - 1)) ** 2)).astype(np.uint8)


def linear(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """From sRGB in [0, 255] to linear light in [0, 1]."""
    return LINEAR[picture]


def srgb(light: NDArray[np.float32]) -> NDArray[np.uint8]:
    """From linear light in [0, 1] to sRGB in [0, 255]; the inverse of `linear` for each of the 256 values."""
    values: NDArray[np.uint8] = _SRGB[np.rint(np.sqrt(light) * (_STEPS - 1)).astype(np.int32)]
    return values
