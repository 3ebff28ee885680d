"""Where the beats of a piece of music are: how strongly something begins when, how fast that repeats, and when.

Ellis, Beat Tracking by Dynamic Programming (2007), with the details our own: the strength of onsets is the rise of
loudness over bands of hearing, the tempo the strongest lag of its autocorrelation under a preference for 120 a minute,
and the beats the sequence that meets strong onsets at distances close to the tempo's. A tempo of double or half of what
a person would tap is possible.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, uniform_filter1d
from scipy.signal.windows import hann

Signal = NDArray[np.float64]
Sound = NDArray[np.float32]

RATE = 22_050
"""Samples a second of the sound that is looked at."""
HOP = 128
WINDOW = 512
FRAMES_PER_SECOND = RATE / HOP
BLOCK = 8192
"""Windows at a time: the spectra of a whole concert would not fit into memory."""
BANDS = 40
RANGE_DB = 60.0
"""How far below the loudest moment something is still heard."""
SMOOTHING_S = 0.015
SLOW_S = 1.5
"""What changes over such times is loudness, no onset."""
PREFERRED_BPM = 120.0
SPREAD_OCTAVES = 0.9
SLOWEST_BPM, FASTEST_BPM = 30.0, 240.0
TIGHTNESS = 400.0
"""How much a beat away from the tempo costs, against the strength of an onset (Ellis's alpha)."""
SILENT = 1e-4
"""Of full scale."""
CHANCE = 3.5
"""Noise repeats less than this many standard deviations of its autocorrelation, which shrink with its length."""
LEAST_REPEATING = 0.1


def beat_times(sound: Sound, *, bpm: float | None = None) -> Signal:
    """Find the beats of a mono sound at `RATE`, in seconds; none where nothing repeats steadily.

    With `bpm` that is the tempo, and only where its beats fall is looked for.
    """
    if is_silent(sound) or not (strength := onset_strength(sound)).any():
        return np.empty(0)
    period = 60 / bpm * FRAMES_PER_SECOND if bpm else tempo_period(strength)
    if period is None or period * 2 > len(strength):
        return np.empty(0)
    return _without_weak_ends(best_beats(strength, period), strength) / FRAMES_PER_SECOND


def is_silent(sound: Sound) -> bool:
    """Say whether nothing can be heard."""
    return float(np.abs(sound).max(initial=0)) < SILENT


def onset_strength(sound: Sound) -> Signal:
    """Measure how strongly something begins at each moment, `FRAMES_PER_SECOND` a second, with a deviation of 1."""
    padded = np.pad(sound, WINDOW // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    filters, shape = _band_filters(), hann(WINDOW)
    blocks = (windows[start : start + BLOCK] * shape for start in range(0, len(windows), BLOCK))
    power = np.concatenate([filters @ (np.abs(np.fft.rfft(block)) ** 2).T for block in blocks], axis=1)
    loudness = 10 * np.log10(np.maximum(power, power.max() * 10 ** (-RANGE_DB / 10)))
    rise = np.maximum(np.diff(loudness, axis=1, prepend=loudness[:, :1]), 0).mean(axis=0)
    rise = gaussian_filter1d(rise, SMOOTHING_S * FRAMES_PER_SECOND)
    rise -= uniform_filter1d(rise, int(SLOW_S * FRAMES_PER_SECOND))
    deviation = float(rise.std())
    strength: Signal = rise / deviation if deviation > 1e-9 else np.zeros_like(rise)
    return strength


def tempo_period(strength: Signal) -> float | None:
    """Find after how many frames onsets repeat; None where they don't, as in noise."""
    count = len(strength)
    spectrum = np.fft.rfft(strength, 2 * count)
    repeating = np.fft.irfft(np.abs(spectrum) ** 2)[:count]
    repeating /= repeating[0]
    least, most = (int(60 / bpm * FRAMES_PER_SECOND) for bpm in (FASTEST_BPM, SLOWEST_BPM))
    lags = np.arange(least, min(most, count // 2))
    if not len(lags):
        return None
    octaves = np.log2(60 * FRAMES_PER_SECOND / lags / PREFERRED_BPM)
    best = int(lags[np.argmax(repeating[lags] * np.exp(-0.5 * (octaves / SPREAD_OCTAVES) ** 2))])
    independent = count / (SMOOTHING_S * FRAMES_PER_SECOND * 3.5)
    if repeating[best] < max(LEAST_REPEATING, CHANCE / np.sqrt(independent)):
        return None
    return best + _peak_offset(repeating[best - 1 : best + 2])


def best_beats(strength: Signal, period: float) -> NDArray[np.intp]:
    """Choose the frames that meet the strongest onsets about `period` apart (Ellis 2007, equations 2 to 5)."""
    lags = np.arange(round(period / 2), round(period * 2) + 1)[::-1]
    cost = TIGHTNESS * np.log(lags / period) ** 2
    far = len(lags) + int(lags[-1]) - 1
    score = np.concatenate([np.zeros(far), strength])  # before the music begins nothing is won or lost
    before = np.full(len(strength), -1)
    for frame in range(len(strength)):
        reached = score[frame : frame + len(lags)] - cost
        best = int(reached.argmax())
        score[far + frame] += reached[best]
        before[frame] = frame - lags[best]
    last = len(strength) - round(period) + int(score[-round(period) :].argmax())
    beats = []
    while last >= 0:
        beats.append(last)
        last = int(before[last])
    return np.array(beats[::-1], np.intp)


def _without_weak_ends(beats: NDArray[np.intp], strength: Signal) -> NDArray[np.intp]:
    """Leave out what was counted on through silence before and after the music."""
    strong = gaussian_filter1d(strength, 3)[beats]
    heard = np.flatnonzero(strong > 0.5 * np.sqrt((strong**2).mean()))
    return beats[heard[0] : heard[-1] + 1] if len(heard) else beats[:0]


def _band_filters() -> Signal:
    """Sum a spectrum into triangular bands as wide as hearing's (mel), 30 Hz to 8 kHz: bands × frequencies."""
    frequencies = np.fft.rfftfreq(WINDOW, 1 / RATE)
    lowest, highest = 1127 * np.log1p(30 / 700), 1127 * np.log1p(8000 / 700)
    edges = 700 * np.expm1(np.linspace(lowest, highest, BANDS + 2) / 1127)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    filters = np.minimum((frequencies - low) / (middle - low), (high - frequencies) / (high - middle)).clip(0)
    heard: Signal = filters[filters.any(axis=1)]  # the lowest bands are narrower than the spectrum is fine
    return heard


def _peak_offset(values: Signal) -> float:
    """Say where between the frames the peak of three values lies, by a parabola: -0.5 to 0.5."""
    bend = values[0] - 2 * values[1] + values[2]
    return float(np.clip(0.5 * (values[0] - values[2]) / bend, -0.5, 0.5)) if bend < 0 else 0.0
