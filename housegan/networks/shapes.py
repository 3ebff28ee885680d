"""Sides, channels and costs of both networks, from the config alone."""

from itertools import pairwise

from housegan.config import ModelConfig
from housegan.networks.detail import RESIDUALS, detail_channels


def resolutions(size: int) -> list[int]:
    """Sides of the feature maps, 4, 8, …, size / 2, in px."""
    sides = [4]
    while sides[-1] * 4 <= size:
        sides.append(sides[-1] * 2)
    return sides


def channels(config: ModelConfig, base: int) -> list[int]:
    """Channels of the feature maps at each of `resolutions`: `base` at the largest, doubling towards 4 × 4."""
    counts = [base * config.whole // 2 // side for side in resolutions(config.whole)]
    return [min(count, config.max_channels or count) for count in counts]


def multiply_adds(config: ModelConfig, base: int, *, side: int | None = None) -> int:
    """Count the multiply-adds of one picture through either network with `base` channels at its largest map.

    With `side`, of the part of it that makes or takes pictures of that side in px. Small heads and gates don't count,
    nor does what enlarges pictures.
    """
    sides = resolutions(min(side or config.size, config.whole))
    widths = channels(config, base)[: len(sides)]
    maps = zip(sides, pairwise([*widths, 3]), strict=True)
    return 16 * sum(here**2 * narrower * wider for here, (narrower, wider) in maps)


def detail_multiply_adds(config: ModelConfig) -> int:
    """Count the multiply-adds of enlarging one picture; 0 where the DCGAN draws it at its full size."""
    if config.whole == config.size:
        return 0
    widths = detail_channels(config)
    small = 9 * widths[0] * (3 + 2 * RESIDUALS * widths[0]) * config.whole**2
    each = 36 if config.detail_upsampling == "pixelshuffle" else 16
    doubled: int = sum(each * before * after * 4**place for place, (before, after) in enumerate(pairwise(widths)))
    return small + doubled * config.whole**2 + 27 * widths[-1] * config.size**2


def weights(config: ModelConfig) -> int:
    """How many numbers a generator's convolutions have at least, counted without making them."""
    widths = [config.z, *channels(config, config.generator_channels), 3]
    return sum(9 * before * after for before, after in pairwise(widths))
