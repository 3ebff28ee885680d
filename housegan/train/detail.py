"""How enlarging is learned: from real pictures made small, whose large ones are known, and from a judge of patches."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d, l1_loss

from housegan import group
from housegan.config import StageConfig
from housegan.losses import LOSSES
from housegan.networks.blocks import enlarged
from housegan.randomness import generator_for
from housegan.train.device import autocast
from housegan.train.state import TrainingState

SPECKLE = 0.1
"""Largest deviation of the noise that small pictures get, so that not every flaw of a generated one is enlarged."""
GRAIN = 1.0
"""How many times a generated picture's grain they get at most, for the same end."""
SHIFT = 8
"""The judge sees crops from a place below this on, in px: its own steps of two, four and eight fall anywhere."""


def learn_detail(
    state: TrainingState, real: Float[Tensor, "b 3 s s"], stage: StageConfig, parts: list[slice], *, seed: int
) -> Float[Tensor, ""]:
    """Add the gradients of one game about enlarging to the parameters of both its networks; return the absolute error.

    A part of each real picture, half its side, is made small and enlarged again. The generator's half wants the mean
    absolute error and `detail_weight` times the stage's loss over patches to be small (Ledig et al. 2017, SRGAN);
    real and enlarged patches at the same place are partners. Small pictures get white noise, and the grain of what is
    to be enlarged in the end: what the averaged generator's pictures have that is finer than half their side (as Ji et
    al. 2020, RealSR, take noise from the pictures in question).
    """
    detail, patches = state.generator.detail, state.discriminator.patches
    assert detail
    assert patches
    noise = generator_for(seed, "detail", state.images)
    count = len(real) * group.size()
    mine = group.part(count)
    half = state.generator.config.whole // 2
    corner = torch.randint(half + 1, (2,), generator=noise).tolist()
    crops = _part(real, [detail.times * place for place in corner], side=detail.times * half)
    speckle = torch.randn(count, 3, half, half, generator=noise) * torch.rand(count, 1, 1, 1, generator=noise)
    z = torch.randn(count, state.generator.config.z, generator=noise)[mine].to(state.device)
    strength = torch.rand(count, 1, 1, 1, generator=noise) * 2 - 1  # of grain, which is as likely upside down
    grain = strength[mine].to(state.device) * _part(_grain(state, z), corner, side=half)
    small = adaptive_avg_pool2d(crops, half) + SPECKLE * speckle[mine].to(state.device) + GRAIN * grain
    down, across = torch.randint(SHIFT, (2,), generator=noise).tolist()
    play = LOSSES[stage.loss]
    off = torch.zeros((), device=state.device)
    for part in parts:
        share = len(real[part]) / len(real)
        with autocast(state.precision, state.device):
            large = detail(small[part])
            seen = torch.cat([crops[part], large])[:, :, down:, across:]
            of_real, of_fake = patches(seen).float().flatten().chunk(2)
        large = large.float()
        of_judge = play.discriminator(of_real, of_fake) * share
        error = l1_loss(large, crops[part])
        of_detail = error + stage.detail_weight * play.generator(of_real.detach(), of_fake)
        _gather(of_judge, patches, state.discriminator_scaler, keep=True)
        _gather(of_detail * share, detail, state.generator_scaler)
        off = off + error.detach() * share
    return off


def _gather(loss: Tensor, network: torch.nn.Module, scaler: torch.amp.GradScaler, *, keep: bool = False) -> None:
    """Add a loss's gradients to one network alone, wherever its graph leads."""
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    scaler.scale(loss).backward(inputs=parameters, retain_graph=keep)


def _part(pictures: Tensor, corner: list[int], *, side: int) -> Tensor:
    """The same square of each picture."""
    top, left = corner
    part: Tensor = pictures[:, :, top : top + side, left : left + side]
    return part


@torch.no_grad()
def _grain(state: TrainingState, z: Float[Tensor, "b z"]) -> Float[Tensor, "b 3 r r"]:
    """What the averaged generator's pictures of `global_side` have that they lose at half that side."""
    with autocast(state.precision, state.device):
        pictures = state.average.grown(z).float()
    coarse = enlarged(avg_pool2d(pictures, 2), pictures.shape[-1])
    grain: Tensor = pictures - coarse
    return grain
