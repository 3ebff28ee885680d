"""What a picture shows, as numbers: the last feature map of a network trained on ImageNet, averaged over space.

EfficientNet-Lite0 is always there, since its weights come with `pip`; any model of timm is there by name for those who
have it. torch is imported where pictures are described, not before: processes that decode do without.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from housegan.errors import HouseganError

if TYPE_CHECKING:
    from torch import Tensor

SIDE_PX = 224
DIMENSIONS = 1280
LITE0 = "efficientnet-lite0"
VERSION = f"{LITE0} 1"
"""Changes when the same picture would get other numbers."""

MULTIPLY_ADDS = 400_000_000
"""What EfficientNet-Lite0 computes for one picture (Google 2020)."""
BATCH = 8
"""Pictures at a time: what lies between two layers then stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Network:
    """A network that describes pictures; `version` names it and the way it is asked."""

    version: str
    dimensions: int
    features: "Callable[[Tensor], Tensor]"
    """From float N×3×224×224 in [0, 255] to N×`dimensions`, on its device."""
    device: str = "cpu"

    def describe(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Describe pictures of uint8 N×224×224×3 by float32 N×`dimensions`."""
        import torch

        described = np.empty((len(pictures), self.dimensions), np.float32)
        with torch.inference_mode():
            for start in range(0, len(pictures), BATCH):
                batch = torch.from_numpy(np.ascontiguousarray(pictures[start : start + BATCH])).permute(0, 3, 1, 2)
                described[start : start + BATCH] = self.features(batch.to(self.device).float()).cpu().numpy()
        return described


def prepared(image: Image.Image) -> NDArray[np.uint8]:
    """Squeeze a whole RGB picture into the square that networks are shown: uint8 224×224×3."""
    return np.asarray(image.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC))


def describe(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describe pictures of uint8 N×224×224×3 by float32 N×1280, each number 0 to 6."""
    return network().describe(pictures)


def described(pictures: Iterable[NDArray[np.uint8]], *, by: Network | None = None) -> NDArray[np.float32]:
    """Describe pictures of any size, h × w × 3 each, squeezed into the square: N×`dimensions`, N×1280 by default."""
    by, coming, batches = by or network(), iter(pictures), []
    while batch := [prepared(Image.fromarray(picture)) for picture in islice(coming, BATCH)]:
        batches.append(by.describe(np.stack(batch)))
    return np.concatenate(batches) if batches else np.empty((0, by.dimensions), np.float32)


@cache
def network(name: str = LITE0, device: str = "cpu") -> Network:
    """Load EfficientNet-Lite0, or the model that timm knows by this name, onto a device.

    Raises HouseganError where its package or its weights can't be had.
    """
    if name != LITE0:
        return _timm(name, device)
    from housegan.lite0 import lite0

    return Network(VERSION, DIMENSIONS, lite0().to(device), device)


def _timm(name: str, device: str) -> Network:
    try:
        timm: Any = import_module("timm")
    except ModuleNotFoundError:
        raise HouseganError(f"{name!r} is a model of timm, which is not installed: `pip install timm`.") from None
    try:
        model: Any = timm.create_model(name, pretrained=True, num_classes=0).eval().to(device)
    except Exception as error:  # an unknown name, no network, no weights: timm and its hub raise a dozen kinds
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise HouseganError(
            f"timm has no weights for {name!r} ({reason}). Check the name and the network, or leave it at {LITE0}."
        ) from None
    import torch
    from torch.nn import functional

    wanted = timm.data.resolve_model_data_config(model)
    mean = torch.tensor(wanted["mean"], device=device).reshape(1, 3, 1, 1)
    spread = torch.tensor(wanted["std"], device=device).reshape(1, 3, 1, 1)
    size = wanted["input_size"][1:]

    def features(pixels: "Tensor") -> "Tensor":
        if pixels.shape[2:] != size:
            pixels = functional.interpolate(pixels, size, mode="bicubic", antialias=True)
        described: Tensor = model((pixels / 255 - mean) / spread)
        return described

    with torch.inference_mode():  # some models have layers behind the ones that they count
        dimensions = features(torch.zeros(1, 3, *size, device=device)).shape[1]
    return Network(f"timm {timm.__version__} {name}", dimensions, features, device)
