import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from curation.seams import collage
from housegan.config import CurateConfig
from housegan.demo.painter import paint_house, paint_interior

Grey = NDArray[np.uint8]

MOST = CurateConfig().max_collage


def panel(seed: int, width: int, height: int) -> Image.Image:
    return paint_house(seed, style="fantastic" if seed % 2 else "photographic", width=width, height=height).image


def put_together(columns: int, rows: int, *, gutter_px: int, colour: str, seed: int = 0, side: int = 300) -> Grey:
    """A grid of other pictures, by way of JPEG."""
    width, height = (side - (columns - 1) * gutter_px) // columns, (side - (rows - 1) * gutter_px) // rows
    page = Image.new(
        "RGB", (columns * (width + gutter_px) - gutter_px, rows * (height + gutter_px) - gutter_px), colour
    )
    for number in range(columns * rows):
        x, y = number % columns * (width + gutter_px), number // columns * (height + gutter_px)
        page.paste(panel(10 * seed + number, width, height), (x, y))
    return through_jpeg(page)


def through_jpeg(image: Image.Image) -> Grey:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return np.asarray(Image.open(file).convert("L"))


@pytest.mark.parametrize(("columns", "rows"), [(2, 1), (1, 2), (2, 2), (3, 1), (3, 3)])
@pytest.mark.parametrize("gutter_px", [5, 12])
@pytest.mark.parametrize("colour", ["white", "black"])
def test_panels_with_gutters_are_a_collage(columns: int, rows: int, gutter_px: int, colour: str) -> None:
    assert collage(put_together(columns, rows, gutter_px=gutter_px, colour=colour)) > MOST


def test_most_panels_without_gutters_are_a_collage() -> None:
    values = [
        collage(put_together(*grid, gutter_px=0, colour="white", seed=seed))
        for grid in ((2, 2), (3, 1))
        for seed in range(8)
    ]
    assert np.mean(np.array(values) > MOST) >= 0.8


def test_before_and_after_with_a_thin_line_between_them_is_a_collage() -> None:
    page = Image.new("RGB", (406, 256), "white")
    page.paste(panel(2, 200, 256), (0, 0))
    page.paste(panel(2, 200, 256).point(lambda value: value * 0.7), (206, 0))
    assert collage(through_jpeg(page)) > MOST


def test_single_pictures_of_houses_are_none() -> None:
    values = [collage(through_jpeg(panel(seed, 320, 256))) for seed in range(60)]
    assert max(values) <= MOST


def test_rooms_with_their_corners_and_doors_are_none() -> None:
    values = [collage(through_jpeg(paint_interior(seed, width=320, height=256).image)) for seed in range(12)]
    assert max(values) <= MOST


def test_a_level_horizon_and_a_bridge_are_none() -> None:
    rng = np.random.default_rng(0)
    page = np.full((256, 320), 190.0)
    page[128:] = 90
    page[170:180] = 40
    page += rng.normal(0, 3, page.shape)
    assert collage(page.clip(0, 255).astype(np.uint8)) <= MOST


def test_a_pole_before_a_wood_is_none() -> None:
    image = panel(3, 320, 256)
    ImageDraw.Draw(image).rectangle((158, 90, 163, 256), fill=(40, 35, 30))
    assert collage(through_jpeg(image)) <= MOST


@pytest.mark.parametrize("shape", [(1, 1), (20, 300), (300, 20), (32, 32), (33, 400)])
def test_any_shape_has_a_value_from_0_to_1(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert 0 <= collage(noise) <= 1
    assert collage(np.zeros(shape, np.uint8)) == 0


@pytest.mark.shared
def test_hardly_any_real_picture_is_a_collage_and_real_collages_are(shared: Path) -> None:
    def value(path: Path) -> float:
        return collage(np.asarray(Image.open(path).convert("L")))

    paths = sorted((shared / "monet").glob("*")) + sorted((shared / "photos").glob("*"))[:300]
    assert sum(value(path) > MOST for path in paths) <= 2
    assert value(shared / "photos" / "d01ee012a8.jpg") > MOST
    assert value(shared / "photos" / "5b28e861e1.jpg") > MOST
