import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from curation import crop
from housegan.catalog import Crop, Picture, Sha256
from housegan.config import CurateConfig

Paint = Callable[..., Image.Image]


def picture(width: int, height: int) -> Picture:
    return Picture(Sha256("0" * 64), "JPEG", width, height, 1, False)


def test_the_crop_is_the_largest_square_at_the_centre() -> None:
    wide, tall = crop.decide([picture(301, 200), picture(200, 300)], {}, CurateConfig())
    assert (wide.crop, wide.verdict) == (Crop(50, 0, 200), None)
    assert tall.crop == Crop(0, 50, 200)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Crop(10, 20, 100), Crop(10, 20, 100)),
        (Crop(250, 20, 100), Crop(200, 20, 100)),
        (Crop(-5, -5, 400), Crop(0, 0, 200)),
        (Crop(5, 5, 0), Crop(50, 0, 200)),
        (None, Crop(50, 0, 200)),
    ],
)
def test_a_crop_that_does_not_fit_is_moved_and_shrunk(given: Crop | None, expected: Crop) -> None:
    assert crop.fitted(given, picture(300, 200)) == expected


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_pixels_equal_a_plain_crop_and_resize(paint: Paint, kind: str) -> None:
    image, file, square = paint(3, 150, 120), io.BytesIO(), Crop(17, 5, 101)
    image.save(file, kind)
    with Image.open(file) as read:
        cut = read.convert("RGB").crop((17, 5, 118, 106)).resize((64, 64), Image.Resampling.LANCZOS)
    np.testing.assert_array_equal(crop.pixels(file.getvalue(), square, picture(150, 120), size=64), np.asarray(cut))


def test_pixels_of_a_jpeg_decoded_smaller_lie_where_they_should(paint: Paint) -> None:
    image, file, square = paint(4, 2001, 1503), io.BytesIO(), Crop(402, 203, 1001)
    image.save(file, "JPEG", quality=95)
    with Image.open(file) as read:
        whole = read.resize((128, 128), Image.Resampling.LANCZOS, (402, 203, 1403, 1204))
    got = crop.pixels(file.getvalue(), square, picture(2001, 1503), size=128)
    assert np.abs(got.astype(int) - np.asarray(whole)).mean() < 0.5


def test_the_crop_is_taken_of_the_upright_picture(paint: Paint) -> None:
    turned, file, exif = Image.new("RGB", (300, 200), "red"), io.BytesIO(), Image.Exif()
    turned.paste("blue", (0, 0, 150, 200))
    exif[0x0112] = 6  # a quarter turn to the right brings it upright: blue on top
    turned.save(file, "JPEG", exif=exif)
    top = crop.pixels(file.getvalue(), Crop(0, 0, 100), picture(200, 300), size=32)
    assert (top[..., 2] > 200).all()


def test_nothing_outside_the_crop_shines_in() -> None:
    image, file = Image.new("RGB", (300, 300), "red"), io.BytesIO()
    image.paste("blue", (100, 100, 200, 200))
    image.save(file, "PNG")
    inside = crop.pixels(file.getvalue(), Crop(100, 100, 100), picture(300, 300), size=32)
    assert (inside == (0, 0, 255)).all()
