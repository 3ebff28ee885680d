"""Small copies of pictures for a page: decoded in workers, encoded anew, without anything else of the file."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image

from housegan.config import IntakeConfig
from housegan.errors import UnreadablePictureError
from housegan.pictures import decode
from housegan.workers import map_limited

SIDE_PX = 240
"""Longest side."""


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
        partial(thumbnail, max_megapixels=config.max_megapixels),
        missing,
        time_limit_s=config.time_limit_s,
        memory_limit_mb=config.memory_limit_mb,
    )
    for one, result in results:
        if isinstance(result, UnreadablePictureError):
            yield one, str(result)
            continue
        temporary = one.thumbnail.with_suffix(".new")
        temporary.write_bytes(result)
        temporary.replace(one.thumbnail)
        yield one, ""


def thumbnail(wanted: Wanted, *, max_megapixels: float) -> bytes:
    """Encode a small WebP of a picture; it has neither EXIF nor a colour profile."""
    try:
        data = wanted.original.read_bytes()
    except OSError as error:
        raise UnreadablePictureError(f"it can't be read ({error.strerror})") from None
    image = decode(data, at_least_px=SIDE_PX, max_megapixels=max_megapixels)
    image.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    clean = Image.frombytes("RGB", image.size, image.tobytes())
    file = io.BytesIO()
    clean.save(file, "WEBP", quality=72, method=4)
    return file.getvalue()
