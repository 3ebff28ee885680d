import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from curation.jpeg import filled, jpeg_quality
from housegan.pictures import decode

Paint = Callable[..., Image.Image]


def encoded(image: Image.Image, format_name: str = "JPEG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format_name, **options)
    return file.getvalue()


def cut(data: bytes, share: float) -> bytes:
    """A JPEG without its later part, but with the marker that ends it: no decoder complains."""
    begin = data.index(b"\xff\xda")
    return data[: begin + int((len(data) - begin) * share)].rstrip(b"\xff") + b"\xff\xd9"


@pytest.mark.parametrize("quality", [1, 5, 20, 40, 50, 51, 75, 90, 95, 99, 100])
@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"progressive": True}], ids=str)
def test_the_quality_that_a_jpeg_was_saved_with_is_read(quality: int, options: dict[str, Any], paint: Paint) -> None:
    assert jpeg_quality(encoded(paint(1, 64, 64), quality=quality, **options)) == pytest.approx(quality, abs=1)


def test_a_long_profile_before_the_tables_is_passed_over(paint: Paint) -> None:
    assert jpeg_quality(encoded(paint(1, 64, 64), quality=80, icc_profile=bytes(200_000), comment=b"x" * 9)) == 80


def test_tables_of_another_encoder_are_placed_on_the_same_scale(paint: Paint) -> None:
    data = encoded(paint(1, 64, 64), qtables=[[3] * 64, [4] * 64])
    assert 93 <= (jpeg_quality(data) or 0) <= 99


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "GIF"])
def test_other_formats_have_no_quality(format_name: str, paint: Paint) -> None:
    assert jpeg_quality(encoded(paint(1, 64, 64), format_name)) is None


def test_a_cut_header_has_no_quality_and_raises_nothing(paint: Paint) -> None:
    data = encoded(paint(1, 64, 64))
    end = data.index(b"\xff\xdb") + 4 + 65
    assert jpeg_quality(data[:end]) is not None
    for length in range(end - 1):
        assert jpeg_quality(data[:length]) is None


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("at_least_px", [None, 256])
def test_the_grey_of_a_cut_jpeg_is_measured(share: float, at_least_px: int | None, paint: Paint) -> None:
    noise = np.random.default_rng(0).normal(0, 12, (800, 1000, 3))  # so that the bytes are spread evenly
    whole = encoded(Image.fromarray((np.asarray(paint(2, 1000, 800)) + noise).clip(0, 255).astype(np.uint8)))
    pixels = np.asarray(decode(cut(whole, share), at_least_px=at_least_px))
    assert filled(pixels) == pytest.approx(1 - share, abs=0.08)
    assert filled(np.asarray(decode(whole, at_least_px=at_least_px))) == 0


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_the_grey_is_found_where_the_orientation_has_put_it(orientation: int, paint: Paint) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    noise = np.random.default_rng(0).normal(0, 12, (300, 400, 3))
    image = Image.fromarray((np.asarray(paint(2, 400, 300)) + noise).clip(0, 255).astype(np.uint8))
    assert filled(np.asarray(decode(cut(encoded(image, exif=exif), 0.6)))) == pytest.approx(0.4, abs=0.08)


def test_other_plain_feet_and_grey_frames_are_not_filled(paint: Paint) -> None:
    pixels = np.asarray(paint(3)).copy()
    for colour in ((0, 0, 0), (255, 255, 255), (90, 128, 200)):
        pixels[-60:] = colour
        assert filled(pixels) == 0
    pixels[-60:] = pixels[:40] = 128
    assert filled(pixels) == 0
    pixels[:40] = 10
    assert filled(pixels) == pytest.approx(60 / 256)
    assert filled(np.full((40, 40, 3), 128, np.uint8)) == 1
