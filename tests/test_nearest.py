"""The nearest rows, all at once or block by block, against a plain search."""

import numpy as np
import pytest
from numpy.typing import NDArray

from housegan.errors import HouseganError
from housegan.nearest import Search, nearest


def features(count: int, *, seed: int) -> NDArray[np.float64]:
    return 3 + np.random.default_rng(seed).normal(size=(count, 12))


def test_the_nearest_are_those_of_a_plain_search() -> None:
    draw = np.random.default_rng(4)
    samples, rows = features(30, seed=6), features(90, seed=7)
    pictures = draw.integers(0, 25, 90)  # one to several rows each
    found = nearest(samples, rows, pictures=pictures, count=4)
    for index, sample in enumerate(samples):
        far: dict[int, tuple[float, int]] = {}
        for row in range(90):
            away = float(np.sqrt(((sample - rows[row]) ** 2).sum()))
            picture = int(pictures[row])
            far[picture] = min(far.get(picture, (np.inf, -1)), (away, row))
        expected = sorted((away, row, picture) for picture, (away, row) in far.items())[:4]
        assert found.distances[index] == pytest.approx([away for away, _, _ in expected])
        assert found.rows[index].tolist() == [row for _, row, _ in expected]
        assert found.pictures[index].tolist() == [picture for _, _, picture in expected]


def test_the_nearest_of_itself_is_at_no_distance_at_all() -> None:
    training = features(400, seed=1).astype(np.float32)
    found = nearest(training, training)
    assert (found.pictures[:, 0] == np.arange(400)).all()
    assert (found.distances == 0).all()


@pytest.mark.parametrize("block", [1, 7, 64, 500])
def test_in_blocks_the_same_are_found(block: int) -> None:
    samples, rows = features(9, seed=2), features(120, seed=3)
    pictures = np.arange(120) // 2
    whole = nearest(samples, rows, pictures=pictures, count=5)
    search = Search(samples, count=5)
    for start in range(0, 120, 2 * block):
        search.add(rows[start : start + 2 * block], pictures[start : start + 2 * block])
    found = search.found()
    for one, other in zip(found, whole, strict=True):
        np.testing.assert_allclose(one, other)


def test_too_few_in_all_blocks_are_a_sentence() -> None:
    search = Search(features(2, seed=2), count=4)
    for start in (0, 3):
        search.add(features(3, seed=start), np.array([start, start, start + 1]))
    assert search.samples.shape == (2, 12)
    search.found()
    few = Search(features(2, seed=2), count=5)
    few.add(features(4, seed=0), np.array([0, 0, 1, 1]))
    with pytest.raises(HouseganError, match="There are 2 training pictures; this needs at least 5"):
        few.found()
