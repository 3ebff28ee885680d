"""Adversarial losses: mathematics only, from logits to a number for each network and scores to look at.

Every function takes the discriminator's logits on a batch of real and of generated pictures.
"""

from collections.abc import Callable
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import relu, softplus

Logits = Float[Tensor, " b"]
Scalar = Float[Tensor, ""]


class Loss(NamedTuple):
    """One objective of the game."""

    discriminator: Callable[[Logits, Logits], Scalar]
    generator: Callable[[Logits, Logits], Scalar]
    scores: Callable[[Logits, Logits], tuple[Logits, Logits]]
    """Probabilities of being real, in [0, 1], of the real and of the generated pictures."""


def bce_discriminator(real: Logits, fake: Logits) -> Scalar:
    """Binary cross-entropy of calling real pictures real and generated ones not (Goodfellow et al. 2014, eq. 1)."""
    return softplus(-real).mean() + softplus(fake).mean()


def bce_generator(real: Logits, fake: Logits) -> Scalar:
    """The non-saturating loss (Goodfellow et al. 2014, section 3)."""
    return softplus(-fake).mean()


def bce_scores(real: Logits, fake: Logits) -> tuple[Logits, Logits]:
    """What the discriminator's sigmoid says."""
    return real.sigmoid(), fake.sigmoid()


def relativistic_discriminator(real: Logits, fake: Logits) -> Scalar:
    """Each real picture should look more real than its partner (Jolicoeur-Martineau 2018, RpGAN)."""
    return softplus(fake - real).mean()


def relativistic_generator(real: Logits, fake: Logits) -> Scalar:
    """The same game from the other side."""
    return softplus(real - fake).mean()


def relativistic_scores(real: Logits, fake: Logits) -> tuple[Logits, Logits]:
    """How real each picture looks beside the other kind's mean; a logit alone means nothing in this game."""
    return (real - fake.mean()).sigmoid(), (fake - real.mean()).sigmoid()


def relativistic_average_discriminator(real: Logits, fake: Logits) -> Scalar:
    """Each picture should look more real, or less, than the other kind does on average (RaGAN, the same paper)."""
    return softplus(fake.mean() - real).mean() + softplus(fake - real.mean()).mean()


def relativistic_average_generator(real: Logits, fake: Logits) -> Scalar:
    """The same game from the other side."""
    return softplus(real - fake.mean()).mean() + softplus(real.mean() - fake).mean()


def hinge_discriminator(real: Logits, fake: Logits) -> Scalar:
    """Real logits should be above 1 and generated ones below -1 (Lim & Ye 2017)."""
    return relu(1 - real).mean() + relu(1 + fake).mean()


def hinge_generator(real: Logits, fake: Logits) -> Scalar:
    """Raise the logits of generated pictures."""
    return -fake.mean()


LOSSES = {
    "bce": Loss(bce_discriminator, bce_generator, bce_scores),
    "hinge": Loss(hinge_discriminator, hinge_generator, bce_scores),
    "relativistic": Loss(relativistic_discriminator, relativistic_generator, relativistic_scores),
    "relativistic_average": Loss(
        relativistic_average_discriminator, relativistic_average_generator, relativistic_scores
    ),
}
