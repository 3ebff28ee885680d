"""Lay one picture upon another and measure how well it fits.

Corners of one are sought in the other (ORB, Rublee et al. 2011), the affine map that most of them agree on is found by
RANSAC (Fischler & Bolles 1981), and where one picture then covers the other their structure is compared window by
window (SSIM, Wang et al. 2004).
"""

from collections import Counter
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE_PX = 384
"""Longer side at which pictures are compared; smaller ones stay as they are."""
CORNERS, GRID = 12, 7
"""The strongest of each of 7 × 7 parts of the picture: the letters of a caption would otherwise be all there is."""
MOVED = 0.25
"""A corner that moved further than this share of the longer side is no match: the hashes are too near for that."""
RATIO = 0.8
"""The best match must be nearer than this times the second best (Lowe 2004, section 7.1)."""
STEADYING = (0.015 * 255) ** 2
"""C2 of SSIM, from half the paper's K2: windows that are flat have no weight here and needn't be steadied."""
LEAST_DEVIATION, MOST_DEVIATION = 3.0, 15.0
"""Standard deviations between which a window's weight rises: noise shows nothing, letters must not count for all."""
REACH_PX = 3.0
"""How far from where the map sends it a corner may lie."""
MAX_SCALE, MAX_STRETCH, MAX_TURN = 1.67, 1.4, 0.25
"""What a map may do to be believed: larger or smaller, one axis against the other, and radians of rotation."""
CELLS = 4
"""The picture is cut into 4 × 4 cells to see how widely the corners are spread: a logo fills one or two."""

Grey: TypeAlias = NDArray[np.uint8]
Luminance: TypeAlias = NDArray[np.float32]
AffineMap: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """How one picture fits upon another. Without corners that agree, they are laid upon one another as they are."""

    corners: int = 0
    """How many matching corners agree on one map."""
    share: float = 0.0
    """Of all matching corners, 0 to 1."""
    spread: float = 0.0
    """Share of the picture's 4 × 4 cells in which such corners lie, 0 to 1."""
    overlap: float = 0.0
    """Share of the second picture that the first one covers, 0 to 1."""
    ssim: float = 0.0
    """Contrast and structure alike, -1 to 1, mean over the overlap by what there is to see (see `structure`)."""


def fit(first: Grey, second: Grey) -> Fit:
    """Lay `first`, turned already, upon `second`; both uint8 H × W without borders, of any size."""
    first, second = _of_one_size(first, second)
    found = _agreeing(first, second)
    if found is None:
        ssim, overlap = structure(first, second, np.eye(2, 3))
        return Fit(overlap=overlap, ssim=ssim)
    affine, points, matches = found
    height, width = second.shape
    cells = np.floor(points / (width, height) * CELLS).clip(0, CELLS - 1)
    spread = len(np.unique(cells, axis=0)) / CELLS**2
    ssim, overlap = structure(first, second, affine)
    return Fit(len(points), len(points) / matches, spread, overlap, ssim)


def structure(first: Grey, second: Grey, affine: AffineMap) -> tuple[float, float]:
    """Measure how alike two pictures of one size are where `affine` lays `first` upon `second`, and the overlap.

    Contrast and structure of SSIM (Wang et al. 2004, equation 13 without the luminance) in Gaussian windows of 11 × 11
    px, weighted by what there is to see in them: two clear skies prove nothing. `first` is given the median and the
    quartiles of `second` before, so that brightness, contrast and a caption don't count.
    """
    height, width = second.shape
    laid = np.asarray(cv2.warpAffine(first.astype(np.float32), affine, (width, height)), np.float32)
    covered = cv2.warpAffine(np.ones_like(first), affine, (width, height), flags=cv2.INTER_NEAREST)
    inside = cv2.erode(covered, np.ones((11, 11), np.uint8), borderValue=0) > 0
    overlap = float(covered.mean())
    if inside.mean() < 0.2:
        return 0.0, overlap
    theirs = second.astype(np.float32)
    gain, offset = _levelled(laid[inside], theirs[inside])
    ours = laid * gain + offset
    mean, their_mean = _windowed(ours), _windowed(theirs)
    variance = (_windowed(ours * ours) - mean * mean)[inside].clip(0)
    their_variance = (_windowed(theirs * theirs) - their_mean * their_mean)[inside].clip(0)
    covariance = (_windowed(ours * theirs) - mean * their_mean)[inside]
    alike = (2 * covariance + STEADYING) / (variance + their_variance + STEADYING)
    deviation = np.sqrt(np.maximum(variance, their_variance))
    weight = (deviation - LEAST_DEVIATION).clip(0, MOST_DEVIATION - LEAST_DEVIATION)
    return float((alike * weight).sum() / max(weight.sum(), 1.0)), overlap


