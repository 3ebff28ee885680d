import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from curation.borders import uniform_border

Paint = Callable[..., Image.Image]
Pixels = NDArray[np.uint8]

WHITE, BLACK, GREEN, MID = (255, 255, 255), (0, 0, 0), (20, 110, 60), (128, 128, 128)


def bordered(image: Image.Image, border: tuple[int, int, int, int], colour: tuple[int, int, int]) -> Image.Image:
    left, top, right, bottom = border
    page = Image.new("RGB", (image.width + left + right, image.height + top + bottom), colour)
    page.paste(image, (left, top))
    return page


def as_jpeg(image: Image.Image, quality: int = 75) -> Pixels:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


def assert_near(found: tuple[int, ...], truth: tuple[int, ...], px: int = 1) -> None:
    assert max(abs(one - other) for one, other in zip(found, truth, strict=True)) <= px, (found, truth)


@pytest.mark.parametrize("colour", [WHITE, BLACK, GREEN, MID])
@pytest.mark.parametrize(
    "border",
    [(20, 20, 20, 20), (0, 32, 0, 32), (24, 0, 24, 0), (0, 0, 0, 18), (15, 0, 0, 0), (0, 22, 0, 0), (12, 30, 16, 50)],
)
def test_a_border_of_any_colour_on_any_sides_is_measured(
    colour: tuple[int, int, int], border: tuple[int, int, int, int], paint: Paint
) -> None:
    for seed in range(3):
        assert_near(uniform_border(as_jpeg(bordered(paint(seed), border, colour))), border, px=2)


@pytest.mark.parametrize("quality", [95, 60, 35])
def test_the_ripples_of_jpeg_don_t_hide_a_border(quality: int, paint: Paint) -> None:
    page = bordered(paint(3), (20, 28, 20, 28), WHITE)
    assert_near(uniform_border(as_jpeg(page, quality)), (20, 28, 20, 28), px=2)


def test_a_soft_inner_edge_still_ends_a_border(paint: Paint) -> None:
    page = bordered(paint(4, 1000, 800), (100, 100, 100, 100), BLACK)
    small = page.resize((317, 264), Image.Resampling.BICUBIC)
    assert_near(uniform_border(np.asarray(small)), (26, 26, 26, 26), px=2)


def test_a_frame_within_a_frame_counts_whole(paint: Paint) -> None:
    page = bordered(bordered(paint(5), (3, 3, 3, 3), BLACK), (20, 20, 20, 20), WHITE)
    assert_near(uniform_border(as_jpeg(page)), (23, 23, 23, 23), px=2)


def test_writing_on_the_margin_belongs_to_the_border(paint: Paint) -> None:
    page = bordered(paint(6), (14, 14, 14, 44), WHITE)
    ImageDraw.Draw(page).text((100, page.height - 30), "A house, evening - no. 7", fill=BLACK, font_size=14)
    assert_near(uniform_border(as_jpeg(page)), (14, 14, 14, 44))


def test_a_picture_without_a_border_has_none(paint: Paint) -> None:
    for seed in range(40):
        assert uniform_border(as_jpeg(paint(seed))) == (0, 0, 0, 0)


@pytest.mark.parametrize("colour", [WHITE, BLACK, MID, (90, 160, 220)])
def test_a_wholly_flat_picture_has_no_border(colour: tuple[int, int, int]) -> None:
    assert uniform_border(as_jpeg(Image.new("RGB", (200, 150), colour))) == (0, 0, 0, 0)


def scene(sky: Pixels, skyline: NDArray[np.int64], paint: Paint) -> Image.Image:
    """A picture whose sky ends at a skyline, a row for each column; below it all is patchy."""
    land = np.asarray(paint(8, sky.shape[1], sky.shape[0]))
    below = np.arange(sky.shape[0])[:, None] >= skyline
    return Image.fromarray(np.where(below[..., None], land, sky).astype(np.uint8))


@pytest.mark.parametrize("colour", [(90, 150, 230), (4, 4, 8), (250, 250, 250)], ids=["clear", "night", "overcast"])
def test_the_sky_over_roofs_and_trees_is_no_border(colour: tuple[int, int, int], paint: Paint) -> None:
    sky = np.full((256, 340, 3), colour, np.uint8)
    roofs = np.full(340, 170)
    roofs[60:150] = 120 - (45 - np.abs(np.arange(90) - 45))  # a gable
    roofs[200:280] = 140  # a flat roof
    assert uniform_border(as_jpeg(scene(sky, roofs, paint))) == (0, 0, 0, 0)


def test_a_sky_that_fades_towards_a_straight_horizon_is_no_border(paint: Paint) -> None:
    rows = np.linspace(0, 1, 256)[:, None, None]
    sky = np.broadcast_to((60, 110, 200) + rows * (180, 130, 50), (256, 340, 3)).astype(np.uint8)
    assert uniform_border(as_jpeg(scene(sky, np.full(340, 150), paint))) == (0, 0, 0, 0)


def test_a_white_page_around_a_picture_with_a_white_sky_is_still_found(paint: Paint) -> None:
    sky = np.full((200, 280, 3), 255, np.uint8)
    inside = scene(sky, 40 + (np.arange(280) % 40), paint)
    left, _, right, bottom = uniform_border(as_jpeg(bordered(inside, (30, 30, 30, 30), WHITE)))
    assert_near((left, right, bottom), (30, 30, 30))


def test_a_dark_still_keeps_its_dark_rows_and_loses_its_bars() -> None:
    night = np.random.default_rng(0).normal(4, 2, (160, 320, 3)).clip(0, 255)
    night[:80] += np.linspace(120, 60, 80)[:, None, None]
    night[80:150, ::3] += 30
    night[150:, 40:100] += 60
    page = bordered(Image.fromarray(night.clip(0, 255).astype(np.uint8)), (0, 40, 0, 40), BLACK)
    _, top, _, bottom = uniform_border(as_jpeg(page))
    assert_near((top, bottom), (40, 40))


def test_tiny_pictures_are_measured_too() -> None:
    for size in ((1, 1), (1, 9), (9, 1), (2, 2), (5, 3)):
        noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)
        assert all(0 <= px < max(size) for px in uniform_border(noise))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "border"),
    [
        ("photos/464d4dd705.jpg", (48, 69, 48, 69)),
        ("photos/b99824d883.jpg", (0, 32, 0, 32)),
        ("photos/7fb1cad955.jpg", (41, 31, 41, 31)),
        ("vangogh/698.jpg", (0, 0, 0, 20)),
        ("photos/52bb31919e.jpg", (0, 0, 0, 0)),
        ("photos/22c5bb63ac.jpg", (0, 0, 0, 0)),
        ("photos/30ea58dabb.jpg", (0, 0, 0, 0)),
        ("photos/22cd40eed2.jpg", (0, 0, 0, 0)),
    ],
)
def test_real_frames_are_found_and_real_skies_left(name: str, border: tuple[int, ...], shared: object) -> None:
    with Image.open(f"{shared}/{name}") as image:
        assert_near(uniform_border(np.asarray(image.convert("RGB"))), border)
