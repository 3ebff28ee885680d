from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from curation import saliency
from housegan.pictures import decode


def scene(width: int, height: int) -> Image.Image:
    """Sky over a lawn, a red house with windows to the right."""
    image = Image.new("RGB", (width, height), (120, 170, 230))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height * 0.6, width, height), fill=(90, 140, 60))
    left, top, right, bottom = width * 0.62, height * 0.35, width * 0.86, height * 0.75
    draw.rectangle((left, top, right, bottom), fill=(190, 90, 70))
    for x in (0.2, 0.6):
        draw.rectangle(
            (left + x * (right - left), top + 20, left + (x + 0.2) * (right - left), top + 60), fill=(240, 240, 230)
        )
    return image


def test_what_is_unlike_the_rim_and_built_straight_is_what_matters() -> None:
    found = saliency.saliency(np.asarray(scene(480, 320)))
    height, width = found.shape
    assert (width, height) == (saliency.MAP_PX, round(saliency.MAP_PX * 320 / 480))
    assert found.dtype == np.float32
    assert found.min() >= 0
    assert found.max() <= 1
    house = found[int(0.35 * height) : int(0.75 * height), int(0.62 * width) : int(0.86 * width)]
    assert house.sum() > 0.75 * found.sum()


def test_border_distinctness_equals_a_plain_mahalanobis_distance_patch_by_patch() -> None:
    lab = np.random.default_rng(5).uniform(-40, 80, (30, 44, 3)).astype(np.float32)
    distances = []
    for strip in (lab[:2], lab[-2:], lab[:, :2].swapaxes(0, 1), lab[:, -2:].swapaxes(0, 1)):
        for patch in np.array_split(strip, saliency.PATCHES_A_SIDE, axis=1):
            colours = patch.reshape(-1, 3).astype(np.float64)
            inverse = np.linalg.inv(np.cov(colours.T) + saliency.GRAIN * np.eye(3))
            away = lab.reshape(-1, 3) - colours.mean(axis=0)
            distances.append([np.sqrt(one @ inverse @ one) for one in away])
    second = np.sort(distances, axis=0)[1].reshape(30, 44).astype(np.float32)
    np.testing.assert_allclose(saliency.border_distinctness(lab), saliency.unit(second), atol=1e-4)


def test_a_subject_that_touches_the_rim_still_differs_from_it() -> None:
    lab = np.zeros((60, 90, 3), np.float32)
    lab[..., 0] = 60
    lab[20:60, 40:50] = (40, 60, 30)
    found = saliency.border_distinctness(lab)
    assert found[20:60, 40:50].min() > 0.9
    assert found[:, :38].max() < 0.1


def test_the_spectral_residual_shines_where_something_odd_is() -> None:
    field = np.random.default_rng(3).normal(120, 8, (128, 128))
    field[84:96, 30:42] += 90
    found = saliency.spectral_residual(np.repeat(field.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2))
    y, x = np.unravel_index(found.argmax(), found.shape)
    assert abs(y - 45) <= 5
    assert abs(x - 18) <= 5


def test_long_straight_lines_count_and_speckles_do_not() -> None:
    image = Image.new("RGB", (384, 256), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((220, 60, 340, 200), outline="black", width=3)
    for x in range(20, 180, 12):
        for y in range(20, 240, 12):
            draw.ellipse((x, y, x + 5, y + 5), fill="black")
    found = saliency.segments(np.asarray(image))
    assert found[:, 200:].sum() > 20 * found[:, :190].sum()


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (17, 23)])
def test_pictures_of_any_shape_have_a_map(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    assert np.isfinite(saliency.saliency(noise)).all()


@pytest.mark.shared
def test_drawings_of_black_lines_on_white_have_a_map(shared: Path) -> None:
    for path in sorted((shared / "clipart_buildings").glob("*.png"))[::3]:
        found = saliency.saliency(np.asarray(decode(path.read_bytes())))
        assert np.isfinite(found).all()


def test_in_a_picture_of_one_colour_nothing_matters() -> None:
    assert not saliency.saliency(np.full((200, 300, 3), 90, np.uint8)).any()
