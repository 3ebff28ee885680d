"""The best of many pictures, by a score of their features; which score is the caller's."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from housegan.explore.samples import drawn
from housegan.features import described
from housegan.networks import Generator
from housegan.progress import Progress

Features = NDArray[np.float32]
Score = Callable[[Features], NDArray[np.floating[Any]]]
"""From features N×1280 to a number each; higher is better."""


def best_of(
    generator: Generator, seeds: Sequence[int], *, keep: int, score: Score, truncation: float, bar: Progress
) -> tuple[int, ...]:  # fmt: skip
    """Choose the `keep` seeds whose pictures score highest, the best first; the earlier of equals."""
    scores = score(described(bar.counted(drawn(generator, seeds, truncation=truncation))))
    return tuple(seeds[place] for place in np.argsort(-scores, kind="stable")[:keep])
