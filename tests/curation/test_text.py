import importlib.util
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from curation.text import rapidocr_boxes, text_boxes
from housegan.demo.painter import paint_house
from housegan.errors import HouseganError

LINES = ("PICTURE OF THE DAY", "for sale - call 555 0142", "Photography by Anna", "www.homes-today.net")


def lettered(image: Image.Image, line: str, size: float, place: str, fill: str) -> tuple[float, float, float, float]:
    """Write a line and say where."""
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size)
    long, margin = draw.textlength(line, font=font), 0.03 * image.height
    x = {"left": margin, "middle": (image.width - long) / 2, "right": image.width - margin - long}[place]
    y = image.height - margin - 1.2 * size
    draw.text((x, y), line, fill=fill, font=font, stroke_width=1, stroke_fill="black" if fill == "white" else "white")
    left, top, right, bottom = draw.textbbox((x, y), line, font=font)
    return left, top, right, bottom


def test_lines_written_on_painted_houses_are_found_where_they_are() -> None:
    found = 0
    for number in range(16):
        rng = Random(number)
        style = ("photographic", "fantastic")[number % 2]
        image = paint_house(500 + number, style=style, width=480, height=320).image  # type: ignore[arg-type]
        place, fill = rng.choice(("left", "middle", "right")), rng.choice(("white", "black"))
        left, top, right, bottom = lettered(image, LINES[number % 4], rng.uniform(15, 26), place, fill)
        for box in text_boxes(np.asarray(image)):
            shared = min(right, box[2]) - max(left, box[0])
            if shared > 0.6 * (right - left) and box[1] < (top + bottom) / 2 < box[3]:
                found += 1
                assert box[3] - box[1] < 2.5 * (bottom - top)
                break
    assert found >= 11


def test_painted_houses_fences_and_bricks_are_no_text() -> None:
    for number in range(12):
        style = ("photographic", "fantastic")[number % 2]
        image = paint_house(700 + number, style=style, width=480, height=320).image  # type: ignore[arg-type]
        assert text_boxes(np.asarray(image)) == []
    fence, bricks = Image.new("RGB", (480, 320), (90, 140, 70)), Image.new("RGB", (480, 320), (200, 190, 180))
    for x in range(10, 470, 14):
        ImageDraw.Draw(fence).rectangle((x, 240, x + 7, 290), fill="white")
    for row in range(10):
        for x in range(-20 + 20 * (row % 2), 480, 42):
            ImageDraw.Draw(bricks).rectangle((x, row * 20 + 100, x + 38, row * 20 + 116), fill=(150, 70, 50))
    assert text_boxes(np.asarray(fence)) == []
    assert text_boxes(np.asarray(bricks)) == []


@pytest.mark.parametrize("size", [(1, 1), (5, 900), (640, 8), (40, 40)])
def test_pictures_of_any_shape_are_searched(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (*size, 3), dtype=np.uint8)
    assert all(box[0] < box[2] and box[1] < box[3] for box in text_boxes(noise))


@pytest.mark.shared
def test_watermarks_on_real_house_fronts_are_found_and_few_houses_are_taken_for_text(shared: Path) -> None:
    front = shared / "houses" / "frontal"

    def boxes(name: str) -> list[tuple[int, int, int, int]]:
        with Image.open(front / f"{name}.jpg") as image:
            return text_boxes(np.asarray(image.convert("RGB")))

    marked = ("014", "017", "059", "061", "071", "073")
    assert sum(bool(boxes(name)) for name in marked) >= 5
    plain = ("001", "004", "007", "010", "013", "019", "022", "025", "028", "034", "037", "049", "058", "085", "088")
    assert sum(bool(boxes(name)) for name in plain) <= 1


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) for name in ("rapidocr", "rapidocr_onnxruntime")), reason="RapidOCR is here"
)
def test_rapidocr_is_asked_for_in_a_sentence_where_it_is_missing() -> None:
    with pytest.raises(HouseganError, match="not installed"):
        rapidocr_boxes(np.zeros((50, 50, 3), np.uint8))
