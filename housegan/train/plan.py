"""What a training would take on this machine: measured for a minute, told before a week is spent."""

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from housegan.config import Recipe, StageConfig
from housegan.places import SIZES
from housegan.train.memory import SPARE, Memory, needed
from housegan.train.schedule import Schedule
from housegan.train.state import TrainingState
from housegan.train.step import training_step

MILESTONES = (50_000, 200_000, 800_000)
"""Images after which people like to look: something is there, it is good, it hardly gets better."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How one size trains on this machine."""

    size: int
    images_per_second: float
    memory: Memory
    disk_bytes: int
    """Checkpoints and generators of a run, at most."""
    work: float = 1.0
    """Of an image, as a share of one at the full size: less where small pictures come first."""

    def hours(self, images: float) -> float:
        """Hours of a stage of so many images."""
        return images * self.work / self.images_per_second / 3600


def paces(
    recipe: Recipe, sizes: Sequence[int], *, device: torch.device, precision: str, seconds: float
) -> Iterator[Pace]:
    """Measure each size for its share of `seconds`, the larger ones last and longest."""
    for number, size in enumerate(sizes, start=1):
        model = recipe.model.model_copy(update={"size": size})
        sized = recipe.model_copy(update={"model": model})
        share = seconds * number / sum(range(1, len(sizes) + 1))
        yield measured(sized, sized.finetune, device=device, precision=precision, seconds=share)


def measured(recipe: Recipe, stage: StageConfig, *, device: torch.device, precision: str, seconds: float) -> Pace:
    """Train on noise for so long, two steps at least, and say how fast that went."""
    stage = stage.model_copy(update={"gate": 0.0})  # on noise the generator would wait most of the time
    memory = needed(recipe, stage, device=device, precision=precision).of(stage.micro_batch or stage.batch)
    state = TrainingState(recipe, stage, seed=0, device=device, precision=precision)
    size = recipe.model.size
    real = torch.rand(stage.batch, 3, size, size) * 2 - 1
    training_step(state, real, stage, seed=0)  # the first one allocates
    steps, started = 0, time.monotonic()
    while steps < 2 or time.monotonic() - started < seconds:
        state.tally += training_step(state, real, stage, seed=0)
        state.update_average(stage.batch)
        state.images += stage.batch
        steps += 1
    float(state.tally[0])  # a GPU's work is done when it answers
    rate = steps * stage.batch / (time.monotonic() - started)
    generators = round(recipe.watch.snapshot_disk_mb * 1e6)
    work = Schedule(stage, recipe.model, images=1_000_000).full_size_images / 1_000_000
    return Pace(size, rate, memory, 3 * memory.networks + generators, work)


def chosen(paces: Sequence[Pace], *, images: float, hours: float, memory_bytes: int) -> Pace:
    """The largest size that comes to its end in time and fits into memory; else the smallest."""
    fitting = [pace for pace in paces if pace.hours(images) <= hours and pace.memory.total <= SPARE * memory_bytes]
    return max(fitting or paces[:1], key=lambda pace: pace.size)


def sizes_up_to(largest: int) -> list[int]:
    """The sizes from 64 px on that pictures of side `largest` can be trained at."""
    return [size for size in SIZES if 64 <= size <= largest] or [largest]


def disk_there() -> int:
    """Bytes that are free where runs are written."""
    return shutil.disk_usage(Path()).free
