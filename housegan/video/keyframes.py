"""Which of a run's sample grids a film shows."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from housegan.errors import HouseganError
from housegan.run.folder import Run
from housegan.run.lines import read_lines
from housegan.run.metrics import stage_and_epoch, ticks

EARLIER = 1.5
"""How much denser a thinned film is early: its n-th keyframe is the grid at the share (n / last) ** 1.5 of them."""
EVERY_EPOCH_UNTIL, THEN_EACH = 30, 5
"""The schedule of imaginary-houses-GAN."""


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A sample grid and what is said about it."""

    path: Path
    caption: str
    images: int
    """Images shown since the run began."""
    stage: str = ""
    epoch: float = 0.0
    """Epochs since the run began, each stage's in its own pictures."""


def keyframes(run: Run) -> list[Keyframe]:
    """All sample grids of a run in order."""
    lines = ticks(run)
    reached = [line["images"] for line in lines]
    seconds = {line["images"]: line["seconds"] for line in read_lines(run.path / "timing.jsonl")}
    before = _epochs_before(lines)
    found = []
    for path in run.grids():
        images = int(path.stem)
        if not lines:
            found.append(Keyframe(path, f"{images:,} images", images))
            continue
        line = lines[min(bisect_left(reached, images), len(lines) - 1)]
        stage, epoch = stage_and_epoch(images, lines)
        caption = f"{stage}    epoch {epoch:,.1f}    {images:,} images"
        if line["images"] in seconds:
            caption += f"    {_duration(seconds[line['images']] * images / max(line['images'], 1))}"
        found.append(Keyframe(path, caption, images, stage, before[stage] + epoch))
    if len(found) < 2:
        raise HouseganError(
            f"{run.path} has {len(found)} sample grid yet, a film needs two: let it train a little longer."
        )
    return found


def thinned(found: Sequence[Keyframe], most: int) -> list[Keyframe]:
    """Choose at most so many, more of the earlier than of the later.

    The first and the last are among them and, where there is room, the first and the last of each stage.
    """
    if len(found) <= most:
        return list(found)
    chosen = {0, len(found) - 1}
    ends = {
        end
        for place, (one, other) in enumerate(pairwise(found))
        if one.stage != other.stage
        for end in (place, place + 1)
    }
    if len(chosen | ends) <= most:
        chosen |= ends
    for place in np.rint(np.linspace(0, 1, most) ** EARLIER * (len(found) - 1)).astype(int):
        if len(chosen) < most:
            chosen.add(int(place))
    for place in range(len(found)):  # two of the wanted places were the same grid
        if len(chosen) == most:
            break
        chosen.add(place)
    return [found[place] for place in sorted(chosen)]


def original_schedule(found: Sequence[Keyframe]) -> list[Keyframe]:
    """Choose a grid for every epoch of the first 30, then for each fifth; where one is missing, the nearest."""
    epochs = [keyframe.epoch for keyframe in found]
    last = int(epochs[-1])
    wanted = [*range(min(EVERY_EPOCH_UNTIL, last) + 1), *range(EVERY_EPOCH_UNTIL + THEN_EACH, last + 1, THEN_EACH)]
    nearest = {int(np.argmin(np.abs(np.array(epochs) - epoch))) for epoch in wanted}
    return [found[place] for place in sorted(nearest | {0, len(found) - 1})]


def _epochs_before(lines: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Epochs that the run had passed when each stage began."""
    before: dict[str, float] = {}
    passed = latest = 0.0
    for line in lines:
        if line["stage"] not in before:
            passed += latest
            before[line["stage"]] = passed
        latest = line["epoch"]
    return before


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.1f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"
