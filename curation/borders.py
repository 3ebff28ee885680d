"""The uniform border around a picture: page margins, letterboxes, frames.

A border is one colour from end to end, up to a straight, sharp inner edge. A clear sky or a night's black may be one
colour too, but it ends raggedly, where the first tree or roof begins, or fades into something else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Value = TypeVar("Value", bound=np.generic)
Border = tuple[int, int, int, int]

SAME = 14
"""A pixel has the border's colour when no channel is further from it than this: JPEG ripples by about as much."""
PLAIN_SHARE = 0.93
"""This share of a line of the border has its colour."""
MAX_RIPPLE = 8.0
"""And so far from it are the line's pixels on average, at most."""
LETTERED_SHARE = 0.6
"""In a margin with writing on it, the share of a line that has the colour."""
SOFT_PX = 5
"""The inner edge may be that wide, by resizing and by JPEG's ripples and coarse colours."""
EDGE_SHARE = 0.72
"""This share of the inner edge's length must leave the border's colour within SOFT_PX."""
MAX_LETTERED = 0.2
"""Writing takes at most this share of the side."""
LETTERED_EDGE_SHARE = 0.85
"""The same where there is writing on the margin."""
FRAMED_EDGE_SHARE = 0.5
"""The same where the opposite side has a border of the same colour, proven or equally deep."""
EVEN_PX = 2
"""Borders count as equally deep up to this difference."""
EVEN_EDGE_SHARE = 0.1
"""An equally deep one opposite a proven one needs hardly any proof: the bars of a dark film's still."""
THIN = 0.06
"""A border deeper than this share of the side, and without its like opposite, must be plainer than any sky or snow:"""
LONE_RIPPLE = 1.0
"""so far from its colour are the pixels that have it, on average, at most."""
MIN_INSIDE = 0.1
"""Where less than this share of a side is left, there is no picture for it to be a border of."""
NEVER = 2.0
"""More proof than there can be."""
ROUNDS = 6
"""So many frames within each other are found."""


@dataclass(frozen=True, slots=True)
class _Side:
    """The picture seen from one side: lines from outside inwards × places along them × 3."""

    view: Pixels
    colour: NDArray[np.int16]
    """Of the outermost line."""
    depth: int
    """How many lines are taken for border."""


def uniform_border(pixels: Pixels) -> Border:
    """Measure the border of a picture, uint8 H × W × 3, at its left, top, right and bottom, in px; 0 where none is.

    Any of the sides may have one, of whatever colour. A picture that is one colour all over has no border.
    """
    height, width = pixels.shape[:2]
    left = top = right = bottom = 0
    for _ in range(ROUNDS):
        found = _outermost(inside(pixels, (left, top, right, bottom)))
        if not any(found):
            break
        left, top, right, bottom = left + found[0], top + found[1], right + found[2], bottom + found[3]
        if width - left - right < MIN_INSIDE * width or height - top - bottom < MIN_INSIDE * height:
            return 0, 0, 0, 0
    return left, top, right, bottom


def inside(pixels: NDArray[Value], border: Border) -> NDArray[Value]:
    """What a border (left, top, right and bottom, in px of `pixels`) leaves of a picture of H × W or H × W × 3."""
    left, top, right, bottom = border
    return pixels[top : pixels.shape[0] - bottom, left : pixels.shape[1] - right]


def _outermost(pixels: Pixels) -> Border:
    """The first frame from outside: all sides are suspected, and the one with the least proof dropped till all have."""
    across = pixels.transpose(1, 0, 2)
    sides = [_plain(view) for view in (across, pixels, across[::-1], pixels[::-1])]
    if not any(side.depth for side in sides):
        return 0, 0, 0, 0
    sides = [_lettered(side, _edge(sides, index)) for index, side in enumerate(sides)]
    while True:
        wanting = [
            _proof(sides, index) - _enough(sides, index) if side.depth else 0 for index, side in enumerate(sides)
        ]
        if min(wanting) >= 0:
            break
        worst = wanting.index(min(wanting))
        sides[worst] = replace(sides[worst], depth=0)
    left, top, right, bottom = (_to_the_edge(side, _edge(sides, index)) for index, side in enumerate(sides))
    return left, top, right, bottom


