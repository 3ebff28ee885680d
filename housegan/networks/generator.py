"""From latents to pictures."""

from collections.abc import Iterator
from itertools import pairwise

from jaxtyping import Float
from torch import Tensor, nn

from housegan.config import ModelConfig
from housegan.group import BatchNorm
from housegan.networks.blocks import UPSAMPLINGS, Growing, SkipLayerExcitation, TransposedConvolution, enlarged
from housegan.networks.detail import Detail
from housegan.networks.shapes import channels, resolutions

EXCITED_BY = 16
"""How many times smaller the map is that a skip-layer excitation listens to."""


class Generator(Growing):
    """From latents to pictures in [-1, 1]: a 4 × 4 map from z, doubled again and again.

    The largest map becomes the picture. So that small pictures can be learned first maps have heads of their own where
    `growth` is `fade`: the newest one draws, mixed with the one before as long as it is being faded in (Karras et al.
    2018, fig. 2). With `detail` the picture is of `global_side`, and enlarged by a network of its own.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.sides = resolutions(config.whole)
        widths = channels(config, config.generator_channels)
        doubling = UPSAMPLINGS[config.upsampling]
        layers: list[nn.Module] = [nn.ConvTranspose2d(config.z, widths[0], 4, bias=False), *_normalised(widths[0])]
        for narrower, wider in pairwise(widths):
            layers += [doubling(narrower, wider, bias=False), *_normalised(wider)]
        fading = config.growth == "fade"
        if not fading:
            layers += [TransposedConvolution(widths[-1], 3, bias=True), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        by_side = dict(zip(self.sides, widths, strict=True))
        self.heads = nn.ModuleDict(
            {str(2 * side): TransposedConvolution(width, 3, bias=True) for side, width in by_side.items() if fading}
        )
        self.gates = nn.ModuleDict(
            {
                str(side): SkipLayerExcitation(by_side[side // EXCITED_BY], width)
                for side, width in by_side.items()
                if config.excitation and side // EXCITED_BY in by_side
            }
        )
        self.detail = Detail(config) if config.whole < config.size else None

    def forward(self, z: Float[Tensor, "b z"]) -> Float[Tensor, "b 3 s s"]:
        """Draw one picture for each latent at the full size, however far the generator has grown."""
        if self.heads:
            return enlarged(self.raw(z), self.config.size).tanh()
        pictures = self.grown(z)
        if self.detailed:
            assert self.detail
            large: Tensor = self.detail(pictures, self.config.detail_strength)
            return large.clamp(-1, 1)
        return enlarged(pictures, self.config.size)

    def grown(self, z: Float[Tensor, "b z"]) -> Float[Tensor, "b 3 r r"]:
        """Draw pictures of the side that is trained with now, with `detail` of `global_side`."""
        if self.heads:
            return self.raw(z).tanh()
        for _, maps in self._maps(z):
            largest = maps
        pictures: Tensor = self.layers[-2:](largest)
        return pictures

    def raw(self, z: Float[Tensor, "b z"]) -> Float[Tensor, "b 3 r r"]:
        """What becomes pictures of the side that is trained with now by a hyperbolic tangent."""
        pictures: Tensor | None = None
        for side, maps in self._maps(z):
            newest, older = 2 * side == self.side, 4 * side == self.side and self.faded_in < 1
            if not (newest or older):
                continue
            drawn: Tensor = self.heads[str(2 * side)](maps)
            pictures = drawn if pictures is None else enlarged(pictures, 2 * side).lerp(drawn, self.faded_in)
        assert pictures is not None
        return pictures

    def _maps(self, z: Tensor) -> Iterator[tuple[int, Tensor]]:
        """All maps with their sides on the way to pictures of `side`."""
        maps = z[:, :, None, None]
        small: dict[int, Tensor] = {}
        for place, side in enumerate(self.sides):
            maps = self.layers[3 * place : 3 * place + 3](maps)
            if str(side) in self.gates:
                maps = maps * self.gates[str(side)](small[side // EXCITED_BY])
            if self.gates:
                small[side] = maps
            yield side, maps
            if 2 * side == self.side:
                return


def _normalised(width: int) -> list[nn.Module]:
    return [BatchNorm(width), nn.ReLU(inplace=True)]
