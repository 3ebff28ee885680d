"""What a small picture is enlarged by, and what judges that: a level of the Laplacian pyramid (Denton et al. 2015)."""

from itertools import pairwise

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from housegan.config import ModelConfig
from housegan.networks.blocks import LEAK, UPSAMPLINGS, enlarged

RESIDUALS = 2
"""Residual blocks at the small picture's side."""
PATCH_WIDTHS = (32, 64, 128)
"""Channels of the patches' discriminator after each halving."""


def detail_channels(config: ModelConfig) -> list[int]:
    """Channels at the small picture's side and after each doubling: half as many, 4 at least."""
    doublings = (config.size // config.whole).bit_length() - 1
    return [max(config.detail_channels >> number, 4) for number in range(doublings + 1)]


class Detail(nn.Module):
    """Enlarges pictures: bilinearly, plus what convolutions make of them, most of which see the small picture.

    It sees some twenty pixels of the small picture and knows no latents, so that real pictures made small can teach it:
    there the right answer is known. It begins with nothing to add.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, self.times = config.detail_channels, config.size // config.whole
        doubling = UPSAMPLINGS[config.detail_upsampling]
        layers: list[nn.Module] = [nn.Conv2d(3, width, 3, padding=1)]
        layers += [*(_Residual(width) for _ in range(RESIDUALS)), nn.LeakyReLU(LEAK)]
        for before, after in pairwise(detail_channels(config)):
            layers += [doubling(before, after, bias=True), nn.LeakyReLU(LEAK, inplace=True)]
        last = nn.Conv2d(detail_channels(config)[-1], 3, 3, padding=1)
        self.layers = nn.Sequential(*layers, last)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)  # type: ignore[arg-type]

    def forward(self, small: Float[Tensor, "b 3 s s"], strength: float = 1.0) -> Float[Tensor, "b 3 r r"]:
        """Enlarge pictures in [-1, 1], which may leave that range a little, or parts of them.

        Of what the convolutions add `strength` is a share in [0, 1].
        """
        added: Tensor = self.layers(small)
        return enlarged(small, self.times * small.shape[-1]) + strength * added


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.LeakyReLU(LEAK, inplace=True),
            nn.Conv2d(width, width, 3, padding=1),
        )  # fmt: skip

    def forward(self, maps: Float[Tensor, "b c s s"]) -> Float[Tensor, "b c s s"]:
        added: Tensor = self.layers(maps)
        return maps + added


class Patches(nn.Sequential):
    """A logit for each patch of some forty pixels (Isola et al. 2017); all layers but the last have spectral norm."""

    def __init__(self) -> None:
        layers: list[nn.Module] = []
        for before, after in pairwise((3, *PATCH_WIDTHS)):
            halving = spectral_norm(nn.Conv2d(before, after, 4, stride=2, padding=1))
            layers += [halving, nn.LeakyReLU(LEAK, inplace=True)]
        super().__init__(*layers, nn.Conv2d(PATCH_WIDTHS[-1], 1, 3, padding=1))
