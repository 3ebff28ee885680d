"""Colours as RGB triples on the scale 0 to 255, and the few sums painters do with them."""

from collections.abc import Sequence
from random import Random

Colour = tuple[float, float, float]

WHITE: Colour = (255.0, 255.0, 255.0)
BLACK: Colour = (0.0, 0.0, 0.0)


def hex_colour(code: str) -> Colour:
    """Read six hexadecimal digits, as in `c86b4a`."""
    return float(int(code[0:2], 16)), float(int(code[2:4], 16)), float(int(code[4:6], 16))


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Blend from `first` (share 0) to `second` (share 1)."""
    return (
        first[0] + (second[0] - first[0]) * share,
        first[1] + (second[1] - first[1]) * share,
        first[2] + (second[2] - first[2]) * share,
    )


def lighter(colour: Colour, share: float) -> Colour:
    return mix(colour, WHITE, share)


def darker(colour: Colour, share: float) -> Colour:
    return mix(colour, BLACK, share)


def jittered(rng: Random, colour: Colour, spread: float) -> Colour:
    """Shift each channel by up to `spread` steps, and all three together by as much again."""
    together = rng.uniform(-spread, spread)
    red, green, blue = (min(255.0, max(0.0, channel + together + rng.uniform(-spread, spread))) for channel in colour)
    return red, green, blue


def pick(rng: Random, codes: Sequence[str], spread: float = 7.0) -> Colour:
    """Choose one of the hexadecimal `codes` and jitter it."""
    return jittered(rng, hex_colour(rng.choice(codes)), spread)
