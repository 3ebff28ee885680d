"""The curated set in the formats that others read: written whole or not at all, the same bytes every time.

`housegan import` reads each of them back: the same pixels, titles, authors, licences and addresses.
"""

import filecmp
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from curation.exports import imagefolder, stylegan, webdataset
from curation.exports.samples import Sample, samples
from housegan.curated import CuratedSet
from housegan.errors import HouseganError, WrongUsageError
from housegan.places import SIZES
from housegan.progress import Progress

FORMATS: dict[str, Callable[[Path, str, Iterable[Sample]], None]] = {
    "imagefolder": imagefolder.write,
    "webdataset": webdataset.write,
    "stylegan": stylegan.write,
}
"""What writes each format: to a path, a set of that name, its pictures."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, or was there already."""

    path: Path
    pictures: int
    held_out: int
    """How many of them are held out; in folders of their own where the format has such."""
    left_out: int
    """Pictures of the pack that are not in it, because they are held out."""
    was_there: bool


def export(
    pack: CuratedSet, to: str, out: Path | None = None, *, size: int | None = None, with_held_out: bool = False
) -> Exported:
    """Write a pack in one of FORMATS to `out`, else to `default_out`; `size` px may be smaller than packed.

    Held-out pictures go to `test/`. StyleGAN's zip has no such place: they are left out of it, unless `with_held_out`.
    Raises HouseganError where something else is there, and WrongUsageError where that can't be asked for.
    """
    size = _checked(pack, to, out, size)
    out = out or default_out(pack, to, size=size)
    rows = pack.rows()
    wanted = [n for n, row in enumerate(rows) if with_held_out or to != "stylegan" or not row.held_out]
    place = out.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".{place.name}.{os.getpid()}")
    _remove(temporary)
    try:
        again = f"Stopped; nothing was written to {out}. To begin anew, run the same command again."
        with Progress(f"exporting {pack.name}", total=len(wanted), unit="pictures", if_stopped=again) as progress:
            FORMATS[to](temporary, pack.name, progress.counted(samples(pack, wanted, size=size)))
            was_there = _settled(temporary, place, out)
    finally:
        _remove(temporary)
    held_out = sum(rows[number].held_out for number in wanted)
    return Exported(out, len(wanted), held_out, len(rows) - len(wanted), was_there)


def default_out(pack: CuratedSet, to: str, *, size: int) -> Path:
    """Where an export goes that nobody gave a place, in the folder where one works."""
    name = f"{pack.name}-{to}-{size}"
    return Path("exports") / (f"{name}.zip" if to == "stylegan" else name)


def _checked(pack: CuratedSet, to: str, out: Path | None, size: int | None) -> int:
    if to not in FORMATS:
        raise WrongUsageError(f"--to {to} is no format we write: take one of {', '.join(FORMATS)}.")
    if out and to == "stylegan" and out.suffix != ".zip":
        raise WrongUsageError(f"StyleGAN knows its data by the name: let --out {out} end with .zip.")
    size = size or pack.size
    if size > pack.size or size not in SIZES:
        smaller = ", ".join(str(known) for known in SIZES if known <= pack.size)
        raise WrongUsageError(
            f"--size {size} can't be made of a set that is packed at {pack.size} px: take one of {smaller}, "
            f"or pack it anew with `housegan curate {pack.name} --size PX`."
        )
    return size


def _settled(temporary: Path, place: Path, out: Path) -> bool:
    """Give what was written its name; True where the very same is there already."""
    for path in _files(temporary):
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    if place.is_dir() and not any(place.iterdir()):
        place.rmdir()
    if place.exists():
        if _same(temporary, place):
            return True
        raise HouseganError(f"{out} is there already and holds something else: remove it, or give another --out.")
    temporary.replace(place)
    return False


def _same(one: Path, other: Path) -> bool:
    if one.is_dir() != other.is_dir():
        return False
    ours, theirs = ([path.relative_to(root) for path in _files(root)] for root in (one, other))
    return ours == theirs and all(filecmp.cmp(one / path, other / path, shallow=False) for path in ours)


def _files(path: Path) -> list[Path]:
    return sorted(inner for inner in path.rglob("*") if inner.is_file()) if path.is_dir() else [path]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
