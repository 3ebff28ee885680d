"""What matters in a picture, told without a network: what its edge isn't like, and where it is drawn in detail."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Map = NDArray[np.float32]

MAP_PX = 128
"""Longer side of the map."""
RESIDUAL_PX = 64
"""Longer side of what the spectral residual is taken of; Hou & Zhang's choice."""
DETAIL_PX = 384
"""Longer side of what edges are looked for in."""
SHORTEST_LINE_PX, LONG_LINE_PX = 16, 60
"""Lines shorter than the first don't count; from the second on a line counts fully."""
SPREAD = 3.0
"""How far around a line or an edge counts as drawn, as the sigma of a blur in places of the map."""
RESIDUAL = 0.15
"""Weight of the spectral residual beside edges and lines, which are 1 at most."""
LEAFY = 0.5
"""So much less counts what has the colour of leaves: gardens surround what pictures are taken of."""
RIM = 0.06
"""Width of the picture's rim, as a share of its shorter side."""
PATCHES_A_SIDE = 6
GRAIN = 25.0
"""Variance in Lab that every patch of the rim has at least: noise and compression don't set a place apart."""
CENTRE_PRIOR = 0.3
"""How much less a corner counts than the centre."""
TOP_SHARE = 0.01
"""This share of a map's places may be brighter than 1 before it is cut there."""


def saliency(pixels: Pixels) -> Map:
    """Map how much each place of a picture (uint8 H × W × 3) matters: 0 to 1, the longer side at most MAP_PX.

    What counts must differ from the picture's rim and have straight edges or unexpected structure: a lawn and a sky
    fail the first, a plain cloud or a moon the second.
    """
    pixels = _shrunk(pixels, DETAIL_PX)
    small = _shrunk(pixels, MAP_PX)
    lab = np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    size = (small.shape[1], small.shape[0])
    edges = unit(_at(size, straight_edges(pixels)))
    built = unit(_blurred(_at(size, segments(pixels)), SPREAD))
    distinct = _blurred(border_distinctness(lab), SPREAD * 2 / 3)
    residual = np.asarray(cv2.resize(spectral_residual(pixels), size), np.float32)
    drawn = _blurred(edges * np.sqrt(built) + RESIDUAL * residual, SPREAD)
    leafless = 1 - LEAFY * _blurred(leafiness(lab), SPREAD / 3)
    return unit(distinct * drawn * leafless * _centre_prior(*size))


def spectral_residual(pixels: Pixels) -> Map:
    """Map what the picture's spectrum doesn't lead one to expect, 0 to 1 (Hou & Zhang 2007, equations 3 to 5)."""
    grey = cv2.cvtColor(_shrunk(pixels, RESIDUAL_PX), cv2.COLOR_RGB2GRAY)
    spectrum = np.fft.fft2(grey.astype(np.float64))
    logarithm = np.log(np.abs(spectrum) + 1e-6)
    rest = logarithm - cv2.blur(logarithm, (3, 3), borderType=cv2.BORDER_REFLECT)
    energy = np.abs(np.fft.ifft2(np.exp(rest + 1j * np.angle(spectrum)))) ** 2
    return unit(_blurred(energy.astype(np.float32), 2.5))


def border_distinctness(lab: Map) -> Map:
    """Map how far each place's colour (Lab, H × W × 3) is from all that lies along the picture's rim, 0 to 1.

    Mahalanobis distance to colours at the rim as in Zhang et al. 2015 (Minimum barrier salient object detection,
    equation 9), but to many patches of it, each with its own spread, of which the second nearest counts: sky and lawn
    are each near some patches, and a subject that touches the rim in one place is still far from all others.
    """
    places, whitenings, middles = lab.reshape(-1, 3), [], []
    for patch in _rim(lab):
        colours = patch.reshape(-1, 3)
        middle = colours.mean(axis=0)
        covariance = (colours - middle).T @ (colours - middle) / (len(colours) - 1) + GRAIN * np.eye(3)
        whitenings.append(np.linalg.cholesky(np.linalg.inv(covariance)))
        middles.append(middle @ whitenings[-1])
    squared = np.zeros((len(middles), len(places)), np.float32)
    for whitening, middle in zip(np.stack(whitenings, axis=2).swapaxes(0, 1), np.stack(middles, axis=1), strict=True):
        squared += np.square(whitening.T.astype(np.float32) @ places.T - middle.astype(np.float32)[:, None])
    nearest, second = squared[0], np.full_like(squared[0], np.inf)
    for one in squared[1:]:
        nearest, second = np.minimum(nearest, one), np.minimum(second, np.maximum(nearest, one))
    return unit(np.sqrt(second).reshape(lab.shape[:2]))


