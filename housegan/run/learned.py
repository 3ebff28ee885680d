"""The pictures that a run learned from, read from the very packs that it names."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from housegan.curated import CuratedRow, CuratedSet, all_packs, reduced
from housegan.dataset import held_out_of
from housegan.errors import HouseganError
from housegan.features import Network, described, network
from housegan.files import being_written
from housegan.progress import Progress
from housegan.run.folder import Run, RunConfig, SetUsed

BLOCK = 128
"""Pictures at a time: at 64 px some 25 MB in double precision, mirrored ones too."""

Pictures = NDArray[np.uint8]
"""n × s × s × 3."""
Features = NDArray[np.float16]
"""n × 2 × D: of each picture as it is, and mirrored."""


@dataclass(frozen=True, slots=True)
class Learned:
    """The pictures of one pack that training has seen."""

    pack: CuratedSet
    rows: Sequence[CuratedRow]
    places: NDArray[np.intp]
    """Where they lie in the pack."""

    def blocks(self, size: int) -> Iterator[Pictures]:
        """Read them at a side of `size` px, which divides the pack's, up to 128 at a time."""
        images = self.pack.images()
        for start in range(0, len(self.places), BLOCK):
            yield reduced(images[self.places[start : start + BLOCK]], size)

    def features(self, size: int, *, kept_in: Path, bar: Progress, by: Network | None = None) -> Features:
        """Describe them as they are shown at `size` px; what was described is kept in that folder.

        A stopped description is begun again.
        """
        by = by or network()
        key = json.dumps([by.version, size, [(row.sha256, row.crop) for row in self.rows]])
        path = kept_in / f"features-{self.pack.name}-{size}-{hashlib.sha256(key.encode()).hexdigest()[:12]}.npy"
        if (kept := _kept(path, (len(self.rows), 2, by.dimensions))) is not None:
            bar.advance(len(self.rows))
            return kept
        features = np.concatenate([_described_both_ways(pictures, bar, by) for pictures in self.blocks(size)])
        with being_written(path) as temporary, temporary.open("wb") as file:
            np.save(file, features)
        return features


def sets_of(config: RunConfig, *, stage: str) -> list[SetUsed]:
    """The sets that a stage was shown, the one to learn first."""
    return [config.finetune, config.pretrain] if config.pretrain and stage == "pretrain" else [config.finetune]


def learned_from(run: Run, *, sets: Sequence[SetUsed]) -> tuple[list[Learned], list[str]]:
    """Find the training pictures of these sets of a run, and the names of the sets whose pack has gone.

    A picture that several of them hold counts as the first one's. Raises HouseganError where all packs have gone.
    """
    packs = {one.name: pack for one in sets if (pack := _pack(one))}
    gone = [one.name for one in sets if one.name not in packs]
    if not packs:
        which = " and ".join(f"data/{one.name}/curated/{one.pack}" for one in sets)
        raise HouseganError(
            f"The pictures that {run.name} learned from are gone (purged, deleted, or in another folder): {which}. "
            "Nothing can be compared with them."
        )
    return learned_of(list(packs.values())), gone


def learned_of(packs: Sequence[CuratedSet]) -> list[Learned]:
    """The pictures of packs that training may see; one that several hold counts as the first one's."""
    held_out, seen = held_out_of(packs), set[tuple[str, tuple[int, int, int]]]()
    parts = []
    for pack in packs:
        rows, places = [], []
        for place, row in enumerate(pack.rows()):
            if not row.held_out and row.sha256 not in held_out and (row.sha256, row.crop) not in seen:
                seen.add((row.sha256, row.crop))
                rows.append(row)
                places.append(place)
        if rows:
            parts.append(Learned(pack, rows, np.array(places, np.intp)))
    if not parts:
        raise HouseganError(f"All pictures of {' and '.join(pack.name for pack in packs)} are held out: import more.")
    return parts


def in_words(parts: Sequence[Learned]) -> str:
    """How many pictures of which sets."""
    return " and ".join(f"{len(part.rows):,} of {part.pack.name}" for part in parts)


def without(gone: Sequence[str]) -> list[str]:
    """A sentence on each set whose pictures have gone."""
    return [f"The pictures of {name} are gone (purged or deleted): they were not compared." for name in gone]


def _pack(used: SetUsed) -> CuratedSet | None:
    return next((pack for pack in all_packs(used.name) if pack.folder.name == used.pack), None)


def _kept(path: Path, shape: tuple[int, int, int]) -> Features | None:
    """What was kept; None where there is nothing, or nothing whole."""
    try:
        features: Features = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return features if features.shape == shape else None


def _described_both_ways(pictures: Pictures, bar: Progress, by: Network) -> Features:
    plain, mirrored = described(bar.counted(pictures), by=by), described(pictures[:, :, ::-1], by=by)
    return np.stack([plain, mirrored], axis=1).astype(np.float16)
