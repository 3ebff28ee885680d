import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from curation import crop
from curation.composition import Composition
from housegan.catalog import Crop, Picture, Sha256
from housegan.config import CurateConfig

Paint = Callable[..., Image.Image]
FIRST, SECOND = Sha256("1" * 64), Sha256("2" * 64)


def picture(width: int, height: int) -> Picture:
    return Picture(Sha256("0" * 64), "JPEG", width, height, 1, False)


def test_the_crop_is_the_largest_square_at_the_centre() -> None:
    wide, tall = crop.decide([picture(301, 200), picture(200, 300)], {}, CurateConfig())
    assert (wide.crop, wide.verdict) == (Crop(50, 0, 200), None)
    assert tall.crop == Crop(0, 50, 200)


def test_the_crop_is_where_the_composition_says_and_as_sure() -> None:
    wide = picture(300, 200)
    found = {wide.sha256: Composition((80, 3, 190), 0.25, "5 % smaller to leave text out", ())}
    [decision] = crop.decide([wide], found, CurateConfig())
    assert decision.crop == Crop(80, 3, 190)
    assert (decision.confidence, decision.reason) == (0.25, "5 % smaller to leave text out")
    [plain] = crop.decide([wide], found, CurateConfig(crop="centre"))
    assert (plain.crop, plain.confidence, plain.reason) == (Crop(50, 0, 200), None, "")
    assert plain.config != decision.config


@pytest.mark.parametrize(
    ("confidence", "answered", "waits"),
    [(0.1, (), True), (0.3, (), False), (None, (), False), (0.1, {FIRST}, False), (0.1, {SECOND}, True)],
)
def test_a_doubtful_crop_waits_until_a_person_has_answered(
    confidence: float | None, answered: set[Sha256], waits: bool
) -> None:
    found = crop.waiting({FIRST: confidence}, answered, CurateConfig(min_crop_confidence=0.3))
    assert found == ({FIRST} if waits else set())


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
