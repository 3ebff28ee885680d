"""Tours: where every tile of a film is at each frame, and the legs by which its steps are measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from housegan.explore import paths
from housegan.explore.timing import Pace, Timetable, by_length, steady
from housegan.explore.transitions import STEPS
from housegan.explore.walks import FPS, chosen_legs, finely, loop_of, orbit_of, points_of
from housegan.networks import Generator


@dataclass(frozen=True, slots=True)
class Leg:
    """Latents from one place to the next, at equal distances."""

    latents: Float[Tensor, "n z"]
    name: str
    """Such as `between seeds 5 and 9`."""


@dataclass(frozen=True, slots=True)
class Tour:
    """Closed ways, one a tile."""

    latents: Float[Tensor, "n t z"]
    legs: list[Leg]
    """Those that are measured."""


def loops(
    generator: Generator, tiles: Sequence[Sequence[int]], timetable: Timetable, pace: Pace, *, truncation: float
) -> Tour:
    """Lead each tile through seeds of its own, again and again as long as the timetable has points."""
    frames = round(timetable.seconds * FPS)
    points = [points_of(generator, seeds, truncation=truncation) for seeds in tiles]
    ways = [loop_of(each, timetable, pace, frames=frames) for each in points]
    every = [(tile, leg) for tile, seeds in enumerate(tiles) for leg in range(len(seeds))]
    legs = []
    for tile, leg in (every[number] for number in chosen_legs(len(every))):
        after = (leg + 1) % len(tiles[tile])
        name = f"between seeds {tiles[tile][leg]} and {tiles[tile][after]}"
        legs.append(Leg(finely(points[tile][leg], points[tile][after]), name))
    return Tour(torch.stack(ways, 1), legs)


def even_loops(generator: Generator, tiles: Sequence[Sequence[int]], *, seconds: float, truncation: float) -> Tour:
    """Lead each tile through seeds of its own at one speed, whatever the distance from seed to seed."""
    parts = []
    for seeds in tiles:
        points = points_of(generator, seeds, truncation=truncation)
        timetable = by_length(paths.angles(points, points.roll(-1, 0)).tolist(), seconds)
        parts.append(loops(generator, [seeds], timetable, steady, truncation=truncation))
    legs = [leg for part in parts for leg in part.legs]
    return Tour(torch.cat([part.latents for part in parts], 1), [legs[number] for number in chosen_legs(len(legs))])


def orbits(generator: Generator, seeds: Sequence[int], *, radius_deg: float, seconds: float, truncation: float) -> Tour:
    """Lead each tile once round a seed of its own."""

    def way(seed: int, frames: int) -> Tensor:
        return orbit_of(generator, seed, truncation=truncation, radius_deg=radius_deg, frames=frames)

    ways = [way(seed, round(seconds * FPS)) for seed in seeds]
    legs = [Leg(way(seeds[number], STEPS + 1), f"around seed {seeds[number]}") for number in chosen_legs(len(seeds))]
    return Tour(torch.stack(ways, 1), legs)


def series(
    generator: Generator, seeds: Sequence[int], between: paths.Between, *, truncation: float
) -> list[Leg]:  # fmt: skip
    """Give the legs from each seed to the next."""
    points = points_of(generator, seeds, truncation=truncation)
    ends = zip(seeds, points, seeds[1:], points[1:], strict=False)
    return [Leg(finely(start, end, between), f"between seeds {a} and {b}") for a, start, b, end in ends]