def _levelled(values: Luminance, others: Luminance) -> tuple[np.float32, np.float32]:
    """Gain and offset that give one picture's luminances the other's median and quartiles."""
    low, middle, high = np.percentile(values[::7], (25, 50, 75))
    their_low, their_middle, their_high = np.percentile(others[::7], (25, 50, 75))
    gain = np.clip((their_high - their_low) / max(high - low, 1.0), 0.25, 4.0)
    return np.float32(gain), np.float32(their_middle - gain * middle)


def _of_one_size(first: Grey, second: Grey) -> tuple[Grey, Grey]:
    """Squeeze both into the second's shape, neither larger than it is: what is blown up has no corners."""
    height, width = second.shape
    scale = min(1.0, SIDE_PX / max(height, width), first.shape[0] / height, first.shape[1] / width)
    size = (max(48, round(width * scale)), max(48, round(height * scale)))
    one, other = (cv2.resize(grey, size, interpolation=cv2.INTER_AREA) for grey in (first, second))
    return np.asarray(one, np.uint8), np.asarray(other, np.uint8)


def _agreeing(first: Grey, second: Grey) -> tuple[AffineMap, NDArray[np.float32], int] | None:
    """The map most corners agree on, their places in `second` (N × 2: x, y), and how many corners match; or None."""
    places, codes = _corners(first)
    their_places, their_codes = _corners(second)
    if len(places) < 2 or len(their_places) < 2:
        return None
    matches = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(codes, their_codes, k=2)
    best = [(one.queryIdx, one.trainIdx) for one, other in matches if one.distance < RATIO * other.distance]
    if not best:
        return None
    source, target = np.array(best).T
    moved = np.abs(places[source] - their_places[target]).max(axis=1)
    here = moved < MOVED * max(second.shape)
    points, their_points = places[source][here], their_places[target][here]
    if len(points) < 4:
        return None
    affine, agree = cv2.estimateAffine2D(
        points, their_points, method=cv2.RANSAC, ransacReprojThreshold=REACH_PX, maxIters=1000, confidence=0.99
    )
    if affine is None or not _is_sane(affine):
        return None
    return affine, their_points[agree.ravel() > 0], len(points)


def _corners(grey: Grey) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Find corners all over a picture: places N × 2 (x, y) and codes N × 32."""
    orb = cv2.ORB.create(nfeatures=3_000, edgeThreshold=15, fastThreshold=5)
    height, width = grey.shape
    taken: Counter[tuple[int, int]] = Counter()
    strongest = []
    for corner in sorted(orb.detect(grey), key=lambda corner: -corner.response):
        x, y = corner.pt
        part = int(x * GRID / width), int(y * GRID / height)
        if taken[part] < CORNERS:
            taken[part] += 1
            strongest.append(corner)
    kept, codes = orb.compute(grey, strongest)
    if not kept:
        return np.empty((0, 2), np.float32), np.empty((0, 32), np.uint8)
    return np.array([corner.pt for corner in kept], np.float32), np.asarray(codes, np.uint8)


def _is_sane(affine: AffineMap) -> bool:
    largest, smallest = np.linalg.svd(affine[:, :2], compute_uv=False)
    turned = np.arctan2(affine[1, 0], affine[0, 0])
    return bool(
        np.linalg.det(affine[:, :2]) > 0
        and max(largest, 1 / max(smallest, 1e-9)) < MAX_SCALE
        and largest / smallest < MAX_STRETCH
        and abs(turned) < MAX_TURN
    )


def _windowed(values: Luminance) -> Luminance:
    return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5), np.float32)