def _plain(view: Pixels) -> _Side:
    """Count the lines that are plainly the colour of the outermost one."""
    outermost = np.sort(view[0], axis=0)
    colour = outermost[len(outermost) // 2].astype(np.int16)
    depth = 0
    while depth < len(view):
        away = np.abs(view[depth] - colour).max(axis=1)
        if (away <= SAME).mean() < PLAIN_SHARE or np.minimum(away, SAME).mean() > MAX_RIPPLE:
            break
        depth += 1
    return _Side(view, colour, depth if depth < len(view) else 0)


def _lettered(side: _Side, along: slice) -> _Side:
    """Go on over lines with writing, if they end at an edge that leaves no doubt."""
    if not side.depth or _edge_share(side, along) >= LETTERED_EDGE_SHARE:
        return side
    depth, deepest = side.depth, min(side.depth + round(MAX_LETTERED * len(side.view)), len(side.view))
    while depth < deepest and (_away(side, depth, along) <= SAME).mean() >= LETTERED_SHARE:
        depth += 1
    further = replace(side, depth=depth)
    return further if depth < deepest and _edge_share(further, along) >= LETTERED_EDGE_SHARE else side


def _proof(sides: Sequence[_Side], index: int) -> float:
    return _edge_share(sides[index], _edge(sides, index))


def _enough(sides: Sequence[_Side], index: int) -> float:
    """The proof that a side needs."""
    side, opposite = sides[index], sides[index - 2]
    if not opposite.depth or np.abs(side.colour - opposite.colour).max() > SAME:
        return EDGE_SHARE if side.depth <= THIN * len(side.view) or _ripple(side) <= LONE_RIPPLE else NEVER
    even = abs(side.depth - opposite.depth) <= EVEN_PX
    if _proof(sides, index - 2) >= EDGE_SHARE:
        return EVEN_EDGE_SHARE if even else FRAMED_EDGE_SHARE
    return FRAMED_EDGE_SHARE if even else EDGE_SHARE


def _edge(sides: Sequence[_Side], index: int) -> slice:
    """The part of a side's lines that lies between the borders of its neighbours."""
    upright = index % 2 == 0
    before, after = (sides[1], sides[3]) if upright else (sides[0], sides[2])
    return slice(before.depth, sides[index].view.shape[1] - after.depth)


def _edge_share(side: _Side, along: slice) -> float:
    """The share of the inner edge, 0 to 1, at which the picture leaves the border's colour at once, not by fading."""
    leaves = _leaves(side, along)
    return float(leaves.any(axis=0).mean()) if leaves.size else 0.0


def _to_the_edge(side: _Side, along: slice) -> int:
    """The depth with the lines up to where most of the edge is: they are spoilt by it."""
    if not side.depth:
        return 0
    left = np.logical_or.accumulate(_leaves(side, along), axis=0).mean(axis=1)
    return side.depth + int((left >= left[-1] / 2).argmax())


def _leaves(side: _Side, along: slice) -> NDArray[np.bool_]:
    """Where the lines inside have another colour than the border, and than what is just outside them."""
    inside = side.view[side.depth : side.depth + SOFT_PX, along]
    margin = side.view[max(side.depth - 2, 0), along].astype(np.int16)
    colour = np.abs(inside - side.colour).max(axis=2) > SAME
    return np.asarray(colour & (np.abs(inside - margin).max(axis=2) > SAME))


def _ripple(side: _Side) -> float:
    """How far the border's pixels are from its colour on average, but for writing and what the inner edge spoils."""
    away = np.abs(side.view[: max(side.depth - SOFT_PX, 1)] - side.colour).max(axis=2)
    return float(away[away <= SAME].mean())


def _away(side: _Side, line: int, along: slice) -> NDArray[np.int16]:
    return np.asarray(np.abs(side.view[line, along] - side.colour).max(axis=1))
