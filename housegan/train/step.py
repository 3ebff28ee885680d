"""One step of the game: the discriminator's move, then the generator's."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, l1_loss

from housegan import group
from housegan.augment import augment, draws
from housegan.config import StageConfig
from housegan.losses import LOSSES
from housegan.penalties import gradient_penalty, lecam, moved
from housegan.randomness import generator_for
from housegan.train.detail import learn_detail
from housegan.train.device import autocast
from housegan.train.state import TALLY, TrainingState

LEAD_HALF_LIFE = 50
"""Of the moving average by which the gate goes, in images."""


class _Drawn(NamedTuple):
    """What is random in one step, of this process's part of the batch."""

    z: Float[Tensor, "2 b z"]
    """For the discriminator's move, and for the generator's where that draws its own."""
    uniforms: Float[Tensor, "3 b k"]
    """For DiffAugment: of real pictures, of generated ones, and of those of the generator's move."""


def training_step(
    state: TrainingState, real: Float[Tensor, "b 3 s s"], stage: StageConfig, *, seed: int
) -> Float[Tensor, " sums"]:
    """Update both networks once and return what `TALLY` names; `real` is this process's part of the batch.

    What is random is drawn for the whole batch, so that many processes take the step that one would. Two things are
    each process's own: the mean of the relativistic average loss, and the groups of four of the minibatch deviation.
    """
    drawn = _draw(state, stage, len(real), seed=seed)
    real = real.to(state.device).contiguous(memory_format=torch.channels_last)
    parts = _parts(len(real), stage.micro_batch)
    state.generator_optimizer.zero_grad(set_to_none=True)
    state.discriminator_optimizer.zero_grad(set_to_none=True)
    one = torch.ones((), device=state.device)
    detailed, error = state.generator.detailed * one, 0 * one
    if state.generator.detailed:
        error = learn_detail(state, real, stage, parts, seed=seed)
        real = adaptive_avg_pool2d(real, state.generator.config.whole)
    loss_d, real_logits, fake_logits, fake = _discriminator_move(state, real, stage, drawn, parts)
    waits = _waits(state, real_logits, fake_logits, stage)
    if waits:
        loss_g = LOSSES[stage.loss].generator(real_logits, fake_logits)
        if state.generator.detailed:
            _update(state.generator, state.generator_optimizer, state.generator_scaler)
    else:
        loss_g = _generator_move(state, real_logits, stage, drawn, parts, fake=fake)
    with torch.no_grad():
        losses = group.gathered(torch.stack([loss_d, loss_g, error])).view(-1, 3).mean(dim=0)
        real_scores, fake_scores = LOSSES[stage.loss].scores(group.gathered(real_logits), group.gathered(fake_logits))
        scores = [one * len(real_scores), *_moments(real_scores), *_moments(fake_scores)]
        return torch.stack([one, *losses[:2], *scores, waits * one, detailed, losses[2]])


