"""What changes within a stage: the pictures' side, the batch and the augmentation, by how much of its work is done."""

import math
from dataclasses import dataclass
from functools import cached_property

from housegan.config import ModelConfig, StageConfig
from housegan.networks import detail_multiply_adds, multiply_adds


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a stage in which pictures have one side."""

    side: int
    share: float
    """Of the stage's work."""
    begins: float
    """Work done before it, as a share."""


@dataclass(frozen=True)
class Schedule:
    """A stage's course. Work is what multiply-adds take, or time where the budget is in minutes."""

    config: StageConfig
    model: ModelConfig
    images: int | None
    """The stage's budget; None where it is in minutes."""
    begin_side: int = 4
    """Side, in px, up to which the networks have grown when the stage begins; 4 where they are new."""

    @cached_property
    def phases(self) -> list[Phase]:
        """Parts of the stage, from small pictures to large ones."""
        smaller: dict[int, float] = {}
        for side, share in sorted(self.config.low_resolution.items()):
            if side < self.model.size:
                grown = max(side, self.begin_side)
                smaller[grown] = smaller.get(grown, 0) + share
        shares = [*smaller.items(), (self.model.size, 1 - sum(smaller.values()))]
        phases, begins = [], 0.0
        for side, share in shares:
            if share > 1e-9:
                phases.append(Phase(side, share, begins))
                begins += share
        return phases

    @property
    def end_side(self) -> int:
        """Side, in px, up to which the networks have grown when the stage ends."""
        return self.phases[-1].side

    @cached_property
    def _images(self) -> list[float]:
        """Images of each phase."""
        assert self.images is not None
        shares = [phase.share / self.cost(phase.side) for phase in self.phases]
        return [self.images * share / sum(shares) for share in shares]

    def cost(self, side: int) -> float:
        """Work for one picture of a side, as a share of one at the full size."""
        return self._multiply_adds(side) / self._multiply_adds(self.model.size)

    def _multiply_adds(self, side: int) -> float:
        bases = self.model.generator_channels, self.model.discriminator_channels
        enlarging = detail_multiply_adds(self.model) if side > self.model.whole else 0
        return sum(multiply_adds(self.model, base, side=side) for base in bases) + enlarging / 2  # both nets, a quarter

    @property
    def full_size_images(self) -> float:
        """How many images at the full size are as much work as the whole stage, where the budget is in images."""
        return sum(images * self.cost(phase.side) for images, phase in zip(self._images, self.phases, strict=True))

    def done(self, *, images: int, seconds: float) -> float:
        """Share of the stage's work that is done after so many of its images and seconds."""
        if self.images is None:
            return min(seconds / ((self.config.budget.minutes or 0) * 60), 1)
        before = 0.0
        for phase, count in zip(self.phases, self._images, strict=True):
            if images < before + count:
                return phase.begins + phase.share * (images - before) / count
            before += count
        return 1.0

    def phase(self, done: float) -> Phase:
        """The phase after such a share of the work."""
        return next((phase for phase in reversed(self.phases) if phase.begins <= done + 1e-12), self.phases[0])

    def reach(self, done: float) -> float:
        """Logarithm to base 2 of the side, in px, up to which the networks have grown; see `Growing`."""
        phase = self.phase(done)
        before = [other.side for other in self.phases if other.begins < phase.begins]
        start = math.log2(max([*before, self.begin_side]))
        end = math.log2(phase.side)
        if start <= 2 or end <= start or self.model.growth == "detail":  # nothing to fade in
            return end
        length = self.config.fade_in * phase.share
        return end if length == 0 else min(start + (end - start) * max((done - phase.begins) / length, 1e-6), end)

    def batch(self, done: float) -> int:
        """Pictures a step."""
        if not self.config.last_batch:
            return self.config.batch
        doublings = math.ceil(math.log2(self.config.last_batch / self.config.batch))
        return min(self.config.batch << int(done * (doublings + 1)), self.config.last_batch)

    def strength(self, done: float) -> float:
        """How far DiffAugment's changes go."""
        fade = self.config.augment_fade_out
        left = 1.0 if fade == 0 else min((1 - done) / fade, 1.0)
        return self.config.augment_strength * left
