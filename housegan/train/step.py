"""One step of the game: the discriminator's move, then the generator's."""

import torch
from jaxtyping import Float
from torch import Tensor

from housegan import group
from housegan.augment import augment, draws
from housegan.config import StageConfig
from housegan.losses import LOSSES
from housegan.randomness import generator_for
from housegan.train.device import autocast
from housegan.train.state import TrainingState

TALLY = ("steps", "loss_d", "loss_g", "pictures", "real", "real_squared", "fake", "fake_squared")
"""What a step adds to the tally: sums over steps of the losses, and over pictures of the scores and their squares."""


def training_step(
    state: TrainingState, real: Float[Tensor, "b 3 s s"], stage: StageConfig, *, seed: int
) -> Float[Tensor, "8"]:
    """Update both networks once and return what `TALLY` names; `real` is this process's part of the batch.

    What is random is drawn for the whole batch, so that many processes take the step that one would.
    """
    loss = LOSSES[stage.loss]
    generator, discriminator, device = state.generator, state.discriminator, state.device
    precision = state.precision
    batch, z_dim = len(real) * group.size(), generator.config.z
    noise = generator_for(seed, "step", state.images)
    mine = group.part(batch)
    z = torch.randn(2, batch, z_dim, generator=noise)[:, mine].to(device)
    uniforms = torch.rand(3, batch, draws(stage.augment), generator=noise)[:, mine].to(device)
    real = real.to(device).contiguous(memory_format=torch.channels_last)

    with autocast(precision, device):
        with torch.set_grad_enabled(stage.generator_batch == "shared"):
            fake = generator(z[0])
        real_logits = discriminator(augment(real, stage.augment, uniforms[0])).float()
        fake_logits = discriminator(augment(fake.detach(), stage.augment, uniforms[1])).float()
    loss_d = loss.discriminator(real_logits, fake_logits)
    state.discriminator_optimizer.zero_grad(set_to_none=True)
    state.discriminator_scaler.scale(loss_d).backward()
    group.average_gradients(discriminator.parameters())
    state.discriminator_scaler.step(state.discriminator_optimizer)
    state.discriminator_scaler.update()

    discriminator.requires_grad_(False)
    with autocast(precision, device):
        if stage.generator_batch == "fresh":
            fake = generator(z[1])
        judged = discriminator(augment(fake, stage.augment, uniforms[2])).float()
    loss_g = loss.generator(real_logits.detach(), judged)
    state.generator_optimizer.zero_grad(set_to_none=True)
    state.generator_scaler.scale(loss_g).backward()
    group.average_gradients(generator.parameters())
    state.generator_scaler.step(state.generator_optimizer)
    state.generator_scaler.update()
    discriminator.requires_grad_(True)

    with torch.no_grad():
        losses = group.gathered(torch.stack([loss_d, loss_g])).view(-1, 2).mean(dim=0)
        real_scores, fake_scores = loss.scores(group.gathered(real_logits), group.gathered(fake_logits))
        one = torch.ones((), device=device)
        sums = [one, *losses, one * batch, *_moments(real_scores), *_moments(fake_scores)]
        return torch.stack(sums)


def summed_up(tally: Float[Tensor, "8"]) -> dict[str, float]:
    """Turn a tally into means and the scores' standard deviations, as metrics.jsonl holds them."""
    sums = dict(zip(TALLY, tally.double().tolist(), strict=True))
    steps, pictures = sums["steps"], sums["pictures"]
    values = {"loss_d": sums["loss_d"] / steps, "loss_g": sums["loss_g"] / steps}
    for kind in ("real", "fake"):
        mean = sums[kind] / pictures
        variance = max(sums[f"{kind}_squared"] / pictures - mean**2, 0.0)
        values |= {f"score_{kind}": mean, f"score_{kind}_std": variance**0.5}
    return {name: round(value, 6) for name, value in values.items()}


def _moments(scores: Float[Tensor, " b"]) -> tuple[Tensor, Tensor]:
    return scores.sum(), scores.square().sum()
