"""The best square of a map of what matters: every offset is scored, and not more is believed than the map shows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.mass import Floats, Mass
from curation.saliency import Map

Edges = tuple[float, float, float, float]
"""Left, top, right, bottom."""

OFF_CENTRE, CUT, MOVED = 1.0, 0.5, 0.03
"""Penalties: for mass that lies off the square's centre, for mass at its edge, for leaving the picture's centre."""
EDGE = 0.03
"""Half width of what counts as the square's edge, as a share of its side."""
VAGUE, CLEAR = 0.15, 0.05
"""The share of salient places, less a fifth of the best square's score: from the first on a picture is vague, up to the
second it is clear."""
PULL = 0.35
"""So much of the way to the mass's centre the square goes in a vague picture: who takes one has the subject in the
middle already, and most of what else is there is trees and neighbours."""
EVERYWHERE = 0.55, 0.7
"""Where more than the first of all places are salient, and wholly from the second on, nothing stands out: the square
goes to the centre, and nothing is lost by it."""
FAINT = 0.08
"""A subject ends where a line across the picture has less than this share of the mass of the heaviest one."""
APART = 0.05
"""What is further from it than this share of the side is another thing."""
WORTH_MOVING = 0.02
"""What would be moved by less than this share of the side stays at the centre."""
SHORTEST = 6 / 7
"""Freeing a picture of text costs less than a seventh of the side, or isn't done."""
SHORTENED = 1.0
"""What a shorter side costs beside the distance from where the square would be, both as shares of the full side."""
FREEDOM = 0.3
"""Where leaving text out would cost more than this, the text stays."""
RIVAL = 0.25
"""Another square competes from this distance on, as a share of the side."""
DIP, AHEAD = 0.1, 0.25
"""So much must the score dip before the other square, and so far ahead of it is one out of reach."""
OFF = 0.1, 0.27
"""Sides between a vague picture's middle and its mass: from the first on it is doubtful, from the second on wholly."""
SPLIT = -0.06, 0.08
"""The same for the share of the mass that the square loses beyond what it would if all were spread evenly."""
TEXT_STAYS, TEXT_LEFT_OUT = 0.1, 0.8
"""Confidence in a square with text in it, and the most in one that text has moved."""
STEP = 1 / 128
"""Squares are tried at steps of this share of the side."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A square in a map, in its places, and how sure it is."""

    left: float
    top: float
    side: float
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class _Squares:
    left: Floats
    top: Floats
    side: Floats


def choose(salient: Map, text: Sequence[Edges] = ()) -> Choice:
    """Choose the square of a map of what matters, H × W; `text` and the square are in places of the map.

    Every offset is scored: the share of the salient mass inside, less what lies off the square's centre, is cut by its
    edge, or moves the square from the picture's centre for little.
    """
    mass = Mass(salient)
    full = float(min(mass.width, mass.height))
    if mass.total <= 0:
        return Choice((mass.width - full) / 2, (mass.height - full) / 2, full, 1.0, "nothing stands out: the centre")
    squares = _every_offset(mass, full)
    scores = _scores(mass, squares)
    best, clarity = _trusted(mass, squares, scores)
    confidence, reason = _sureness(mass, squares, scores, best, clarity)
    if not _overlaps(squares, text)[best]:
        return _choice(squares, best, confidence, reason)
    sides = np.arange(full, full * SHORTEST, -full * STEP)
    tried = _joined([_every_offset(mass, float(side)) for side in sides])
    without = np.where(
        _overlaps(tried, text), np.inf, _regret(tried, squares, best) + SHORTENED * (1 - tried.side / full)
    )
    free = int(without.argmin())
    if without[free] > FREEDOM:
        return _choice(squares, best, TEXT_STAYS, "there is text that no square leaves out")
    shorter = 100 * (1 - tried.side[free] / full)
    how = f"{shorter:.0f} % smaller to leave text out" if shorter >= 0.5 else "moved to leave text out"
    return _choice(tried, free, min(confidence, TEXT_LEFT_OUT), how)


def _trusted(mass: Mass, squares: _Squares, scores: Floats) -> tuple[int, float]:
    """Where to lay the square, as an index, and how clear the picture is, 0 to 1.

    In a clear picture one thing stands out of a calm rest, and the square goes where the score says. In a vague one
    much stands out everywhere, and the best square is often that with most foliage: it stays near the centre.
    """
    best, middle, side = int(scores.argmax()), len(scores) // 2, float(squares.side[0])
    places = squares.left if mass.width >= mass.height else squares.top
    clarity = 1 - _ramp(mass.busy - scores[best] / 5, CLEAR, VAGUE)
    there = _around_subject(mass.along(), float(places[best]), side) - places[middle]
    shift = clarity * there + (1 - clarity) * PULL * _uneven(mass) * mass.off_centre()
    if abs(shift) < WORTH_MOVING * side:
        return middle, clarity
    return int(np.abs(places - places[middle] - shift).argmin()), clarity


def _around_subject(lines: Floats, offset: float, side: float) -> float:
    """Move a square, by its offset along the lines of mass, so that the subject's two ends are as far from its edges.

    The subject is the run of lines with some mass around the middle of the square's own; one that doesn't fit, or none,
    leaves the square where it is.
    """
    places = np.arange(len(lines)) + 0.5
    inside = lines * ((places > offset) & (places < offset + side))
    some = places[lines > FAINT * lines.max()]
    if not inside.any():
        return offset
    middle = float((inside * places).sum() / inside.sum())
    runs = np.split(some, np.flatnonzero(np.diff(some) > APART * side + 1) + 1)
    run = min(runs, key=lambda run: float(np.abs(run - middle).min()))
    if run[-1] - run[0] + 1 > side:
        return offset
    return float(np.clip((run[0] + run[-1] - side) / 2, 0, len(lines) - side))


