import time
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from housegan import distances
from housegan.errors import HouseganError
from housegan.judge.kid import kid, kid_of_real

Pictures = NDArray[np.float64]


def features(count: int, *, seed: int, shift: float = 0.0, scale: float = 1.0) -> Pictures:
    """Correlated, cut off at 0 like those of a network that ends in a ReLU."""
    draw = np.random.default_rng(seed)
    return np.maximum(
        scale * draw.normal(size=(count, 8)) @ np.random.default_rng(0).normal(size=(8, 32)) + 1 + shift, 0
    )


def plain_discrepancy(real: Pictures, generated: Pictures) -> float:
    """Gretton et al. 2012, eq. 3, pair by pair."""
    gamma = 1 / float(np.mean([x @ x for x in real]))

    def kernel(x: Pictures, y: Pictures) -> float:
        return float(gamma * (x @ y) + 1) ** 3

    def among(pictures: Pictures) -> float:
        n = len(pictures)
        return sum(kernel(pictures[i], pictures[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))

    across = sum(kernel(x, y) for x in real for y in generated) / (len(real) * len(generated))
    return among(real) + among(generated) - 2 * across


def test_the_mean_over_blocks_comes_to_the_plain_double_sum_over_all_pairs() -> None:
    real, generated = features(60, seed=1), features(40, seed=2, shift=0.5)
    # blocks are samples of the same sum: their means scatter around it, by far less than its own error
    means = [kid(real, generated, seed=seed).value for seed in range(25)]
    assert np.mean(means) == pytest.approx(plain_discrepancy(real, generated), abs=4 * np.std(means) / np.sqrt(25))
    assert np.std(means) < 0.3 * kid(real, generated, seed=0).error


def test_two_samples_of_one_distribution_are_around_nought_whatever_their_number() -> None:
    for count in (30, 90):
        values = [kid(features(100, seed=2 * i), features(count, seed=2 * i + 1), seed=i).value for i in range(25)]
        assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(25)  # unbiased: FID would be far above
        assert min(values) < 0 < max(values)


def test_it_grows_with_the_distance_and_sees_shrinking_and_repetition() -> None:
    real = features(300, seed=1)
    shifted = [kid(real, features(300, seed=2, shift=shift), seed=0).value for shift in (0, 0.3, 0.6, 1.2)]
    assert all(nearer < farther for nearer, farther in pairwise(shifted))
    same = kid(real, features(300, seed=2), seed=0)
    shrunk = kid(real, features(300, seed=2, scale=0.5), seed=0)
    repeated = kid(real, features(5, seed=2).repeat(60, axis=0), seed=0)
    for worse in (shrunk, repeated):
        assert worse.value > same.value + 5 * same.error


def test_the_error_is_how_far_estimates_scatter() -> None:
    estimates = [kid(features(70, seed=2 * i), features(60, seed=2 * i + 1, shift=1), seed=i) for i in range(50)]
    scatter = np.std([each.value for each in estimates])
    assert np.mean([each.error for each in estimates]) == pytest.approx(scatter, rel=0.35)
    same = [kid(features(70, seed=2 * i), features(60, seed=2 * i + 1), seed=i) for i in range(25)]
    assert np.mean([each.error for each in same]) > np.std([each.value for each in same])  # rather too careful there


def test_a_seed_fixes_the_blocks_and_scale_does_not_matter() -> None:
    real, generated = features(50, seed=1), features(50, seed=2, shift=1)
    assert kid(real, generated, seed=3) == kid(real, generated, seed=3)
    assert kid(real, generated, seed=3) != kid(real, generated, seed=4)
    # gamma follows the length of the real features, so another unit changes nothing
    assert kid(1000 * real, 1000 * generated, seed=3).value == pytest.approx(kid(real, generated, seed=3).value)


def test_real_against_real_is_around_nought() -> None:
    baseline = kid_of_real(features(301, seed=1), seed=0)
    assert abs(baseline.value) < 2 * baseline.error
    assert baseline.error > 0


def test_the_real_pictures_fall_into_halves_at_random() -> None:
    in_order = np.concatenate(
        [features(100, seed=1), features(100, seed=2, shift=3)]
    )  # two shoots, one after the other
    assert abs(kid_of_real(in_order, seed=0).value) < 0.1 * kid(in_order[:100], in_order[100:], seed=0).value


def test_blocks_of_memory_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    real, generated = features(70, seed=1), features(50, seed=2, shift=1)
    whole = kid(real, generated, seed=0)
    monkeypatch.setattr(distances, "BLOCK_NUMBERS", 300)
    assert kid(real, generated, seed=0) == pytest.approx(whole)


def test_five_hundred_pictures_against_a_thousand_take_a_moment() -> None:
    draw = np.random.default_rng(0)
    real, generated = draw.random((1000, 1280), np.float32), draw.random((500, 1280), np.float32)
    start = time.process_time()
    kid(real, generated, seed=0)
    assert time.process_time() - start < 2


def test_too_few_pictures_and_broken_features_are_a_sentence() -> None:
    enough = features(20, seed=1)
    with pytest.raises(HouseganError, match="9 generated pictures; to judge needs at least 10"):
        kid(enough, enough[:9], seed=0)
    with pytest.raises(HouseganError, match="19 real pictures; to judge needs at least 20"):
        kid_of_real(enough[:19], seed=0)
    broken = enough.copy()
    broken[3, 3] = np.nan
    with pytest.raises(HouseganError, match="generated pictures have no finite features"):
        kid(enough, broken, seed=0)


@pytest.mark.parametrize("alike", [10, 11])
def test_pictures_that_are_all_the_same_are_at_no_distance(alike: int) -> None:
    assert kid(np.ones((10, 4)), np.ones((alike, 4)), seed=0) == pytest.approx((0, 0), abs=1e-9)
    assert kid(np.zeros((10, 4)), np.zeros((alike, 4)), seed=0) == (0, 0)
