"""All that changes while training, in one object that can be saved and restored exactly."""

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from housegan.config import Recipe, StageConfig
from housegan.networks import Discriminator, Generator
from housegan.optimizer import adabelief, follow
from housegan.randomness import generator_for

TALLY = (
    "steps", "loss_d", "loss_g", "pictures", "real", "real_squared", "fake", "fake_squared", "waited", "detailed",
    "detail_error",
)  # fmt: skip
"""What is summed up between two ticks: over steps the losses, how many the generator left to the discriminator, in how
many enlarging was learned and its mean absolute error; over pictures the scores and their squares."""

RAMP = 0.05
"""The moving average's half-life is at most this share of the images shown (Karras et al. 2020, ADA)."""


class TrainingState:
    """Networks, optimizers, the generator's moving average, and how far training has come."""

    def __init__(
        self, recipe: Recipe, first_stage: StageConfig, *, seed: int, device: torch.device, precision: str = "fp32"
    ) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(generator_for(seed, "weights").initial_seed())
            generator, discriminator = Generator(recipe.model), Discriminator(recipe.model)
        self.generator = generator.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.discriminator = discriminator.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.generator).requires_grad_(False).eval()
        self._averaged = {
            enlarges: [_parameters(each, enlarges=enlarges) for each in (self.average, self.generator)]
            for enlarges in (False, True)
        }
        """Those of the DCGAN and those that enlarge: the average's and the generator's."""
        self.generator_optimizer = adabelief(self.generator.parameters(), first_stage)
        self.discriminator_optimizer = adabelief(self.discriminator.parameters(), first_stage)
        self.precision = precision
        self.generator_scaler, self.discriminator_scaler = (
            torch.amp.GradScaler(device.type, enabled=precision == "fp16") for _ in range(2)
        )
        """In fp16 small gradients would vanish: they are scaled up, and steps that overflow are left out."""
        self.half_life_images = recipe.watch.half_life_images
        self.device = device
        self.stage = 0
        self.stage_images = 0
        self.images = 0
        self.stage_work = 0.0
        """Of the stage so far: how many images at the full size would have been as much."""
        self.seconds = 0.0
        self.stage_seconds = 0.0
        self.last_snapshot = 0
        self.rate = 1.0
        """What the stages' learning rates are multiplied by; halved where training broke down."""
        self.tally = torch.zeros(len(TALLY), device=device)
        """Sums since the last tick, as `training_step` returns them."""
        self.anchors = torch.zeros(2, device=device)
        """Moving averages of the logits of real and of generated pictures, for LeCam."""
        self.lead = torch.full((), 0.5, device=device)
        """Moving average of the share of pairs that the discriminator ranks rightly, for the gate."""
        self.strength = 1.0
        """How far DiffAugment's changes go now."""
        self.growing_since = 0
        """Images shown when the networks last began to grow."""
        self.follow(first_stage)

    def begin_stage(self, number: int, stage: StageConfig) -> None:
        """Turn to a stage, keeping what was learned and the optimizers' moments."""
        self.stage = number
        self.stage_images = self.last_snapshot = 0
        self.stage_seconds = self.stage_work = 0.0
        self.follow(stage)

    def follow(self, stage: StageConfig) -> None:
        """Let both optimizers go by a stage's settings, and the discriminator learn with the layers that it allows."""
        follow(self.generator_optimizer, stage, learning_rate=self.rate * stage.learning_rate)
        other = stage.discriminator_learning_rate or stage.learning_rate
        follow(self.discriminator_optimizer, stage, learning_rate=self.rate * other)
        self.thaw(stage)

    def thaw(self, stage: StageConfig) -> None:
        """Let all of the discriminator learn but the layers next to the picture that the stage freezes."""
        self.discriminator.requires_grad_(True)
        for layer in self.discriminator.first_layers(stage.freeze):
            layer.requires_grad_(False)

    def grow(self, reach: float) -> None:
        """Let the networks reach as far as pictures of a side whose logarithm to base 2 is `reach`."""
        side = self.generator.side
        for network in (self.generator, self.discriminator, self.average):
            network.reach = reach
        if self.generator.side != side:
            self.growing_since = self.images

    @torch.no_grad()
    def update_average(self, batch: int) -> None:
        """Move the average towards the generator; its BatchNorm statistics are copied.

        A weight's influence halves every `half_life_images`, fewer at first and when the networks have just begun to
        grow, by a fade all of them, else those that enlarge; 0 copies the generator as it is.
        """
        fading = self.generator.config.growth == "fade"
        for enlarges, (mine, theirs) in self._averaged.items():
            since = self.growing_since if fading or enlarges else 0
            half_life = min(float(self.half_life_images), (self.images - since) * RAMP)
            keep = 0.5 ** (batch / half_life) if half_life > 0 else 0.0
            if mine:
                torch._foreach_lerp_(mine, theirs, 1 - keep)
        for own, current in zip(self.average.buffers(), self.generator.buffers(), strict=True):
            own.copy_(current)

    @torch.no_grad()
    def draw(self, z: Tensor) -> Tensor:
        """Draw pictures in [-1, 1] with the averaged generator in eval mode, a few at a time."""
        return torch.cat([self.average(part.to(self.device)).float().cpu() for part in z.split(16)])

    def healthy(self) -> bool:
        """Whether every weight and the tally are still numbers."""
        networks = (self.generator, self.discriminator, self.average)
        every = [self.tally, *(parameter for network in networks for parameter in network.parameters())]
        return all(bool(tensor.isfinite().all()) for tensor in every)

    def saved(self) -> dict[str, Any]:
        """The whole state as tensors and plain values."""
        return (
            {name: part.state_dict() for name, part in self._parts().items()}
            | {name: getattr(self, name) for name in _PLAIN}
            | {"reach": self.generator.reach}
        )

    def restore(self, saved: dict[str, Any]) -> None:
        """Become what was saved."""
        for name, part in self._parts().items():
            part.load_state_dict(saved[name])
        for name in _PLAIN & saved.keys():  # an earlier version knew fewer
            setattr(self, name, saved[name])
        self.tally = pad(self.tally, (0, len(TALLY) - len(self.tally)))  # and counted less
        for name in ("tally", "anchors", "lead"):
            setattr(self, name, getattr(self, name).to(self.device))
        for network in (self.generator, self.discriminator, self.average):
            network.reach = saved.get("reach", network.reach)

    def _parts(self) -> dict[str, nn.Module | torch.optim.Optimizer | torch.amp.GradScaler]:
        return {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "average": self.average,
            "generator_optimizer": self.generator_optimizer,
            "discriminator_optimizer": self.discriminator_optimizer,
            "generator_scaler": self.generator_scaler,
            "discriminator_scaler": self.discriminator_scaler,
        }


def _parameters(generator: Generator, *, enlarges: bool) -> list[Tensor]:
    return [each for name, each in generator.named_parameters() if name.startswith("detail.") == enlarges]


_PLAIN = {
    "stage", "stage_images", "images", "seconds", "stage_seconds", "last_snapshot", "rate", "tally", "anchors", "lead",
    "growing_since", "stage_work",
}  # fmt: skip
