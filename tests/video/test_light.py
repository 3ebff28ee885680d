"""Linear light."""

import numpy as np

from housegan.video.light import linear, srgb


def test_every_value_comes_back() -> None:
    values = np.arange(256, dtype=np.uint8)
    assert (srgb(linear(values)) == values).all()


def test_half_the_light_of_white_is_a_light_grey() -> None:
    """In sRGB 188 is half as bright as 255 (IEC 61966-2-1)."""
    assert abs(float(linear(np.array([188], np.uint8))[0]) - 0.5) < 0.005
    assert srgb(np.array([0.5], np.float32))[0] == 188