def _discriminator_move(
    state: TrainingState, real: Tensor, stage: StageConfig, drawn: _Drawn, parts: list[slice]
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Update the discriminator; return its loss, its logits on real and generated pictures, and perhaps the latter.

    They come back, with the generator's graph, where the generator's move is to use the very same ones.
    """
    again = stage.generator_batch == "shared" and len(parts) == 1  # in parts all their graphs would have to be kept
    logits, losses = [], []
    penalised = state.images // (len(real) * group.size()) % stage.penalty_every == 0
    slopes = (stage.r1, stage.r2) if penalised else (0.0, 0.0)
    for part in parts:
        share = len(real[part]) / len(real)
        with autocast(state.precision, state.device), torch.set_grad_enabled(again):
            fake = state.generator.grown(drawn.z[0, part])
        pictures = (real[part], fake.detach())
        for kind, weight in zip(pictures, slopes, strict=True):
            kind.requires_grad_(weight > 0)
        seen = _seen(state, pictures, stage, drawn.uniforms[:2, part])
        loss = LOSSES[stage.loss].discriminator(seen.real, seen.fake) * share
        state.discriminator_scaler.scale(loss + _penalties(state, seen, stage) * share).backward()
        logits.append(torch.stack([seen.real, seen.fake]).detach())
        losses.append(loss.detach())
    _update(state.discriminator, state.discriminator_optimizer, state.discriminator_scaler)
    of_real, of_fake = torch.cat(logits, dim=1)
    if stage.lecam:
        state.anchors = moved(state.anchors, group.gathered(of_real), group.gathered(of_fake))
    return torch.stack(losses).sum(), of_real, of_fake, fake if again else None


def _waits(state: TrainingState, real: Float[Tensor, " b"], fake: Float[Tensor, " b"], stage: StageConfig) -> bool:
    """Whether the generator is to leave its move to the discriminator, which has fallen behind."""
    if stage.gate == 0:
        return False
    real, fake = group.gathered(real), group.gathered(fake)
    right = (real[:, None] > fake).float().mean()
    state.lead = state.lead.lerp(right, 1 - 0.5 ** (len(real) / LEAD_HALF_LIFE))
    return bool(state.lead < stage.gate)


class _Seen(NamedTuple):
    """What the discriminator makes of real and of generated pictures."""

    real: Float[Tensor, " b"]
    """Logits."""
    fake: Float[Tensor, " b"]
    pictures: tuple[Tensor, Tensor]
    """Real and generated ones, before DiffAugment."""
    augmented: Tensor
    """Real pictures as they were seen."""
    described: Tensor
    """Maps of these."""


def _seen(
    state: TrainingState, pictures: tuple[Tensor, Tensor], stage: StageConfig, uniforms: Float[Tensor, "2 b k"]
) -> _Seen:
    """Show real and generated pictures."""
    with autocast(state.precision, state.device):
        real, fake = (
            augment(kind, stage.augment, draws, strength=state.strength)
            for kind, draws in zip(pictures, uniforms, strict=True)
        )
        logits, described = state.discriminator.described(real)
        return _Seen(logits.float(), state.discriminator(fake).float(), pictures, real.detach(), described)


def _penalties(state: TrainingState, seen: _Seen, stage: StageConfig) -> Tensor:
    """Add up all that the discriminator is to mind beside its game; slopes at the pictures that want a gradient."""
    total = torch.zeros((), device=state.device)
    for logits, pictures, weight in zip((seen.real, seen.fake), seen.pictures, (stage.r1, stage.r2), strict=True):
        if pictures.requires_grad:
            total = total + weight * stage.penalty_every * gradient_penalty(logits, pictures)
    if stage.lecam:
        total = total + stage.lecam * lecam(seen.real, seen.fake, state.anchors)
    if state.discriminator.decoder:
        with autocast(state.precision, state.device):
            redrawn = state.discriminator.redrawn(seen.described).float()
        wanted = adaptive_avg_pool2d(seen.augmented.float(), redrawn.shape[-1])
        total = total + state.discriminator.config.reconstruction * l1_loss(redrawn, wanted)
    return total


def _generator_move(
    state: TrainingState, real_logits: Tensor, stage: StageConfig, drawn: _Drawn, parts: list[slice], *,
    fake: Tensor | None,
) -> Tensor:  # fmt: skip
    """Update the generator and return its loss; `fake` are its pictures from the discriminator's move, to use again."""
    generator, discriminator = state.generator, state.discriminator
    z = drawn.z[0 if stage.generator_batch == "shared" else 1]
    losses = []
    discriminator.requires_grad_(False)
    for part in parts:
        with autocast(state.precision, state.device):
            pictures = generator.grown(z[part]) if fake is None else fake
            seen = augment(pictures, stage.augment, drawn.uniforms[2, part], strength=state.strength)
            of_fake = discriminator(seen).float()
        loss = LOSSES[stage.loss].generator(real_logits[part], of_fake) * (len(of_fake) / len(real_logits))
        state.generator_scaler.scale(loss).backward()
        losses.append(loss.detach())
    _update(generator, state.generator_optimizer, state.generator_scaler)
    state.thaw(stage)
    return torch.stack(losses).sum()


def _update(network: nn.Module, optimizer: torch.optim.Optimizer, scaler: torch.amp.GradScaler) -> None:
    group.average_gradients(network.parameters())
    scaler.step(optimizer)
    scaler.update()


def _draw(state: TrainingState, stage: StageConfig, count: int, *, seed: int) -> _Drawn:
    """Draw for the whole batch, and take this process's part of `count` pictures."""
    batch, noise = count * group.size(), generator_for(seed, "step", state.images)
    mine = group.part(batch)
    z = torch.randn(2, batch, state.generator.config.z, generator=noise)[:, mine]
    uniforms = torch.rand(3, batch, draws(stage.augment), generator=noise)[:, mine]
    return _Drawn(z.to(state.device), uniforms.to(state.device))


def _parts(count: int, at_once: int | None) -> list[slice]:
    """Cut `count` pictures into parts of at most `at_once`."""
    step = at_once or count
    return [slice(start, min(start + step, count)) for start in range(0, count, step)]


def summed_up(tally: Float[Tensor, " sums"]) -> dict[str, float]:
    """Turn a tally into means and the scores' standard deviations, as metrics.jsonl holds them."""
    sums = dict(zip(TALLY, tally.double().tolist(), strict=True))
    steps, pictures = sums["steps"], sums["pictures"]
    values = {"loss_d": sums["loss_d"] / steps, "loss_g": sums["loss_g"] / steps}
    for kind in ("real", "fake"):
        mean = sums[kind] / pictures
        variance = max(sums[f"{kind}_squared"] / pictures - mean**2, 0.0)
        values |= {f"score_{kind}": mean, f"score_{kind}_std": variance**0.5}
    values["waited"] = sums["waited"] / steps
    if sums["detailed"]:
        values["detail_error"] = sums["detail_error"] / sums["detailed"]
    return {name: round(value, 6) for name, value in values.items()}


def _moments(scores: Float[Tensor, " b"]) -> tuple[Tensor, Tensor]:
    return scores.sum(), scores.square().sum()
