"""When a walk is where: seeds at times, evenly, by their distance or on beats, and never too many a second.

With k seeds a second a film has about k + 1 changes of direction in any second; four changes of brightness a second
are where WCAG 2.3.1 begins to warn of flashes. So seeds are at least half a second apart.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]
Pace = Callable[[Times], Times]
"""From the share of a leg's time to the share of its way; `eased` or `steady`."""

LEAST_GAP_S = 0.5
"""From seed to seed: at most two a second."""
TOLERANCE = 0.1
"""Share by which a beat may come earlier: played beats vary, and even so no second holds more than three."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a closed walk is at which of its points; after the last it goes back to the first."""

    at_s: Times
    """When it is at each point: ascending, from 0 up to the end."""
    seconds: float
    """How long it takes until it begins anew."""

    def where(self, times: Times, pace: Pace) -> Times:
        """Say the place in the loop at each time, as `paths.along` takes it."""
        count = len(self.at_s)
        known = np.concatenate([[self.at_s[-1] - self.seconds], self.at_s, [self.at_s[0] + self.seconds]])
        place = np.interp(times, known, np.arange(-1, count + 1)) % count
        return np.floor(place) + pace(place % 1)


def eased(share: Times) -> Times:
    """Slow at both ends (smoothstep)."""
    return share * share * (3 - 2 * share)


def steady(share: Times) -> Times:
    """The same speed from end to end."""
    return share


def evenly(count: int, seconds: float) -> Timetable:
    """Take the same time from each point to the next."""
    return Timetable(np.arange(count) * seconds / count, seconds)


def by_length(lengths: Sequence[float], seconds: float) -> Timetable:
    """Take as long for each leg as it is, so that the speed stays the same all the way round."""
    ends = np.cumsum(np.asarray(lengths, np.float64))
    if ends[-1] == 0:  # all points are one
        return evenly(len(lengths), seconds)
    return Timetable(np.concatenate([[0.0], ends[:-1]]) / ends[-1] * seconds, seconds)


def beats_apart(gap_s: float) -> int:
    """Say every how many beats, `gap_s` apart, a seed may come."""
    return max(1, int(np.ceil(LEAST_GAP_S * (1 - TOLERANCE / 2) / gap_s)))


def on_beats(beats_s: Times, seconds: float) -> Timetable:
    """Be at a point on every k-th beat, k as `beats_apart` says; what comes too early all the same is left out."""
    every = beats_apart(float(np.median(np.diff(beats_s)))) if len(beats_s) > 1 else 1
    least = LEAST_GAP_S * (1 - TOLERANCE)
    kept: list[float] = []
    for time in beats_s[(beats_s >= 0) & (beats_s < seconds)][::every]:
        if not kept or (time - kept[-1] >= least and kept[0] + seconds - time >= least):
            kept.append(float(time))
    return Timetable(np.array(kept or [0.0]), seconds)
