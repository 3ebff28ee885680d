"""When a walk is where."""

import numpy as np
import pytest

from housegan.explore.timing import LEAST_GAP_S, Timetable, beats_apart, by_length, eased, evenly, on_beats, steady


def test_an_even_walk_is_at_each_point_at_its_time_and_comes_back() -> None:
    where = evenly(4, 8.0).where(np.array([0.0, 2.0, 3.0, 7.0, 7.999]), steady)
    assert where == pytest.approx([0, 1, 1.5, 3.5, 3.9995])


def test_an_eased_walk_is_slow_at_points_and_on_time_all_the_same() -> None:
    times = np.linspace(0, 4, 400, endpoint=False)
    slow, even = (evenly(2, 4.0).where(times, pace) for pace in (eased, steady))
    assert slow[[0, 100, 200, 300]] == pytest.approx(even[[0, 100, 200, 300]])
    assert slow[10] < even[10] / 3
    assert (np.diff(slow) > 0).all()


def test_a_walk_before_its_first_beat_comes_from_its_last_point() -> None:
    table = Timetable(np.array([1.0, 3.0]), 4.0)
    assert table.where(np.array([0.0, 1.0, 2.0, 3.5]), steady) == pytest.approx([1.5, 0, 0.5, 1.25])


def test_by_length_a_leg_twice_as_long_takes_twice_the_time() -> None:
    assert by_length([1.0, 2.0, 1.0], 8.0).at_s == pytest.approx([0, 2, 6])
    assert by_length([0.0, 0.0], 8.0).at_s == pytest.approx([0, 4])


@pytest.mark.parametrize(("bpm", "every"), [(60, 1), (100, 1), (120, 1), (121, 1), (140, 2), (240, 2), (300, 3)])
def test_no_tempo_brings_more_than_two_seeds_a_second(bpm: float, every: int) -> None:
    assert beats_apart(60 / bpm) == every
    assert beats_apart(60 / bpm) * 60 / bpm >= LEAST_GAP_S * 0.95


def test_played_beats_are_thinned_and_never_too_close_even_across_the_end() -> None:
    random = np.random.default_rng(0)
    for bpm in (70, 118, 125, 173, 210):
        beats = np.sort(np.arange(0.2, 30, 60 / bpm) + random.normal(0, 0.05, len(np.arange(0.2, 30, 60 / bpm))))
        table = on_beats(beats, 30.0)
        gaps = np.diff(np.append(table.at_s, table.at_s[0] + 30.0))
        assert gaps.min() >= LEAST_GAP_S * 0.9 - 1e-9
        assert np.isin(table.at_s, beats).all()
        assert len(table.at_s) > 30 / (beats_apart(60 / bpm) * 60 / bpm) * 0.6
