import io

import numpy as np
import pytest
from PIL import Image

from housegan.sheets import GAP_PX, png, tiled


def plain(count: int, height: int = 5, width: int = 7) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None, None], (count, height, width, 3))


@pytest.mark.parametrize(
    ("count", "columns", "layout"),
    [(1, None, (1, 1)), (4, None, (2, 2)), (5, None, (2, 3)), (6, 2, (3, 2)), (3, 5, (1, 5)), (16, 4, (4, 4))],
)
def test_pictures_lie_in_rows_from_left_to_right_on_white(
    count: int, columns: int | None, layout: tuple[int, int]
) -> None:
    sheet = tiled(plain(count), columns=columns)
    rows, across = layout
    assert sheet.shape == (rows * (5 + GAP_PX) - GAP_PX, across * (7 + GAP_PX) - GAP_PX, 3)
    covered = np.zeros(sheet.shape[:2], bool)
    for number in range(count):
        top, left = number // across * (5 + GAP_PX), number % across * (7 + GAP_PX)
        assert (sheet[top : top + 5, left : left + 7] == number).all()
        covered[top : top + 5, left : left + 7] = True
    assert (sheet[~covered] == 255).all()


def test_a_png_holds_the_very_pixels_and_the_facts_in_any_script() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (9, 11, 3), np.uint8)
    facts = {"housegan": '{"title": "Häuser 家"}', "Software": "housegan"}
    with Image.open(io.BytesIO(png(picture, facts)), formats=("PNG",)) as image:
        assert isinstance(image, Image.Image)
        np.testing.assert_array_equal(np.asarray(image), picture)
        assert image.info == facts


def test_the_same_picture_is_the_same_bytes() -> None:
    picture = plain(1)[0]
    assert png(picture) == png(picture.copy())
    assert png(picture, {"a": "b"}) != png(picture)
