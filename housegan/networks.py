"""The DCGAN's two networks (Radford et al. 2015), the discriminator with spectral norm (Miyato et al. 2018)."""

from itertools import pairwise

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from housegan.config import ModelConfig
from housegan.group import BatchNorm

LEAK = 0.2
"""Slope of the discriminator's LeakyReLU for negative values."""


def resolutions(size: int) -> list[int]:
    """Sides of the feature maps, 4, 8, …, size / 2, in px."""
    sides = [4]
    while sides[-1] * 4 <= size:
        sides.append(sides[-1] * 2)
    return sides


def channels(config: ModelConfig, base: int) -> list[int]:
    """Channels of the feature maps at each of `resolutions`: `base` at the largest, doubling towards 4 × 4."""
    counts = [base * config.size // 2 // side for side in resolutions(config.size)]
    return [min(count, config.max_channels or count) for count in counts]


def multiply_adds(config: ModelConfig, base: int) -> int:
    """Count the multiply-adds of one picture through either network with `base` channels at its largest map."""
    widths = channels(config, base)
    sides = resolutions(config.size)
    maps = zip(sides, pairwise([*widths, 3]), strict=True)
    return 16 * sum(side**2 * narrower * wider for side, (narrower, wider) in maps)


class Generator(nn.Module):
    """From latents to pictures: a 4 × 4 map from z, doubled by transposed convolutions; pictures in [-1, 1]."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        widths = channels(config, config.generator_channels)
        layers: list[nn.Module] = [nn.ConvTranspose2d(config.z, widths[0], 4, stride=1, padding=0, bias=False)]
        for narrower, wider in pairwise(widths):
            layers += _normalised(narrower)
            layers += [nn.ConvTranspose2d(narrower, wider, 4, stride=2, padding=1, bias=False)]
        layers += _normalised(widths[-1])
        layers += [nn.ConvTranspose2d(widths[-1], 3, 4, stride=2, padding=1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, z: Float[Tensor, "b z"]) -> Float[Tensor, "b 3 s s"]:
        """Draw one picture for each latent."""
        pictures: Tensor = self.layers(z[:, :, None, None])
        return pictures


class Discriminator(nn.Module):
    """From pictures in [-1, 1] to one logit each; every layer but the last has spectral norm, none has BatchNorm."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        widths = [3, *reversed(channels(config, config.discriminator_channels))]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [
                spectral_norm(nn.Conv2d(before, after, 4, stride=2, padding=1)),
                nn.LeakyReLU(LEAK, inplace=True),
            ]
        layers += [nn.Conv2d(widths[-1], 1, 4, stride=1, padding=0), nn.Flatten(0)]
        self.layers = nn.Sequential(*layers)

    def forward(self, pictures: Float[Tensor, "b 3 s s"]) -> Float[Tensor, " b"]:
        """Score each picture; a higher logit means more likely real."""
        logits: Tensor = self.layers(pictures)
        return logits


def _normalised(width: int) -> list[nn.Module]:
    return [BatchNorm(width), nn.ReLU(inplace=True)]
