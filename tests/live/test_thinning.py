"""Thousands of ticks become few points, and no extreme is lost."""

import math
import random

import pytest

from housegan.live.thinning import band, parts


@pytest.mark.parametrize("count", [0, 1, 399, 400, 401, 12_345])
def test_every_line_is_in_one_part_and_no_part_is_empty(count: int) -> None:
    cut = parts(count, 400)
    assert len(cut) == min(count, 400)
    assert [place for part in cut for place in range(count)[part]] == list(range(count))
    lengths = {part.stop - part.start for part in cut}
    assert not lengths or max(lengths) - min(lengths) <= 1


def test_a_single_spike_among_thousands_is_still_there() -> None:
    chance = random.Random(0)
    values = [chance.gauss(1, 0.1) for _ in range(10_000)]
    values[7_777], values[1_234] = 9.0, -3.0
    thin = band(values, values, values, parts(len(values), 400))
    assert (max(filter(None, thin["high"])), min(filter(None, thin["low"]))) == (9.0, -3.0)
    plain = [sum(values[at : at + 25]) / 25 for at in range(0, 10_000, 25)]
    assert thin["mid"] == pytest.approx(plain, rel=1e-4)


def test_few_values_stay_as_they_are_and_what_is_no_number_is_left_out() -> None:
    thin = band([1.0, math.nan], [0.5, math.nan], [2.0, math.inf], parts(2, 400))
    assert thin == {"mid": [1.0, None], "low": [0.5, None], "high": [2.0, None]}