def _every_offset(mass: Mass, side: float) -> _Squares:
    """All squares of a side, the central one in the middle."""
    left, top = _offsets(mass.width - side, side), _offsets(mass.height - side, side)
    across, down = np.meshgrid(left, top)
    return _Squares(across.ravel(), down.ravel(), np.full(across.size, side))


def _offsets(room: float, side: float) -> Floats:
    """From 0 to `room`, an odd number of them."""
    return np.linspace(0, room, 2 * round(room / (2 * STEP * side)) + 1) if room > 0.5 else np.array([room / 2])


def _joined(squares: Sequence[_Squares]) -> _Squares:
    left, top, side = (np.concatenate([getattr(s, name) for s in squares]) for name in ("left", "top", "side"))
    return _Squares(left, top, side)


def _scores(mass: Mass, squares: _Squares) -> Floats:
    left, top, side = squares.left, squares.top, squares.side
    inside, across, down = mass.within(left, top, left + side, top + side)
    off = np.hypot(across - inside * (left + side / 2), down - inside * (top + side / 2)) / (side / 2)
    room = np.hypot(mass.width - side, mass.height - side) / 2
    moved = np.hypot(left + side / 2 - mass.width / 2, top + side / 2 - mass.height / 2) / np.maximum(room, 1)
    return np.asarray(inside - OFF_CENTRE * off - CUT * _cut(mass, squares) - MOVED * moved)


def _cut(mass: Mass, squares: _Squares) -> Floats:
    """How dense the mass along the square's four edges is, in all, 1 being the mean; the picture's own edge is none."""
    left, top, right, bottom = squares.left, squares.top, squares.left + squares.side, squares.top + squares.side
    deep = EDGE * squares.side
    mean = 2 * deep * squares.side / (mass.width * mass.height)
    strips = (
        (left > 0.5, (left - deep, top, left + deep, bottom)),
        (right < mass.width - 0.5, (right - deep, top, right + deep, bottom)),
        (top > 0.5, (left, top - deep, right, top + deep)),
        (bottom < mass.height - 0.5, (left, bottom - deep, right, bottom + deep)),
    )
    return np.asarray(sum((np.where(cuts, mass.within(*strip)[0], 0) / mean for cuts, strip in strips), 0.0))


def _sureness(mass: Mass, squares: _Squares, scores: Floats, best: int, clarity: float) -> tuple[float, str]:
    """How likely a person is to leave the square where it is, and why it is there.

    Three things make it doubtful: another square as good, far away, beyond a dip of the score; a vague picture whose
    mass lies well off the middle; and mass at both ends that no square holds together.
    """
    if len(scores) == 1:
        return 1.0, "the picture is nearly square"
    distance = np.hypot(squares.left - squares.left[best], squares.top - squares.top[best]) / squares.side
    valley = np.concatenate(
        [np.minimum.accumulate(scores[: best + 1][::-1])[::-1], np.minimum.accumulate(scores[best:])[1:]]
    )
    equal = np.clip(1 - (scores[best] - scores) / AHEAD, 0, 1) * np.clip((scores - valley) / DIP, 0, 1)
    left, top, side = squares.left[[best]], squares.top[[best]], squares.side[[best]]
    lost = 1 - float(mass.within(left, top, left + side, top + side)[0][0])
    evenly = 1 - float(side[0]) / max(mass.width, mass.height)
    off = abs(mass.off_centre()) / float(side[0])
    doubts = {
        "another place is as good": clarity * float((equal * (distance >= RIVAL)).max()),
        "what stands out lies to one side": _ramp(off * (1 - clarity), *OFF),
        "much is left out": _ramp(lost - evenly, *SPLIT),
    }
    reason = "at the centre" if best == len(scores) // 2 else "moved to the subject"
    worst = max(doubts, key=lambda name: doubts[name])
    if doubts[worst] * _uneven(mass) > 0.5:
        reason += f", but {worst}"
    return 1 - _uneven(mass) * (1 - float(np.prod([1 - doubt for doubt in doubts.values()]))), reason


def _uneven(mass: Mass) -> float:
    """Whether anything stands out at all, 0 to 1."""
    return 1 - _ramp(mass.busy, *EVERYWHERE)


def _ramp(value: float, start: float, end: float) -> float:
    """0 up to `start`, 1 from `end` on."""
    return float(np.clip((value - start) / (end - start), 0, 1))


def _regret(tried: _Squares, squares: _Squares, best: int) -> Floats:
    """How far the middle of each square is from that of the best one, in sides."""
    side = squares.side[best]
    across = tried.left + tried.side / 2 - squares.left[best] - side / 2
    return np.asarray(np.hypot(across, tried.top + tried.side / 2 - squares.top[best] - side / 2) / side)


def _overlaps(squares: _Squares, text: Sequence[Edges]) -> NDArray[np.bool_]:
    """Whether each square shows some of the text."""
    right, bottom = squares.left + squares.side, squares.top + squares.side
    shown = np.zeros(len(right), bool)
    for box in text:
        shown |= (squares.left < box[2]) & (right > box[0]) & (squares.top < box[3]) & (bottom > box[1])
    return shown


def _choice(squares: _Squares, index: int, confidence: float, reason: str) -> Choice:
    left, top, side = (float(edges[index]) for edges in (squares.left, squares.top, squares.side))
    return Choice(left, top, side, confidence, reason)
