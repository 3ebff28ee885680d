"""From pictures to logits."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d
from torch.nn.utils.parametrizations import spectral_norm

from housegan.config import ModelConfig
from housegan.networks.blocks import LEAK, Growing, MinibatchDeviation, NearestConvolution
from housegan.networks.shapes import channels, resolutions

DESCRIBED_AT = 8
"""Side of the map that a decoder draws the picture from again."""
PATCH_HALVINGS = 3
"""How often a tower halves its picture."""
REDRAWN = 64
"""Side of what it draws, in px."""


class Discriminator(Growing):
    """From pictures in [-1, 1] to one logit each; every layer but the last has spectral norm, none has BatchNorm.

    With `growth` pictures of every side up to the config's can be judged, and small ones learned first. With `fade`
    they come in at their own side, and halved at the next one too while its layers are being faded in. With `towers`
    they are judged as a whole at `global_side`, at each larger one by a tower that sees patches (Isola et al. 2017).
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        fading, towers = config.growth == "fade", config.growth == "towers"
        whole = min(config.global_side, config.size) if towers else config.size
        every = channels(config, config.discriminator_channels)
        widths = list(reversed(every[: len(resolutions(whole))]))
        layers: list[nn.Module] = [nn.Identity() if fading else _halving(3, widths[0])]
        layers.append(nn.LeakyReLU(LEAK, inplace=True))
        for before, after in pairwise(widths):
            layers += [_halving(before, after), nn.LeakyReLU(LEAK, inplace=True)]
        deciding: list[nn.Module] = [MinibatchDeviation()] if config.minibatch_deviation else []
        deciding += [nn.Conv2d(widths[-1] + config.minibatch_deviation, 1, 4), nn.Flatten(0)]
        self.layers = nn.Sequential(*layers, *deciding)
        self.halvings, self.deciding = len(widths), len(deciding)
        sides = [config.size >> place for place in range(len(widths))]
        self.entries = nn.ModuleDict(
            {str(side): _halving(3, width) for side, width in zip(sides, widths, strict=True) if fading}
        )
        self.whole = whole
        """Side at which pictures are judged as a whole, in px; with `fade` the largest one."""
        self.towers = nn.ModuleDict()
        for place, side in enumerate(resolutions(config.size)):
            if 2 * side > whole:
                self.towers[str(2 * side)] = _tower(every[place : place - PATCH_HALVINGS : -1])
        self.decoder = _decoder(widths[-2], min(REDRAWN, config.size)) if config.reconstruction else None

    def forward(self, pictures: Float[Tensor, "b 3 s s"]) -> Float[Tensor, " b"]:
        """Score each picture as a whole; a higher logit means more likely real."""
        return self.judged(pictures)[0][0]

    def judged(self, pictures: Float[Tensor, "b 3 s s"]) -> tuple[Float[Tensor, "k b"], Float[Tensor, "b c r r"]]:
        """Score each picture as a whole and by the patches of each tower, and give what `described` gives."""
        whole = adaptive_avg_pool2d(pictures, self.whole) if self.towers else pictures
        logits, described = self.described(whole)
        scores = [logits]
        for side in self._towers():
            scores.append(self.towers[str(side)](adaptive_avg_pool2d(pictures, side)).mean(dim=(1, 2, 3)))
        return torch.stack(scores), described

    @property
    def weights(self) -> list[float]:
        """What the scores that `judged` gives count: a tower that is being faded in less than 1."""
        return [1.0, *(self.faded_in if side == self.side else 1.0 for side in self._towers())]

    def _towers(self) -> list[int]:
        """Sides of the towers that have a say now."""
        return [int(side) for side in self.towers if int(side) <= self.side]

    def described(self, pictures: Float[Tensor, "b 3 s s"]) -> tuple[Float[Tensor, " b"], Float[Tensor, "b c r r"]]:
        """Score each picture, and give the map of side `DESCRIBED_AT` that the score comes from."""
        left_out = (self.config.size // pictures.shape[-1]).bit_length() - 1 if self.entries else 0
        maps = described = pictures
        for number in range(left_out, self.halvings):
            if number == left_out and not self.entries:
                maps = self.layers[0](pictures)
            elif number == left_out:
                maps = self._entered(pictures)
            else:
                maps = self.layers[2 * number](maps)
                weight = self.faded_in if number == left_out + 1 else 1.0
                if self.entries and weight < 1:
                    maps = self._entered(avg_pool2d(pictures, 2)).lerp(maps, weight)
            maps = self.layers[2 * number + 1](maps)
            if maps.shape[-1] == DESCRIBED_AT:
                described = maps
        logits: Tensor = self.layers[-self.deciding :](maps)
        return logits, described

    def _entered(self, pictures: Tensor) -> Tensor:
        maps: Tensor = self.entries[str(pictures.shape[-1])](pictures)
        return maps

    def first_layers(self, count: int) -> list[nn.Module]:
        """The first `count` layers after the picture, and where it comes in at smaller sides too, those entries."""
        convolutions = [layer for layer in self.layers if isinstance(layer, nn.Conv2d)]
        entries = list(self.entries.values())
        return [*entries[:count], *convolutions[: max(count - bool(entries), 0)]]

    def redrawn(self, described: Float[Tensor, "b c r r"]) -> Float[Tensor, "b 3 s s"]:
        """Draw pictures again from the maps that `described` gave; only with `reconstruction`."""
        assert self.decoder
        pictures: Tensor = self.decoder(described)
        return pictures


def _halving(before: int, after: int) -> nn.Module:
    return spectral_norm(nn.Conv2d(before, after, 4, stride=2, padding=1))


def _tower(widths: Sequence[int]) -> nn.Module:
    """Judge patches of some forty pixels, one for each of the last map's places."""
    layers: list[nn.Module] = []
    for before, after in pairwise([3, *widths]):
        layers += [_halving(before, after), nn.LeakyReLU(LEAK, inplace=True)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 3, padding=1))


def _decoder(width: int, side: int) -> nn.Module:
    """A small one: what counts is what the discriminator learns for it (Liu et al. 2021, section 3.2)."""
    layers: list[nn.Module] = []
    after = 64
    while side > 2 * DESCRIBED_AT:
        layers += [NearestConvolution(width, after, bias=True), nn.LeakyReLU(LEAK, inplace=True)]
        width, after, side = after, after // 2, side // 2
    return nn.Sequential(*layers, NearestConvolution(width, 3, bias=True), nn.Tanh())
