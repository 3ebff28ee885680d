import numpy as np
import pytest
from numpy.typing import NDArray

from housegan import distances
from housegan.errors import HouseganError
from housegan.judge.realism import realism


def features(count: int, *, seed: int, shift: float = 0) -> NDArray[np.float64]:
    return shift + np.random.default_rng(seed).normal(size=(count, 8))


REAL = features(61, seed=1)


def test_scores_are_those_of_the_formula_picture_by_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    generated = features(20, seed=2)
    away = np.sqrt(((REAL[:, None] - REAL) ** 2).sum(axis=2))
    radii = np.sort(away, axis=1)[:, 3]  # the first is the picture itself
    narrow = radii <= np.median(radii)
    expected = [
        max(radius / np.sqrt(((one - centre) ** 2).sum())
            for centre, radius in zip(REAL[narrow], radii[narrow], strict=True))
        for one in generated
    ]  # fmt: skip
    assert realism(REAL, generated) == pytest.approx(np.array(expected))
    monkeypatch.setattr(distances, "BLOCK_NUMBERS", 100)
    assert realism(REAL, generated) == pytest.approx(np.array(expected))


def test_the_farther_a_picture_is_from_the_real_ones_the_less_real_it_is() -> None:
    near, far = realism(REAL, features(40, seed=3)), realism(REAL, features(40, seed=3, shift=4))
    assert np.median(near) > 2 * np.median(far)
    assert far.max() < 1


def test_a_copy_is_more_real_than_all_even_where_real_ones_are_twice_there() -> None:
    twice = np.concatenate([REAL, REAL[:1], REAL[:1], REAL[:1]])
    scores = realism(twice, np.concatenate([REAL[:1], features(5, seed=4)]))
    assert np.isfinite(scores[1:]).all()
    assert scores[0] == np.inf


def test_too_few_real_pictures_are_a_sentence() -> None:
    with pytest.raises(HouseganError, match="There are 3 real pictures; to judge needs at least 4"):
        realism(REAL[:3], REAL)
