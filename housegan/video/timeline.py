"""When a film shows what.

By default no change takes less than half a second, and each goes one way: such a film makes three transitions in any
second at most, whatever its pictures, and WCAG 2.3.1 begins to warn at four.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from housegan.errors import HouseganError
from housegan.video.keyframes import Keyframe

KEYFRAMES_PER_SECOND = 2
LONGEST_S = 75.0
HOLD_S = 2.0
"""How long the last picture stays; a quarter of a film of under eight seconds."""
FADE_S, TITLE_S = 0.75, 1.5
"""A title's fading in and out, and how long it stays between the two."""
SHORTEST_WITH_TITLES_S = 12.0


@dataclass(frozen=True, slots=True)
class Title:
    """A few words between two stages."""

    text: str
    images: int
    """Images shown when the stage began."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A moment at which one picture is fully there; from each stop to the next it changes into the other."""

    at_s: float
    shown: Keyframe | Title


def most_keyframes(seconds: float, titles: int) -> int:
    """How many keyframes a film of that length has room for at two a second."""
    return max(int(_changing(seconds, titles) * KEYFRAMES_PER_SECOND + 1e-6) + 1 + titles, 2)


def natural_seconds(count: int, titles: int) -> float:
    """How long so many keyframes take at two a second, with titles and the last one held."""
    return (count - 1 - titles) / KEYFRAMES_PER_SECOND + titles * (2 * FADE_S + TITLE_S) + HOLD_S


def stage_changes(chosen: Sequence[Keyframe]) -> int:
    """How often the stage changes from one keyframe to the next."""
    return sum(before.stage != after.stage for before, after in pairwise(chosen))


def timeline(chosen: Sequence[Keyframe], *, seconds: float, titles: Mapping[str, str]) -> list[Stop]:
    """Lay keyframes out evenly, a title before each further stage that has one; the last stop is the film's end."""
    shown = [bool(titles) and before.stage != after.stage for before, after in pairwise(chosen)]
    changes = len(shown) - sum(shown)
    step = _changing(seconds, sum(shown)) / max(changes, 1)
    if step <= 0:
        raise HouseganError(f"--seconds {seconds:g} is too short for its titles: give it more.")
    now = 0.0
    stops = [Stop(now, chosen[0])]
    for titled, (before, after) in zip(shown, pairwise(chosen), strict=True):
        if titled:
            title = Title(titles.get(after.stage, after.stage), before.images)
            stops += [Stop(now + FADE_S, title), Stop(now + FADE_S + TITLE_S, title)]
            now += 2 * FADE_S + TITLE_S
        else:
            now += step
        stops.append(Stop(now, after))
    return [*stops, Stop(seconds, chosen[-1])]


def segment(stops: Sequence[Stop], time_s: float) -> tuple[int, float]:
    """The stop that a moment lies behind, and the share of the way to the next, in [0, 1]."""
    place = min(bisect_right(stops, time_s, key=lambda stop: stop.at_s) - 1, len(stops) - 2)
    start, end = stops[place].at_s, stops[place + 1].at_s
    return place, min((time_s - start) / max(end - start, 1e-9), 1.0)


def _changing(seconds: float, titles: int) -> float:
    """Seconds that are left for changes from one keyframe to the next."""
    return seconds - min(HOLD_S, seconds / 4) - titles * (2 * FADE_S + TITLE_S)
