"""Pictures from seeds, each of which can be drawn anew from what its file says."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from housegan.dataset import as_bytes
from housegan.errors import HouseganError
from housegan.networks import Generator
from housegan.randomness import generator_for
from housegan.run.folder import Run, all_runs
from housegan.run.snapshots import Snapshot, snapshots

KEY = "housegan"
"""The PNG text under which a picture's origin stands."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a picture comes from: enough to draw it anew."""

    run: str
    snapshot: int
    """Images shown when the generator was kept."""
    seeds: tuple[int, ...]

    def facts(self) -> dict[str, str]:
        """The PNG text that says so."""
        return {KEY: json.dumps(asdict(self)), "Software": "housegan"}


@torch.no_grad()
def drawn(generator: Generator, seeds: Sequence[int]) -> Iterator[NDArray[np.uint8]]:
    """Draw one picture a seed, s × s × 3: one at a time, so that each is the same in whatever company."""
    for seed in seeds:
        z = torch.randn(1, generator.config.z, generator=generator_for(seed, "latent"))
        yield as_bytes(generator(z))[0]


def origin_of(path: Path) -> Origin:
    """Read where a picture comes from; the file may be a stranger's."""
    try:
        with Image.open(path, formats=("PNG",)) as file:
            text = str(file.info.get(KEY, ""))
    except FileNotFoundError:
        raise HouseganError(f"There is no {path}: give a PNG that `housegan sample` made.") from None
    except (OSError, ValueError, SyntaxError):
        raise HouseganError(f"{path} is no PNG: give one that `housegan sample` made.") from None
    try:
        values = json.loads(text)
        return Origin(
            str(values["run"]), int(values["snapshot"]), tuple(int(seed) for seed in values["seeds"])[:10_000]
        )
    except (ValueError, KeyError, TypeError):
        raise HouseganError(
            f"{path} doesn't say where it comes from: give a PNG that `housegan sample` made."
        ) from None


def snapshot_of(origin: Origin) -> tuple[Run, Snapshot]:
    """Find the very generator that a picture was drawn with."""
    run = next((run for run in all_runs() if run.name == origin.run), None)
    if run is None:
        raise HouseganError(f"The run {origin.run!r} is not here: work in the folder that holds its runs/.")
    for snapshot in snapshots(run):
        if snapshot.images == origin.snapshot:
            return run, snapshot
    raise HouseganError(
        f"{run.path} no longer keeps the generator at {origin.snapshot:,} images: it was let go for room."
    )
