"""Precision, recall, density and coverage: do generated pictures lie among real ones, and real among generated.

A picture's neighbourhood is the ball around it that reaches to its k-th nearest picture of its own kind, that one not
inside. All four numbers are 0 to 1 but density, which has 1 as its expectation for the same distribution and may be
above. Exact, over all pairs, in bounded memory. The balls shrink as pictures get more, so numbers compare only at equal
counts: `beside_real` sees to that.
"""

from typing import NamedTuple

import numpy as np

from housegan.distances import Features, Matrix, checked, row_blocks, squared_distances
from housegan.judge.kid import halves

NEAREST = 5
"""As Naeem et al. 2020 and their package `prdc` have it, for all four; Kynkäänniemi et al. 2019 took 3."""


class Neighbourhoods(NamedTuple):
    """How generated and real pictures mingle."""

    precision: float
    """Share of generated pictures in the neighbourhood of a real one (Kynkäänniemi et al. 2019, eq. 2)."""
    recall: float
    """Share of real pictures in the neighbourhood of a generated one (the same)."""
    density: float
    """Real neighbourhoods that a generated picture lies in, over k (Naeem et al. 2020, section 3)."""
    coverage: float
    """Share of real pictures with a generated one in their neighbourhood (Naeem et al. 2020, section 3)."""


class BesideReal(NamedTuple):
    """The same measurement twice, on equal counts."""

    generated: Neighbourhoods
    """Of generated pictures against the first half of the real ones."""
    real: Neighbourhoods
    """Of the second half against the first: what a perfect generator would get."""


def neighbourhoods(real: Features, generated: Features, *, nearest: int = NEAREST) -> Neighbourhoods:
    """Measure how generated (M×D) and real (N×D) pictures mingle, by balls to the `nearest`-th picture of a kind.

    Raises HouseganError where a kind has no more than `nearest` pictures.
    """
    real = checked(real, least=nearest + 1, what="real pictures")
    generated = checked(generated, least=nearest + 1, what="generated pictures")
    real_radii, generated_radii = _squared_radii(real, nearest), _squared_radii(generated, nearest)
    balls_around = np.zeros(len(generated), np.int64)
    recalled = covered = 0
    for rows in row_blocks(len(real), len(generated)):
        distances = squared_distances(real[rows], generated)
        near_real = distances < real_radii[rows, None]
        balls_around += near_real.sum(axis=0)
        covered += int(near_real.any(axis=1).sum())
        recalled += int((distances < generated_radii).any(axis=1).sum())
    return Neighbourhoods(
        precision=float((balls_around > 0).mean()),
        recall=recalled / len(real),
        density=float(balls_around.mean()) / nearest,
        coverage=covered / len(real),
    )


def beside_real(real: Features, generated: Features, *, seed: int, nearest: int = NEAREST) -> BesideReal:
    """Measure generated pictures and one random half of the real ones against the other half, as many of each.

    Takes the first of the generated pictures, or of the second half, whichever are more. Raises HouseganError where a
    kind or a half has no more than `nearest` pictures.
    """
    first, second = halves(checked(real, least=2 * nearest + 2, what="real pictures"), seed=seed)
    count = min(len(second), len(generated))
    return BesideReal(
        generated=neighbourhoods(first, generated[:count], nearest=nearest),
        real=neighbourhoods(first, second[:count], nearest=nearest),
    )


def expected_coverage(real: int, generated: int, *, nearest: int = NEAREST) -> float:
    """Give the coverage that the real pictures' own distribution has on average (Naeem et al. 2020, lemma 2)."""
    missed = 1.0
    for place in range(1, nearest + 1):
        missed *= (real - place) / (real + generated - place)
    return 1 - missed


def _squared_radii(features: Matrix, nearest: int) -> Matrix:
    """Squared distance of each picture to the `nearest`-th nearest other one."""
    radii = np.empty(len(features))
    for rows in row_blocks(len(features), len(features)):
        distances = squared_distances(features[rows], features)
        distances[np.arange(len(distances)), np.arange(rows.start, rows.stop)] = np.inf  # not its own neighbour
        radii[rows] = np.partition(distances, nearest - 1, axis=1)[:, nearest - 1]
    return radii
