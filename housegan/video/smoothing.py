"""Frames mixed with their neighbours in time, in linear light: the film keeps its length, its first and last frame."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from housegan.video.light import LINEAR, srgb

Frames = Iterable[NDArray[np.uint8]]

_FULL = 65535
_WHOLE = np.rint(LINEAR * _FULL).astype(np.int32)
"""Linear light in whole numbers, whose running sum doesn't drift."""


def smoothed(frames: Frames, *, half_width: int) -> Iterator[NDArray[np.uint8]]:
    """Mix each frame with so many on either side, the nearer the more: a box of half that width, twice.

    Towards both ends the box grows narrower. Keeps `2 * half_width` frames in memory.
    """
    half = max(half_width // 2, 1)
    return _boxed(_boxed(frames, half), half)


def _boxed(frames: Frames, half: int) -> Iterator[NDArray[np.uint8]]:
    """Average each frame with `half` on either side, fewer towards both ends."""
    coming = iter(frames)
    held: deque[NDArray[np.uint8]] = deque()
    total: NDArray[np.int32] | None = None
    place = first = 0
    """Numbers of the frame to give and of the oldest that is held."""
    while True:
        while first + len(held) <= place + min(half, place) and (frame := next(coming, None)) is not None:
            held.append(frame)
            total = _light(frame) if total is None else total + _light(frame)
        if total is None or place >= first + len(held):
            return
        reach = min(half, place, first + len(held) - 1 - place)
        while first < place - reach:
            total -= _light(held.popleft())
            first += 1
        count = len(held)
        yield held[0].copy() if count == 1 else srgb((total / np.float32(count * _FULL)).astype(np.float32))
        place += 1


def _light(frame: NDArray[np.uint8]) -> NDArray[np.int32]:
    return cast(NDArray[np.int32], cv2.LUT(frame, _WHOLE))
