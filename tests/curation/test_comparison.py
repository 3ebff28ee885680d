import io
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from curation.comparison import Likeness, compared, judged
from curation.fit import Fit, fit, structure
from curation.hashes import VARIANTS
from curation.near import Near
from housegan.catalog import Catalog, Sha256
from housegan.config import IntakeConfig

Add = Callable[..., Sha256]
Edit = Callable[[Image.Image], Image.Image]


def scene(seed: int, size: tuple[int, int] = (480, 360)) -> Image.Image:
    """Draw things with corners, another scene for every seed."""
    rng = random.Random(seed)
    image = Image.new("RGB", size, (150, 180, 220))
    draw = ImageDraw.Draw(image)
    for _ in range(60):
        x, y, r = rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(8, 60)
        colour = tuple(rng.randrange(256) for _ in range(3))
        draw.regular_polygon((x, y, r), rng.choice([3, 4, 5]), rotation=rng.uniform(0, 90), fill=colour)
    return image.filter(ImageFilter.GaussianBlur(1))


def captioned(image: Image.Image) -> Image.Image:
    image = image.copy()
    draw = ImageDraw.Draw(image)
    height = round(image.height * 0.15)
    draw.rectangle((0, image.height - height, *image.size), fill="white")
    font = ImageFont.load_default(size=round(height * 0.6))
    draw.text((10, image.height - height), "FOR SALE 555-1234", font=font, fill="black")
    return image


def cropped(image: Image.Image) -> Image.Image:
    width, height = image.size
    return image.crop((round(width * 0.1), 0, width, round(height * 0.92)))


