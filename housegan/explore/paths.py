"""Paths through latent space: great circles, rows, loops and orbits. Pure mathematics.

In hundreds of dimensions a Gaussian's samples lie close to one sphere. A straight line between two of them leads far
inside it, where the generator never saw a latent; a great circle stays (White 2016, section 2).
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

Between = Callable[[Tensor, Tensor, Tensor], Tensor]
"""`slerp` or `lerp`."""

ROUNDING = 1e-6
"""Angles that differ from 0 or π by less are nothing but rounding of single precision."""


def lerp(
    start: Float[Tensor, "n z"], end: Float[Tensor, "n z"], share: Float[Tensor, " n"]
) -> Float[Tensor, "n z"]:  # fmt: skip
    """Walk straight from each `start` (share 0) to its `end` (share 1)."""
    return start + share[:, None] * (end - start)


def slerp(
    start: Float[Tensor, "n z"], end: Float[Tensor, "n z"], share: Float[Tensor, " n"]
) -> Float[Tensor, "n z"]:  # fmt: skip
    """Walk the great circle from each `start` (share 0) to its `end` (share 1), as White (2016) does.

    Where there is no single great circle: a straight line between parallel vectors and where one is zero; between
    opposite ones a half circle by way of the axis that `start` is farthest from.
    """
    angle = angles(start, end)[:, None]
    share = share[:, None]
    sine = torch.where(angle.sin() < ROUNDING, 1, angle.sin())
    circle = ((1 - share) * angle).sin() / sine * start + (share * angle).sin() / sine * end
    straight = start + share * (end - start)
    path = torch.where(angle < ROUNDING, straight, circle)
    return torch.where(angle > math.pi - ROUNDING, _half_circle(start, end, share), path)


def angles(start: Float[Tensor, "n z"], end: Float[Tensor, "n z"]) -> Float[Tensor, " n"]:
    """Measure the angle between each pair, 0 to π, exactly near both ends; 0 where one is zero (Kahan 2006)."""
    first, second = _directions(start), _directions(end)
    angle: Tensor = 2 * torch.atan2((first - second).norm(dim=1), (first + second).norm(dim=1))
    known = (start.norm(dim=1) > 0) & (end.norm(dim=1) > 0)
    return torch.where(known, angle, 0)


def along(points: Float[Tensor, "k z"], where: Float[Tensor, " n"], between: Between = slerp) -> Float[Tensor, "n z"]:
    """Be at places of the closed loop through `points`: 0 at the first, 1.5 half way from the second to the third.

    `where` counts on beyond the last point, to the first one again.
    """
    leg = where.floor()
    place = leg.long()
    share = (where - leg).to(points.dtype)
    latents: Tensor = between(points[place % len(points)], points[(place + 1) % len(points)], share)
    return latents


def rows(points: Float[Tensor, "k z"], steps: int, between: Between = slerp) -> Float[Tensor, "k-1 {steps}+1 z"]:
    """Lead from each point to the next in so many equal steps, both ends among them."""
    legs, share = len(points) - 1, torch.linspace(0, 1, steps + 1, dtype=points.dtype)
    start, end = (ends.repeat_interleave(steps + 1, 0) for ends in (points[:-1], points[1:]))
    latents: Tensor = between(start, end, share.repeat(legs)).reshape(legs, steps + 1, -1)
    return latents


def orbit(
    centre: Float[Tensor, " z"], plane: Float[Tensor, "2 z"], turns: Float[Tensor, " n"], *, radius_rad: float
) -> Float[Tensor, "n z"]:  # fmt: skip
    """Go round `centre` at an angle of `radius_rad` from it, one turn from 0 to 1, on the sphere that it lies on.

    `plane` are two directions that the circle is laid through, made orthogonal to the centre and to each other; they
    must not lie on one line with it.
    """
    norm = centre.norm()
    outward = centre / norm
    first = _unit(plane[0] - (plane[0] @ outward) * outward)
    second = plane[1] - (plane[1] @ outward) * outward
    second = _unit(second - (second @ first) * first)
    round_it = 2 * math.pi * turns[:, None]
    circle = round_it.cos() * first + round_it.sin() * second
    way: Tensor = norm * (math.cos(radius_rad) * outward + math.sin(radius_rad) * circle)
    return way


def _half_circle(start: Tensor, end: Tensor, share: Tensor) -> Tensor:
    """Lead from each start to the opposite side; the norm goes over evenly."""
    direction = _directions(start)
    axis = torch.nn.functional.one_hot(start.abs().argmin(dim=1), start.shape[1]).to(start)
    aside = _directions(axis - (axis * direction).sum(1, keepdim=True) * direction)
    norm = start.norm(dim=1, keepdim=True).lerp(end.norm(dim=1, keepdim=True), share)
    path: Tensor = norm * ((math.pi * share).cos() * direction + (math.pi * share).sin() * aside)
    return path


def _directions(vectors: Tensor) -> Tensor:
    norm = vectors.norm(dim=1, keepdim=True)
    directions: Tensor = vectors / torch.where(norm > 0, norm, 1)
    return directions


def _unit(vector: Tensor) -> Tensor:
    direction: Tensor = vector / vector.norm()
    return direction
