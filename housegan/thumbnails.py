"""Small copies of pictures for a page: decoded in workers, encoded anew, without anything else of the file."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image

from housegan.catalog import Sha256
from housegan.config import IntakeConfig
from housegan.errors import UnreadablePictureError
from housegan.files import replacing
from housegan.pictures import decode
from housegan.workers import map_limited

SIDE_PX = 240
"""Longest side of a thumbnail."""
VIEW_PX = 1_280
"""Longest side of a copy to look at closely."""

_KEPT = {"quality": 72, "method": 4}
_WAITED_FOR = {"quality": 85, "method": 1}


@dataclass(frozen=True, slots=True)
class Small:
    """A copy that is to be made of a picture, whose longest side is at most `side_px`."""

    original: Path
    side_px: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture to make small, and where to."""

    original: Path
    thumbnail: Path


def made(wanted: Sequence[Wanted], config: IntakeConfig) -> Iterator[tuple[Wanted, str]]:
    """Write each thumbnail that isn't there yet; yields what was wrong with the original, or nothing."""
    missing = [one for one in wanted if not one.thumbnail.is_file()]
    there = set(wanted) - set(missing)
    yield from ((one, "") for one in wanted if one in there)
    results = map_limited(
        partial(_made, max_megapixels=config.max_megapixels),
        missing,
        time_limit_s=config.time_limit_s,
        memory_limit_mb=config.memory_limit_mb,
    )
    for one, result in results:
        if isinstance(result, UnreadablePictureError):
            yield one, str(result)
            continue
        write(one.thumbnail, result)
        yield one, ""


def kept_at(folder: Path, sha256: Sha256) -> Path:
    """Where a set in `folder` keeps the thumbnail of a picture, once it is made."""
    return folder / "thumbnails" / sha256[:2] / f"{sha256}.webp"


def write(path: Path, data: bytes) -> None:
    """Write a thumbnail: whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def small_copy(small: Small, *, max_megapixels: float) -> bytes:
    """Read a picture and encode it small, as `encoded` does. Raises UnreadablePictureError."""
    try:
        data = small.original.read_bytes()
    except OSError as error:
        raise UnreadablePictureError(f"it can't be read ({error.strerror})") from None
    return encoded(data, side_px=small.side_px, max_megapixels=max_megapixels)


def encoded(data: bytes, *, side_px: int, max_megapixels: float) -> bytes:
    """Encode a WebP of a picture, its longest side at most `side_px`, without EXIF and colour profile.

    Raises UnreadablePictureError.
    """
    image = decode(data, at_least_px=side_px, max_megapixels=max_megapixels)
    image.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    clean = Image.frombytes("RGB", image.size, image.tobytes())
    file = io.BytesIO()
    clean.save(file, "WEBP", **(_KEPT if side_px <= SIDE_PX else _WAITED_FOR))
    return file.getvalue()


def _made(wanted: Wanted, *, max_megapixels: float) -> bytes:
    return small_copy(Small(wanted.original, SIDE_PX), max_megapixels=max_megapixels)
