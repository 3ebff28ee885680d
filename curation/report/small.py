"""Pictures for the page: small, encoded anew in workers, with the mean colour of what is packed."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from curation import crop
from curation.measures import original_bytes
from curation.report.charts import Colour
from curation.report.parts import Report
from housegan.catalog import Catalog, Crop, Picture, Sha256
from housegan.config import IntakeConfig
from housegan.errors import UnreadablePictureError
from housegan.thumbnails import SIDE_PX, encoded
from housegan.workers import map_limited

SQUARE_PX = 128
_QUALITY = 72


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page needs of one picture."""

    picture: Picture
    path: Path
    whole: bool
    crop: Crop | None
    """Its square, where the picture is kept."""
    square: bool
    """Whether the square is shown; else only its colour is wanted."""


@dataclass(frozen=True, slots=True)
class Small:
    """WebP files, empty where they aren't wanted; and the square's mean colour."""

    whole: bytes = b""
    square: bytes = b""
    colour: Colour | None = None


def wanted(report: Report, catalog: Catalog) -> list[Wanted]:
    """List the pictures that the page shows, and those whose colours it counts."""
    squares = {one.shown.picture.sha256 for one in report.squares}
    whole = report.whole
    return [
        Wanted(
            picture, catalog.original(sha256, picture.format), sha256 in whole, report.crops.get(sha256),
            sha256 in squares,
        )
        for sha256, picture in report.pictures.items()
        if sha256 in whole or sha256 in report.crops
    ]  # fmt: skip


def made(pictures: list[Wanted], limits: IntakeConfig) -> Iterator[tuple[Sha256, Small]]:
    """Decode each in a process with limits; yields nothing to show for what can't be decoded."""
    results = map_limited(
        partial(small, max_megapixels=limits.max_megapixels),
        pictures,
        time_limit_s=limits.time_limit_s,
        memory_limit_mb=limits.memory_limit_mb,
    )
    for one, result in results:
        yield one.picture.sha256, Small() if isinstance(result, UnreadablePictureError) else result


def small(one: Wanted, *, max_megapixels: float) -> Small:
    """Make what is wanted of a picture. Raises UnreadablePictureError."""
    data = original_bytes(one.picture, one.path)
    whole = encoded(data, side_px=SIDE_PX, max_megapixels=max_megapixels) if one.whole else b""
    if one.crop is None:
        return Small(whole)
    pixels = crop.pixels(data, one.crop, one.picture, size=SQUARE_PX)
    red, green, blue = (round(float(value)) for value in pixels.mean(axis=(0, 1), dtype=np.float64))
    return Small(whole, _webp(Image.fromarray(pixels)) if one.square else b"", (red, green, blue))


def _webp(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "WEBP", quality=_QUALITY, method=4)
    return file.getvalue()
