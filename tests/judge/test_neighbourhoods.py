import numpy as np
import pytest
from numpy.typing import NDArray

from housegan import distances
from housegan.errors import HouseganError
from housegan.judge.neighbourhoods import Neighbourhoods, beside_real, expected_coverage, neighbourhoods

Pictures = NDArray[np.float64]


def features(count: int, *, seed: int, scale: float = 1.0, dimensions: int = 6) -> Pictures:
    return 5 + scale * np.random.default_rng(seed).normal(size=(count, dimensions))


def plain(real: Pictures, generated: Pictures, nearest: int) -> Neighbourhoods:
    """The papers' sums, picture by picture, as `prdc` 0.2 takes them: within is strictly within."""

    def distance(x: Pictures, y: Pictures) -> float:
        return float(np.sqrt(((x - y) ** 2).sum()))

    def radii(pictures: Pictures) -> list[float]:
        return [
            sorted(distance(x, y) for j, y in enumerate(pictures) if j != i)[nearest - 1]
            for i, x in enumerate(pictures)
        ]

    real_radii, generated_radii = radii(real), radii(generated)
    in_real = [[distance(x, y) < radius for x, radius in zip(real, real_radii, strict=True)] for y in generated]
    in_generated = [
        [distance(x, y) < radius for y, radius in zip(generated, generated_radii, strict=True)] for x in real
    ]
    return Neighbourhoods(
        precision=sum(any(balls) for balls in in_real) / len(generated),
        recall=sum(any(balls) for balls in in_generated) / len(real),
        density=sum(sum(balls) for balls in in_real) / (nearest * len(generated)),
        coverage=sum(any(balls[i] for balls in in_real) for i in range(len(real))) / len(real),
    )


@pytest.mark.parametrize("nearest", [3, 5])
@pytest.mark.parametrize(
    "generated",
    [
        features(45, seed=2),
        features(45, seed=2, scale=0.5),
        features(45, seed=2, scale=1.5),
        features(9, seed=2).repeat(5, axis=0),
        features(60, seed=1)[:45],
    ],
    ids=["same", "shrunk", "spread", "repeated", "copies"],
)
def test_it_agrees_with_the_plain_sums(generated: Pictures, nearest: int) -> None:
    real = features(60, seed=1)
    expected = plain(real, generated, nearest)
    assert neighbourhoods(real, generated, nearest=nearest) == pytest.approx(expected, abs=1e-12)
    single = neighbourhoods(real.astype(np.float32), generated.astype(np.float32), nearest=nearest)
    assert single == pytest.approx(expected, abs=0.03)


def test_blocks_of_memory_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    real, generated = features(70, seed=1), features(50, seed=2)
    whole = neighbourhoods(real, generated)
    monkeypatch.setattr(distances, "BLOCK_NUMBERS", 300)
    assert neighbourhoods(real, generated) == whole


def test_the_same_distribution_scores_what_real_pictures_score() -> None:
    both = beside_real(features(800, seed=1), features(500, seed=2), seed=0)
    assert both.generated == pytest.approx(both.real, abs=0.08)
    assert both.real.density == pytest.approx(1, abs=0.1)


def test_coverage_of_the_same_distribution_is_the_lemma_s() -> None:
    for generated in (200, 400, 800):
        measured = [
            neighbourhoods(features(400, seed=2 * i), features(generated, seed=2 * i + 1)).coverage for i in range(5)
        ]
        assert np.mean(measured) == pytest.approx(expected_coverage(400, generated), abs=0.02)
    assert expected_coverage(500, 500) > expected_coverage(1000, 500) + 0.05  # numbers compare at equal counts only


def test_a_shrunk_distribution_keeps_precision_and_loses_recall() -> None:
    both = beside_real(features(1000, seed=1), features(500, seed=2, scale=0.5), seed=0)
    assert both.generated.precision > both.real.precision
    assert both.generated.density > 1.5 * both.real.density
    assert both.generated.recall < 0.6 * both.real.recall
    assert both.generated.coverage < both.real.coverage - 0.1


def test_few_pictures_again_and_again_lose_recall_and_coverage() -> None:
    real = features(1000, seed=1)
    both = beside_real(real, np.tile(features(200, seed=2), (10, 1)), seed=0)
    assert both.generated.precision > 0.8 * both.real.precision  # each of them is as good as ever
    fifty = beside_real(real, np.tile(features(50, seed=2), (10, 1)), seed=0)
    assert fifty.generated.recall == 0  # their neighbourhoods are points
    assert fifty.generated.coverage < 0.5 * both.real.coverage
    many = neighbourhoods(real, np.tile(features(200, seed=2), (10, 1)))
    assert many.recall == 0
    assert many.coverage < expected_coverage(1000, 2000) - 0.3


def test_another_distribution_is_neither_precise_nor_recalled() -> None:
    assert neighbourhoods(features(100, seed=1), 50 + features(100, seed=2)) == (0, 0, 0, 0)


def test_an_outlier_among_the_real_pictures_raises_precision_but_hardly_density() -> None:
    real = np.concatenate([features(300, seed=1), np.full((1, 6), 15.0)])
    bad = 12 + 0.5 * np.random.default_rng(3).normal(size=(200, 6))  # in the one wide ball of the outlier
    measured = neighbourhoods(real, bad)
    assert measured.precision > 0.9
    assert measured.density < 0.25


def test_a_thousand_dimensions_far_from_the_origin_keep_small_distances_apart() -> None:
    draw = np.random.default_rng(0)
    real = (100 + 1e-3 * draw.normal(size=(80, 1280))).astype(np.float64)
    generated = 100 + 1e-3 * draw.normal(size=(60, 1280))
    assert neighbourhoods(real, generated) == pytest.approx(neighbourhoods(real - 100, generated - 100), abs=1e-12)


def test_too_few_pictures_are_a_sentence() -> None:
    with pytest.raises(HouseganError, match="5 generated pictures; to judge needs at least 6"):
        neighbourhoods(features(6, seed=1), features(5, seed=2))
    with pytest.raises(HouseganError, match="11 real pictures; to judge needs at least 12"):
        beside_real(features(11, seed=1), features(12, seed=2), seed=0)
