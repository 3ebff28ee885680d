import io
import json
import random
import re
import struct
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from housegan.errors import UnreadablePictureError
from housegan.pictures import SUFFIXES, decode, inspect, sniffed_format

Picture = Callable[..., bytes]
Pixels = NDArray[np.uint8]

# How a camera stores an upright picture under each EXIF orientation.
STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}

WIDE_GAMUT = ((0.60974, 0.20528, 0.01947), (0.31111, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
"""Adobe RGB's red, green and blue in XYZ under D50."""


def saved(image: Image.Image, format_name: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format_name, **options)
    return file.getvalue()


def pixels(data: bytes) -> Pixels:
    """Decode and hold what is promised of every picture that comes out."""
    image = decode(data)
    assert image.mode == "RGB"
    return np.asarray(image)


def patchwork() -> Image.Image:
    """A picture of 48 × 32 whose eight orientations all differ."""
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)).resize((48, 32), 0)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(header: bytes, rows: bytes, *others: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + b"".join(others) + png_chunk(
        b"IDAT", zlib.compress(rows)
    ) + png_chunk(b"IEND", b"")  # fmt: skip


def png16(values: NDArray[np.uint16], *others: bytes) -> bytes:
    """Write H × W (grey) or H × W × 3 (RGB) with 16 bits a channel, which Pillow can't for RGB."""
    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(struct.pack(">IIBBBBB", width, height, 16, 0 if values.ndim == 2 else 2, 0, 0, 0), rows, *others)


def icc_profile(*, space: bytes, kind: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Assemble an ICC profile, version 2.4 (ICC.1:2001-04)."""
    tags = {b"desc": b"desc\0\0\0\0\0\0\0\x05test\0" + bytes(78), b"cprt": b"text\0\0\0\0none\0", **tags}
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", 128 + 4 + 12 * len(tags) + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = bytearray(128)
    head[8:12] = b"\x02\x40\0\0"
    head[12:24] = kind + space + connection
    head[36:40] = b"acsp"
    head[68:80] = struct.pack(">3i", *(round(value * 65536) for value in (0.9642, 1.0, 0.8249)))
    head[:4] = struct.pack(">I", 128 + len(table) + len(body))
    return bytes(head) + table + body


def wide_gamut_profile() -> bytes:
    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))

    gamma = b"curv\0\0\0\0\0\0\0\x01" + struct.pack(">H", round(2.2 * 256))
    tags = {b"wtpt": xyz(0.9642, 1.0, 0.8249)}
    for letter, primary in zip((b"r", b"g", b"b"), WIDE_GAMUT, strict=True):
        tags |= {letter + b"XYZ": xyz(*primary), letter + b"TRC": gamma}
    return icc_profile(space=b"RGB ", kind=b"mntr", connection=b"XYZ ", tags=tags)


def wide_gamut_in_srgb(values: Pixels) -> Pixels:
    """The slow plain way from Adobe RGB's numbers to sRGB's."""
    srgb = np.array(((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)))
    linear = (values / 255) ** (round(2.2 * 256) / 256) @ np.array(WIDE_GAMUT) @ np.linalg.inv(srgb)
    linear = linear.clip(0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(encoded * 255), dtype=np.uint8)


def red_ink_profile() -> bytes:
    """A CMYK profile of a press whose cyan ink is red: what shows it was gone by."""
    corners = []
    for number in range(16):  # the last ink, K, changes fastest
        cyan, others = number >> 3, bin(number & 7).count("1")
        lightness = max(0, 100 - 45 * cyan - 30 * others)
        corners += [round(lightness * 2.55), 128 + 70 * cyan, 128 + 50 * cyan]
    straight = bytes(range(256))
    matrix = struct.pack(">9i", *(65536, 0, 0, 0, 65536, 0, 0, 0, 65536))
    table = b"mft1\0\0\0\0\x04\x03\x02\0" + matrix + straight * 4 + bytes(corners) + straight * 3
    return icc_profile(space=b"CMYK", kind=b"prtr", connection=b"Lab ", tags={b"A2B0": table})


# What strangers have


@pytest.mark.shared
def test_hostile_files_give_facts_or_a_reason_and_no_other_exception(shared: Path) -> None:
    manifest: dict[str, str] = json.loads((shared / "hostile" / "manifest.json").read_text())
    for name, truth in manifest.items():
        data = (shared / "hostile" / name).read_bytes()
        started = time.monotonic()
        if truth.startswith("readable") and truth.split()[1] in SUFFIXES:
            facts = inspect(data)
            assert (facts.format, facts.animated) == (truth.split()[1], truth.endswith(" animated")), name
            assert min(facts.width, facts.height) >= 1
            assert pixels(data).shape == (facts.height, facts.width, 3), name
        else:
            with pytest.raises(UnreadablePictureError) as refusal:
                inspect(data)
            assert 0 < len(str(refusal.value)) < 200, name
        assert time.monotonic() - started < 5, name


@pytest.mark.shared
def test_real_pictures_decode_to_what_a_plain_decoder_gives(shared: Path) -> None:
    for path in [*sorted((shared / "monet").glob("*.jpg"))[:5], *sorted((shared / "houses/frontal").glob("*"))[:5]]:
        with Image.open(path) as image:
            assert not image.info.get("icc_profile")
            assert np.array_equal(pixels(path.read_bytes()), np.asarray(image.convert("RGB"))), path


@pytest.mark.shared
def test_a_real_cmyk_picture_has_its_colours(shared: Path) -> None:
    data = (shared / "hostile" / "pil_sample_cmyk.jpg").read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        plain = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(pixels(data) - plain).mean() < 40


# Orientation


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(orientation: int) -> None:
    upright = patchwork()
    stored = upright.transpose(STORED[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(stored, exif=exif)

    assert np.array_equal(pixels(data), np.asarray(upright))
    facts = inspect(data)
    assert (facts.width, facts.height) == (48, 32)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_facts_of_a_large_turned_jpeg_are_those_of_the_upright_picture(orientation: int, picture: Picture) -> None:
    upright = Image.open(io.BytesIO(picture(1, size=(1500, 1001))))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(upright.transpose(STORED[orientation]) if orientation > 1 else upright, "JPEG", exif=exif)

    facts = inspect(data)

    assert (facts.width, facts.height) == (1500, 1001)
    apart = np.asarray(decode(data).resize((60, 40))).astype(int) - np.asarray(upright.resize((60, 40)))
    assert np.abs(apart).mean() < 3


def test_a_damaged_exif_block_never_costs_the_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a maker"
    exif[0x0132] = "2020:01:02 03:04:05"
    exif.get_ifd(0x8769)[0x9003] = "2020:01:02 03:04:05"
    exif.get_ifd(0x8825)[2] = (34.0, 3.0, 30.0)
    data = saved(patchwork(), "JPEG", exif=exif.tobytes())
    begin = data.index(b"Exif\0\0") + 6
    end = begin + struct.unpack(">H", data[begin - 8 : begin - 6])[0] - 8
    chance = random.Random(0)
    for _ in range(600):
        damaged = bytearray(data)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(begin, end)] = chance.choice((0, 1, 2, 5, 127, 128, 255))
        assert sorted(decode(bytes(damaged)).size) == [32, 48]


# Colour


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
def test_a_wide_gamut_picture_comes_out_in_srgb(format_name: str) -> None:
    values = np.full((32, 32, 3), (90, 160, 110), np.uint8)
    options = {"quality": 100} | ({"lossless": True} if format_name == "WEBP" else {})
    data = saved(Image.fromarray(values), format_name, icc_profile=wide_gamut_profile(), **options)

    expected = wide_gamut_in_srgb(values).astype(int)

    assert np.abs(expected - values).max() > 10
    assert np.abs(pixels(data) - expected).max() <= 3


def test_a_wide_gamut_palette_or_transparent_picture_comes_out_in_srgb() -> None:
    values = np.full((8, 8, 3), (90, 160, 110), np.uint8)
    expected = wide_gamut_in_srgb(values).astype(int)
    palette = Image.new("P", (8, 8))
    palette.putpalette([90, 160, 110])
    for image in (palette, Image.fromarray(values).convert("RGBA")):
        assert np.abs(pixels(saved(image, icc_profile=wide_gamut_profile())) - expected).max() <= 3


def test_srgb_profiles_leave_the_numbers_alone() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(pixels(saved(patchwork(), icc_profile=profile)), np.asarray(patchwork()))


@pytest.mark.parametrize(
    "profile",
    [
        b"not a profile at all",
        wide_gamut_profile()[:200],
        wide_gamut_profile()[:128] + bytes(400),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
        red_ink_profile(),
    ],
    ids=["nonsense", "cut", "emptied", "for Lab", "for CMYK"],
)
def test_a_broken_or_foreign_profile_is_passed_over(profile: bytes) -> None:
    assert np.array_equal(pixels(saved(patchwork(), icc_profile=profile)), np.asarray(patchwork()))


def test_cmyk_without_a_profile_has_the_inks_colours() -> None:
    for ink, colour in {
        (255, 0, 0, 0): (0, 255, 255),
        (0, 0, 0, 255): (0, 0, 0),
        (0, 0, 0, 0): (255, 255, 255),
    }.items():
        data = saved(Image.new("CMYK", (16, 16), ink), "JPEG", quality=100)
        assert np.abs(pixels(data) - np.array(colour)).max() <= 3


def test_cmyk_goes_by_its_profile() -> None:
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    red, green, blue = pixels(saved(cyan, "JPEG", quality=100, icc_profile=red_ink_profile()))[8, 8].astype(int)
    assert red > 180
    assert max(green, blue) < 80

    passed_over = pixels(saved(cyan, "JPEG", quality=100, icc_profile=wide_gamut_profile()))[8, 8].astype(int)
    assert np.abs(passed_over - (0, 255, 255)).max() <= 3


def test_sixteen_bits_keep_their_values() -> None:
    values = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    expected = np.rint(values / 257)

    grey = pixels(png16(values)).astype(int)
    assert np.abs(grey - expected[..., None]).max() <= 1

    colours = np.stack([values, values.T, values[::-1]], axis=-1)
    assert np.abs(pixels(png16(colours)).astype(int) - np.rint(colours / 257)).max() <= 1


def test_sixteen_bits_keep_their_transparency_and_profile() -> None:
    values = np.full((8, 8), 30_000, np.uint16)
    values[:4] = 5_000
    see_through = pixels(png16(values, png_chunk(b"tRNS", struct.pack(">H", 5_000))))
    assert see_through[0, 0].tolist() == [255, 255, 255]
    assert abs(int(see_through[7, 7, 0]) - round(30_000 / 257)) <= 1

    gamma_one = icc_profile(
        space=b"GRAY", kind=b"mntr", connection=b"XYZ ",
        tags={
            b"wtpt": b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061),
            b"kTRC": b"curv\0\0\0\0\0\0\0\x01\x01\x00",
        },
    )  # fmt: skip
    lit = pixels(png16(values, png_chunk(b"iCCP", b"p\0\0" + zlib.compress(gamma_one))))
    linear = 30_000 / 65_535
    assert abs(int(lit[7, 7, 0]) - round(255 * (1.055 * linear ** (1 / 2.4) - 0.055))) <= 3


# Transparency


def test_transparency_comes_out_on_white() -> None:
    colour = Image.new("RGBA", (8, 8), (200, 0, 0, 255))
    colour.paste((0, 0, 200, 0), (0, 0, 4, 8))
    colour.paste((0, 0, 0, 128), (0, 0, 8, 1))
    for format_name in ("PNG", "WEBP"):
        data = saved(colour, format_name, **({"lossless": True, "exact": True} if format_name == "WEBP" else {}))
        values = pixels(data)
        assert values[4, 0].tolist() == [255, 255, 255]
        assert values[4, 7].tolist() == [200, 0, 0]
        assert abs(int(values[0, 7, 0]) - 127) <= 1


def test_a_palette_with_transparency_comes_out_on_white() -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 200, 0, 0, 0, 0, 200])
    image.paste(2, (0, 0, 4, 8))
    for transparency in (2, bytes((255, 255, 0))):
        values = pixels(saved(image, transparency=transparency))
        assert values[4, 0].tolist() == [255, 255, 255]
        assert values[4, 7].tolist() == [200, 0, 0]
    values = pixels(saved(image, "GIF", transparency=2))
    assert values[4, 0].tolist() == [255, 255, 255]


def test_a_transparent_colour_of_rgb_comes_out_white() -> None:
    values = pixels(saved(Image.new("RGB", (8, 8), (1, 2, 3)), transparency=(1, 2, 3)))
    assert values.min() == 255


def test_grey_with_alpha_comes_out_on_white() -> None:
    grey = Image.new("LA", (8, 8), (50, 255))
    grey.paste((50, 0), (0, 0, 4, 8))
    values = pixels(saved(grey))
    assert values[4, 0].tolist() == [255, 255, 255]
    assert values[4, 7].tolist() == [50, 50, 50]


def test_one_bit_pictures_are_black_and_white() -> None:
    bits = Image.new("1", (8, 8), 1)
    bits.paste(0, (0, 0, 4, 8))
    assert pixels(saved(bits))[0].tolist() == [[0] * 3] * 4 + [[255] * 3] * 4


# Animations


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP"])
def test_an_animation_gives_its_first_frame_and_says_so(format_name: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    moving = saved(frames[0], format_name, save_all=True, append_images=frames[1:], lossless=True)

    assert np.abs(pixels(moving)[8, 8].astype(int) - (255, 0, 0)).max() <= 3
    assert inspect(moving).animated
    assert not inspect(saved(frames[0], format_name)).animated


def test_a_camera_s_several_pictures_in_one_jpeg_are_no_animation() -> None:
    frames = [Image.new("RGB", (320, 300), colour) for colour in ("red", "blue")]
    data = saved(frames[0], "MPO", save_all=True, append_images=frames[1:])
    facts = inspect(data)
    assert (facts.format, facts.animated) == ("JPEG", False)
    assert np.abs(pixels(data)[8, 8].astype(int) - (255, 0, 0)).max() <= 3


# Refusals


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_a_cut_off_picture_is_refused(format_name: str, share: float) -> None:
    noise = Image.frombytes("RGB", (120, 90), random.Random(0).randbytes(120 * 90 * 3))
    data = saved(noise, format_name)
    with pytest.raises(UnreadablePictureError):
        inspect(data[: int(len(data) * share)])


def test_too_many_pixels_are_refused_by_the_header_at_once() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    started = time.monotonic()
    with pytest.raises(UnreadablePictureError, match="too many"):
        inspect(png(header, b""))
    with pytest.raises(UnreadablePictureError, match=r"8,000 × 8,000 pixels are too many"):
        inspect(png(struct.pack(">IIBBBBB", 8_000, 8_000, 8, 2, 0, 0, 0), b""))
    assert time.monotonic() - started < 0.5

    small = saved(Image.new("RGB", (200, 100)))
    assert inspect(small, max_megapixels=0.02).width == 200
    with pytest.raises(UnreadablePictureError, match="too many"):
        inspect(small, max_megapixels=0.019)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "a web page"),
        (b"\n  <HTML><head></head>", "a web page"),
        (b"\xef\xbb\xbf<!doctype html>", "a web page"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b'<?xml version="1.0"?><svg/>', "SVG"),
        (b"%PDF-1.7", "not a JPEG, PNG, WebP or GIF"),
        (b"\xff\xd8\xff", "damaged JPEG"),
        (b"\x89PNG\r\n\x1a\n", "damaged PNG"),
        (b"GIF89a", "damaged GIF"),
        (b"RIFF\x04\0\0\0WEBP", "damaged WEBP"),
        (bytes(1000), "not a JPEG, PNG, WebP or GIF"),
    ],
)
def test_what_is_no_picture_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadablePictureError, match=f"^{re.escape(reason)}"):
        inspect(data)


@pytest.mark.parametrize("format_name", ["BMP", "TIFF", "PPM", "TGA", "ICO", "EPS", "PCX"])
def test_formats_off_the_list_are_not_decoded_at_all(format_name: str) -> None:
    with pytest.raises(UnreadablePictureError, match="not a JPEG, PNG, WebP or GIF"):
        inspect(saved(Image.new("RGB", (16, 16)), format_name))


def test_random_damage_gives_a_picture_or_a_reason(picture: Picture) -> None:
    chance = random.Random(0)
    for format_name in SUFFIXES:
        data = picture(1, format_name=format_name)
        for _ in range(60):
            damaged = bytearray(data)
            for _ in range(chance.randint(1, 20)):
                damaged[chance.randrange(12, len(damaged))] = chance.randrange(256)
            with suppress(UnreadablePictureError):
                assert inspect(bytes(damaged), max_megapixels=1).width > 0


# What is made of a picture


def test_the_format_is_the_bytes_not_the_name() -> None:
    for format_name in SUFFIXES:
        data = saved(Image.new("RGB", (16, 16)), format_name)
        assert sniffed_format(data[:12]) == inspect(data).format == format_name
    assert sniffed_format(b"RIFF\0\0\0\0WAVE") is None


@pytest.mark.parametrize(
    ("size", "asked"), [((1600, 1200), 256), ((1023, 767), 256), ((2048, 300), 100), ((90, 80), 256)]
)
def test_a_reduced_jpeg_keeps_both_sides_as_long_as_asked(size: tuple[int, int], asked: int, picture: Picture) -> None:
    data = picture(2, size=size)
    whole, small = decode(data), decode(data, at_least_px=asked)
    assert whole.size == size
    assert min(small.size) >= min(asked, *size)
    assert max(small.size) <= max(size)
    if min(size) >= 2 * asked:
        assert small.size < size
    apart = np.asarray(whole.resize((40, 30))).astype(int) - np.asarray(small.resize((40, 30)))
    assert np.abs(apart).mean() < 6
