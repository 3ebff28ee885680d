"""The curated set: frozen, packed and fingerprinted; what curation writes and training reads.

`data/NAME/curated/256-<fingerprint>/` holds `images.npy` (uint8, N × SIZE × SIZE × 3) and `images.jsonl`, one row a
picture in the same order. `data/NAME/curated/current.json` names the current pack of each size. A pack never changes.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from housegan.errors import HouseganError
from housegan.files import write_whole
from housegan.places import SIZES, data_folder

PACK_VERSION = 1
"""Raised when the same pictures and crops would give other pixels."""
_PACK = re.compile(r"\d+-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class CuratedRow:
    """One picture of a pack; the crop is left, top and side in px of the upright original."""

    sha256: str
    crop: tuple[int, int, int]
    held_out: bool
    title: str = ""
    author: str = ""
    licence: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class CuratedSet:
    """A pack on disk."""

    folder: Path

    @property
    def name(self) -> str:
        """The set's name."""
        return self.folder.parent.parent.name

    @property
    def size(self) -> int:
        """Side of the packed pictures, in px."""
        return int(self.folder.name.partition("-")[0])

    @property
    def fingerprint(self) -> str:
        """Short digest of the pictures, crops and roles in the pack."""
        return self.folder.name.partition("-")[2]

    def rows(self) -> list[CuratedRow]:
        """Every picture's row, in the order of `images`."""
        try:
            lines = (self.folder / "images.jsonl").read_text(encoding="utf-8").splitlines()
            return [CuratedRow(**{**row, "crop": tuple(row["crop"])}) for row in map(json.loads, lines)]
        except (ValueError, TypeError, KeyError, OSError) as error:
            raise self._damaged("images.jsonl", error) from None

    def images(self) -> NDArray[np.uint8]:
        """All pictures, N × SIZE × SIZE × 3, mapped from disk and read-only."""
        try:
            images: NDArray[np.uint8] = np.load(self.folder / "images.npy", mmap_mode="r", allow_pickle=False)
            if images.shape != (shape := (len(self.rows()), self.size, self.size, 3)):
                raise ValueError(f"its shape is {images.shape}, not {shape}")
        except (ValueError, OSError, EOFError) as error:
            raise self._damaged("images.npy", error) from None
        return images

    def _damaged(self, file: str, error: Exception) -> HouseganError:
        return HouseganError(
            f"{self.folder}/{file} is damaged ({error}): delete {self.folder} and run "
            f"`housegan curate {self.name} --size {self.size}` again."
        )


def current_set(name: str, *, at_least: int) -> CuratedSet:
    """The set's current pack of the smallest size from which pictures of side `at_least` can be made."""
    folder = data_folder(name) / "curated"
    packs = _current(folder)
    if not packs:
        raise HouseganError(f"The set {name!r} is not curated yet. Run `housegan curate {name}` first.")
    fitting = [size for size in packs if size >= at_least]
    if not fitting:
        raise HouseganError(
            f"The set {name!r} is packed at {max(packs)} px, training asks for {at_least}: "
            f"run `housegan curate {name} --size {at_least}` first, or train with `--size {max(packs)}`."
        )
    return CuratedSet(folder / packs[min(fitting)])


def fingerprint(rows: Sequence[CuratedRow], *, size: int) -> str:
    """Twelve hexadecimal digits that change whenever the pixels of a pack or the pictures' roles would."""
    text = json.dumps([PACK_VERSION, size, [(row.sha256, row.crop, row.held_out) for row in rows]])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@contextmanager
def writing(name: str, rows: Sequence[CuratedRow], *, size: int) -> Iterator[NDArray[np.uint8] | None]:
    """Fill a new pack: yields N × SIZE × SIZE × 3 to write pixels into, or None where the pack is there already.

    The pack appears whole, under its fingerprint, and becomes the current one when the block ends well.
    """
    folder = data_folder(name) / "curated"
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / f"{size}-{fingerprint(rows, size=size)}"
    if final.is_dir():
        yield None
    else:
        temporary = folder / f".{final.name}.{os.getpid()}"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        try:
            shape = (len(rows), size, size, 3)
            images = np.lib.format.open_memmap(temporary / "images.npy", mode="w+", dtype=np.uint8, shape=shape)
            _reserve(temporary / "images.npy")
            yield images
            images.flush()
            write_whole(temporary / "images.jsonl", "".join(json.dumps(asdict(row)) + "\n" for row in rows).encode())
            if not final.is_dir():  # else another process was quicker with the same
                temporary.replace(final)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    packs = {str(known): pack for known, pack in _current(folder).items()} | {str(size): final.name}
    _point(folder, packs)


def reduced(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Average boxes of pixels until the side is `size`: N × S × S × 3 to N × size × size × 3, rounded to nearest."""
    count, side = images.shape[:2]
    if side == size:
        return np.asarray(images)
    box = side // size
    small = np.empty((count, size, size, 3), np.uint8)
    for start in range(0, count, 256):
        part = images[start : start + 256]
        sums = part.reshape(len(part), size, box, size, box, 3).sum(axis=(2, 4), dtype=np.uint32)
        small[start : start + 256] = (2 * sums + box * box) // (2 * box * box)
    return small


def held_out_groups(groups: Iterable[Sequence[str]], *, share: float) -> set[str]:
    """Choose whole groups of digests until `share` of all pictures is held out.

    The choice goes by a digest of each group's first member, so that few pictures change roles as a set grows.
    """
    ordered = sorted((hashlib.sha256(f"held out {min(group)}".encode()).digest(), sorted(group)) for group in groups)
    wanted = round(share * sum(len(group) for _, group in ordered))
    chosen: set[str] = set()
    for _, group in ordered:
        if len(chosen) + len(group) <= wanted:
            chosen.update(group)
    return chosen


def all_packs(name: str) -> list[CuratedSet]:
    """Every pack of a set, current or not."""
    folders = (data_folder(name) / "curated").glob("*-*")
    return sorted((CuratedSet(path) for path in folders if _PACK.fullmatch(path.name)), key=lambda pack: pack.folder)


def withdraw(name: str, packs: Iterable[str]) -> None:
    """Delete packs for good, and whatever a killed curation left half written; what is gone already does no harm."""
    folder, packs = data_folder(name) / "curated", set(packs)
    if not folder.is_dir():
        return
    remaining = {str(size): pack for size, pack in _current(folder).items() if pack not in packs}
    _point(folder, remaining)
    for path in [*(folder / pack for pack in packs), *folder.glob(".*-*.*")]:
        if path.is_dir():
            shutil.rmtree(path)


def _current(folder: Path) -> dict[int, str]:
    try:
        known = json.loads((folder / "current.json").read_text(encoding="utf-8"))
        packs = {int(size): Path(pack).name for size, pack in known.items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):  # damaged: the next `curate` writes it anew
        return {}
    return {size: pack for size, pack in packs.items() if size in SIZES and pack and (folder / pack).is_dir()}


def _point(folder: Path, packs: dict[str, str]) -> None:
    write_whole(folder / "current.json", (json.dumps(packs, indent=1) + "\n").encode())


def _reserve(path: Path) -> None:
    """Claim a sparse file's room now: a disk that fills up under a mapping ends the process without a word."""
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
