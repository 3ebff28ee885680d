"""How fast curation looks at pictures: hashes, borders, tones and faults, all in one look at each.

(a) Files of a folder, end to end in worker processes, as `housegan curate` does it: by default the photographs of
houses beside the checkout, or the painter's houses where those are absent. (b) JPEGs of 12 megapixels that are made
here, textured as photographs are, against imagehash's plain path (one hash, nothing else), on one core, in turns.
"""

import argparse
import hashlib
import io
import json
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import imagehash
import numpy as np
from PIL import Image

from curation.looks import LOOK, look
from curation.measures import original_bytes
from housegan.catalog import Picture, Sha256
from housegan.config import IntakeConfig
from housegan.demo.painter import paint_house
from housegan.errors import UnreadablePictureError
from housegan.pictures import SUFFIXES, inspect
from housegan.workers import map_limited

HOUSES = Path(__file__).resolve().parents[2] / "shared" / "data" / "houses"
WIDE, HIGH = 4_000, 3_000


def main() -> None:
    """Measure, print a table, and the same as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, default=HOUSES, help="folder of pictures for (a), searched in depth")
    parser.add_argument("--painted", type=int, default=300, help="houses to paint where that folder is absent")
    parser.add_argument("--workers", type=int, default=2, help="processes for (a)")
    parser.add_argument("--large", type=int, default=12, help="JPEGs of 12 megapixels for (b)")
    parser.add_argument("--quality", type=int, default=85, help="their quality")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder, source = options.pictures, str(options.pictures)
        if not folder.is_dir():
            folder, source = Path(temporary) / "painted", "painted houses"
            paint(folder, options.painted)
        files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in {*SUFFIXES.values(), ".jpeg"}]
        if not files:
            sys.exit(f"{folder} has no pictures.")
        seconds = from_files(files, options.workers)
        large = [
            textured(Path(temporary) / f"{number}.jpg", number, options.quality) for number in range(options.large)
        ]
        megabytes = statistics.mean(path.stat().st_size for path in large) / 1e6
        ours, plain = in_turns(large)
    rate, ratio = len(files) / seconds, statistics.median(plain) / statistics.median(ours)
    print(f"(a) {source}, {options.workers} workers")
    print(f"{'pictures':>10}{'seconds':>10}{'a second':>10}")
    print(f"{len(files):>10,}{seconds:>10.1f}{rate:>10.1f}")
    print(f"(b) {len(large)} JPEGs of {WIDE} × {HIGH}, quality {options.quality}, {megabytes:.1f} MB each, one core")
    print(f"{'':<18}{'median ms':>10}{'fastest ms':>11}")
    for name, times in (("look", ours), ("imagehash plain", plain)):
        print(f"{name:<18}{1e3 * statistics.median(times):>10.1f}{1e3 * min(times):>11.1f}")
    print(f"{'ratio':<18}{ratio:>10.2f}{min(plain) / min(ours):>11.2f}")
    print(
        json.dumps(
            {
                "value": round(rate, 1),
                "ratio_to_imagehash": round(ratio, 2),
                "look_ms": round(1e3 * statistics.median(ours), 1),
                "imagehash_ms": round(1e3 * statistics.median(plain), 1),
                "pictures": len(files),
                "seconds": round(seconds, 1),
            }
        )
    )


def paint(folder: Path, count: int) -> None:
    """Paint houses of the sizes that come in the wild."""
    folder.mkdir()
    for seed in range(count):
        width = 480 + 40 * (seed % 12)
        painting = paint_house(seed, style="photographic", width=width, height=width * 3 // 4)
        painting.image.save(folder / f"{seed}.jpg", quality=90)


def from_files(files: list[Path], workers: int) -> float:
    """Seconds from starting the workers to the last look; every file is read and its digest compared."""
    items = [(picture_of(path.read_bytes()), path) for path in files]
    limits = IntakeConfig()
    started = time.perf_counter()
    results = map_limited(
        look_at_file, items,
        time_limit_s=limits.time_limit_s, memory_limit_mb=limits.memory_limit_mb, workers=workers,
    )  # fmt: skip
    refused = [f"{path}: {value}" for (_, path), value in results if isinstance(value, UnreadablePictureError)]
    seconds = time.perf_counter() - started
    if refused:
        sys.exit("\n".join(refused))
    return seconds


def look_at_file(item: tuple[Picture, Path]) -> object:
    """What a worker does."""
    picture, path = item
    return LOOK.take(picture, original_bytes(picture, path))


def picture_of(data: bytes) -> Picture:
    """The row that the catalog would have."""
    facts = inspect(data)
    digest = Sha256(hashlib.sha256(data).hexdigest())
    return Picture(digest, facts.format, facts.width, facts.height, len(data), facts.animated)


def textured(path: Path, seed: int, quality: int) -> Path:
    """Write a JPEG with detail at every scale, the finer the fainter, as photographs have it."""
    rng = np.random.default_rng(seed)
    pixels = np.full((HIGH, WIDE, 3), 128, np.float32)
    for across, strength in ((12, 60), (50, 40), (200, 25), (800, 12)):
        grid = rng.normal(0, strength, (across * 3 // 4, across, 3)).astype(np.float32)
        pixels += cv2.resize(grid, (WIDE, HIGH), interpolation=cv2.INTER_CUBIC)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path, quality=quality)
    return path


def in_turns(paths: list[Path]) -> tuple[list[float], list[float]]:
    """Seconds for each file of our look and of imagehash's plain path, one after the other, which first in turns."""
    cv2.setNumThreads(1)
    rows = {path: picture_of(path.read_bytes()) for path in paths}
    ours: list[float] = []
    plain: list[float] = []
    for number, path in enumerate(paths):
        runs = [(ours, partial(looked, rows[path], path)), (plain, partial(plainly_hashed, path))]
        for times, run in runs if number % 2 else reversed(runs):
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)
    return ours, plain


def looked(picture: Picture, path: Path) -> object:
    """Eight hashes and all measures."""
    return look(picture, path.read_bytes())


def plainly_hashed(path: Path) -> object:
    """One hash, as imagehash's readme has it."""
    return imagehash.phash(Image.open(io.BytesIO(path.read_bytes())), hash_size=16)


if __name__ == "__main__":
    main()