EDITS: dict[str, Edit] = {
    "smaller": lambda image: image.resize((image.width // 2, image.height // 2)),
    "cropped": cropped,
    "captioned": captioned,
    "squeezed": lambda image: image.resize((300, 300)),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.4),
    "turned a little": lambda image: image.rotate(3, Image.Resampling.BICUBIC).crop(
        (20, 20, image.width - 20, image.height - 20)
    ),
}


def grey(image: Image.Image) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.asarray(image.convert("L"))


def verdict(one: Image.Image, other: Image.Image) -> bool | None:
    return judged(Likeness(fit(grey(one), grey(other))), bits=40)[0]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_the_same_picture(edit: str) -> None:
    for seed in range(2):
        assert verdict(scene(seed), EDITS[edit](scene(seed))) is True
        assert verdict(EDITS[edit](scene(seed)), scene(seed)) is True


def test_other_pictures_are_different() -> None:
    for seed in range(4):
        assert verdict(scene(seed), scene(seed + 10)) is False
        assert verdict(scene(seed), scene(seed + 20).resize((200, 300))) is False


def test_a_logo_in_common_makes_no_same_picture() -> None:
    logo = scene(99, (110, 80))
    one, other = scene(1), scene(2)
    one.paste(logo, (20, 20))
    other.paste(logo, (20, 20))
    assert verdict(one, other) is not True


def test_clear_skies_prove_nothing() -> None:
    ramp = np.linspace(100, 200, 360).astype(np.uint8)[:, None].repeat(480, axis=1)
    skies = [Image.fromarray(ramp).convert("RGB"), Image.fromarray(ramp).convert("RGB")]
    for sky, left in zip(skies, (60, 300), strict=True):
        sky.paste(scene(left, (120, 90)), (left, 260))
    assert verdict(*skies) is not True


def test_structure_is_one_where_nothing_but_brightness_changed_and_falls_with_what_did() -> None:
    picture = grey(scene(3))
    darker = (picture * 0.6 + 20).astype(np.uint8)
    ssim, overlap = structure(darker, picture, np.eye(2, 3))
    assert ssim > 0.97
    assert overlap == 1
    shifts = [structure(picture, picture, np.array([[1, 0, dx], [0, 1, 0]], float)) for dx in (0.0, 2.0, 120.0)]
    assert shifts[0][0] == pytest.approx(1)
    assert shifts[0][0] > shifts[1][0] > shifts[2][0]
    assert shifts[2][1] == pytest.approx(0.75, abs=0.01)
    assert structure(picture, picture, np.array([[1, 0, 470.0], [0, 1, 0]]))[0] == 0  # too little is left to see


@pytest.mark.parametrize(
    ("found", "cosine", "same"),
    [
        (Fit(corners=150, share=0.9, spread=0.8, overlap=0.9, ssim=0.9), None, True),
        (Fit(corners=120, share=0.95, spread=0.6, overlap=1, ssim=0.2), None, True),  # a caption
        (Fit(corners=40, share=0.9, spread=0.06, overlap=1, ssim=0.5), None, None),  # a logo
        (Fit(corners=40, share=0.6, spread=0.5, overlap=1, ssim=0.3), None, None),  # another light
        (Fit(corners=12, share=0.6, spread=0.25, overlap=0.9, ssim=0.1), None, False),  # painted again
        (Fit(corners=3, share=0.7, spread=0.2, overlap=0.9, ssim=0.1), None, False),
        (Fit(overlap=1, ssim=0.2), None, False),
        (Fit(overlap=1, ssim=0.9), None, None),
        (Fit(overlap=1, ssim=0.9), 0.95, True),
        (Fit(overlap=1, ssim=0.9), 0.8, None),
        (Fit(overlap=1, ssim=0.3), 0.2, None),
        (Fit(overlap=1, ssim=0.3), 0.95, None),
        (Fit(corners=150, share=0.9, spread=0.8, overlap=0.9, ssim=0.9), 0.1, True),
    ],
)
def test_who_is_the_same(found: Fit, cosine: float | None, same: bool | None) -> None:
    verdict, reason = judged(Likeness(found, cosine), bits=40)
    assert verdict is same
    assert reason.startswith(f"40 of 256 bits differ, {found.corners} corners agree ({found.share:.0%}), SSIM ")
    assert ("cosine" in reason) == (cosine is not None)


def near(one: Sha256, other: Sha256, variant: str = "as it is") -> Near:
    """A doubtful pair, the first of which is turned."""
    assert one < other
    return Near(one, other, 40, VARIANTS.index(variant))


def test_pairs_of_a_catalog_are_compared_in_their_rotation(catalog: Catalog, add: Add) -> None:
    upright = add(scene(1), quality=95)
    turned = add(cropped(scene(1)).transpose(Image.Transpose.ROTATE_270), quality=60)  # clockwise by 90°
    other = add(scene(2))
    first, second = sorted((upright, turned))
    pairs = [
        near(first, second, "rotated by 90°" if first == upright else "rotated by 270°"),
        *(near(*sorted((one, other))) for one in (upright, turned)),
    ]
    pictures = {picture.sha256: picture for picture in catalog.pictures()}
    likenesses = compared(catalog, pairs, pictures, IntakeConfig())
    assert set(likenesses) == {(pair.first, pair.second) for pair in pairs}
    verdicts = [judged(likenesses[pair.first, pair.second], bits=pair.bits)[0] for pair in pairs]
    assert verdicts == [True, False, False]
    assert compared(catalog, [], pictures, IntakeConfig()) == {}


def test_the_network_is_asked_about_what_is_left_open(catalog: Catalog, add: Add) -> None:
    sky = Image.linear_gradient("L").resize((480, 360)).convert("RGB")
    sky.paste(scene(5, (90, 70)), (200, 280))  # too small a part of it to stand for the whole
    one, copy = add(sky), add(sky.resize((400, 300)), quality=80)
    pair = near(*sorted((one, copy)))
    likeness = compared(catalog, [pair], {p.sha256: p for p in catalog.pictures()}, IntakeConfig())[
        pair.first, pair.second
    ]
    assert likeness.fit.spread < 0.25
    assert likeness.cosine is not None
    assert likeness.cosine > 0.9
    assert judged(likeness, bits=40)[0] is True


def test_an_original_that_is_gone_leaves_the_pair_to_a_person(catalog: Catalog, add: Add) -> None:
    one, other = sorted((add(scene(1)), add(scene(2))))
    catalog.original(one, "JPEG").unlink()
    pictures = {picture.sha256: picture for picture in catalog.pictures()}
    likenesses = compared(catalog, [near(one, other)], pictures, IntakeConfig())
    verdict, reason = judged(likenesses[one, other], bits=40)
    assert verdict is None
    assert reason == "they can't be compared: it can't be read (No such file or directory)"


@pytest.mark.shared
def test_real_copies_and_real_look_alikes_are_told_apart(shared: Path) -> None:
    def opened(name: str) -> Image.Image:
        return Image.open(io.BytesIO((shared / name).read_bytes())).convert("RGB")

    for path in sorted((shared / "houses" / "frontal").glob("*.jpg"))[::30]:
        image = Image.open(io.BytesIO(path.read_bytes())).convert("RGB")
        for edit in (cropped, captioned):
            assert verdict(image, edit(image)) is True, path.name
    # The painter repeated himself; a photographer put one logo on two pictures.
    for one, other in (("504", "505"), ("583", "584"), ("554", "555"), ("656", "751"), ("502", "503")):
        assert verdict(opened(f"vangogh/{one}.jpg"), opened(f"vangogh/{other}.jpg")) is not True
    assert verdict(opened("photos/182846af47.jpg"), opened("photos/568885cc54.jpg")) is not True
    # One painting reproduced twice.
    assert verdict(opened("monet/9908d1daa9.jpg"), opened("monet/fba982625d.jpg")) is True
