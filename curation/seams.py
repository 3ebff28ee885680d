"""Straight seams from edge to edge, as where several pictures were put together into one."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Luminance = NDArray[np.uint8]

MARGIN = 0.1
"""Seams are looked for between this share of a side and the same from its other end: panels have some size."""
MIN_PX = 32
"""A side shorter than this has no panels."""
MIN_STEP = 8
"""A step across the seam counts from this many of 255 on, and where it is twice those on either side of it."""
MIXED = 0.25
"""With this share of its steps going the other way a seam is as mixed as two strangers side by side make it."""
MAX_GUTTER = 0.1
"""A gutter between panels is at most this share of the side wide."""
GUTTER_RIPPLE = 5.0
"""Largest standard deviation of the luminance along a line of a gutter."""
GUTTER_STEP = 16
"""What differs from a gutter by more than this isn't gutter."""
PAPER = 238
"""A gutter this bright is paper: no sea and no band of mist is as bright and as plain."""
REGULAR = (1 / 2, 1 / 3, 2 / 3)
"""Where panels of one size meet, as shares of the side."""
REGULAR_WITHIN = 0.006

# How far each kind of evidence goes, 0 to 1, so that about one half parts collages from single pictures: walls and
# piers are upright and straight, horizons level and straight, so seams that might be those count for less.
_UPRIGHT_MIXED = 0.95
_UPRIGHT, _UPRIGHT_ANYWHERE = 0.95, 0.7
_LEVEL_MIXED, _LEVEL_MIXED_ANYWHERE = 0.9, 0.75
_CROSSING = 1.1


@dataclass(frozen=True, slots=True)
class _Gutter:
    """A band of one brightness between two panels."""

    sharp: float
    """The share of its length at which the picture leaves it at once, on the side where that share is less."""
    brightness: float
    place: float
    """Of its middle, as a share of the side."""


@dataclass(frozen=True, slots=True)
class _Seams:
    """What speaks for upright seams in a picture, shares of its height, 0 to 1."""

    steps: float
    """Of the clearest seam: steps across it, beyond those about it."""
    steps_place: float
    """Of that seam, as a share of the side."""
    mixed: float
    """Of the clearest seam whose steps go up and down: what is on one side knows nothing of the other."""
    mixed_place: float
    gutters: list[_Gutter]


def collage(grey: Luminance) -> float:
    """Say how much a picture, H × W in [0, 255], looks like several put together, 0 to 1: single pictures under 0.5.

    For that speak full-length seams: gutters of one brightness, edges across which the steps go up and down without
    rule, upright edges straighter than walls are, upright and level edges that cross. A horizon is a level edge whose
    steps go one way.
    """
    if min(grey.shape) < MIN_PX:
        return 0.0
    upright, level = _seams(grey), _seams(np.ascontiguousarray(grey.T))
    evidence = max(
        max((gutter.sharp for gutter in upright.gutters), default=0.0),
        max((gutter.sharp for gutter in level.gutters if _is_between_panels(gutter, level.gutters)), default=0.0),
        _UPRIGHT_MIXED * upright.mixed,
        (_LEVEL_MIXED if _regular(level.mixed_place) else _LEVEL_MIXED_ANYWHERE) * level.mixed,
        (_UPRIGHT if _regular(upright.steps_place) else _UPRIGHT_ANYWHERE) * upright.steps,
        _CROSSING * min(upright.steps, level.steps),
    )
    return min(evidence, 1.0)


def _is_between_panels(gutter: _Gutter, others: list[_Gutter]) -> bool:
    """Tell a level gutter from a strip of sea or a silhouette: by its colour, its place or another like it."""
    alike = sum(
        other.sharp >= gutter.sharp and abs(other.brightness - gutter.brightness) <= GUTTER_STEP / 4 for other in others
    )
    return gutter.brightness >= PAPER or _regular(gutter.place) or alike > 1


def _regular(place: float) -> bool:
    return min(abs(place - regular) for regular in REGULAR) <= REGULAR_WITHIN


def _seams(grey: Luminance) -> _Seams:
    width = grey.shape[1]
    begin, end = round(MARGIN * width), round((1 - MARGIN) * width)
    share, up = _steps(grey)
    clear = np.maximum(share - _about(share), 0)[begin:end]
    share, up = share[begin:end], up[begin:end]
    mixed = clear * np.minimum(np.minimum(up, share - up) / np.maximum(share, 1e-6) / MIXED, 1)
    places = [(begin + int(seam.argmax()) + 0.5) / width for seam in (clear, mixed)]
    return _Seams(float(clear.max()), places[0], float(mixed.max()), places[1], _gutters(grey, begin, end))


def _steps(grey: Luminance) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each column the share of rows with a step across it, a blurred pixel wide, and that with a step upwards."""
    height, width = grey.shape
    near = cv2.absdiff(grey[:, 1:], grey[:, :-1])
    beside = cv2.max(near[:, : width - 4], near[:, 3 : width - 1])
    across = cv2.absdiff(grey[:, 2:], grey[:, :-2])[:, 1 : width - 3]
    step = (across > MIN_STEP) & (across // 2 > beside)
    upwards = step & (grey[:, 3 : width - 1] > grey[:, 1 : width - 3])
    share, up = (np.pad(_sum(rows.view(np.uint8)) / height, 2) for rows in (step, upwards))
    return share, up


def _sum(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Add up each column."""
    return np.asarray(cv2.reduce(rows, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32F)[0], np.float64)


def _about(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of the columns 4 to 9 px to both sides."""
    kernel = np.ones(19) / 12
    kernel[6:13] = 0
    return np.convolve(np.pad(share, 9, "reflect"), kernel, "valid")


def _gutters(grey: Luminance, begin: int, end: int) -> list[_Gutter]:
    """Find the runs of plain columns of one brightness."""
    width = grey.shape[1]
    mean = _sum(grey) / len(grey)
    plain = _sum(cv2.multiply(grey, grey, dtype=cv2.CV_16U)) / len(grey) - mean * mean <= GUTTER_RIPPLE**2
    gutters = []
    first = begin
    while first < end:
        last = first
        while last < end and plain[last] and abs(mean[last] - mean[first]) <= GUTTER_STEP / 2:
            last += 1
        if 0 < last - first <= MAX_GUTTER * width:
            brightness = float(mean[(first + last) // 2])
            outside = (grey[:, first - 3 : first], grey[:, last : last + 3])
            sharp = min(float((np.abs(side - brightness).max(axis=1) > GUTTER_STEP).mean()) for side in outside)
            gutters.append(_Gutter(sharp, brightness, (first + last) / 2 / width))
        first = max(last, first + 1)
    return gutters
