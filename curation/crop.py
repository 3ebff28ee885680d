"""The square that is packed of each picture, and how its pixels are made."""

from collections.abc import Iterable
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from curation.opinions import fingerprint
from housegan.catalog import Crop, Decision, Picture
from housegan.config import CurateConfig
from housegan.pictures import decode

NAME = "crop"
VERSION = 1
THRESHOLDS: set[str] = set()


def decide(pictures: Iterable[Picture], config: CurateConfig) -> list[Decision]:
    """Propose the largest square at the centre of each picture."""
    went_by = fingerprint(config, THRESHOLDS)
    return [Decision(picture.sha256, NAME, VERSION, went_by, crop=centre(picture)) for picture in pictures]


def centre(picture: Picture) -> Crop:
    """The largest square at the centre."""
    side = min(picture.width, picture.height)
    return Crop((picture.width - side) // 2, (picture.height - side) // 2, side)


def fitted(crop: Crop | None, picture: Picture) -> Crop:
    """Move and shrink a crop as little as it takes to lie in the picture; without one, take the centre."""
    if crop is None or crop.side < 1:
        return centre(picture)
    side = min(crop.side, picture.width, picture.height)
    left = min(max(crop.left, 0), picture.width - side)
    return Crop(left, min(max(crop.top, 0), picture.height - side), side)


def pixels(data: bytes, crop: Crop, picture: Picture, *, size: int) -> NDArray[np.uint8]:
    """Decode a picture's bytes and return its crop, size × size × 3.

    Raises UnreadablePictureError.
    """
    # No size limit: intake judged these very bytes. A JPEG is decoded smaller where the crop has pixels to spare.
    needed_px = -(-size * min(picture.width, picture.height) // crop.side)
    image = decode(data, at_least_px=needed_px, max_megapixels=float("inf"))
    reduced_by = round(picture.width / image.width)
    left, top, side = crop.left / reduced_by, crop.top / reduced_by, crop.side / reduced_by
    # Cut before resizing: a resize's `box` would let what lies outside the crop shine in at its edges.
    x, y = floor(left), floor(top)
    cut = image.crop((x, y, ceil(left + side), ceil(top + side)))
    # Pillow's Lanczos grows with the reduction, so that every source pixel counts.
    box = (left - x, top - y, left - x + side, top - y + side)
    return np.asarray(cut.resize((size, size), Image.Resampling.LANCZOS, box))
