import io
from collections.abc import Callable
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image

from curation.hashes import HASH_SIZE, TURNS, VARIANTS, perceptual_hashes

Paint = Callable[..., Image.Image]

FILES = {
    "as it is": None,
    "mirrored": Image.Transpose.FLIP_LEFT_RIGHT,
    "upside down": Image.Transpose.FLIP_TOP_BOTTOM,
    "rotated by 180°": Image.Transpose.ROTATE_180,
    "mirrored along the diagonal": Image.Transpose.TRANSPOSE,
    "rotated by 90°": Image.Transpose.ROTATE_270,  # Pillow turns the other way round
    "rotated by 270°": Image.Transpose.ROTATE_90,
    "mirrored along the other diagonal": Image.Transpose.TRANSVERSE,
}


def bits_apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def encoded(image: Image.Image, format_name: str = "JPEG", **options: object) -> Image.Image:
    file = io.BytesIO()
    image.save(file, format_name, **options)
    return Image.open(file).convert("RGB")


def test_all_eight_hashes_are_bit_for_bit_those_of_imagehash(paint: Paint) -> None:
    for seed in range(10):
        image = paint(seed, 300 + seed, 256)
        grey = np.asarray(image.convert("L").resize((64, 64), Image.Resampling.LANCZOS))
        expected = tuple(
            str(imagehash.phash(Image.fromarray(np.ascontiguousarray(turn(grey))), hash_size=HASH_SIZE))
            for turn in TURNS.values()
        )
        assert perceptual_hashes(image) == expected
        assert expected[0] == str(imagehash.phash(image, hash_size=HASH_SIZE))


def test_each_variant_is_the_hash_of_the_picture_turned_that_way(paint: Paint) -> None:
    for seed in range(10):
        image = paint(seed)
        hashes = perceptual_hashes(image)
        for index, name in enumerate(VARIANTS):
            transpose = FILES[name]
            turned = image if transpose is None else image.transpose(transpose)
            assert bits_apart(perceptual_hashes(turned)[0], hashes[index]) <= 4, name
            assert bits_apart(perceptual_hashes(encoded(turned))[0], hashes[index]) <= 8, name


def test_the_eight_variants_are_far_from_each_other(paint: Paint) -> None:
    hashes = perceptual_hashes(paint(1))
    assert all(len(bits) == 64 for bits in hashes)
    assert min(bits_apart(one, other) for i, one in enumerate(hashes) for other in hashes[:i]) > 64


@pytest.mark.parametrize(
    ("format_name", "options"),
    [("JPEG", {"quality": 30}), ("WEBP", {"quality": 50}), ("PNG", {}), ("GIF", {})],
)
def test_the_hash_outlives_other_encodings_and_sizes(format_name: str, options: dict[str, int], paint: Paint) -> None:
    for seed in range(5):
        image = paint(seed)
        original = perceptual_hashes(image)[0]
        assert bits_apart(perceptual_hashes(encoded(image, format_name, **options))[0], original) <= 16
        assert bits_apart(perceptual_hashes(image.resize((171, 137), Image.Resampling.LANCZOS))[0], original) <= 8


def test_other_pictures_have_other_hashes(paint: Paint) -> None:
    hashes = [perceptual_hashes(paint(seed))[0] for seed in range(30)]
    assert min(bits_apart(one, other) for i, one in enumerate(hashes) for other in hashes[:i]) > 64


@pytest.mark.shared
def test_the_eight_turned_files_of_one_picture_meet_at_their_variants(shared: Path) -> None:
    # As the files show it: rotated to the left, flipped about a level axis, and so on.
    names = {
        "2-rotate-90": ("rotated by 90°", "rotated by 270°"),
        "3-rotate-180": ("rotated by 180°",),
        "4-rotate-270": ("rotated by 90°", "rotated by 270°"),
        "5-flipx": ("mirrored", "upside down"),
        "6-flipy": ("mirrored", "upside down"),
        "7-flip-plus-1": ("mirrored along the diagonal", "mirrored along the other diagonal"),
        "8-flip-minus-1": ("mirrored along the diagonal", "mirrored along the other diagonal"),
    }
    folder = shared / "duplicates" / "dihedral"
    hashes = perceptual_hashes(Image.open(folder / "bridge-1-original.jpg").convert("RGB"))
    found = set()
    for name, variants in names.items():
        turned = perceptual_hashes(Image.open(folder / f"bridge-{name}.jpg").convert("RGB"))[0]
        distances = [bits_apart(turned, bits) for bits in hashes]
        nearest = VARIANTS[int(np.argmin(distances))]
        assert nearest in variants, name
        assert min(distances) <= 12, name
        found.add(nearest)
    assert len(found) == 7


@pytest.mark.shared
def test_edits_of_a_picture_are_nearer_than_other_pictures(shared: Path) -> None:
    def hashed(path: Path) -> str:
        return perceptual_hashes(Image.open(path).convert("RGB"))[0]

    folder = shared / "duplicates" / "bridge"
    original = hashed(folder / "aaa-orig.jpg")
    edits = [bits_apart(hashed(path), original) for path in sorted(folder.glob("*.jpg"))]
    others = [bits_apart(hashed(path), original) for path in sorted((shared / "photos").glob("*.jpg"))[:200]]
    assert max(edits) <= 24
    assert min(others) > 64
