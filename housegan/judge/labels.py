"""What a classifier of ImageNet takes pictures for, so that one can ask: is it a house."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from housegan.distances import Features
from housegan.lite0 import classifier


class Label(NamedTuple):
    """One of ImageNet's thousand classes, and of how many of the pictures it is the likeliest, in [0, 1]."""

    name: str
    share: float


def labels(features: Features) -> list[Label]:
    """The likeliest classes of pictures, by EfficientNet-Lite0 features (N×1280), the commonest first."""
    from torchvision.models import EfficientNet_B0_Weights

    names: list[str] = EfficientNet_B0_Weights.IMAGENET1K_V1.meta["categories"]
    weight, bias = classifier()
    likeliest = (features @ weight.T + bias).argmax(axis=1)
    return [Label(names[place], count / len(features)) for place, count in Counter(likeliest.tolist()).most_common()]


def in_common(these: Sequence[Label], those: Sequence[Label]) -> float:
    """How far two kinds of pictures are taken for the same things: what their shares overlap, 0 to 1."""
    other = {label.name: label.share for label in those}
    return sum(min(label.share, other.get(label.name, 0.0)) for label in these)
