"""When a walk's seeds come: on the beats of music, of a tempo, or evenly; with a sentence about it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from housegan.errors import HouseganError
from housegan.explore.beats import RATE, beat_times, is_silent
from housegan.explore.sound import mono
from housegan.explore.timing import LEAST_GAP_S, Timetable, beats_apart, evenly, on_beats

STOPS = 8
SECONDS_A_STOP = 2.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When seeds come, and why so."""

    timetable: Timetable
    sentence: str


def of_music(path: Path, *, seconds: float | None, bpm: float | None) -> Rhythm:
    """Put seeds on the beats that are heard in a file, all of it or its first seconds; `bpm` says the tempo beforehand.

    Raises HouseganError where there are no two beats.
    """
    sound = mono(path, seconds=seconds)
    beats = beat_times(sound, bpm=bpm)
    timetable = on_beats(beats, len(sound) / RATE)
    if len(timetable.at_s) < 2:
        if bpm or is_silent(sound):
            raise HouseganError(f"{path} is silent or too short for beats: give other music, or leave --beats away.")
        raise HouseganError(f"{path} has no steady beat that could be found: say its tempo with --bpm.")
    gap = float(np.median(np.diff(beats)))
    said = f"{len(beats):,} beats, about {60 / gap:.0f} a minute, the first after {beats[0]:.2f} seconds"
    return Rhythm(timetable, f"{said}; {_each(beats_apart(gap))}.")


def of_tempo(bpm: float, *, stops: int | None, seconds: float | None) -> Rhythm:
    """Put seeds on beats from the first moment on; it ends with a beat, so that the loop stays on them."""
    every = beats_apart(60 / bpm)
    gap = every * 60 / bpm
    count = max(2, round(seconds / gap)) if seconds else stops or STOPS
    return Rhythm(evenly(count, count * gap), f"{bpm:g} beats a minute; {_each(every)}.")


def free(*, stops: int | None, seconds: float | None) -> Rhythm:
    """Take the same time for each seed; raises HouseganError where that is less than half a second."""
    count = stops or STOPS
    lasting = seconds or count * SECONDS_A_STOP
    if lasting / count < LEAST_GAP_S:
        raise HouseganError(
            f"{count} seeds in {lasting:g} seconds are more than two a second, which could flash: "
            f"give {count * LEAST_GAP_S:g} seconds at least, or fewer seeds."
        )
    return Rhythm(evenly(count, lasting), "")


def _each(every: int) -> str:
    if every == 1:
        return "a seed on each"
    ordinal = {2: "second", 3: "third", 4: "fourth"}.get(every, f"{every}th")
    return f"a seed on every {ordinal}, since more than two seeds a second could flash"
