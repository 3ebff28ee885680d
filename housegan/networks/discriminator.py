"""From pictures to logits."""

from itertools import pairwise

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d
from torch.nn.utils.parametrizations import spectral_norm

from housegan.config import ModelConfig
from housegan.networks.blocks import LEAK, Growing, MinibatchDeviation, NearestConvolution
from housegan.networks.detail import Patches
from housegan.networks.shapes import channels

DESCRIBED_AT = 8
"""Side of the map that a decoder draws the picture from again."""
REDRAWN = 64
"""Side of what it draws, in px."""


class Discriminator(Growing):
    """From pictures in [-1, 1] to one logit each; every layer but the last has spectral norm, none has BatchNorm.

    With `growth` smaller pictures than the config's can be judged, and small ones learned first. With `fade`
    they come in at their own side, and halved at the next one too while its layers are being faded in. With `detail`
    they are judged at `global_side`, and `patches` of larger ones, which have a game of their own.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        fading = config.growth == "fade"
        widths = channels(config, config.discriminator_channels)[::-1]
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
        self.patches = Patches() if config.whole < config.size else None
        self.decoder = _decoder(widths[-2], min(REDRAWN, config.whole)) if config.reconstruction else None

    def forward(self, pictures: Float[Tensor, "b 3 s s"]) -> Float[Tensor, " b"]:
        """Score each picture as a whole; a higher logit means more likely real."""
        return self.described(pictures)[0]

    def described(self, pictures: Float[Tensor, "b 3 s s"]) -> tuple[Float[Tensor, " b"], Float[Tensor, "b c r r"]]:
        """Score each picture, and give the map of side `DESCRIBED_AT` that the score comes from."""
        if self.patches and pictures.shape[-1] > self.config.whole:
            pictures = adaptive_avg_pool2d(pictures, self.config.whole)
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


def _decoder(width: int, side: int) -> nn.Module:
    """A small one: what counts is what the discriminator learns for it (Liu et al. 2021, section 3.2)."""
    layers: list[nn.Module] = []
    after = 64
    while side > 2 * DESCRIBED_AT:
        layers += [NearestConvolution(width, after, bias=True), nn.LeakyReLU(LEAK, inplace=True)]
        width, after, side = after, after // 2, side // 2
    return nn.Sequential(*layers, NearestConvolution(width, 3, bias=True), nn.Tanh())
