"""KID: how far the distribution of generated pictures is from the real one's, in the space of features.

The squared maximum mean discrepancy under the kernel (gamma x·y + 1)³ (Bińkowski et al. 2018, section 4; Gretton et al.
2012, eq. 3, the unbiased estimate), with gamma = 1 / mean‖x‖² over the real pictures instead of 1 / dimensions, under
which features as short as EfficientNet-Lite0's are hardly told apart. The number is the discrepancy itself, multiplied
by nothing: 0 for the same distribution, slightly below as often as above, and hardly ever beyond 14. On
EfficientNet-Lite0 (`kid_lite0`) two halves of one set are within some hundredths of 0, photographs of interiors against
house fronts 2.7, house fronts blurred to 8×8 7.4. Resolution counts: the same photographs at 64² and at 256² are 2.1
apart, so describe both kinds at the generator's size.
"""

from typing import NamedTuple

import numpy as np

from housegan.distances import Features, Matrix, checked, row_blocks

LARGEST_BLOCK = 250
BLOCKS = 100
RESAMPLES = 200
"""Bootstrap samples: the error's own error is then a twentieth."""
LEAST = 10
"""Pictures of each kind: with fewer, a bootstrap sample may hold one picture alone, of which there are no pairs."""


class Kid(NamedTuple):
    """An estimate and its standard error."""

    value: float
    error: float


def kid(real: Features, generated: Features, *, seed: int) -> Kid:
    """Estimate KID of generated (M×D) against real (N×D) pictures.

    The value is the mean over 100 blocks of min(250, n/2) pictures of each kind, n being the smaller number, drawn
    without repetition within a block; the error is the standard deviation over bootstrap samples of both kinds, nearly
    twice too large where the distributions are the same. Raises HouseganError under ten pictures of a kind.
    """
    real = checked(real, least=LEAST, what="real pictures")
    generated = checked(generated, least=LEAST, what="generated pictures")
    return _estimate(real, generated, gamma=_gamma(real), seed=seed)


def kid_of_real(real: Features, *, seed: int) -> Kid:
    """Estimate KID between two random halves of the real pictures (N×D): what a perfect generator would get.

    Same kernel as in `kid` with all of these pictures. Raises HouseganError under twenty pictures.
    """
    real = checked(real, least=2 * LEAST, what="real pictures")
    first, second = halves(real, seed=seed)
    return _estimate(first, second, gamma=_gamma(real), seed=seed)


def halves(features: Matrix, *, seed: int) -> tuple[Matrix, Matrix]:
    """Split pictures at random into two halves, the first the larger where the number is odd."""
    order = np.random.default_rng(seed).permutation(len(features))
    half = (len(features) + 1) // 2
    return features[order[:half]], features[order[half:]]


def _gamma(real: Matrix) -> float:
    return 1 / max(float((real**2).sum(axis=1).mean()), np.finfo(np.float64).tiny)


def _estimate(real: Matrix, generated: Matrix, *, gamma: float, seed: int) -> Kid:
    draw = np.random.default_rng(seed)
    block = min(LARGEST_BLOCK, min(len(real), len(generated)) // 2)
    # a block and a bootstrap sample are the same thing to the estimate: how often each picture is in
    weights = [np.vstack([_blocks(draw, len(x), block), _resamples(draw, len(x))]) for x in (real, generated)]
    discrepancies = _discrepancies(real, generated, *weights, gamma=gamma)
    return Kid(float(discrepancies[:BLOCKS].mean()), float(discrepancies[BLOCKS:].std(ddof=1)))


def _blocks(draw: np.random.Generator, pictures: int, block: int) -> Matrix:
    first = np.broadcast_to(np.arange(pictures) < block, (BLOCKS, pictures))
    return draw.permuted(first, axis=1).astype(np.float64)


def _resamples(draw: np.random.Generator, pictures: int) -> Matrix:
    return draw.multinomial(pictures, np.full(pictures, 1 / pictures), size=RESAMPLES).astype(np.float64)


def _discrepancies(
    real: Matrix, generated: Matrix, real_weights: Matrix, generated_weights: Matrix, *, gamma: float
) -> Matrix:
    """Squared discrepancies under W choices of pictures, W×N and W×M -> W; a picture is never compared with itself."""
    across = _weighted(real, generated, real_weights, generated_weights, gamma)
    pairs_across = real_weights.sum(axis=1) * generated_weights.sum(axis=1)
    discrepancies: Matrix = (
        _mean_of_pairs(real, real_weights, gamma)
        + _mean_of_pairs(generated, generated_weights, gamma)
        - 2 * across / pairs_across
    )
    return discrepancies


def _mean_of_pairs(features: Matrix, weights: Matrix, gamma: float) -> Matrix:
    with_itself = weights**2
    pairs = weights.sum(axis=1) ** 2 - with_itself.sum(axis=1)
    itself = with_itself @ (gamma * (features**2).sum(axis=1) + 1) ** 3
    mean: Matrix = (_weighted(features, features, weights, weights, gamma) - itself) / pairs
    return mean


def _weighted(first: Matrix, second: Matrix, first_weights: Matrix, second_weights: Matrix, gamma: float) -> Matrix:
    """Sums over all pairs of weight · weight · kernel, one for each row of the weights."""
    sums = np.zeros(len(first_weights))
    for rows in row_blocks(len(first), len(second)):
        kernel = first[rows] @ second.T
        kernel *= gamma
        kernel += 1
        kernel *= kernel * kernel  # a power would take many times as long
        sums += np.einsum("wj,wj->w", first_weights[:, rows] @ kernel, second_weights)
    return sums
