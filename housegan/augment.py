"""DiffAugment (Zhao et al. 2020): the same random changes for real and generated pictures, open to gradients.

Each function takes pictures in [-1, 1] and its own uniform draws in [0, 1), one row a picture. Nothing is clamped.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import pad

Pictures = Float[Tensor, "b 3 h w"]
Uniform = Float[Tensor, " b"]

SHIFT = 1 / 8
"""Largest translation, as a share of the side."""
CUT = 1 / 2
"""Side of the cut-out box, as a share of the side."""


def brightness(pictures: Pictures, u: Uniform) -> Pictures:
    """Add between -0.5 and 0.5."""
    return pictures + (u - 0.5)[:, None, None, None]


def saturation(pictures: Pictures, u: Uniform) -> Pictures:
    """Scale the distance from each pixel's grey by 0 to 2."""
    grey = pictures.mean(dim=1, keepdim=True)
    return torch.lerp(grey.expand_as(pictures), pictures, (2 * u)[:, None, None, None])


def contrast(pictures: Pictures, u: Uniform) -> Pictures:
    """Scale the distance from each picture's mean by 0.5 to 1.5."""
    mean = pictures.mean(dim=(1, 2, 3), keepdim=True)
    return torch.lerp(mean.expand_as(pictures), pictures, (u + 0.5)[:, None, None, None])


def translation(pictures: Pictures, u_y: Uniform, u_x: Uniform) -> Pictures:
    """Move by whole pixels, at most an eighth of the side each way; what comes in is 0, mid grey."""
    height, width = pictures.shape[2:]
    most_y, most_x = int(height * SHIFT + 0.5), int(width * SHIFT + 0.5)
    tops = (u_y * (2 * most_y + 1)).long().tolist()
    lefts = (u_x * (2 * most_x + 1)).long().tolist()
    padded = pad(pictures, (most_x, most_x, most_y, most_y))
    moved = [
        picture[:, top : top + height, left : left + width]
        for picture, top, left in zip(padded, tops, lefts, strict=True)
    ]
    return torch.stack(moved)


def cutout(pictures: Pictures, u_y: Uniform, u_x: Uniform, cut: float = CUT) -> Pictures:
    """Set a box to 0; its centre is anywhere in the picture, so that part of it may lie outside."""
    height, width = pictures.shape[2:]
    rows, columns = _inside(u_y, height, cut), _inside(u_x, width, cut)
    return pictures.masked_fill(rows[:, None, :, None] & columns[:, None, None, :], 0)


def _inside(u: Uniform, side: int, cut: float) -> Bool[Tensor, "b side"]:
    length = int(side * cut + 0.5)
    start = (u * (side + 1 - length % 2)).long() - length // 2
    along = torch.arange(side, device=u.device)
    return (along >= start[:, None]) & (along < start[:, None] + length)


class _Change(NamedTuple):
    function: Callable[..., Pictures]
    draws: int


POLICIES = {
    "color": (_Change(brightness, 1), _Change(saturation, 1), _Change(contrast, 1)),
    "translation": (_Change(translation, 2),),
    "cutout": (_Change(cutout, 2),),
}


def draws(policy: Sequence[str]) -> int:
    """How many uniform draws a picture needs under `policy`."""
    return sum(change.draws for word in policy for change in POLICIES[word])


def augment(
    pictures: Pictures, policy: Sequence[str], uniforms: Float[Tensor, "b draws"], *, strength: float = 1.0
) -> Pictures:
    """Apply the words of `policy` in order; `uniforms` has `draws(policy)` columns.

    Changes go as far as `strength`, in [0, 1], says: draws are moved towards the middle, where nothing changes, and the
    cut-out box is smaller.
    """
    if strength == 0:
        return pictures
    columns = iter(uniforms.unbind(dim=1))
    for word in policy:
        for change in POLICIES[word]:
            drawn = [next(columns) for _ in range(change.draws)]
            if word == "cutout":
                pictures = cutout(pictures, drawn[0], drawn[1], CUT * strength)
                continue
            if strength < 1:
                drawn = [0.5 + (u - 0.5) * strength for u in drawn]
            pictures = change.function(pictures, *drawn)
    return pictures
