"""Numbers turned into bars and tiles; lengths are shares of the chart, 0 to 1."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10, sqrt

import numpy as np
from numpy.typing import NDArray

from curation.looks import Look
from housegan.catalog import Picture, Sha256
from housegan.config import CurateConfig

_SIDES_PX = (0, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 8192)
_BINS = 32
_MAX_COLUMNS, _MAX_ROWS = 72, 18
_GREY_CHROMA = 0.02

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Bar:
    """Kept pictures below, rejected ones on top of them."""

    left: float
    width: float
    kept: float
    rejected: float
    says: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the axis: a tick, or a threshold."""

    at: float
    says: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """How one number spreads over pictures."""

    title: str
    bars: Sequence[Bar]
    ticks: Sequence[Mark]
    thresholds: Sequence[Mark]
    says: str
    """The same in words, for those who don't see it."""


def side_histogram(pictures: Iterable[Picture], kept: Collection[Sha256], config: CurateConfig) -> Histogram:
    """Count pictures by their shorter side, in steps of half an octave that are equally wide."""
    sides = {one.sha256: min(one.width, one.height) for one in pictures}
    edges = [*_SIDES_PX, max(2 * _SIDES_PX[-1], *sides.values(), 0) + 1]
    counts = _counts(sides, kept, edges)
    filled = [place for place, count in enumerate(counts) if any(count)] or [0]
    first, last = max(filled[0] - 1, 0), min(filled[-1] + 1, len(counts) - 1)
    counts, edges = counts[first : last + 1], edges[first : last + 2]
    marks = [("min_side_px", config.min_side_px), ("size", config.size)]
    names = [f"{low:,} to {high - 1:,} px" for low, high in pairwise(edges)]
    ticks = [Mark(n / len(counts), f"{edge:,}") for n, edge in enumerate(edges[:-1])]
    thresholds = [
        Mark((n + (value - edges[n]) / (edges[n + 1] - edges[n])) / len(counts), f"{name} {value:,}")
        for name, value in marks
        if edges[0] < value < edges[-1]
        for n in [bisect_right(edges, value) - 1]
    ]
    return _histogram("Shorter side, in px", counts, names, ticks, thresholds)


def look_histograms(looks: Mapping[Sha256, Look], kept: Collection[Sha256], config: CurateConfig) -> list[Histogram]:
    """Show for every measure with a threshold how it spreads, and where the threshold stands."""
    wanted = {
        "brightness": (
            "Brightness",
            [("min_brightness", config.min_brightness), ("max_brightness", config.max_brightness)],
        ),
        "contrast": ("Contrast", [("min_contrast", config.min_contrast)]),
        "sharpness": ("Sharpness", [("min_sharpness", config.min_sharpness)]),
        "saturation": ("Saturation", [("min_saturation", config.min_saturation)]),
        "collage": ("Like a collage", [("max_collage", config.max_collage)]),
        "filled": ("Filled by the decoder", [("max_filled", config.max_filled)]),
    }
    return [
        _spread(title, {sha256: float(getattr(look, field)) for sha256, look in looks.items()}, kept, thresholds)
        for field, (title, thresholds) in wanted.items()
    ]


def mosaic(colours: Collection[Colour]) -> list[list[Colour]]:
    """Arrange colours in columns by hue, greys first, each column from light to dark; a tile is one picture or several.

    Every column stands for as many pictures as every other.
    """
    if not colours:
        return []
    rgb = np.array(sorted(colours), np.uint8)
    lightness, chroma, hue = _lch(rgb)
    grey = chroma < _GREY_CHROMA
    order = np.lexsort((lightness, np.where(grey, lightness, hue), ~grey))
    columns = min(_MAX_COLUMNS, ceil(sqrt(len(rgb) * 3)), len(rgb))
    tiles = []
    for members in np.array_split(order, columns):
        members = members[np.argsort(-lightness[members], kind="stable")]
        rows = min(_MAX_ROWS, len(members))
        tiles.append([_mean(rgb[some]) for some in np.array_split(members, rows)])
    return tiles


