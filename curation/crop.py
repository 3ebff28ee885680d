"""The square that is packed of each picture, and how its pixels are made."""

from collections.abc import Collection, Iterable, Mapping
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from curation.composition import Composition
from curation.opinions import fingerprint
from housegan.catalog import Crop, Decision, Picture, Sha256
from housegan.config import CurateConfig
from housegan.pictures import decode

NAME = "crop"
VERSION = 2
THRESHOLDS = {"crop"}


def decide(
    pictures: Iterable[Picture], compositions: Mapping[Sha256, Composition], config: CurateConfig
) -> list[Decision]:
    """Propose a square of each picture: where its composition says, else the largest one at the centre."""
    went_by = fingerprint(config, THRESHOLDS)
    decisions = []
    for picture in pictures:
        composition = None if config.crop == "centre" else compositions.get(picture.sha256)
        crop = centre(picture) if composition is None else fitted(Crop(*composition.crop), picture)
        decisions.append(
            Decision(
                picture.sha256, NAME, VERSION, went_by, crop=crop,
                reason="" if composition is None else composition.reason,
                confidence=None if composition is None else composition.confidence,
            )
        )  # fmt: skip
    return decisions


def waiting(
    confidences: Mapping[Sha256, float | None], answered: Collection[Sha256], config: CurateConfig
) -> set[Sha256]:
    """Pictures whose square waits for a person: the machine is less sure of it than the config asks.

    Nobody waits for those that are `answered`: a person has judged the picture as it was shown, or laid its square.
    """
    unsure = {sha256 for sha256, sure in confidences.items() if sure is not None and sure < config.min_crop_confidence}
    return unsure - set(answered)


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
