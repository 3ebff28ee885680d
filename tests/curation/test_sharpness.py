from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from curation.sharpness import sharpness
from housegan.config import CurateConfig

Grey = NDArray[np.uint8]

LEAST = CurateConfig().min_sharpness


def blurred(grey: Grey, sigma_px: float) -> Grey:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma_px), np.uint8)


def flat_art() -> Grey:
    """A house of five shapes on a plain ground."""
    image = Image.new("L", (256, 256), 230)
    draw = ImageDraw.Draw(image)
    draw.rectangle((70, 120, 190, 210), fill=150)
    draw.polygon([(55, 120), (130, 60), (205, 120)], fill=90)
    draw.rectangle((115, 160, 145, 210), fill=60)
    draw.ellipse((210, 20, 240, 50), fill=250)
    return np.asarray(image)


def test_a_step_is_as_sharp_as_can_be_and_a_ramp_is_not() -> None:
    step = np.zeros((64, 64), np.uint8)
    step[:, 32:] = 200
    ramp = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (64, 1))
    assert sharpness(step) == 1
    assert sharpness(ramp) == pytest.approx(0.1, abs=0.03)


def test_the_stronger_the_blur_the_smaller_the_value() -> None:
    values = [sharpness(blurred(flat_art(), sigma)) for sigma in (0.5, 1, 1.5, 2, 3)]
    assert values == sorted(values, reverse=True)
    assert values[0] > LEAST > values[2]


def test_contrast_does_not_change_it() -> None:
    faint = (100 + flat_art() * 0.25).astype(np.uint8)
    assert sharpness(faint) == pytest.approx(sharpness(flat_art()), abs=0.05)
    assert sharpness(blurred(faint, 2)) < LEAST


def test_flat_art_and_a_night_with_a_few_lights_are_sharp() -> None:
    night = np.full((256, 256), 6, np.uint8)
    for x in range(20, 240, 30):
        night[150:154, x : x + 3] = 220
    assert sharpness(flat_art()) > 2 * LEAST
    assert sharpness(night) > LEAST


def test_grain_does_not_make_a_blurred_picture_sharp() -> None:
    grain = np.random.default_rng(0).normal(0, 1.5, (256, 256))
    assert sharpness((blurred(flat_art(), 2.5) + grain).clip(0, 255).astype(np.uint8)) < LEAST


def test_what_is_flat_or_tiny_has_no_sharpness() -> None:
    assert sharpness(np.full((50, 50), 90, np.uint8)) == 0
    assert sharpness(np.zeros((1, 9), np.uint8)) == 0
    assert sharpness(np.array([[0, 255], [255, 0]], np.uint8)) == 1


@pytest.mark.shared
def test_real_pictures_are_sharp_and_their_blurred_copies_are_not(shared: Path) -> None:
    paths = [path for name in ("houses/frontal", "monet", "vangogh") for path in sorted((shared / name).glob("*"))[:30]]
    for path in paths:
        image = Image.open(path).convert("L")
        scale = 256 / min(image.size)
        size = (round(image.width * scale), round(image.height * scale))
        grey = np.asarray(cv2.resize(np.asarray(image), size, interpolation=cv2.INTER_AREA), np.uint8)
        assert sharpness(grey) > LEAST + 0.05, path.name
        assert sharpness(blurred(grey, 1.5)) < LEAST, path.name