def straight_edges(pixels: Pixels) -> Map:
    """Map edges that run along or across, as walls, windows and roofs have them and foliage has few: at least 0."""
    grey = _blurred(cv2.cvtColor(_shrunk(pixels, DETAIL_PX), cv2.COLOR_RGB2GRAY).astype(np.float32), 1)
    across, down = np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0)), np.abs(cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    straight = np.maximum(across - 2 * down, 0) + np.maximum(down - 2 * across, 0)
    # The root keeps a few hard shadows from outshining a whole front.
    blurred = np.maximum(cv2.blur(straight, (9, 9)), 0)  # its running sums can come out a hair under 0
    return np.asarray(np.sqrt(blurred), np.float32)


def segments(pixels: Pixels) -> Map:
    """Map straight lines, each as bright as it is long: at least 0 (the detector is Grompone von Gioi et al. 2010).

    Of all that was tried on house fronts this tells best where the house is: trees, rocks and water have edges
    everywhere, but none that stay straight.
    """
    grey = cv2.cvtColor(_shrunk(pixels, DETAIL_PX), cv2.COLOR_RGB2GRAY)
    lines = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(grey)[0]
    drawn = np.zeros(grey.shape, np.float32)
    ends = np.zeros((0, 4)) if lines is None else lines.reshape(-1, 4).astype(np.float64)
    lengths = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    for (x, y, u, v), length in sorted(zip(ends.tolist(), lengths.tolist(), strict=True), key=lambda line: line[1]):
        if length >= SHORTEST_LINE_PX:
            cv2.line(drawn, (int(x), int(y)), (int(u), int(v)), min(length / LONG_LINE_PX, 1), 2)
    return drawn


def leafiness(lab: Map) -> Map:
    """Map how much each place's colour (Lab, H × W × 3) is a leaf's or a lawn's, 0 to 1."""
    return np.asarray(np.clip((-lab[..., 1] - 2) / 12, 0, 1) * (lab[..., 2] > 0), np.float32)


def unit(values: Map) -> Map:
    """Stretch a map to 0 to 1, its brightest places cut at 1; a map of one value becomes 0."""
    above = values - values.min()
    top = float(np.quantile(above, 1 - TOP_SHARE)) or float(above.max())
    return np.clip(above / top, 0, 1).astype(np.float32) if top > 1e-6 else np.zeros(values.shape, np.float32)


def _rim(lab: Map) -> Iterator[Map]:
    height, width = lab.shape[:2]
    deep = max(2, round(RIM * min(height, width)))
    for strip in (lab[:deep], lab[-deep:], lab[:, :deep].swapaxes(0, 1), lab[:, -deep:].swapaxes(0, 1)):
        yield from np.array_split(strip, PATCHES_A_SIDE, axis=1)


def _centre_prior(width: int, height: int) -> Map:
    across, down = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    return 1 - CENTRE_PRIOR / 2 * (across[None, :] ** 2 + down[:, None] ** 2)


def _blurred(values: Map, sigma: float) -> Map:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32)


def _at(size: tuple[int, int], values: Map) -> Map:
    """Average a map to a smaller width and height."""
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _shrunk(pixels: Pixels, longer_px: int) -> Pixels:
    """Never enlarge it, but for sides under 16 px: a rim and a spectrum need that much."""
    height, width = pixels.shape[:2]
    scale = min(1.0, longer_px / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    if size == (width, height):
        return pixels
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
