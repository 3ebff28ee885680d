"""Pieces that both networks are put together from."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv_transpose2d, interpolate, pad

from housegan.config import ModelConfig

LEAK = 0.2
"""Slope of LeakyReLU for negative values."""


class NearestConvolution(nn.Module):
    """Nearest upsampling by two and a 3 × 3 convolution, which leaves no checkerboard (Odena et al. 2016), as one.

    Each pixel of the larger map sees 2 × 2 of the smaller one, so both together are a transposed convolution with
    kernel 4, stride 2 and padding 1 whose kernel is the 3 × 3 one spread over 2 × 2: 16 multiply-adds for each place
    of the smaller map instead of 36.
    """

    def __init__(self, before: int, after: int, *, bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(before, after, 3, 3))
        self.bias = nn.Parameter(torch.zeros(after)) if bias else None
        nn.init.kaiming_uniform_(self.weight.transpose(0, 1), a=math.sqrt(5))

    def forward(self, maps: Float[Tensor, "b before s s"]) -> Float[Tensor, "b after 2*s 2*s"]:
        """Double the side."""
        flipped = self.weight.flip(2, 3)  # a transposed convolution turns its kernel round
        kernel = pad(flipped, (0, 1, 0, 1)) + pad(flipped, (1, 0, 0, 1))
        kernel = kernel + pad(flipped, (0, 1, 1, 0)) + pad(flipped, (1, 0, 1, 0))
        doubled: Tensor = conv_transpose2d(maps, kernel, self.bias, stride=2, padding=1)
        return doubled


class PixelShuffleConvolution(nn.Sequential):
    """A 3 × 3 convolution to four times the channels, laid out as 2 × 2 pixels (Shi et al. 2016).

    All four begin alike, so that it begins without a checkerboard (Aitken et al. 2017).
    """

    def __init__(self, before: int, after: int, *, bias: bool) -> None:
        convolution = nn.Conv2d(before, 4 * after, 3, padding=1, bias=bias)
        super().__init__(convolution, nn.PixelShuffle(2))
        with torch.no_grad():
            for parameter in convolution.parameters():
                parameter.copy_(parameter[::4].repeat_interleave(4, dim=0))


class TransposedConvolution(nn.ConvTranspose2d):
    """The DCGAN's own way to double a map."""

    def __init__(self, before: int, after: int, *, bias: bool) -> None:
        super().__init__(before, after, 4, stride=2, padding=1, bias=bias)


UPSAMPLINGS = {
    "transposed": TransposedConvolution,
    "nearest": NearestConvolution,
    "pixelshuffle": PixelShuffleConvolution,
}


class SkipLayerExcitation(nn.Module):
    """A small map says how much each channel of a map of sixteen times its side counts (Liu et al. 2021, eq. 1)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.AdaptiveAvgPool2d(4), nn.Conv2d(before, after, 4), nn.LeakyReLU(0.1, inplace=True),
            nn.Conv2d(after, after, 1), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, small: Float[Tensor, "b before s s"]) -> Float[Tensor, "b after 1 1"]:
        """Factors between 0 and 1."""
        factors: Tensor = self.layers(small)
        return factors


class MinibatchDeviation(nn.Module):
    """One more channel: how much the pictures of a group of four differ (Karras et al. 2018, section 3)."""

    GROUP = 4

    def forward(self, maps: Float[Tensor, "b c s s"]) -> Float[Tensor, "b c+1 s s"]:
        """Add the mean over channels and places of the standard deviation within each group."""
        count = math.gcd(len(maps), self.GROUP)
        groups = maps.float().unflatten(0, (-1, count))
        deviation = (groups.var(dim=1, correction=0) + 1e-8).sqrt().mean(dim=(1, 2, 3)).to(maps.dtype)
        channel = deviation.repeat_interleave(count)[:, None, None, None].expand(-1, 1, *maps.shape[2:])
        return torch.cat([maps, channel], dim=1)


def enlarged(maps: Float[Tensor, "b c s s"], side: int) -> Float[Tensor, "b c side side"]:
    """Double maps or pictures, bilinearly, until they have `side`."""
    while maps.shape[-1] < side:
        maps = interpolate(maps, scale_factor=2, mode="bilinear", align_corners=False)
    return maps


class Growing(nn.Module):
    """A network of which the layers for small pictures can be trained before those for large ones."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.reach = math.log2(config.size)
        """Logarithm to base 2 of the side, in px, up to which it has grown; with a fraction where the layers of the
        next side are being faded in."""

    @property
    def side(self) -> int:
        """Side of the pictures that are trained with now, in px."""
        return min(int(2 ** math.ceil(self.reach - 1e-9)), self.config.size)

    @property
    def detailed(self) -> bool:
        """Whether it has grown beyond what the DCGAN draws and judges as a whole."""
        return self.side > self.config.whole

    @property
    def faded_in(self) -> float:
        """How much the layers of `side` count beside those of half of it, in (0, 1]."""
        return 1 - (math.log2(self.side) - self.reach)