def by_colour(colours: Mapping[Sha256, Colour]) -> dict[Sha256, int]:
    """Give each picture its place in an order in which what looks alike stands close: greys first, then by hue."""
    if not colours:
        return {}
    digests = sorted(colours)
    lightness, chroma, hue = _lch(np.array([colours[sha256] for sha256 in digests], np.uint8))
    grey = chroma < _GREY_CHROMA
    sector = np.where(grey, -1, np.floor(hue * 12 / (2 * np.pi)))
    return {digests[index]: place for place, index in enumerate(np.lexsort((-lightness, sector)))}


def _spread(
    title: str, values: Mapping[Sha256, float], kept: Collection[Sha256], marks: Sequence[tuple[str, float]]
) -> Histogram:
    """Count values in equal steps; what lies far out counts to the last step, so that one picture can't squeeze all."""
    of_all = np.array(list(values.values()))
    top = max(float(np.quantile(of_all, 0.99)), *(1.15 * value for _, value in marks)) or 1.0
    edges = [top * step / _BINS for step in range(_BINS)] + [float("inf")]
    counts = _counts(values, kept, edges)
    names = [f"{low:.3g} to {high:.3g}" for low, high in pairwise(edges)]
    step = _round_step(top / 4)
    ticks = [Mark(n * step / top, f"{n * step:g}") for n in range(ceil(0.95 * top / step))]
    thresholds = [Mark(value / top, f"{name} {value:g}") for name, value in marks if value > 0]
    return _histogram(title, counts, names, ticks, thresholds)


def _round_step(about: float) -> float:
    """1, 2 or 5 times a power of ten, no more than asked."""
    power = 10.0 ** floor(log10(about))
    return max(digit for digit in (1, 2, 5) if digit * power <= 1.000001 * about) * power


def _counts(values: Mapping[Sha256, float], kept: Collection[Sha256], edges: Sequence[float]) -> list[tuple[int, int]]:
    """Count kept and rejected pictures between each two edges."""
    counts = [[0, 0] for _ in range(len(edges) - 1)]
    for sha256, value in values.items():
        place = min(max(bisect_right(edges, value) - 1, 0), len(counts) - 1)
        counts[place][sha256 not in kept] += 1
    return [(of_kept, rejected) for of_kept, rejected in counts]


def _histogram(
    title: str, counts: Sequence[tuple[int, int]], names: Sequence[str], ticks: list[Mark], thresholds: list[Mark]
) -> Histogram:
    highest = max(sum(count) for count in counts) or 1
    bars = [
        Bar(n / len(counts), 1 / len(counts), kept / highest, rejected / highest, f"{name}: {_said(kept, rejected)}")
        for n, ((kept, rejected), name) in enumerate(zip(counts, names, strict=True))
    ]
    says = "; ".join(bar.says for bar in bars if bar.kept or bar.rejected)
    return Histogram(title, bars, ticks, thresholds, f"{title}. {says}.")


def _said(kept: int, rejected: int) -> str:
    return f"{kept:,} kept" + (f", {rejected:,} rejected" if rejected else "")


def _lch(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Lightness 0 to 1, chroma and hue 0 to 2π of sRGB colours, N × 3, in OKLab (Ottosson 2020)."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    cones = linear @ np.array(
        [[0.4122214708, 0.2119034982, 0.0883024619],
         [0.5363325363, 0.6806995451, 0.2817188376],
         [0.0514459929, 0.1073969566, 0.6299787005]]
    )  # fmt: skip
    lab = np.cbrt(cones) @ np.array(
        [[0.2104542553, 1.9779984951, 0.0259040371],
         [0.7936177850, -2.4285922050, 0.7827717662],
         [-0.0040720468, 0.4505937099, -0.8086757660]]
    )  # fmt: skip
    return lab[:, 0], np.hypot(lab[:, 1], lab[:, 2]), np.arctan2(lab[:, 2], lab[:, 1]) % (2 * np.pi)


def _mean(rgb: NDArray[np.uint8]) -> Colour:
    red, green, blue = (round(float(value)) for value in rgb.mean(axis=0))
    return red, green, blue
