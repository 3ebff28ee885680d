"""How a picture is best laid into a square: what matters near the centre, nothing cut, no text and no border."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from curation.borders import inside, uniform_border
from curation.measures import Measure
from curation.saliency import Pixels, saliency
from curation.squares import choose
from curation.text import Box, rapidocr_boxes, text_boxes
from housegan.catalog import Picture
from housegan.pictures import decode

FindText = Callable[[Pixels], list[Box]]

DECODED_PX = 360
"""Both sides are decoded to at least this."""
BORDER_SPARE_PX = 2
"""A border ends softly where a picture was resized or compressed: so much more of it goes."""
MIN_INSIDE_PX = 16
"""A border that leaves less than this is no border around a picture."""


@dataclass(frozen=True, slots=True)
class Composition:
    """The square to cut from a picture; lengths are in px of the upright original."""

    crop: tuple[int, int, int]
    """Left, top and side."""
    confidence: float
    """How sure it is that a person would agree, 0 to 1."""
    reason: str
    text: tuple[Box, ...]
    """Lines of text that were found, as left, top, right, bottom."""


def composed(picture: Picture, data: bytes, *, find_text: FindText = text_boxes) -> Composition:
    """Decode a picture once, at reduced size, and choose its square.

    Raises UnreadablePictureError, and HouseganError where `find_text` needs what isn't installed.
    """
    # No limit of megapixels: intake judged these very bytes.
    pixels = np.asarray(decode(data, at_least_px=DECODED_PX, max_megapixels=float("inf")))
    return composition(pixels, picture.width, picture.height, find_text=find_text)


def composition(pixels: Pixels, width: int, height: int, *, find_text: FindText = text_boxes) -> Composition:
    """Choose the square of a picture of `width` × `height` px that was decoded to `pixels`, uint8 H × W × 3."""
    scale = width / pixels.shape[1]
    left, top, right, bottom = (side + BORDER_SPARE_PX if side else 0 for side in uniform_border(pixels))
    border = (left, top, right, bottom)
    if min(pixels.shape[1] - left - right, pixels.shape[0] - top - bottom) < MIN_INSIDE_PX:
        border = (0, 0, 0, 0)
    trimmed = inside(pixels, border)
    text = find_text(trimmed)
    salient = saliency(trimmed)
    to_map = salient.shape[1] / trimmed.shape[1]
    choice = choose(salient, [(x * to_map, y * to_map, u * to_map, v * to_map) for x, y, u, v in text])
    # The trimmed picture in px of the original, in which the square must lie.
    left, top = round(border[0] * scale), round(border[1] * scale)
    right, bottom = width - round(border[2] * scale), height - round(border[3] * scale)
    full = min(right - left, bottom - top)
    back = scale / to_map
    side = min(full, round(full * choice.side / min(salient.shape)))
    crop = (
        min(left + round(choice.left * back), right - side),
        min(top + round(choice.top * back), bottom - side),
        side,
    )
    reason = choice.reason + (", without the border" if any(border) else "")
    boxes = tuple(
        (
            left + round(box[0] * scale), top + round(box[1] * scale),
            min(left + round(box[2] * scale), right), min(top + round(box[3] * scale), bottom),
        )
        for box in text
    )  # fmt: skip
    return Composition(crop, round(choice.confidence, 3), reason, boxes)


COMPOSITION = Measure("composition", "2", Composition, composed, "composing")
COMPOSITION_BY_RAPIDOCR = Measure(
    "composition", "2 rapidocr", Composition, partial(composed, find_text=rapidocr_boxes), "composing"
)
