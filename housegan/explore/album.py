"""What `sample` writes: sheets, single pictures and latents, in memory that doesn't grow with their number."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from housegan.explore.samples import Origin, drawn, latent
from housegan.files import being_written, write_whole
from housegan.networks import Generator
from housegan.progress import Progress
from housegan.run.chosen import Chosen
from housegan.sheets import png, square_columns, write_sheet

USUAL = {"tiles": 1, "shape": "square", "pace": "eased", "px": 1080, "truncation": 1, "steps": 8}
"""Of walks and rows: what their names leave out."""


def write_sheets(
    generator: Generator, origin: Origin, folder: Path, *, layout: tuple[int, int] | None, singles: bool, bar: Progress
) -> list[Path]:  # fmt: skip
    """Draw the origin's seeds onto sheets of so many columns and rows, or onto one that is about square.

    Where `singles` are wanted each picture is a file of its own, too. Returns the sheets.
    """
    columns, rows = layout or (square_columns(len(origin.seeds)), len(origin.seeds))
    parts = [origin.seeds[start : start + columns * rows] for start in range(0, len(origin.seeds), columns * rows)]
    digits = len(str(len(parts)))
    paths = [folder / (f"grid-{number:0{digits}d}.png" if len(parts) > 1 else "grid.png")
             for number in range(1, len(parts) + 1)]  # fmt: skip
    for path, seeds in zip(paths, parts, strict=True):
        part = replace(origin, seeds=seeds, columns=columns)
        write_again(path, generator, part, singles_in=folder if singles else None, bar=bar)
    return paths


def write_again(
    path: Path, generator: Generator, origin: Origin, *, bar: Progress, singles_in: Path | None = None
) -> None:
    """Draw the single picture or the sheet that an origin tells of: the same bytes each time."""
    one_by_one = bar.counted(drawn(generator, origin.seeds, truncation=origin.truncation))
    if singles_in:
        one_by_one = _each_written(one_by_one, origin, singles_in)
    if len(origin.seeds) == 1 and origin.columns is None:
        for picture in one_by_one:
            write_whole(path, png(picture, origin.facts()))
        return
    write_sheet(
        path, one_by_one, count=len(origin.seeds), columns=origin.columns or square_columns(len(origin.seeds)),
        facts=origin.facts(), heading=origin.picked,
    )  # fmt: skip


def single_path(folder: Path, seed: int) -> Path:
    """Where the single picture of a seed lies."""
    return folder / f"seed-{seed:05d}.png"


def write_latents(path: Path, generator: Generator, origin: Origin) -> None:
    """Write the z of every seed as JSON, a line each; the numbers are those of single precision, exactly."""
    facts = {"run": origin.run, "snapshot": origin.snapshot, "truncation": origin.truncation}
    with being_written(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(json.dumps(facts).removesuffix("}") + ', "latents": {\n')
        for place, seed in enumerate(origin.seeds):
            z = latent(generator, seed, truncation=origin.truncation)[0].numpy()
            numbers = ", ".join(map(str, z))  # the shortest that single precision reads as the same
            file.write(f'{"," if place else " "}"{seed}": [{numbers}]\n')
        file.write("}}\n")


def spelt(seeds: Sequence[int]) -> str:
    """Name seeds in a folder's name: the first, the last, and a digest of all where some between are missing."""
    first, last = min(seeds), max(seeds)
    if tuple(seeds) == tuple(range(first, last + 1)):
        return f"{first}-{last}"
    return f"{first}-{last}-{hashlib.sha256(repr(tuple(seeds)).encode()).hexdigest()[:6]}"


def _each_written(pictures: Iterator[NDArray[np.uint8]], origin: Origin, folder: Path) -> Iterator[NDArray[np.uint8]]:
    for seed, picture in zip(origin.seeds, pictures, strict=True):
        write_whole(single_path(folder, seed), png(picture, replace(origin, seeds=(seed,), columns=None).facts()))
        yield picture


def named(chosen: Chosen, kind: str, seeds: Sequence[int], words: Mapping[str, str | float | None]) -> str:
    """Name what is made of seeds by all that isn't as usual, so that another one doesn't take its place."""
    unusual = {word: value for word, value in words.items() if value is not None and value != USUAL.get(word)}
    other = [
        f"-{word}-{value:g}" if isinstance(value, float) else f"-{word}-{value}" for word, value in unusual.items()
    ]
    return f"{kind}-{chosen.moment.images}-seeds-{spelt(seeds)}{''.join(other)}".replace(":", "x")
