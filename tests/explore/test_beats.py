"""Beats of click tracks and drums whose times are known."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from housegan.explore.beats import RATE, beat_times, best_beats, onset_strength

Array = NDArray[np.float64]


def click_track(
    bpm: float, *, seconds: float = 16, first_s: float = 0.37, noise: float = 0.01, jitter_s: float = 0.004
) -> tuple[NDArray[np.float32], Array]:
    """Clicks played by hand over noise, and their times."""
    random = np.random.default_rng(int(bpm))
    sound = random.normal(0, noise, int(seconds * RATE))
    times = np.arange(first_s, seconds - 0.2, 60 / bpm)
    times = times + random.normal(0, jitter_s, len(times))
    sample = np.arange(600)
    for time in times:
        sound[round(time * RATE) :][:600] += 0.7 * np.exp(-sample / 80) * np.sin(2 * np.pi * 1500 * sample / RATE)
    return sound.astype(np.float32), times


def distances(found: Array, true: Array) -> Array:
    apart: Array = np.abs(found[:, None] - true).min(axis=1)
    return apart


@pytest.mark.parametrize("bpm", [50, 75, 96, 120, 140, 160])
def test_every_click_is_found_within_30_ms(bpm: int) -> None:
    sound, clicks = click_track(bpm)
    found = beat_times(sound)
    assert distances(found, clicks).max() < 0.03
    assert distances(clicks, found).max() < 0.03


@pytest.mark.parametrize("bpm", [180, 210])
def test_a_fast_track_is_counted_at_half_its_tempo_and_still_on_clicks(bpm: int) -> None:
    sound, clicks = click_track(bpm)
    found = beat_times(sound)
    assert distances(found, clicks).max() < 0.03
    assert 60 / np.diff(found).mean() == pytest.approx(bpm / 2, rel=0.02)


def test_a_tempo_that_is_said_is_kept_to() -> None:
    sound, clicks = click_track(180)
    found = beat_times(sound, bpm=180)
    assert distances(clicks, found).max() < 0.03


def test_a_missing_click_is_counted_on_through() -> None:
    sound, clicks = click_track(100, noise=0)
    sound[round((clicks[8] - 0.1) * RATE) : round((clicks[8] + 0.1) * RATE)] = 0
    found = beat_times(sound)
    assert len(found) == len(clicks)
    assert distances(found, clicks).max() < 0.06


def test_silence_before_and_after_has_no_beats() -> None:
    sound, clicks = click_track(120, noise=0, seconds=10)
    still = np.zeros(4 * RATE, np.float32)
    found = beat_times(np.concatenate([still, sound, still]))
    assert distances(found, clicks + 4).max() < 0.03


def test_noise_silence_a_tone_and_nothing_have_no_beats() -> None:
    random = np.random.default_rng(0)
    for seconds in (1, 4, 12, 30):
        assert not len(beat_times(random.normal(0, 0.1, seconds * RATE).astype(np.float32)))
    tone = np.sin(np.arange(8 * RATE) * 0.06).astype(np.float32)
    for sound in (np.zeros(5 * RATE, np.float32), np.empty(0, np.float32), np.ones(10, np.float32), tone):
        assert not len(beat_times(sound))
        assert not len(beat_times(sound[:10], bpm=100))


def test_the_best_beats_are_those_of_trying_all() -> None:
    """Against every sequence of frames, one by one."""
    strength = np.random.default_rng(3).normal(0, 1, 14)
    period = 4.0

    def score(beats: list[int]) -> float:
        costs = [400 * np.log((b - a) / period) ** 2 for a, b in pairwise(beats)]
        return float(strength[beats].sum() - sum(costs))

    def sequences(start: list[int]) -> list[list[int]]:
        longer = [sequences([*start, frame]) for frame in range(start[-1] + 2, min(start[-1] + 9, 14))]
        return [start, *(one for more in longer for one in more)]

    found = best_beats(strength, period)
    every = [one for first in range(14) for one in sequences([first]) if one[-1] == found[-1]]
    # before its first beat the tracker assumes silent ones, at no gain and at the best distance for no cost
    assert score(found.tolist()) == pytest.approx(max(map(score, every)))


def test_an_onset_is_seen_when_it_sounds() -> None:
    sound, _ = click_track(60, noise=0)
    silent = np.zeros(RATE * 2, np.float32)
    silent[RATE:] = sound[round(0.3 * RATE) : round(0.3 * RATE) + RATE]
    strength = onset_strength(silent)
    assert strength.std() == pytest.approx(1)
    assert len(strength) == len(silent) // 128 + 1
