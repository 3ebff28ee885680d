"""From what the catalog keeps to a curated set on disk: held out or not, cropped, resized, packed."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation import crop, duplicates
from curation.measures import original_bytes
from housegan.catalog import Catalog, Crop, Picture, Sha256
from housegan.config import CurateConfig, SetConfig
from housegan.curated import CuratedRow, CuratedSet, current_set, held_out_groups, writing
from housegan.errors import HouseganError, UnreadablePictureError
from housegan.progress import Progress
from housegan.workers import map_limited


@dataclass(frozen=True, slots=True)
class Packed:
    """A pack that was written, or was there already, and the originals that could not be read for it."""

    pack: CuratedSet
    pictures: int
    held_out: int
    was_there: bool
    unreadable: dict[Path, str]


@dataclass(frozen=True, slots=True)
class _Cut:
    """A square to cut from an original."""

    picture: Picture
    path: Path
    crop: Crop


class _UnreadableError(Exception):
    """Ends the writing of a pack whose rows promise pictures that can't be had."""

    def __init__(self, originals: dict[Path, str]) -> None:
        super().__init__()
        self.originals = originals


def pack(catalog: Catalog, config: SetConfig) -> Packed:
    """Pack all pictures that the catalog keeps and make the pack the current one of its size.

    Originals that can't be read are named and left out. Raises HouseganError where none can.
    """
    name, kept = catalog.folder.name, [found for found in catalog.resolved() if found.verdict == "keep"]
    cuts = [
        _Cut(
            found.picture,
            catalog.original(found.picture.sha256, found.picture.format),
            crop.fitted(found.crop, found.picture),
        )
        for found in kept
    ]
    unreadable = {cut.path: "it is missing" for cut in cuts if not cut.path.is_file()}
    while True:
        cuts = [cut for cut in cuts if cut.path not in unreadable]
        if not cuts:
            raise HouseganError(
                f"None of the {len(unreadable):,} originals in {catalog.folder / 'originals'} can be read (the first: "
                f"{next(iter(unreadable.values()))}): run `housegan import {name} FOLDER` to bring them back."
            )
        rows = _rows(cuts, catalog, config.curate)
        try:
            was_there = _write(name, cuts, rows, config)
        except _UnreadableError as error:
            unreadable |= error.originals  # what is left makes other rows, held-out ones too, and so another pack
        else:
            here = current_set(name, at_least=config.curate.size)
            return Packed(here, len(rows), sum(row.held_out for row in rows), was_there, unreadable)


def _rows(cuts: list[_Cut], catalog: Catalog, config: CurateConfig) -> list[CuratedRow]:
    kept: list[Sha256] = [cut.picture.sha256 for cut in cuts]
    held_out = held_out_groups(duplicates.groups(kept, catalog.pairs(), config), share=config.held_out)
    stories = catalog.stories()
    return [
        CuratedRow(
            cut.picture.sha256, (cut.crop.left, cut.crop.top, cut.crop.side), cut.picture.sha256 in held_out,
            story.title, story.author, story.licence, story.page_url or story.media_url,
        )
        for cut, story in ((cut, stories[cut.picture.sha256]) for cut in cuts)
    ]  # fmt: skip


def _write(name: str, cuts: list[_Cut], rows: list[CuratedRow], config: SetConfig) -> bool:
    """Write the pack, unless it is there already: then return True."""
    size = config.curate.size
    unreadable: dict[Path, str] = {}
    with writing(name, rows, size=size) as images:
        if images is None:
            return True
        results = map_limited(
            partial(_pixels, size=size),
            cuts,
            time_limit_s=config.intake.time_limit_s,
            memory_limit_mb=config.intake.memory_limit_mb,
        )
        again = "Stopped; the decisions are kept, the pack is not written. To go on, run the same command again."
        with Progress(f"packing {name}", total=len(cuts), unit="pictures", if_stopped=again) as progress:
            for index, (cut, result) in enumerate(results):
                if isinstance(result, UnreadablePictureError):
                    unreadable[cut.path] = str(result)
                else:
                    images[index] = result
                progress.advance()
        if unreadable:
            raise _UnreadableError(unreadable)
    return False


def _pixels(cut: _Cut, *, size: int) -> NDArray[np.uint8]:
    return crop.pixels(original_bytes(cut.picture, cut.path), cut.crop, cut.picture, size=size)
