"""What a run wrote down as curves, each value at its place on the clock that the figure goes by."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from housegan.errors import HouseganError
from housegan.run.folder import Run
from housegan.run.lines import read_lines
from housegan.run.metrics import Judged, evaluations, stage_begins, ticks

Array = NDArray[np.float64]
Clock = Literal["images", "hours"]
COLUMNS = ("loss_d", "loss_g", "score_real", "score_real_std", "score_fake", "score_fake_std")


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a stage begins on the figure's clock."""

    stage: str
    at: float


@dataclass(frozen=True, slots=True)
class Curves:
    """One run's curves; places are thousand images shown, or hours of training."""

    name: str
    places: Array
    """Of the ticks."""
    columns: dict[str, Array]
    """A value a tick, by its name in metrics.jsonl; NaN where a line lacks it."""
    stages: Sequence[str]
    """Of each tick."""
    beginnings: Sequence[Beginning]
    judged: Sequence[Judged]
    judged_places: Array
    rates: Array
    """Pictures a second."""
    rate_places: Array

    def of_judged(self, name: str) -> Array:
        """A figure of every evaluation."""
        return np.array([getattr(one, name) for one in self.judged], np.float64)


def curves(run: Run, *, by: Clock) -> Curves:
    """Read a run's curves. Raises HouseganError under two ticks, and where hours are asked for without timing.jsonl."""
    lines = ticks(run)
    if len(lines) < 2:
        raise HouseganError(
            f"{run.path} has {len(lines)} tick{'' if len(lines) == 1 else 's'} yet, a plot needs two: let it train a "
            "little longer."
        )
    timing = read_lines(run.path / "timing.jsonl")
    if by == "hours" and not timing:
        raise HouseganError(f"{run.path} has no timing.jsonl, which says when: leave --by hours away.")
    clock_images, clock_hours = _column([{"images": 0, "seconds": 0}, *timing], "images", "seconds")

    def places(images: Sequence[float] | Array) -> Array:
        shown = np.asarray(images, np.float64)
        return shown / 1000 if by == "images" else np.interp(shown, clock_images, clock_hours / 3600)

    judged = evaluations(run)
    (images,) = _column(lines, "images")
    rate_images, rates = _column(timing, "images", "images_per_second")
    return Curves(
        name=run.name, places=places(images), columns=dict(zip(COLUMNS, _column(lines, *COLUMNS), strict=True)),
        stages=[line["stage"] for line in lines],
        beginnings=[Beginning(stage, float(places([begun])[0])) for stage, begun in stage_begins(lines).items()],
        judged=judged, judged_places=places([one.images for one in judged]),
        rates=rates, rate_places=places(rate_images),
    )  # fmt: skip


def pieces(labels: Sequence[str]) -> list[slice]:
    """Cut where the label changes: what belongs to different stages isn't joined."""
    cuts = [0, *(place for place, (a, b) in enumerate(pairwise(labels), 1) if a != b), len(labels)]
    return [slice(start, end) for start, end in pairwise(cuts) if end > start]


def smoothed(values: Array, labels: Sequence[str], *, share: float) -> Array:
    """Mean over a centred window of this share of all, narrower at both ends of every stage; NaNs don't count."""
    half = int(len(values) * share / 2)
    return np.concatenate([_smoothed(values[piece], half) for piece in pieces(labels)])


def _smoothed(values: Array, half: int) -> Array:
    known = np.isfinite(values)
    sums = np.concatenate([[0.0], np.where(known, values, 0).cumsum()])
    counts = np.concatenate([[0], known.cumsum()])
    places = np.arange(len(values))
    reach = np.minimum(half, np.minimum(places, places[::-1]))
    first, last = places - reach, places + reach + 1
    with np.errstate(invalid="ignore"):
        mean: Array = (sums[last] - sums[first]) / (counts[last] - counts[first])
    return mean


def _column(lines: Sequence[dict[str, Any]], *names: str) -> list[Array]:
    return [np.array([line.get(name, np.nan) for line in lines], np.float64) for name in names]
