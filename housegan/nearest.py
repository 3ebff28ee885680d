"""The nearest training pictures of a sample, exact, over all pairs, in bounded memory.

Training pictures that were shown mirrored, too, are more rows: `pictures[row]` says which picture a row shows. It knows
nothing of what the numbers describe: pixels or features.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from housegan.distances import Features, Matrix, checked, row_blocks, squared_distances
from housegan.errors import HouseganError

Indices = NDArray[np.intp]


class Nearest(NamedTuple):
    """The nearest training pictures of each sample, the nearest first: N×count each."""

    pictures: Indices
    """Which picture."""
    rows: Indices
    """By which of its rows: as it is, or mirrored."""
    distances: Matrix
    """Euclidean, between features."""


def nearest(samples: Features, training: Features, *, pictures: Indices | None = None, count: int = 1) -> Nearest:
    """Find the `count` nearest different training pictures of each sample (N×D).

    Row r of `training` (rows×D) shows picture `pictures[r]`, or r itself where that is left out: a picture and its
    mirror image are two rows of one picture. Raises HouseganError where there are fewer than `count` pictures.
    """
    samples = checked(samples, least=1, what="samples")
    training = checked(training, least=1, what="training pictures")
    pictures = np.arange(len(training)) if pictures is None else pictures
    rows_of_each = np.unique(pictures, return_counts=True)[1]
    if len(rows_of_each) < count:
        raise HouseganError(f"There are {len(rows_of_each)} training pictures; this needs at least {count}.")
    # so many of the nearest rows show `count` pictures whatever they are
    enough = int(np.sort(rows_of_each)[::-1][: count - 1].sum()) + 1
    rows, distances = _nearest_rows(samples, training, enough)
    first = _firsts(pictures[rows], count)
    rows = np.take_along_axis(rows, first, axis=1)
    return Nearest(pictures[rows], rows, np.take_along_axis(distances, first, axis=1))


class Search:
    """The same as `nearest` where the training rows come in blocks; all rows of one picture lie in one block."""

    def __init__(self, samples: Features, *, count: int) -> None:
        self.samples, self.count = samples, count
        self._rows = 0
        nothing = np.empty((len(samples), 0), np.intp)
        self._found = Nearest(nothing, nothing, np.empty((len(samples), 0)))

    def add(self, training: Features, pictures: Indices) -> None:
        """Look through the next rows (rows×D), which show these pictures; rows are counted through all blocks."""
        here = nearest(self.samples, training, pictures=pictures, count=min(self.count, len(np.unique(pictures))))
        which = np.concatenate([self._found.pictures, here.pictures], axis=1)
        rows = np.concatenate([self._found.rows, here.rows + self._rows], axis=1)
        distances = np.concatenate([self._found.distances, here.distances], axis=1)
        first = np.argsort(distances, axis=1, kind="stable")[:, : self.count]
        which, rows = np.take_along_axis(which, first, axis=1), np.take_along_axis(rows, first, axis=1)
        self._found = Nearest(which, rows, np.take_along_axis(distances, first, axis=1))
        self._rows += len(training)

    def found(self) -> Nearest:
        """Give the nearest of all. Raises HouseganError where there were fewer than `count` pictures."""
        if (there := self._found.rows.shape[1]) < self.count:
            raise HouseganError(f"There are {there} training pictures; this needs at least {self.count}.")
        return self._found


def _nearest_rows(samples: Matrix, training: Matrix, count: int) -> tuple[Indices, Matrix]:
    rows = np.empty((len(samples), count), np.intp)
    distances = np.empty((len(samples), count))
    for block in row_blocks(len(samples), len(training)):
        squared = squared_distances(samples[block], training)
        some = np.argpartition(squared, count - 1, axis=1)[:, :count]
        order = np.argsort(np.take_along_axis(squared, some, axis=1), axis=1, kind="stable")
        rows[block] = np.take_along_axis(some, order, axis=1)
        distances[block] = np.sqrt(np.take_along_axis(squared, rows[block], axis=1))
    return rows, distances


def _firsts(pictures: Indices, count: int) -> Indices:
    """Where the first `count` different pictures come first in each row: N×any -> N×count."""
    again = np.tril(pictures[:, :, None] == pictures[:, None, :], -1).any(axis=2)
    return np.argsort(again, axis=1, kind="stable")[:, :count]
