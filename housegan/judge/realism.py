"""How real a single generated picture looks, by features."""

import numpy as np

from housegan.distances import Features, Matrix, checked, row_blocks, squared_distances
from housegan.nearest import nearest

NEAREST = 3
"""As Kynkäänniemi et al. 2019 have it."""


def realism(real: Features, generated: Features) -> Matrix:
    """Score generated pictures (M×D) against real ones (N×D); 1 and above lies among them (Kynkäänniemi 2019, eq. 3).

    A real picture's neighbourhood reaches to its third nearest other one; the score is the largest ratio of a
    neighbourhood's radius to the distance from its centre, over the half of neighbourhoods that are not wide. A copy
    scores among the highest. Raises HouseganError where there are no more than three real pictures.
    """
    real = checked(real, least=NEAREST + 1, what="real pictures")
    generated = checked(generated, least=1, what="generated pictures")
    radii = nearest(real, real, count=NEAREST + 1).distances[:, -1]  # the nearest of all is the picture itself
    narrow = radii <= np.median(radii)
    centres, squared_radii = real[narrow], radii[narrow] ** 2
    scores = np.empty(len(generated))
    with np.errstate(divide="ignore", invalid="ignore"):
        for rows in row_blocks(len(generated), len(centres)):
            ratios = squared_radii / squared_distances(generated[rows], centres)
            scores[rows] = np.sqrt(np.nan_to_num(ratios, nan=np.inf, posinf=np.inf).max(axis=1))
    return scores
