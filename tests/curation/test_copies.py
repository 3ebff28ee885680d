import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from curation.copies import COPY, covered_share, effective_side_px
from curation.measures import measured
from housegan.catalog import Catalog, Sha256
from housegan.config import IntakeConfig

Add = Callable[..., Sha256]
KERNELS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)


def detailed(seed: int, size: tuple[int, int] = (360, 270)) -> Image.Image:
    """A picture whose spectrum falls as a photograph's does, to the last pixel."""
    width, height = size
    rng = np.random.default_rng(seed)
    distance = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    waves = np.fft.rfft2(rng.normal(size=(height, width))) / np.maximum(distance, 1 / width)
    values = np.fft.irfft2(waves, s=(height, width))
    return Image.fromarray(np.clip(128 + 45 * values / values.std(), 0, 255).astype(np.uint8)).convert("RGB")


def side(image: Image.Image) -> float:
    return effective_side_px(np.asarray(image.convert("L")))


def again(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def times(image: Image.Image, factor: float, kernel: Image.Resampling) -> Image.Image:
    return image.resize((round(image.width * factor), round(image.height * factor)), kernel)


def test_a_picture_full_of_detail_has_its_own_side() -> None:
    assert side(detailed(1)) == 270
    assert side(again(detailed(1), 60)) == 270
    assert side(detailed(1, (270, 360))) == 270


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name.lower())
@pytest.mark.parametrize("factor", [1.5, 2.0])
def test_blowing_up_adds_no_detail(kernel: Image.Resampling, factor: float) -> None:
    larger = times(detailed(2), factor, kernel)
    for copy in (larger, again(larger, 95), again(larger, 60)):
        assert 0.8 * 270 <= side(copy) <= 1.1 * 270


def test_a_smaller_copy_has_its_own_side() -> None:
    for kernel in (Image.Resampling.BICUBIC, Image.Resampling.LANCZOS):
        smaller = times(detailed(3, (720, 540)), 0.5, kernel)
        assert 0.85 * 270 <= side(smaller) <= 270
        assert 0.85 * 270 <= side(again(smaller, 75)) <= 270


def test_mild_noise_doesnt_pass_for_detail() -> None:
    larger = np.asarray(times(detailed(4), 2, Image.Resampling.BICUBIC)).astype(float)
    noisy = larger + np.random.default_rng(0).normal(0, 2, larger.shape)
    assert side(Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))) <= 1.2 * 270


def test_tiny_and_empty_pictures_have_their_own_side() -> None:
    assert side(Image.new("RGB", (31, 20), "red")) == 20
    assert side(Image.new("RGB", (300, 200), "red")) == 200


def test_boxes_that_overlap_count_once() -> None:
    assert covered_share([], 100, 100) == 0
    assert covered_share([(0, 0, 50, 100), (25, 0, 75, 100)], 100, 100) == 0.75
    assert covered_share([(-10, -10, 10, 10), (90, 90, 120, 120)], 100, 100) == 0.02


def test_copies_in_a_catalog_are_measured(catalog: Catalog, add: Add) -> None:
    image = detailed(5, (480, 360))
    plain = add(image)
    blown_up = add(times(image, 2, Image.Resampling.BICUBIC))
    text = image.copy()
    ImageDraw.Draw(text).text((30, 250), "HouseAgency.com", font=ImageFont.load_default(size=44), fill="white")
    written_on = add(text)
    found = measured(catalog, COPY, catalog.pictures(), IntakeConfig())
    assert not found.unreadable
    values = found.values
    assert values[plain].effective_side_px == pytest.approx(360, rel=0.05)
    assert values[blown_up].effective_side_px == pytest.approx(360, rel=0.2)
    assert values[written_on].effective_side_px == pytest.approx(360, rel=0.05)
    assert values[plain].text_share < 0.01 < values[written_on].text_share < 0.5


@pytest.mark.shared
def test_no_blown_up_photograph_beats_its_original_by_much(shared: Path) -> None:
    ratios = []
    for path in [*sorted((shared / "photos").glob("*.jpg"))[::250], *sorted((shared / "vangogh").glob("*.jpg"))[::140]]:
        image = Image.open(io.BytesIO(path.read_bytes())).convert("RGB")
        own = side(image)
        ratios += [side(again(times(image, 1.5, kernel), 75)) / own for kernel in KERNELS]
    assert np.median(ratios) == pytest.approx(0.9, abs=0.1)
    assert (np.array(ratios) <= 1.1).mean() >= 0.95
