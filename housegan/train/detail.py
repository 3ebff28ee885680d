"""How enlarging is learned: from real pictures made small, whose large ones are known, and from a judge of patches."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, l1_loss

from housegan import group
from housegan.config import StageConfig
from housegan.losses import LOSSES
from housegan.randomness import generator_for
from housegan.train.device import autocast
from housegan.train.state import TrainingState

SPECKLE = 0.2
"""Largest deviation of the noise that small pictures get, so that not every flaw of a generated one is enlarged."""
SHIFT = 8
"""The judge sees crops from a place below this on, in px: its own steps of two, four and eight fall anywhere."""


def learn_detail(
    state: TrainingState, real: Float[Tensor, "b 3 s s"], stage: StageConfig, parts: list[slice], *, seed: int
) -> None:
    """Add the gradients of one game about enlarging to the parameters of both its networks.

    A part of each real picture, half its side, is made small and enlarged again. The generator's half wants the mean
    absolute error and `detail_weight` times the stage's loss over patches to be small (Ledig et al. 2017, SRGAN);
    real and enlarged patches at the same place are partners.
    """
    detail, patches = state.generator.detail, state.discriminator.patches
    assert detail
    assert patches
    noise = generator_for(seed, "detail", state.images)
    crops = _crops(real, noise, times=detail.times)
    count = len(real) * group.size()
    small = adaptive_avg_pool2d(crops, crops.shape[-1] // detail.times)
    speckle = torch.randn(count, *small.shape[1:], generator=noise) * torch.rand(count, 1, 1, 1, generator=noise)
    small = small + SPECKLE * speckle[group.part(count)].to(small.device)
    down, across = torch.randint(SHIFT, (2,), generator=noise).tolist()
    play = LOSSES[stage.loss]
    for part in parts:
        share = len(real[part]) / len(real)
        with autocast(state.precision, state.device):
            large = detail(small[part])
            seen = torch.cat([crops[part], large])[:, :, down:, across:]
            of_real, of_fake = patches(seen).float().flatten().chunk(2)
        large = large.float()
        of_judge = play.discriminator(of_real, of_fake) * share
        error = l1_loss(large, crops[part]) + stage.detail_weight * play.generator(of_real.detach(), of_fake)
        _gather(of_judge, patches, state.discriminator_scaler, keep=True)
        _gather(error * share, detail, state.generator_scaler)


def _gather(loss: Tensor, network: torch.nn.Module, scaler: torch.amp.GradScaler, *, keep: bool = False) -> None:
    """Add a loss's gradients to one network alone, wherever its graph leads."""
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    scaler.scale(loss).backward(inputs=parameters, retain_graph=keep)


def _crops(real: Tensor, noise: torch.Generator, *, times: int) -> Tensor:
    """The same part of each picture, of half its side, at a place of the small picture's grid."""
    side = real.shape[-1] // 2
    top, left = (torch.randint(side // times + 1, (2,), generator=noise) * times).tolist()
    return real[:, :, top : top + side, left : left + side]
