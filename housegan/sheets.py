"""Sheets of pictures."""

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

GAP_PX = 2


def tiled(pictures: NDArray[np.uint8], *, columns: int | None = None) -> NDArray[np.uint8]:
    """Lay out n × h × w × 3 in rows on white, with a gap of two pixels; about as wide as high unless told otherwise."""
    count, height, width = pictures.shape[:3]
    columns = columns or math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    sheet = np.full((rows * (height + GAP_PX) - GAP_PX, columns * (width + GAP_PX) - GAP_PX, 3), 255, np.uint8)
    for place, picture in enumerate(pictures):
        row, column = divmod(place, columns)
        top, left = row * (height + GAP_PX), column * (width + GAP_PX)
        sheet[top : top + height, left : left + width] = picture
    return sheet


def png(picture: NDArray[np.uint8], facts: dict[str, str] | None = None) -> bytes:
    """Encode h × w × 3 as PNG, with facts as text that goes along with the file."""
    info = PngImagePlugin.PngInfo()
    for key, value in (facts or {}).items():
        info.add_itxt(key, value)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", pnginfo=info, compress_level=4)
    return buffer.getvalue()
