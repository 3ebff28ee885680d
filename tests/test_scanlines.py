"""PNGs written a few rows at a time are read back by Pillow as they were given."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from housegan.scanlines import filtered, scanlines

RANDOM = np.random.default_rng(0)


def written(picture: NDArray[np.uint8], step: int, facts: dict[str, str] | None = None) -> bytes:
    file = io.BytesIO()
    height, width = picture.shape[:2]
    with scanlines(file, width=width, height=height, facts=facts) as add:
        for start in range(0, height, step):
            add(picture[start : start + step])
    return file.getvalue()


def gradient(height: int, width: int) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows * 3, columns * 2, rows + columns], axis=2).astype(np.uint8)


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_the_pixels_and_the_facts_come_back_however_many_rows_are_given_at_a_time(step: int) -> None:
    noise = RANDOM.integers(0, 256, (123, 211, 3), np.uint8)  # several chunks
    facts = {"housegan": '{"title": "Häuser 家"}', "Software": "housegan"}
    for picture in (noise, gradient(50, 40), noise[:1, :1]):
        with Image.open(io.BytesIO(written(picture, step, facts)), formats=("PNG",)) as image:
            assert isinstance(image, Image.Image)
            np.testing.assert_array_equal(np.asarray(image), picture)
            assert image.info == facts


def test_it_is_no_larger_than_pillows_own() -> None:
    picture, pillow = gradient(200, 300), io.BytesIO()
    Image.fromarray(picture).save(pillow, "PNG", compress_level=4)
    assert len(written(picture, 10)) < 1.1 * len(pillow.getvalue())


@pytest.mark.parametrize("number", [0, 1, 2, 4])
def test_a_row_is_filtered_as_the_specification_says(number: int) -> None:
    above = RANDOM.integers(0, 256, 60, np.uint8)
    left_of = np.cumsum(RANDOM.integers(0, 2, 60)).astype(np.uint8)
    row = {
        0: np.where(np.arange(60) % 2, 1, 255).astype(np.uint8),
        1: np.repeat(left_of[::3], 3) * 9,
        2: above,
        4: np.add(above, np.tile(np.array([40, 90, 200], np.uint8), 20)),
    }[number]
    data = filtered(row, above)
    assert data[0] == number
    undone: list[int] = []
    for place, value in enumerate(data[1:]):
        a = undone[place - 3] if place >= 3 else 0
        b = int(above[place])
        c = int(above[place - 3]) if place >= 3 else 0
        nearest = min((abs(a + b - c - other), order, other) for order, other in enumerate((a, b, c)))[2]
        undone.append((value + {0: 0, 1: a, 2: b, 4: nearest}[number]) % 256)
    assert undone == row.tolist()


def test_rows_too_many_too_few_or_too_wide_are_a_mistake() -> None:
    picture = gradient(4, 5)
    for rows, complaint in ((picture[:3], "1 rows are missing"), (gradient(5, 5), "fit"), (gradient(4, 6), "fit")):
        with pytest.raises(ValueError, match=complaint), scanlines(io.BytesIO(), width=5, height=4) as add:
            add(rows)
