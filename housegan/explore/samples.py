"""Pictures from seeds, each of which can be drawn anew from what its file says."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from PIL import PngImagePlugin
from torch import Tensor

from housegan.dataset import as_bytes
from housegan.errors import HouseganError
from housegan.networks import Generator
from housegan.places import checked_name
from housegan.randomness import generator_for
from housegan.run.chosen import Chosen, weights_file
from housegan.run.folder import all_runs
from housegan.run.snapshots import Snapshot, snapshots

KEY = "housegan"
"""The PNG text under which a picture's origin stands."""
MOST = 10_000
"""Pictures of one command or one sheet."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a picture comes from: enough to draw it anew."""

    run: str
    """The run's name, or that of a file of weights."""
    snapshot: int
    """Images shown when the generator was kept."""
    seeds: tuple[int, ...]
    truncation: float = 1.0
    """See `latent`."""
    columns: int | None = None
    """Of a sheet; None for a single picture, and in sheets of former versions, which are about square."""
    picked: str = ""
    """How these were picked from more; empty where they were not."""
    weights: str = ""
    """First 16 hexadecimal digits of the weights' sha256 where they are no run's."""

    def facts(self) -> dict[str, str]:
        """The PNG text that says so; what is as usual is left out."""
        usual = {field.name: field.default for field in fields(self)}
        values = {name: value for name, value in asdict(self).items() if value != usual[name]}
        return {KEY: json.dumps(values), "Software": "housegan"}


def origin(
    chosen: Chosen, seeds: Sequence[int], *, truncation: float = 1.0, columns: int | None = None, picked: str = ""
) -> Origin:  # fmt: skip
    """Say where pictures of this generator come from."""
    weights = "" if chosen.run else digest(chosen.snapshot.path)
    return Origin(
        chosen.name, chosen.moment.images, tuple(seeds), truncation, columns, picked, weights
    )  # fmt: skip


def latent(generator: Generator, seed: int, *, truncation: float = 1.0) -> Float[Tensor, "1 z"]:
    """Draw a seed's z, a standard normal sample times `truncation`, 0 to 1.

    Nearer to the mean a picture is more usual, farther from it they differ more: Marchesi (2017) drew z from a narrower
    normal distribution, Brock et al. (2018, section 3.1) drew values beyond a threshold again. In hundreds of
    dimensions both come to a shorter z in a direction of chance; by a factor a seed stays the same picture, and moves
    steadily as the factor does.
    """
    z = torch.randn(1, generator.config.z, generator=generator_for(seed, "latent"))
    return z if truncation == 1 else z * truncation


@torch.no_grad()
def drawn(generator: Generator, seeds: Sequence[int], *, truncation: float = 1.0) -> Iterator[NDArray[np.uint8]]:
    """Draw one picture a seed, s × s × 3: one at a time, so that each is the same in whatever company."""
    for seed in seeds:
        yield as_bytes(generator(latent(generator, seed, truncation=truncation)))[0]


def origin_of(path: Path) -> Origin:
    """Read where a picture comes from; the file may be a stranger's."""
    try:
        with PngImagePlugin.PngImageFile(path) as file:  # reads the header alone: a sheet may have any size
            text = str(file.info.get(KEY, ""))
    except FileNotFoundError:
        raise HouseganError(f"There is no {path}: give a PNG that `housegan sample` made.") from None
    except (OSError, ValueError, SyntaxError):
        raise HouseganError(f"{path} is no PNG: give one that `housegan sample` made.") from None
    try:
        return _origin_from(json.loads(text))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise HouseganError(
            f"{path} doesn't say where it comes from: give a PNG that `housegan sample` made."
        ) from None


def snapshot_of(origin: Origin) -> Snapshot:
    """Find the very generator that a picture was drawn with."""
    if origin.weights:
        return _weights_of(origin)
    run = next((run for run in all_runs() if run.name == origin.run), None)
    if run is None:
        raise HouseganError(f"The run {origin.run!r} is not here: work in the folder that holds its runs/.")
    for snapshot in snapshots(run):
        if snapshot.images == origin.snapshot:
            return snapshot
    raise HouseganError(
        f"{run.path} no longer keeps the generator at {origin.snapshot:,} images: it was let go for room."
    )


def digest(path: Path) -> str:
    """First 16 hexadecimal digits of a file's sha256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _weights_of(origin: Origin) -> Snapshot:
    name = f"{checked_name(origin.run, what='file of weights')}.safetensors"
    for path in (Path(name), Path("weights") / name, weights_file(origin.run)):
        if path and path.is_file() and digest(path) == origin.weights:
            return Snapshot(path)
    raise HouseganError(f"The weights it was drawn with are not here: put the same {name} into this folder.")


def _origin_from(values: dict[str, Any]) -> Origin:
    """Take what a stranger's file says, or raise ValueError, KeyError or TypeError."""
    seeds = tuple(int(seed) for seed in values["seeds"])[:MOST]
    truncation, columns = float(values.get("truncation", 1)), values.get("columns")
    columns = None if columns is None else int(columns)
    if not seeds or min(seeds) < 0 or not 0 < truncation <= 1 or not (columns is None or 1 <= columns <= MOST):
        raise ValueError("values out of range")
    return Origin(
        str(values["run"]), int(values["snapshot"]), seeds, truncation, columns,
        str(values.get("picked", ""))[:120], str(values.get("weights", "")),
    )  # fmt: skip
