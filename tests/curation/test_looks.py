import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from pydantic import TypeAdapter

from curation import quality
from curation.looks import LOOK, Look, look
from curation.measures import measured
from curation.opinions import kind
from housegan.catalog import Catalog, Picture, Sha256
from housegan.config import CurateConfig, IntakeConfig
from housegan.demo.painter import paint_house
from housegan.errors import UnreadablePictureError
from housegan.pictures import inspect

Paint = Callable[..., Image.Image]
Add = Callable[..., Sha256]


def encoded(image: Image.Image, format_name: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format_name, **({"quality": 90} if format_name == "JPEG" else {}) | options)
    return file.getvalue()


def looked_at(data: bytes) -> Look:
    return look(row(data), data)


def row(data: bytes) -> Picture:
    facts = inspect(data)
    digest = Sha256(hashlib.sha256(data).hexdigest())
    return Picture(digest, facts.format, facts.width, facts.height, len(data), facts.animated)


def complaint(data: bytes, **config: float) -> str:
    return kind(
        quality.decide([row(data)], {row(data).sha256: looked_at(data)}, {}, CurateConfig.model_validate(config))[0]
    )


def bits_apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def house(seed: int = 2, width: int = 400, height: int = 320) -> Image.Image:
    return paint_house(seed, style="photographic", width=width, height=height).image


def test_tones_are_those_of_the_pixels() -> None:
    pixels = np.zeros((200, 200, 3), np.uint8)
    pixels[:, ::2] = (200, 100, 50)
    pixels[:, 1::2] = (90, 90, 90)
    seen = looked_at(encoded(Image.fromarray(pixels), "PNG"))
    lit = 0.299 * 200 + 0.587 * 100 + 0.114 * 50
    assert seen.brightness == pytest.approx((lit + 90) / 2, abs=1)
    assert seen.contrast == pytest.approx((lit - 90) / 2, abs=1)
    assert seen.saturation == pytest.approx(150 / 255 / 2, abs=0.01)
    assert seen.jpeg_quality is None
    assert seen.filled == 0


def test_the_border_is_in_pixels_of_the_original_and_leaves_the_measures_alone() -> None:
    image = house(width=1200, height=900)
    page = Image.new("RGB", (1500, 1400), "white")
    page.paste(image, (100, 200))
    plain, framed = looked_at(encoded(image)), looked_at(encoded(page))
    assert plain.border == (0, 0, 0, 0)
    assert framed.border == pytest.approx((100, 200, 200, 300), abs=9)
    assert framed.brightness == pytest.approx(plain.brightness, abs=3)
    assert framed.contrast == pytest.approx(plain.contrast, abs=3)
    assert bits_apart(plain.hashes[0], framed.hashes[0]) <= 24


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_turned_file_looks_like_the_upright_one(orientation: int) -> None:
    page = Image.new("RGB", (900, 700), "black")
    page.paste(house(width=900, height=500), (0, 40))
    stored = page.rotate({3: 180, 6: 90, 8: 270}[orientation], expand=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright, turned = looked_at(encoded(page)), looked_at(encoded(stored, exif=exif))
    assert turned.border == pytest.approx(upright.border, abs=4)
    assert bits_apart(upright.hashes[0], turned.hashes[0]) <= 8


def test_sizes_and_encodings_of_one_picture_look_alike() -> None:
    image = house(width=1200, height=900)
    first = looked_at(encoded(image))
    for data in (
        encoded(image.resize((700, 525), Image.Resampling.LANCZOS)),
        encoded(image.resize((533, 400), Image.Resampling.LANCZOS), "WEBP"),
        encoded(image, "PNG"),
    ):
        other = looked_at(data)
        assert bits_apart(first.hashes[0], other.hashes[0]) <= 10
        assert other.contrast == pytest.approx(first.contrast, abs=2)
        assert other.sharpness == pytest.approx(first.sharpness, abs=0.12)


def test_the_quality_of_a_jpeg_is_told() -> None:
    assert looked_at(encoded(house(), quality=63)).jpeg_quality == 63


def test_a_look_survives_being_kept_as_json() -> None:
    adapter = TypeAdapter(Look)
    seen = looked_at(encoded(house()))
    assert adapter.validate_json(adapter.dump_json(seen)) == seen


def test_looks_are_taken_through_the_catalog_and_only_once(catalog: Catalog, add: Add, paint: Paint) -> None:
    for seed in range(4):
        add(paint(seed))
    first = measured(catalog, LOOK, catalog.pictures(), IntakeConfig())
    assert not first.unreadable
    assert len(first.values) == 4
    for picture in catalog.pictures():
        catalog.original(picture.sha256, picture.format).unlink()
    assert measured(catalog, LOOK, catalog.pictures(), IntakeConfig()) == first


def test_what_was_damaged_since_is_refused_with_a_reason() -> None:
    data = encoded(house())
    with pytest.raises(UnreadablePictureError, match="damaged"):
        look(row(data), data[: len(data) // 2])


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 2), (7, 5), (3000, 40)])
def test_any_size_can_be_looked_at(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)
    seen = looked_at(encoded(Image.fromarray(noise), "PNG"))
    assert len(seen.hashes) == 8
    assert 0 <= seen.collage <= 1


