"""What the network sees in each picture: decoded in worker processes, described in this one, kept in the catalog."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from curation.measures import original_bytes
from housegan.catalog import Catalog, Picture, Sha256
from housegan.catalog.measures import keep_as_they_come, known
from housegan.config import IntakeConfig
from housegan.errors import UnreadablePictureError
from housegan.features import BATCH, SIDE_PX, VERSION, describe, prepared
from housegan.pictures import decode
from housegan.progress import Progress
from housegan.workers import map_limited

NAME = "features"

Features = NDArray[np.float32]
"""1280 numbers, see `housegan.features`."""
Heard = Callable[[int, int], None]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Describer:
    """A network that describes pictures, uint8 N×224×224×3, and under which name the catalog keeps what it says."""

    name: str
    version: str
    describe: Callable[[NDArray[np.uint8]], Features]


LITE0 = Describer(NAME, VERSION, describe)


def described(
    catalog: Catalog,
    pictures: Collection[Picture],
    limits: IntakeConfig,
    *,
    by: Describer = LITE0,
    heard: Heard | None = None,
    workers: int | None = None,
) -> dict[Sha256, Features]:
    """Describe those pictures of which the catalog has no description yet, and return those of all.

    Originals that can't be read are left out. What is described is kept every second: stopped, it goes on where it was.
    `heard` is told how many are done, of how many, in place of a bar on the terminal. `workers` processes decode, or
    as many as there are cores.
    """
    wanted = {picture.sha256 for picture in pictures}
    features = {
        sha256: _from_bytes(value) for sha256, value in known(catalog, by.name, by.version).items() if sha256 in wanted
    }
    missing = [picture for picture in pictures if picture.sha256 not in features]

    def fresh() -> Iterator[tuple[Sha256, bytes]]:
        for names, pixels in _in_batches(catalog, missing, limits, heard, workers):
            for sha256, value in zip(names, by.describe(pixels), strict=True):
                kept = value.astype(np.float16).tobytes()
                features[sha256] = _from_bytes(kept)
                yield sha256, kept

    keep_as_they_come(catalog, by.name, by.version, fresh())
    return features


def cosine(one: Features, other: Features) -> float:
    """How alike two descriptions are: 1 the same, 0 nothing in common; never negative, since features are not."""
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / lengths if lengths else 0.0


def _in_batches(
    catalog: Catalog,
    pictures: Collection[Picture],
    limits: IntakeConfig,
    heard: Heard | None,
    workers: int | None,
) -> Iterator[tuple[list[Sha256], NDArray[np.uint8]]]:
    if not pictures:
        return
    name = catalog.folder.name
    again = f"Stopped; what was described is kept. To go on: housegan curate {name}"
    items = [(picture, catalog.original(picture.sha256, picture.format)) for picture in pictures]
    with (
        nullcontext()
        if heard
        else Progress(f"describing {name}", total=len(items), unit="pictures", if_stopped=again) as progress
    ):
        results = map_limited(
            _prepared_from, items, time_limit_s=limits.time_limit_s, memory_limit_mb=limits.memory_limit_mb,
            workers=workers,
        )  # fmt: skip
        counted = progress.counted(results) if progress else _counted(results, len(items), heard)
        readable = (
            (picture.sha256, pixels)
            for (picture, _), pixels in counted
            if not isinstance(pixels, UnreadablePictureError)
        )
        while batch := list(islice(readable, BATCH)):
            yield [sha256 for sha256, _ in batch], np.stack([pixels for _, pixels in batch])


def _counted(items: Iterable[Item], total: int, heard: Heard | None) -> Iterator[Item]:
    for done, item in enumerate(items, 1):
        yield item
        if heard:
            heard(done, total)


def _prepared_from(item: tuple[Picture, Path]) -> NDArray[np.uint8]:
    picture, path = item
    return prepared(decode(original_bytes(picture, path), at_least_px=SIDE_PX, max_megapixels=float("inf")))


def _from_bytes(value: bytes) -> Features:
    return np.frombuffer(value, np.float16).astype(np.float32)
