"""Distances between picture features, a block of rows at a time, so that memory stays bounded."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from housegan.errors import HouseganError

Features = NDArray[np.floating[Any]]
"""N×D, one row a picture."""
Matrix = NDArray[np.float64]

BLOCK_NUMBERS = 4_000_000
"""Numbers in one block of a matrix over all pairs: 32 MB."""
ROUNDING = 1e-12
"""Squared distances under this share of the vectors' squared lengths are nothing but rounding."""


def checked(features: Features, *, least: int, what: str) -> Matrix:
    """Take features as float64, in which sums over all pairs keep what they are compared for.

    Raises HouseganError where there are fewer than `least` pictures, or numbers that are not finite.
    """
    if features.ndim != 2:
        raise ValueError(f"features of {what} have the shape {features.shape}, not pictures × dimensions")
    if len(features) < least:
        raise HouseganError(f"There are {len(features)} {what}; to judge needs at least {least}. Give it more.")
    exact = features.astype(np.float64, copy=False)
    if not np.isfinite(exact).all():
        raise HouseganError(f"Some of the {what} have no finite features: the generator or its pictures are broken.")
    return exact


def row_blocks(rows: int, columns: int) -> Iterator[slice]:
    """Cut the rows of a matrix of this shape into blocks of at most `BLOCK_NUMBERS` numbers, or one row."""
    step = max(BLOCK_NUMBERS // max(columns, 1), 1)
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def squared_distances(first: Matrix, second: Matrix) -> Matrix:
    """Give the squared Euclidean distance of every row to every row, exactly 0 between equal rows: N×D, M×D -> N×M."""
    lengths = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1)
    distances: Matrix = lengths - 2 * (first @ second.T)
    distances[distances < ROUNDING * lengths] = 0
    return distances
