"""What a stage of training is, how it stands, and who is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from housegan import group
from housegan.config import ModelConfig, StageConfig
from housegan.dataset import TrainingSet
from housegan.run.metrics import Judged
from housegan.run.snapshots import Moment
from housegan.train.schedule import Schedule


@dataclass(frozen=True)
class Stage:
    """What one stage trains on, how, and how long."""

    name: str
    config: StageConfig
    model: ModelConfig
    data: TrainingSet
    held_out: NDArray[np.uint8] = field(default_factory=lambda: np.empty((0, 1, 1, 3), np.uint8), repr=False)
    """The pictures of its sets that nobody trains on, N × s × s × 3: to judge by."""
    begin_side: int = 4
    """Side, in px, up to which the networks have grown before it; 4 where they are new."""

    @cached_property
    def schedule(self) -> Schedule:
        """What changes while it goes on."""
        return Schedule(self.config, self.model, self.images, self.begin_side)

    @property
    def at_once(self) -> int:
        """Pictures that are in one process's memory together, at most."""
        share = (self.config.last_batch or self.config.batch) // group.expected()
        return min(self.config.micro_batch or share, share)

    @property
    def images(self) -> int | None:
        """The budget in images; None where the clock ends it."""
        budget = self.config.budget
        return budget.images or (max(round(budget.epochs * len(self.data)), 1) if budget.epochs else None)


@dataclass(frozen=True, slots=True)
class Tick:
    """How training stands."""

    stage: Stage
    images: int
    stage_images: int
    seconds_left: float
    images_per_second: float
    values: dict[str, float]
    """The last line of metrics.jsonl."""


class Evaluator(Protocol):
    """Who judges the generator while it trains."""

    def begin(self, stage: str) -> None:
        """A stage begins, or goes on after what metrics.jsonl tells."""

    def flat(self, *, side: int) -> bool:
        """Whether the stage has not become better for long, by what was judged since it has grown to `side`."""

    def due(self, stage_images: int, *, work: float) -> bool:
        """Whether it is time to judge, after so many images, which were as much work as `work` at the full size."""

    def judge(self, moment: Moment, *, stage_images: int, side: int, draw: Callable[[Tensor], Tensor]) -> Judged | None:
        """Judge what `draw`, which has grown to `side`, makes of latents; None where that can't be."""


class Watcher(Protocol):
    """Who is told how training goes, and may ask it to stop, to wait or to learn more slowly."""

    def began(self, taken: object) -> None:
        """Weights were taken over from elsewhere; `taken` says which."""

    def resumed(self, images: int) -> None:
        """A checkpoint was found; training goes on after so many images."""

    def begin(self, stage: Stage, *, done: int) -> None:
        """A stage begins, or goes on after `done` of its images."""

    def stop_requested(self) -> bool:
        """Whether to save and end after this step."""

    def pause_requested(self) -> bool:
        """Whether to save and wait after this step."""

    def halvings(self) -> int:
        """How many times both learning rates are to be halved, since this was last asked."""

    def step(self, batch: int) -> None:
        """A step is done."""

    def tick(self, tick: Tick) -> None:
        """A line was written."""

    def judged(self, judged: Judged) -> None:
        """The generator was evaluated."""
