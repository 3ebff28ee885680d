"""What is added to the discriminator's loss so that it does not know its few pictures too well."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import relu

ANCHOR_DECAY = 0.99
"""Of LeCam's moving averages, each step."""


def gradient_penalty(logits: Float[Tensor, " b"], pictures: Float[Tensor, "b 3 s s"]) -> Float[Tensor, ""]:
    """Half the mean squared norm of the logits' gradient at `pictures` (Mescheder et al. 2018, eq. 9, R1 or R2)."""
    (gradient,) = torch.autograd.grad(logits.sum(), pictures, create_graph=True)
    return gradient.float().square().sum(dim=(1, 2, 3)).mean() / 2


def lecam(
    real: Float[Tensor, " b"], fake: Float[Tensor, " b"], anchors: Float[Tensor, "2"]
) -> Float[Tensor, ""]:  # fmt: skip
    """How far logits are beyond the other kind's moving averages, `anchors` of real and of generated ones.

    Tseng et al. 2021, eq. 5, of which their own implementation counts only what lies beyond.
    """
    return relu(real - anchors[1]).square().mean() + relu(anchors[0] - fake).square().mean()


def moved(anchors: Float[Tensor, "2"], real: Float[Tensor, " b"], fake: Float[Tensor, " b"]) -> Float[Tensor, "2"]:
    """Let the moving averages follow."""
    return torch.lerp(anchors, torch.stack([real.mean(), fake.mean()]), 1 - ANCHOR_DECAY)
