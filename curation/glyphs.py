"""Regions of a picture that may be letters, and how they stand beside each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Regions = Sequence[NDArray[np.int32]]

DELTA, MAX_VARIATION, MIN_DIVERSITY = 11, 1.0, 0.2
"""MSER's own: small letters have soft edges, so that their area varies much; but they stand out by many grey levels."""
MIN_HEIGHT_PX, MAX_HEIGHT = 6, 0.14
"""A glyph's height at the working size: at least in px, at most as a share of the shorter side."""
MIN_CONTRAST = 20.0
"""Grey levels between a glyph and what is around it."""
MAX_CANDIDATES = 800
"""So many regions are looked at, those of the most contrast."""
MIN_GLYPHS = 4


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Candidates for glyphs, a row of each array for each; lengths in px of the working size."""

    boxes: Floats
    """N × 4: left, top, right, bottom."""
    area: Floats
    grey: Floats
    contrast: Floats
    """Grey inside less grey around: bright on dark is positive."""
    region: NDArray[np.intp]
    """Which of the detector's regions it is."""

    @property
    def height(self) -> Floats:
        return np.asarray(self.boxes[:, 3] - self.boxes[:, 1])

    @property
    def width(self) -> Floats:
        return np.asarray(self.boxes[:, 2] - self.boxes[:, 0])

    def of(self, which: Any) -> "Glyphs":
        return Glyphs(self.boxes[which], self.area[which], self.grey[which], self.contrast[which], self.region[which])


def glyphs_of(grey: NDArray[np.uint8]) -> tuple[Glyphs, Regions]:
    """Stable regions of a glyph's size and shape."""
    tallest = MAX_HEIGHT * min(grey.shape)
    detector = cv2.MSER.create(
        delta=DELTA, min_area=10, max_area=round(tallest * tallest),
        max_variation=MAX_VARIATION, min_diversity=MIN_DIVERSITY,
    )  # fmt: skip
    found, around_them = detector.detectRegions(grey)
    regions = cast(Regions, found)
    left, top, width, height = np.array(around_them, np.intp).reshape(-1, 4).T
    area = np.array([len(points) for points in regions], np.intp)
    likely = np.flatnonzero(
        (height >= MIN_HEIGHT_PX) & (height <= tallest) & (width >= 2) & (width <= 2.2 * height)
        & (area >= 0.15 * width * height) & (left > 0) & (top > 0)
        & (left + width < grey.shape[1]) & (top + height < grey.shape[0])
    )  # fmt: skip
    left, top, width, height, area = (values[likely] for values in (left, top, width, height, area))
    starts = np.cumsum(area) - area
    points = np.concatenate([np.zeros((0, 2), np.int32), *(regions[int(index)] for index in likely)])
    inside = np.add.reduceat(grey[points[:, 1], points[:, 0]].astype(np.float64), starts) if len(area) else np.zeros(0)
    sums = cv2.integral(grey)
    x, y, right, bottom = left - 1, top - 1, left + width + 1, top + height + 1
    around = sums[bottom, right] - sums[y, right] - sums[bottom, x] + sums[y, x] - inside
    contrast = inside / area - around / ((right - x) * (bottom - y) - area)
    boxes = np.stack([left, top, left + width, top + height], axis=1).astype(np.float64)
    glyphs = Glyphs(boxes, area.astype(np.float64), inside / area, contrast, likely)
    strongest = np.argsort(-np.abs(contrast), kind="stable")[:MAX_CANDIDATES]
    return _once(glyphs.of(strongest[np.abs(contrast[strongest]) >= MIN_CONTRAST])), regions


def _once(glyphs: Glyphs) -> Glyphs:
    """Of bright regions that are nested in nearly the same box, and of dark ones, keep that of the most contrast."""
    boxes = np.column_stack([glyphs.boxes[:, :2], glyphs.width, glyphs.height])
    kept = cv2.dnn.NMSBoxesBatched(
        boxes.tolist(), np.abs(glyphs.contrast).tolist(), (glyphs.contrast > 0).astype(int).tolist(), 0.0, 0.45
    )
    return glyphs.of(np.array(kept, np.intp))


def grouped(glyphs: Glyphs) -> Iterator[NDArray[np.intp]]:
    """Group glyphs that stand beside each other on one line and are alike in size and tone."""
    left, top, right, bottom = glyphs.boxes.T
    height = glyphs.height
    taller, lower = np.maximum.outer(height, height), np.minimum.outer(height, height)
    gap = left[None, :] - right[:, None]
    foot, head = np.abs(np.subtract.outer(bottom, bottom)), np.abs(np.subtract.outer(top, top))
    beside = (
        (left[:, None] < left[None, :]) & (gap > -0.35 * lower) & (gap < 0.9 * taller) & (taller < 2.1 * lower)
        & ((foot < 0.18 * taller) | ((foot < 0.4 * taller) & (head < 0.4 * taller)))
        & (np.abs(np.subtract.outer(glyphs.grey, glyphs.grey)) < 40) & _alike_in_sign(glyphs.contrast)
    )  # fmt: skip
    linked = beside | beside.T
    waiting = set(np.flatnonzero(linked.any(axis=1)).tolist())
    while waiting:
        members, edge = set(), [waiting.pop()]
        while edge:
            index = edge.pop()
            members.add(index)
            new = waiting.intersection(np.flatnonzero(linked[index]).tolist())
            waiting -= new
            edge.extend(new)
        if len(members) >= MIN_GLYPHS:
            yield np.array(sorted(members))


def _alike_in_sign(contrast: Floats) -> NDArray[np.bool_]:
    return np.asarray((contrast[:, None] > 0) == (contrast[None, :] > 0))


def stroke_px(points: NDArray[np.int32]) -> float:
    """Mean width of the strokes that a region is made of, in px."""
    left, top = points.min(axis=0)
    right, bottom = points.max(axis=0)
    mask = np.zeros((bottom - top + 3, right - left + 3), np.uint8)
    mask[points[:, 1] - top + 1, points[:, 0] - left + 1] = 1
    # From one edge of a stroke to the other the distance to an edge rises to half the width and falls again.
    return max(1.0, 4 * float(cv2.mean(cv2.distanceTransform(mask, cv2.DIST_L2, 3), mask)[0]) - 1)
