"""Sheets of pictures."""

import io
import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from housegan.files import being_written
from housegan.scanlines import scanlines

GAP_PX = 2
LINE_PX = 20
"""Height of a line of a heading."""
HEADED_PX = 240
"""A sheet with a heading is at least so wide, that it can be read."""

Picture = NDArray[np.uint8]
"""h × w × 3."""


def tiled(pictures: NDArray[np.uint8], *, columns: int | None = None) -> NDArray[np.uint8]:
    """Lay out n × h × w × 3 in rows on white, with a gap of two pixels; about as wide as high unless told otherwise."""
    count, height, width = pictures.shape[:3]
    columns = columns or square_columns(count)
    rows = math.ceil(count / columns)
    sheet = np.full((rows * (height + GAP_PX) - GAP_PX, columns * (width + GAP_PX) - GAP_PX, 3), 255, np.uint8)
    for place, picture in enumerate(pictures):
        row, column = divmod(place, columns)
        top, left = row * (height + GAP_PX), column * (width + GAP_PX)
        sheet[top : top + height, left : left + width] = picture
    return sheet


def square_columns(count: int) -> int:
    """How many columns make a sheet of `count` square pictures about as wide as high."""
    return math.ceil(math.sqrt(count))


def png(picture: NDArray[np.uint8], facts: Mapping[str, str] | None = None) -> bytes:
    """Encode h × w × 3 as PNG, with facts as text that goes along with the file."""
    info = PngImagePlugin.PngInfo()
    for key, value in (facts or {}).items():
        info.add_itxt(key, value)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", pnginfo=info, compress_level=4)
    return buffer.getvalue()


def write_sheet(
    path: Path,
    pictures: Iterable[Picture],
    *,
    count: int,
    columns: int,
    facts: Mapping[str, str] | None = None,
    heading: str = "",
) -> None:
    """Write `count` pictures, at least one, as a PNG as `tiled` lays them out, one row of them in memory at a time.

    A `heading` stands above them, on a sheet at least 240 px wide.
    """
    coming = iter(pictures)
    first = next(coming)
    height, width = first.shape[:2]
    sheet_width = max(columns * (width + GAP_PX) - GAP_PX, HEADED_PX if heading else 0)
    head = headed(heading, sheet_width)
    sheet_height = len(head) + math.ceil(count / columns) * (height + GAP_PX) - GAP_PX
    with (
        being_written(path) as temporary,
        temporary.open("wb") as file,
        scanlines(file, width=sheet_width, height=sheet_height, facts=facts) as add,
    ):
        add(head)
        for number, band in enumerate(_bands(chain([first], coming), columns)):
            if number:
                add(np.full((GAP_PX, sheet_width, 3), 255, np.uint8))
            add(np.pad(band, ((0, 0), (0, sheet_width - band.shape[1]), (0, 0)), constant_values=255))


def headed(text: str, width: int) -> Picture:
    """Write a text black on white in as many lines of `width` px as it takes, none for an empty one."""
    font = ImageFont.load_default(size=0.65 * LINE_PX)
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width - 2 * GAP_PX:
            lines.append(word)
        else:
            lines[-1] = longer
    head = Image.new("RGB", (width, LINE_PX * len(lines) if text else 0), "white")
    for number, line in enumerate(lines if text else ()):
        ImageDraw.Draw(head).text((GAP_PX, (number + 0.5) * LINE_PX), line, "black", font, anchor="lm")
    return np.asarray(head).reshape(head.height, width, 3)


def _bands(pictures: Iterable[Picture], columns: int) -> Iterator[NDArray[np.uint8]]:
    coming = iter(pictures)
    while row := list(islice(coming, columns)):
        yield tiled(np.stack(row), columns=columns)
