"""Whether the crop finds the subject, on painted pictures whose subject's box is known, and how fast it is.

The painter of the demo places houses off centre, in both styles and four shapes. The crop is compared with the square
at the picture's centre. A subject fits where its box is no longer than the square's side. With --pictures, a folder of
real ones, the share of doubtful crops is counted too, and --sheet draws them with their squares and lines of text.
"""

import argparse
import io
import json
import sys
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from random import Random

import cv2
import numpy as np
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from curation.composition import Composition, composed
from curation.crop import centre
from housegan.catalog import Picture, Sha256
from housegan.config import CurateConfig
from housegan.demo.painter import Painting, paint_house
from housegan.pictures import decode, inspect
from housegan.sheets import tiled

ASPECTS = (3 / 2, 4 / 3, 2 / 3, 16 / 9)
SHORT_PX = 320
TOLERANCE = 0.02
"""A subject is cut off where more than this share of the side is outside."""


def main() -> None:
    """Measure, print a table, and the same as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paintings", type=int, default=60, help="painted pictures")
    parser.add_argument("--first", type=int, default=0, help="seed of the first one")
    parser.add_argument("--pictures", type=Path, help="a folder of real pictures, as ../shared/data/houses/frontal")
    parser.add_argument("--sheet", type=Path, help="a PNG of the real ones with their squares, the doubtful first")
    options = parser.parse_args()
    rows = [judged(painting) for painting in paintings(options.first, options.paintings)]
    nearer, fit, cut, cut_at_centre = np.array(rows).T
    figures = {
        "value": round(float(nearer.mean()), 4),
        "paintings": len(rows),
        "fit": int(fit.sum()),
        "cut_off": int(cut.sum()),
        "cut_off_at_centre": int(cut_at_centre.sum()),
    }
    print(f"{'':<28}{'crop':>8}{'centre':>8}")
    print(f"{'subject nearer the centre':<28}{nearer.mean():>8.1%}{1 - nearer.mean():>8.1%}")
    print(f"{f'cut off, of {fit.sum():.0f} that fit':<28}{cut.sum():>8.0f}{cut_at_centre.sum():>8.0f}")
    if options.pictures:
        figures |= real(options.pictures, options.sheet)
    print(json.dumps(figures))


def paintings(first: int, count: int) -> Iterator[Painting]:
    """Houses off the centre by 0.3 to 1 of the way, in all shapes and both styles alike often."""
    for number in range(first, first + count):
        aspect, style = ASPECTS[number % 4], ("photographic", "fantastic")[number // 4 % 2]
        width, height = round(SHORT_PX * max(aspect, 1)), round(SHORT_PX * max(1 / aspect, 1))
        off_centre = Random(f"crop {number}").uniform(0.3, 1)
        yield paint_house(number, style=style, width=width, height=height, off_centre=off_centre)  # type: ignore[arg-type]


def judged(painting: Painting) -> tuple[bool, bool, bool, bool]:
    """Whether the crop is nearer the subject, whether that fits, and whether crop and centre cut it off."""
    file = io.BytesIO()
    painting.image.save(file, "JPEG", quality=90)
    picture = as_picture(file.getvalue())
    left, top, side = composed(picture, file.getvalue()).crop
    middle = centre(picture)
    along = 0 if picture.width > picture.height else 1
    start, end = painting.subject_box[along], painting.subject_box[along + 2]
    ours, plain = (left, top)[along], (middle.left, middle.top)[along]
    nearer = abs(ours + side / 2 - (start + end) / 2) <= abs(plain + middle.side / 2 - (start + end) / 2)
    fits = end - start <= side
    return nearer, fits, fits and outside(start, end, ours, side), fits and outside(start, end, plain, middle.side)


def outside(start: int, end: int, offset: int, side: int) -> bool:
    """Whether a subject from `start` to `end` is cut off by a square."""
    return max(offset - start, end - offset - side) > TOLERANCE * side


def as_picture(data: bytes) -> Picture:
    """The catalog's row for these bytes."""
    facts = inspect(data)
    return Picture(Sha256("0" * 64), facts.format, facts.width, facts.height, len(data), facts.animated)


def real(folder: Path, sheet: Path | None) -> dict[str, float]:
    """Compose all pictures of a folder in two processes."""
    files = sorted(path for path in folder.iterdir() if path.suffix in (".jpg", ".png", ".webp"))
    contents = [path.read_bytes() for path in files]
    items = [(as_picture(data), data) for data in contents]
    with get_context("spawn").Pool(2, single_threaded) as pool:
        pool.starmap(composed, items[:8])
        started = time.perf_counter()
        compositions = pool.starmap(composed, items, chunksize=8)
        seconds = time.perf_counter() - started
    doubtful = sum(c.confidence < CurateConfig().min_crop_confidence for c in compositions)
    with_text = sum(bool(c.text) for c in compositions)
    print(f"{folder}: {len(files):,} pictures, {len(files) / seconds:.1f} a second on two cores")
    print(f"doubtful {doubtful:,} ({doubtful / len(files):.1%}), with text {with_text:,}")
    if sheet:
        order = sorted(range(len(files)), key=lambda index: compositions[index].confidence)
        drawn = [thumbnail(contents[index], compositions[index]) for index in order]
        Image.fromarray(tiled(np.stack(drawn))).save(sheet)
    return {
        "a_second": round(len(files) / seconds, 1),
        "doubtful": round(doubtful / len(files), 4),
        "with_text": with_text,
        "seconds": round(seconds, 1),
    }


def single_threaded() -> None:
    """As many threads as processes, no more."""
    cv2.setNumThreads(1)


def thumbnail(data: bytes, composition: Composition) -> np.ndarray:
    """The picture on 180 × 180 with its square in yellow and text in red."""
    picture = as_picture(data)
    image = decode(data).resize((picture.width, picture.height))
    draw, (left, top, side), pen = ImageDraw.Draw(image), composition.crop, max(image.size) // 90
    draw.rectangle((left, top, left + side - 1, top + side - 1), outline="yellow", width=pen)
    for box in composition.text:
        draw.rectangle(box, outline="red", width=pen)
    image.thumbnail((180, 180))
    paper = Image.new("RGB", (180, 180), "white")
    paper.paste(image)
    return np.asarray(paper)


if __name__ == "__main__":
    main()
