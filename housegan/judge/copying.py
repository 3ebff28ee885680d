"""Whether a generator copies the pictures it was trained on.

The test of Meehan et al. 2020, with all pictures in one cell: are generated pictures nearer to the training pictures
than held-out ones, which the generator never saw? Their C_T is the z-score of Mann and Whitney's U over the two groups
of distances to the nearest training picture: about 0 for new pictures of the same kind, above for worse ones, far below
for copies. It is far below 0, too, for a generator that draws everything towards the middle (Stein et al. 2023). What
tells the two apart is whether a generated picture is near to *one* training picture, by its distance to the nearest as
a share of that to the second nearest, again beside the held-out pictures'. And copies that are blurred, or among many
bad pictures, leave C_T above 0: so those that are close to a single training picture are counted as well. A generator
of nothing but the plainest kind of picture may look like a copier: look at the nearest neighbours.

Features here, as everywhere, are of pictures at the generator's size. Training pictures that were shown mirrored, too,
are more rows, as in `housegan.nearest`.
"""

from typing import NamedTuple

import numpy as np

from housegan.distances import Features, Matrix
from housegan.nearest import Indices, nearest

LEAST = 100
"""Held-out and generated pictures each: with fewer, it is too few to say."""
COPYING_Z = -3.0
"""Both z-scores below: less than one in 700 generators that don't copy."""
CLOSE = 0.05
"""Share of the held-out pictures that count as close to a single training picture: sets hold near twins, too."""
MOST_CLOSE = 0.2
"""Of the generated pictures; without copying so many happen once in 2,000 times of 100 pictures, in 50,000 of 500."""


class Copying(NamedTuple):
    """What the test found; None where there are too few to say."""

    held_out: int
    generated: int
    z: float | None = None
    """C_T: the z-score of distances to the nearest training picture."""
    z_single: float | None = None
    """The z-score of these distances as a share of the distance to the second nearest."""
    close: float | None = None
    """Share of generated pictures as close to a single training picture as a twentieth of the held-out ones are."""

    @property
    def found(self) -> bool | None:
        """Whether the generator copies."""
        if self.z is None or self.z_single is None or self.close is None:
            return None
        return max(self.z, self.z_single) < COPYING_Z or self.close > MOST_CLOSE

    @property
    def sentence(self) -> str:
        """Say it in words."""
        if self.z is None or self.z_single is None or self.close is None:
            return (
                f"Too few to say whether it copies: {self.held_out} held-out and {self.generated} generated pictures, "
                f"{LEAST} of each are needed."
            )
        figures = f"C_T {self.z:+.1f}; close to a single training picture: {self.close:.0%}, of unseen ones {CLOSE:.0%}"
        if self.found:
            return f"Copying ({figures})."
        if self.z < COPYING_Z:
            return f"No copying, but everything is drawn towards the middle of the training pictures ({figures})."
        return f"No copying found ({figures})."


def copying(
    training: Features, held_out: Features, generated: Features, *, pictures: Indices | None = None
) -> Copying:  # fmt: skip
    """Test whether generated pictures (M×D) copy training pictures (rows×D), beside held-out ones (N×D).

    `pictures` is as in `nearest`. Raises HouseganError where fewer than two pictures were trained on.
    """
    if min(len(held_out), len(generated)) < LEAST:
        return Copying(len(held_out), len(generated))
    unseen, made = (nearest(x, training, pictures=pictures, count=2).distances for x in (held_out, generated))
    unseen_single, made_single = _share_of_second(unseen), _share_of_second(made)
    return Copying(
        len(held_out),
        len(generated),
        z=rank_z(made[:, 0], unseen[:, 0]),
        z_single=rank_z(made_single, unseen_single),
        close=float((made_single < np.quantile(unseen_single, CLOSE)).mean()),
    )


def rank_z(these: Matrix, those: Matrix) -> float:
    """Give the z-score of Mann and Whitney's U (1947), ties corrected: below 0 where these are the smaller ones."""
    n, m = len(these), len(those)
    total = n + m
    _, inverse, ties = np.unique(np.concatenate([these, those]), return_inverse=True, return_counts=True)
    ranks = (ties.cumsum() - (ties - 1) / 2)[inverse]
    u = ranks[:n].sum() - n * (n + 1) / 2
    variance = n * m / 12 * (total + 1 - (ties**3 - ties).sum() / (total * (total - 1)))
    return float((u - n * m / 2) / np.sqrt(variance)) if variance > 0 else 0.0


def _share_of_second(distances: Matrix) -> Matrix:
    """Nearest over second nearest, in [0, 1]; 1 where both are 0, since the picture is twice in the training set."""
    return np.divide(distances[:, 0], distances[:, 1], out=np.ones(len(distances)), where=distances[:, 1] > 0)