# What the quality step makes of it


def test_a_painted_house_is_kept() -> None:
    assert [complaint(encoded(house(seed))) for seed in range(8)] == [""] * 8


def test_every_kind_of_bad_picture_is_rejected_for_what_it_is() -> None:
    image = house()
    page = Image.new("RGB", (1200, 900), "white")
    page.paste(image, (400, 290))
    panels = Image.new("RGB", (810, 320), "white")
    panels.paste(image, (0, 0))
    panels.paste(house(3), (410, 0))
    grain = np.random.default_rng(0).normal(0, 8, (320, 400, 3))
    whole = encoded(Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8)))
    begin = whole.index(b"\xff\xda")
    footless = whole[: begin + (len(whole) - begin) * 2 // 3].rstrip(b"\xff") + b"\xff\xd9"
    bad = {
        "too small": encoded(image.resize((200, 160))),
        "too narrow": encoded(image.resize((900, 220))),
        "blurred": encoded(image.filter(ImageFilter.GaussianBlur(2.5))),
        "too dark": encoded(image.point(lambda value: value * 0.04)),
        "too bright": encoded(image.point(lambda value: 247 + value * 0.03)),
        "nearly flat": encoded(Image.new("RGB", (300, 300), (120, 100, 80))),
        "collage": encoded(panels),
        "mostly border": encoded(page),
        "foot missing": footless,
    }
    assert {name: complaint(data) for name, data in bad.items()} == {name: name for name in bad}
    assert complaint(encoded(image.convert("L")), min_saturation=0.03) == "grey"
    assert complaint(encoded(image), min_saturation=0.03) == ""


def test_a_night_and_flat_art_are_kept() -> None:
    night = Image.new("RGB", (400, 300), (8, 9, 22))
    draw = ImageDraw.Draw(night)
    draw.polygon([(80, 300), (80, 160), (170, 100), (260, 160), (260, 300)], fill=(20, 16, 24))
    for x in (110, 150, 200):
        draw.rectangle((x, 190, x + 24, 230), fill=(240, 200, 90))
    art = Image.new("RGB", (400, 300), (240, 220, 190))
    draw = ImageDraw.Draw(art)
    draw.rectangle((120, 150, 280, 260), fill=(200, 80, 60))
    draw.polygon([(100, 150), (200, 70), (300, 150)], fill=(60, 60, 90))
    assert [complaint(encoded(night)), complaint(encoded(art))] == ["", ""]


@pytest.mark.shared
def test_hardly_any_real_picture_is_rejected(shared: Path) -> None:
    for name, limit in (("houses/frontal", 0), ("monet", 0), ("vangogh", 0), ("photos", 1)):
        paths = sorted((shared / name).glob("*"))[:40]
        faults = [fault for path in paths if (fault := complaint(path.read_bytes()))]
        assert len(faults) <= limit, faults
