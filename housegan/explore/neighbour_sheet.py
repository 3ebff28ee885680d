"""Samples beside their nearest training pictures: a sheet with what there is to say beneath each, and JSON."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from housegan.explore.neighbours import CAUTION, COUNT, WAYS, Found, Neighbour
from housegan.files import write_whole
from housegan.sheets import GAP_PX, LINE_PX, headed, png

LEAST_PX, MOST_PX = 112, 256
"""Side at which pictures are shown."""
TEXT_PX = 13
MARGIN_PX = 12
LABELS = {"euclidean": "Euclidean", "cosine": "cosine", "features": "features"}
LABEL_PX = 76
INK, FAINT, MARK = (30, 30, 30), (110, 110, 110), (170, 60, 30)
_FONT = ImageFont.load_default(size=TEXT_PX)

Picture = NDArray[np.uint8]
"""h × w × 3."""


def neighbour_sheet(samples: Picture, names: Sequence[str], found: Found, *, heading: str) -> Picture:
    """Draw every sample (n × s × s × 3) at the left of three rows of training pictures, nearest first, then a caution.

    A training picture that is near as its mirror image is shown mirrored, and says so.
    """
    size = samples.shape[1]
    side = max(min(size, MOST_PX), LEAST_PX)
    blocks = [
        _block(sample, name, {way: found[way][place] for way in WAYS}, size=size, side=side)
        for place, (sample, name) in enumerate(zip(samples, names, strict=True))
    ]
    height, width = blocks[0].shape[:2]
    columns = max(1, min(len(blocks), round(math.sqrt(len(blocks) * height / width))))
    rows = math.ceil(len(blocks) / columns)
    body = np.full((rows * height, columns * width, 3), 255, np.uint8)
    for place, block in enumerate(blocks):
        row, column = divmod(place, columns)
        body[row * height : (row + 1) * height, column * width : (column + 1) * width] = block
    texts = [headed(text, columns * width) for text in (heading, CAUTION)]
    return np.concatenate([texts[0], body, texts[1]])


def write_neighbours(
    folder: Path, samples: Picture, names: Sequence[str], found: Found, *, title: str, notes: Sequence[str]
) -> None:
    """Write the sheet, and what is known of each training picture as JSON."""
    sheet = neighbour_sheet(samples, names, found, heading=" ".join([title, *notes]))
    values = {
        "title": title, "ways": WAYS, "notes": [*notes, CAUTION],
        "samples": [
            {"sample": name} | {way: [one.facts() for one in found[way][place]] for way in WAYS}
            for place, name in enumerate(names)
        ],
    }  # fmt: skip
    write_whole(folder / "neighbours.png", png(sheet))
    write_whole(folder / "neighbours.json", json.dumps(values, indent=1, ensure_ascii=False).encode())


def _block(sample: Picture, name: str, near: dict[str, list[Neighbour]], *, size: int, side: int) -> Picture:
    cell = side + 2 * LINE_PX
    left = MARGIN_PX + side + MARGIN_PX + LABEL_PX
    block = Image.new("RGB", (left + COUNT * (side + 2 * GAP_PX) + MARGIN_PX, len(WAYS) * cell + MARGIN_PX), "white")
    draw = ImageDraw.Draw(block)
    block.paste(_shown(sample, side), (MARGIN_PX, MARGIN_PX))
    draw.text((MARGIN_PX, MARGIN_PX + side + 3), _fitting(name, side), INK, _FONT)
    for row, way in enumerate(WAYS):
        top = MARGIN_PX + row * cell
        draw.text((left - GAP_PX - 6, top + side / 2), LABELS[way], INK, _FONT, anchor="rm")
        for column, one in enumerate(near[way]):
            x = left + column * (side + 2 * GAP_PX)
            block.paste(_shown(one.picture(size), side), (x, top))
            number = f"{one.number:.1f}" if way == "euclidean" else f"{one.number:.2f}"
            draw.text((x, top + side + 3), number, INK, _FONT)
            if one.mirrored:
                draw.text((x + side, top + side + 3), "mirrored", MARK, _FONT, anchor="ra")
            draw.text((x, top + side + LINE_PX), _fitting(_title(one), side), FAINT, _FONT)
    return np.asarray(block)


def _shown(picture: Picture, side: int) -> Image.Image:
    return Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC)


def _title(one: Neighbour) -> str:
    """The set and the picture's title; its digest's beginning where there is none that the font can write."""
    title = " ".join(one.row.title.split())
    written = title and all(sign.isprintable() and ord(sign) < 256 for sign in title)
    return f"{one.part.pack.name}: {title if written else one.row.sha256[:8]}"


def _fitting(text: str, width: int) -> str:
    if _FONT.getlength(text) <= width:
        return text
    while text and _FONT.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"
