"""A folder of pictures whose truth is known: houses, and planted among them all that a curator should refuse."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from housegan.demo.painter import Painting, Style, paint_house, paint_interior
from housegan.errors import HouseganError

Kind = Literal["house", "exact_copy", "resized_copy", "recompressed_copy", "interior", "broken", "text", "tiny", "flat"]
Box = tuple[int, int, int, int]

EXTRAS: Mapping[Kind, int] = {
    "exact_copy": 2,
    "resized_copy": 3,
    "recompressed_copy": 3,
    "interior": 3,
    "broken": 4,
    "text": 2,
    "tiny": 2,
    "flat": 1,
}
_ASPECTS = (1.0, 1.0, 1.0, 5 / 4, 4 / 3, 4 / 5, 3 / 2)
_LINES = ("PICTURE OF THE DAY", "for sale - call 555 0142", "more on my page, see profile", "SAMPLE  -  DO NOT COPY")
_BREAKAGES = ("truncated", "html", "empty", "noise")


@dataclass(frozen=True, slots=True)
class Planted:
    """`name` is relative to the folder, with forward slashes; `original` is the name that a copy copies."""

    name: str
    kind: Kind
    original: str | None
    subject_box: Box | None
    title: str


def plant(
    folder: Path, *, style: Style, count: int, seed: int = 0, extras: Mapping[Kind, int] | None = None
) -> list[Planted]:
    """Write `count` houses and the extras as JPEG into `folder`; the same arguments give the same bytes.

    `extras` says how many of each kind, and replaces EXTRAS: a kind it leaves out is not planted.
    Raises HouseganError where copies are asked for and there is no house to copy.
    """
    wanted = dict(EXTRAS if extras is None else extras)
    if count < 1 and any(wanted.get(kind) for kind in ("exact_copy", "resized_copy", "recompressed_copy")):
        raise HouseganError(f"{folder} would hold copies but no houses to copy. Ask for at least one house.")
    planted = [_house(folder, style, seed, number) for number in range(count)]
    originals = planted.copy()
    Random(f"originals {seed}").shuffle(originals)
    copied = 0
    for kind, number_of_kind in wanted.items():
        for number in range(number_of_kind):
            rng = Random(f"{kind} {seed} {number}")
            match kind:
                case "exact_copy" | "resized_copy" | "recompressed_copy":
                    planted.append(_copy(folder, kind, originals[copied % count], rng, copied // count))
                    copied += 1
                case "broken":
                    planted.append(_broken(folder, style, rng, number))
                case "interior" | "text" | "tiny" | "flat":
                    planted.append(_stranger(folder, kind, style, rng, number))
                case "house":
                    planted.append(_house(folder, style, seed, count + number))
    return planted


def _save(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _jpeg(image: Image.Image, quality: int = 92) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def _painting(rng: Random, style: Style, seed: int) -> Painting:
    """A house at a size and shape as they come in the wild."""
    short, aspect = rng.randint(256, 420), rng.choice(_ASPECTS)
    width, height = (round(short * aspect), short) if aspect >= 1 else (short, round(short / aspect))
    return paint_house(seed, style=style, width=width, height=height)


def _house(folder: Path, style: Style, seed: int, number: int) -> Planted:
    painting = _painting(Random(f"house {seed} {number}"), style, seed * 1_000_003 + number)
    name = f"album/house-{number:05}.jpg" if number % 12 == 7 else f"house-{number:05}.jpg"
    _save(folder, name, _jpeg(painting.image))
    return Planted(name, "house", None, painting.subject_box, painting.title)


def _copy(
    folder: Path,
    kind: Literal["exact_copy", "resized_copy", "recompressed_copy"],
    original: Planted,
    rng: Random,
    round_number: int,
) -> Planted:
    prefix = kind.replace("_copy", "").replace("resized", "resized-copy").replace("exact", "exact-copy")
    again = f"-{round_number + 1}" if round_number else ""
    name = f"{prefix}-of-{Path(original.name).stem}{again}.jpg".replace("recompressed-of", "recompressed-copy-of")
    content, box = (folder / original.name).read_bytes(), original.subject_box
    if kind != "exact_copy":
        with Image.open(io.BytesIO(content)) as file:
            image = file.convert("RGB")
        if kind == "resized_copy":
            scale = rng.choice((0.5, 0.62, 0.75, 1.3, 1.6))
            width, height = round(image.width * scale), round(image.height * scale)
            if box:
                left, top, right, bottom = (round(edge * scale) for edge in box)
                box = (left, top, min(right, width), min(bottom, height))
            content = _jpeg(image.resize((width, height), Image.Resampling.LANCZOS))
        else:
            content = _jpeg(image, quality=rng.randint(28, 34))
    _save(folder, name, content)
    return Planted(name, kind, original.name, box, original.title)


def _stranger(
    folder: Path, kind: Literal["interior", "text", "tiny", "flat"], style: Style, rng: Random, number: int
) -> Planted:
    """A readable picture that does not belong."""
    name, seed = f"{kind}-{number:02}.jpg", rng.randrange(2**40)
    box: Box | None = None
    title = ""
    match kind:
        case "interior":
            painting = paint_interior(seed, width=rng.randint(280, 420), height=rng.randint(256, 320))
            image, box, title = painting.image, painting.subject_box, painting.title
        case "text":
            painting = _painting(rng, style, seed)
            image, box, title = painting.image, painting.subject_box, painting.title
            _write(image, rng)
        case "tiny":
            painting = paint_house(seed, style=style)
            side = rng.randint(24, 60)
            image, title = painting.image.resize((side, side), Image.Resampling.BOX), painting.title
            left, top, right, bottom = (round(edge * side / 256) for edge in painting.subject_box)
            box = (left, top, right, bottom)
        case "flat":
            colour = [rng.randint(40, 220) for _ in range(3)]
            noise = np.random.default_rng(seed).normal(0, 1.2, (300, 300, 1))
            image = Image.fromarray((np.array(colour) + noise).clip(0, 255).astype(np.uint8))
    _save(folder, name, _jpeg(image))
    return Planted(name, kind, None, box, title)


def _write(image: Image.Image, rng: Random) -> None:
    """A line across the bottom, on a dark band or bare with an outline."""
    line, draw = rng.choice(_LINES), ImageDraw.Draw(image)
    width, height = image.size
    size = 10.0
    while draw.textlength(line, font=ImageFont.load_default(size + 1)) < width * 0.9 and size < height * 0.1:
        size += 1
    font, foot = ImageFont.load_default(size), height * 0.97
    if rng.random() < 0.5:
        draw.rectangle((0, foot - size * 1.35, width, height), fill=(18, 18, 20))
    draw.text(
        (width / 2, foot), line, fill=(250, 250, 245), font=font, anchor="mb", stroke_width=1, stroke_fill=(20, 20, 20)
    )


def _broken(folder: Path, style: Style, rng: Random, number: int) -> Planted:
    """A file that no decoder reads to its end: the four sorts in turn."""
    breakage = _BREAKAGES[number % len(_BREAKAGES)]
    match breakage:
        case "truncated":
            whole = _jpeg(paint_house(rng.randrange(2**40), style=style).image)
            content = whole[: len(whole) * 2 // 5]
        case "html":
            content = b"<!DOCTYPE html>\n<html><head><title>404</title></head><body>Not found</body></html>\n"
        case "empty":
            content = b""
        case _:
            content = rng.randbytes(6000)
    name = f"broken-{number:02}-{breakage}.jpg"
    _save(folder, name, content)
    return Planted(name, "broken", None, None, "")
