"""The second look at two pictures whose hashes are neither near nor far: whether one can be laid upon the other.

`curation.fit` tries it. About the pairs that this leaves open the network is asked: how alike it finds the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from curation.borders import inside, uniform_border
from curation.descriptions import Features, cosine, described
from curation.fit import SIDE_PX, Fit, Grey, fit
from curation.hashes import TURNS
from curation.measures import original_bytes
from curation.near import Near
from housegan.catalog import Catalog, Picture, Sha256
from housegan.config import IntakeConfig
from housegan.errors import UnreadablePictureError
from housegan.pictures import decode
from housegan.progress import Progress
from housegan.workers import map_limited

FEW_CORNERS, ENOUGH_CORNERS, MANY_CORNERS = 8, 20, 80
WIDE = 0.25
"""Spread of the corners from which they stand for the whole picture."""
CLEAR_SHARE = 0.9
"""Share of the matching corners that agree when there is no doubt about the map."""
NOTHING_ALIKE_SSIM, UNLIKE_SSIM, ALIKE_SSIM, VERY_ALIKE_SSIM = 0.15, 0.25, 0.4, 0.6
ALIKE_COSINE = 0.9
"""Paintings of one motif reach 0.88, and copies that suffered fall to 0.5: the network confirms, it never denies."""

_Item: TypeAlias = tuple[Near, tuple[Picture, Path], tuple[Picture, Path]]


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is known of two pictures that may be the same."""

    fit: Fit
    cosine: float | None = None
    """Between the network's descriptions, 0 to 1; None where it wasn't asked."""
    unreadable: str = ""
    """Why they can't be compared; empty where they were."""


Shelf: TypeAlias = tuple[Catalog, Mapping[Sha256, Picture]]
"""A catalog and pictures of it."""


def compared(
    catalog: Catalog,
    doubtful: Sequence[Near],
    pictures: Mapping[Sha256, Picture],
    limits: IntakeConfig,
    *,
    seconds: Shelf | None = None,
) -> dict[tuple[Sha256, Sha256], Likeness]:
    """Compare pairs in worker processes; the network is asked about those that this leaves open.

    The second picture of each pair may be of another catalog, `seconds`. Pairs with an original that can't be read are
    there too, with the reason. Raises StoppedError on Ctrl-C.
    """
    firsts = (catalog, pictures)
    seconds = seconds or firsts
    likenesses = _fitted(doubtful, firsts, seconds, limits)
    open_pairs = [
        pair
        for pair in doubtful
        if not likenesses[pair.first, pair.second].unreadable
        and judged(likenesses[pair.first, pair.second], bits=pair.bits)[0] is None
    ]
    features: dict[Sha256, Features] = {}
    for (where, known), names in ((firsts, {p.first for p in open_pairs}), (seconds, {p.second for p in open_pairs})):
        features |= described(where, [known[name] for name in sorted(names)], limits)
    for pair in open_pairs:
        if pair.first in features and pair.second in features:
            key = (pair.first, pair.second)
            likenesses[key] = replace(likenesses[key], cosine=cosine(features[pair.first], features[pair.second]))
    return likenesses


def judgements(
    catalog: Catalog,
    doubtful: Sequence[Near],
    pictures: Mapping[Sha256, Picture],
    limits: IntakeConfig,
    *,
    seconds: Shelf | None = None,
) -> dict[tuple[Sha256, Sha256], tuple[bool | None, str]]:
    """Compare pairs as `compared` does, and say what `judged` makes of each."""
    likenesses = compared(catalog, doubtful, pictures, limits, seconds=seconds)
    return {(pair.first, pair.second): judged(likenesses[pair.first, pair.second], bits=pair.bits) for pair in doubtful}


def judged(likeness: Likeness, *, bits: int) -> tuple[bool | None, str]:
    """Say whether two pictures of whose hashes `bits` of 256 differ are the same, are not, or who knows; and why.

    The same: corners all over the picture agree on one map, and what it lays upon one another is alike; where nearly
    all corners agree, less has to be, since a caption may cover some of it. Different: hardly any corner agrees and
    nothing is alike. In between, what is very much alike is the same if the network finds so too.
    """
    if likeness.unreadable:
        return None, f"they can't be compared: {likeness.unreadable}"
    found = likeness.fit
    same = _same(found)
    if same is None and likeness.cosine is not None and found.ssim >= VERY_ALIKE_SSIM:
        same = True if likeness.cosine >= ALIKE_COSINE else None
    network = "" if likeness.cosine is None else f", cosine {likeness.cosine:.2f}"
    return same, (
        f"{bits} of 256 bits differ, {found.corners} corners agree ({found.share:.0%}), SSIM {found.ssim:.2f}{network}"
    )


def _same(found: Fit) -> bool | None:
    wide = found.spread >= WIDE
    if wide and found.corners >= ENOUGH_CORNERS and found.ssim >= ALIKE_SSIM:
        return True
    clear = found.corners >= MANY_CORNERS and found.share >= CLEAR_SHARE
    if wide and clear and found.ssim >= NOTHING_ALIKE_SSIM:
        return True
    few = found.corners < FEW_CORNERS and found.ssim < UNLIKE_SSIM
    nothing = found.corners < ENOUGH_CORNERS and found.ssim < NOTHING_ALIKE_SSIM
    return False if few or nothing else None


def _fitted(
    doubtful: Sequence[Near], firsts: Shelf, seconds: Shelf, limits: IntakeConfig
) -> dict[tuple[Sha256, Sha256], Likeness]:
    if not doubtful:
        return {}

    def original(shelf: Shelf, sha256: Sha256) -> tuple[Picture, Path]:
        catalog, pictures = shelf
        return pictures[sha256], catalog.original(sha256, pictures[sha256].format)

    name = firsts[0].folder.name
    items = [(pair, original(firsts, pair.first), original(seconds, pair.second)) for pair in doubtful]
    likenesses = {}
    with Progress(
        f"comparing {name}", total=len(items), unit="pairs",
        if_stopped=f"Stopped; nothing is decided yet. To go on: housegan curate {name}",
    ) as progress:  # fmt: skip
        results = map_limited(_fit_of, items, time_limit_s=limits.time_limit_s, memory_limit_mb=limits.memory_limit_mb)
        for (pair, _, _), found in progress.counted(results):
            likenesses[pair.first, pair.second] = (
                Likeness(Fit(), unreadable=str(found)) if isinstance(found, UnreadablePictureError) else Likeness(found)
            )
    return likenesses


def _fit_of(item: _Item) -> Fit:
    pair, first, second = item
    cv2.setNumThreads(1)  # there are as many workers as cores
    turn = list(TURNS.values())[pair.variant]
    return fit(np.ascontiguousarray(turn(_grey(*first))), _grey(*second))


def _grey(picture: Picture, path: Path) -> Grey:
    pixels = np.asarray(decode(original_bytes(picture, path), at_least_px=SIDE_PX, max_megapixels=float("inf")))
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    return inside(grey, uniform_border(pixels))
