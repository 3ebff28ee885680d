"""What one look at a picture tells: its perceptual hashes, its border, its tones and what may be wrong with it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from curation.borders import inside, uniform_border
from curation.hashes import perceptual_hashes
from curation.jpeg import filled, jpeg_quality
from curation.measures import Measure
from curation.seams import collage
from curation.sharpness import sharpness
from housegan.catalog import Picture
from housegan.pictures import decode

SHORT_PX = 256
"""Pictures are looked at with the shorter side shrunk to this, as they are packed; never enlarged."""
LONG_PX = 1024
"""And with the longer side at most this."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Look:
    """Taken from a decoding at reduced size, inside the border; lengths are in px of the upright original."""

    hashes: tuple[str, ...]
    """256-bit pHash in hexadecimal: of the picture as it is, then of its seven other rotations and mirrorings."""
    border: tuple[int, int, int, int]
    """Uniform border at the left, top, right and bottom."""
    contrast: float
    """Standard deviation of the luminance, 0 to 128."""
    brightness: float
    """Mean luminance, 0 to 255."""
    sharpness: float
    """Steepness of the steepest edges at 256 px, 0 to 1 (see `curation.sharpness`)."""
    saturation: float
    """Mean saturation, 0 to 1: the difference of the largest and the smallest of red, green and blue, over 255."""
    collage: float
    """How much it looks like several pictures put together, 0 to 1 (see `curation.seams`)."""
    filled: float
    """Share of the height at the foot that is one grey, as decoders fill what a damaged file lacks, 0 to 1."""
    jpeg_quality: int | None
    """By its quantisation tables, 1 to 100; None where it is no JPEG."""


def look(picture: Picture, data: bytes) -> Look:
    """Decode and measure a picture. Raises UnreadablePictureError."""
    # No size limit: intake judged these very bytes.
    decoded = np.asarray(decode(data, at_least_px=SHORT_PX, max_megapixels=float("inf")))
    small = _shrunk(decoded)
    border = uniform_border(small)
    trimmed = inside(small, border)
    grey = np.asarray(cv2.cvtColor(np.ascontiguousarray(trimmed), cv2.COLOR_RGB2GRAY), np.uint8)
    brightness, contrast = (float(value.item()) for value in cv2.meanStdDev(grey))
    return Look(
        hashes=perceptual_hashes(Image.fromarray(trimmed)),
        border=_in_original(border, picture, small),
        contrast=contrast,
        brightness=brightness,
        sharpness=sharpness(grey),
        saturation=_saturation(trimmed),
        collage=collage(grey),
        filled=filled(decoded),
        jpeg_quality=jpeg_quality(data),
    )


def _shrunk(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    scale = min(SHORT_PX / min(height, width), LONG_PX / max(height, width))
    if scale >= 1:
        return pixels
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def _in_original(border: tuple[int, int, int, int], picture: Picture, small: Pixels) -> tuple[int, int, int, int]:
    across, down = picture.width / small.shape[1], picture.height / small.shape[0]
    left, top, right, bottom = border
    return round(left * across), round(top * down), round(right * across), round(bottom * down)


def _saturation(pixels: Pixels) -> float:
    red, green, blue = cv2.split(pixels)
    return cv2.mean(cv2.max(cv2.max(red, green), blue) - cv2.min(cv2.min(red, green), blue))[0] / 255


LOOK = Measure("look", "1", Look, look, "looking at")
"""What the steps need to know of pictures' bytes: taken in worker processes, once for each picture and version."""
