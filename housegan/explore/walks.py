"""Walks through latent space: the latents of every frame and tile, their pictures, and how evenly these change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from housegan.dataset import as_bytes
from housegan.errors import HouseganError
from housegan.explore import paths
from housegan.explore.canvas import Canvas
from housegan.explore.picking import Features
from housegan.explore.samples import latent
from housegan.explore.timing import Pace, Timetable
from housegan.explore.transitions import STEPS
from housegan.features import described
from housegan.networks import Generator
from housegan.progress import Progress
from housegan.randomness import generator_for

FPS = 30
BATCH = 16
"""Pictures that are drawn at a time; always the same, since rounding may depend on it."""
MOST_LEGS = 8
"""So many legs are measured, evenly chosen: enough to see a jump, and it takes seconds."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A film to be: where each tile is at each frame."""

    generator: Generator
    latents: Float[Tensor, "n t z"]
    canvas: Canvas

    def frames(self) -> Iterator[NDArray[np.uint8]]:
        """Draw the film's frames, height × width × 3, the same whenever it is asked."""
        count, tiles, _ = self.latents.shape
        pictures = drawn_along(self.generator, self.latents.flatten(0, 1))
        for _ in range(count):
            yield self.canvas.laid(np.stack([next(pictures) for _ in range(tiles)]))


@torch.no_grad()
def drawn_along(generator: Generator, latents: Float[Tensor, "n z"]) -> Iterator[NDArray[np.uint8]]:
    """Draw one picture a latent, s × s × 3."""
    for batch in latents.split(BATCH):
        yield from as_bytes(generator(batch))


def points_of(generator: Generator, seeds: Sequence[int], *, truncation: float) -> Float[Tensor, "k z"]:
    """Give the latents that `housegan sample` draws these seeds from."""
    return torch.cat([latent(generator, seed, truncation=truncation) for seed in seeds])


def dealt(seeds: Sequence[int], tiles: int) -> list[tuple[int, ...]]:
    """Deal seeds out to tiles, the first ones to the first; raises HouseganError where they don't come out even."""
    each, left = divmod(len(seeds), tiles)
    if left or each < 2:
        raise HouseganError(
            f"{len(seeds)} seeds can't be dealt to {tiles} tiles: each walks between as many, and two at least."
        )
    return [tuple(seeds[tile * each : (tile + 1) * each]) for tile in range(tiles)]


def loop_of(points: Float[Tensor, "k z"], timetable: Timetable, pace: Pace, *, frames: int) -> Float[Tensor, "n z"]:
    """Walk great circles from point to point and back to the first, a latent for each frame."""
    visited = points[torch.arange(len(timetable.at_s)) % len(points)]
    where = torch.from_numpy(timetable.where(np.arange(frames) / FPS, pace))
    return paths.along(visited, where).to(points.dtype)


def orbit_of(
    generator: Generator, seed: int, *, truncation: float, radius_deg: float, frames: int
) -> Float[Tensor, "n z"]:  # fmt: skip
    """Go once round a seed's latent, in a plane that the seed decides."""
    centre = latent(generator, seed, truncation=truncation)[0]
    plane = torch.randn(2, len(centre), generator=generator_for(seed, "orbit"))
    turns = torch.arange(frames, dtype=torch.float32) / frames
    return paths.orbit(centre, plane, turns, radius_rad=float(np.deg2rad(radius_deg)))


def described_along(generator: Generator, latents: Float[Tensor, "n z"], *, bar: Progress) -> Features:
    """Describe the pictures along a way: n × dimensions."""
    return described(bar.counted(drawn_along(generator, latents)))


def chosen_legs(count: int) -> list[int]:
    """Choose which of so many legs are measured."""
    return sorted(set(np.linspace(0, count - 1, min(count, MOST_LEGS)).round().astype(int).tolist()))


def finely(
    start: Float[Tensor, " z"], end: Float[Tensor, " z"], between: paths.Between = paths.slerp
) -> Float[Tensor, "n z"]:  # fmt: skip
    """Give the latents that a leg is measured at."""
    return paths.rows(torch.stack([start, end]), STEPS, between)[0]
