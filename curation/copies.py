"""How good a copy of a picture is: how much detail is really in it, and how much text somebody put on it.

A picture that was blown up has more pixels and no more detail: its spectrum ends where the smaller one's did.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.measures import Measure
from curation.text import Box, text_boxes
from housegan.catalog import Picture
from housegan.pictures import decode

FALL = 0.25
"""The spectrum has ended where it is under this share of what it was somewhere in the 1.3 octaves before (-6 dB)."""
BEFORE = 0.4
"""Where those begin, as a share of the frequency: 2 to the power of -1.3."""
FIRST_CYCLES = 12
"""Cycles along the shorter side from which on the spectrum is that of detail, not of the composition."""
SMOOTHED = 0.08
"""The spectrum is averaged over this share of the frequency to either side."""
ALONG_AN_AXIS = 0.35
"""Largest share of the higher of a wave's two frequencies that the lower one may be: further off, corners of the
spectrum reach beyond where its sides end."""
OFF_THE_AXIS = 2.5
"""Cycles along the shorter side that the lower frequency has at least: on the axes lie the edges of JPEG's blocks."""

Grey = NDArray[np.uint8]
Spectrum = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Copy:
    """What is to be known of a copy before one of several is kept."""

    effective_side_px: float
    """Shorter side that would hold all the detail there is, in px; at most the picture's own."""
    text_share: float
    """Share of the area that lines of text cover, 0 to 1."""


def copy(picture: Picture, data: bytes) -> Copy:
    """Decode a picture at its full size and measure it. Raises UnreadablePictureError."""
    pixels = np.asarray(decode(data, max_megapixels=float("inf")))
    height, width = pixels.shape[:2]
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    return Copy(round(effective_side_px(grey), 1), round(covered_share(text_boxes(pixels), width, height), 4))


COPY = Measure("copy", "1", Copy, copy, "measuring copies in")


def effective_side_px(grey: Grey) -> float:
    """Find the shorter side that would hold all the detail of a picture, uint8 H × W, in px.

    With power times squared frequency a photograph's spectrum is about level (Field 1987), a sharpened one rises, and
    a picture that was blown up falls steeply at the Nyquist frequency of the smaller one. The side is twice the
    frequency, in cycles along the shorter side, at which this first falls to a quarter of what it was shortly before;
    where it never does, the picture's own.
    """
    side = min(grey.shape)
    if side <= 4 * FIRST_CYCLES:
        return float(side)
    cycles = np.arange(side // 2)
    level = _smoothed(_power(grey)[: side // 2] * cycles**2)
    for index in range(2 * FIRST_CYCLES, len(level)):
        before = level[max(FIRST_CYCLES, int(index * BEFORE)) : index + 1]
        if level[index] < FALL * before.max():
            return float(2 * index)
    return float(side)


def covered_share(boxes: list[Box], width: int, height: int) -> float:
    """The share of a picture that boxes (left, top, right, bottom) cover together, 0 to 1."""
    covered = np.zeros((height, width), np.bool_)
    for left, top, right, bottom in boxes:
        covered[max(0, top) : bottom, max(0, left) : right] = True
    return float(covered.mean())


def _power(grey: Grey) -> Spectrum:
    """Mean power of waves nearly along an axis, by their higher frequency in whole cycles along the shorter side."""
    height, width = grey.shape
    side = min(height, width)
    window = np.hanning(height + 2)[1:-1, None].astype(np.float32) * np.hanning(width + 2)[1:-1].astype(np.float32)
    rows, columns = cv2.getOptimalDFTSize(height), cv2.getOptimalDFTSize(width)
    waves = np.fft.rfft2((grey - np.float32(grey.mean())) * window, s=(rows, columns))
    power = waves.real**2 + waves.imag**2
    half = rows // 2 + 1
    folded = power[:half]
    folded[1 : rows - half + 1] += power[: half - 1 : -1]  # what falls to the right and what falls to the left
    across, down = np.fft.rfftfreq(columns) * side, np.arange(half) / rows * side
    total, count = np.zeros(side), np.zeros(side)
    for waves_along, high, low in ((folded.T, across, down), (folded, down, across)):
        ahead = np.zeros((len(high), len(low) + 1))
        np.cumsum(waves_along, axis=1, out=ahead[:, 1:], dtype=np.float64)
        end = np.searchsorted(low, ALONG_AN_AXIS * high)
        start = np.minimum(np.searchsorted(low, OFF_THE_AXIS), end)
        each = np.arange(len(high))
        cycles = np.rint(high).astype(np.intp)
        total += np.bincount(cycles, ahead[each, end] - ahead[each, start], minlength=side)
        count += np.bincount(cycles, end - start, minlength=side)
    return total / np.maximum(count, 1)


def _smoothed(level: Spectrum) -> Spectrum:
    cycles = np.arange(len(level))
    first = np.rint(cycles * (1 - SMOOTHED)).astype(np.intp)
    end = np.minimum(np.rint(cycles * (1 + SMOOTHED)).astype(np.intp) + 1, len(level))
    total = np.concatenate([[0.0], np.cumsum(level)])
    return np.asarray((total[end] - total[first]) / (end - first))
