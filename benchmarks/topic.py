"""How many decisions the filter needs until it sorts all the others right: those it asks for, against random ones.

Three mixtures, each told apart by what a person would say of it:
houses: 300 fronts (kept) and 225 rooms (rejected) of ../shared/data/houses (Ahmed & Moustafa 2016), until 99 %;
drawings: 58 drawn buildings (kept) of ../shared/data/clipart_buildings (Open Clip Art Library) and 150 crops of
paintings (rejected) from ../shared/data/monet and vangogh, until 95 %;
rows: 150 single houses (kept) and 150 rows of houses (rejected) by the project's painter, until 95 %.
The filter begins with ten decisions of each kind, until then both ask at random; from there on it learns after every
ten. In each round the pictures lie in another order. The figure is the number of decisions after which the share is
reached on the rest and never lost again, and the share on the rest after 50.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from curation.topic import Space, learn, missing, order
from housegan.catalog import Sha256
from housegan.demo.painter import paint_house, paint_row
from housegan.features import SIDE_PX, VERSION, describe, prepared
from housegan.pictures import decode

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SHARES = {"houses": 0.99, "drawings": 0.95, "rows": 0.95}
ENOUGH = 50
EVERY = 10
MOST = 100


@dataclass(frozen=True, slots=True)
class Mixture:
    """Features of pictures, and which of them are kept."""

    name: str
    features: NDArray[np.float32]
    kept: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Course:
    """The share of the rest that is sorted right, by the number of decisions."""

    shares: dict[int, float]

    def reached(self, share: float) -> int | None:
        """After how many decisions the share is reached for good; None where it never is."""
        short = [count for count, found in self.shares.items() if found < share]
        return min((count for count in self.shares if count > max(short, default=0)), default=None)


def main() -> None:
    """Measure, print a table, and the same as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with houses/, clipart_buildings/, monet/ …")
    parser.add_argument("--cache", type=Path, help="folder in which features are kept, so that a rerun is quick")
    parser.add_argument("--rounds", type=int, default=5, help="orders in which the pictures lie")
    options = parser.parse_args()
    started = time.perf_counter()
    figures: dict[str, object] = {}
    print(f"{'':<10}{'asked by':<10}{'decisions until':>16}  {f'right after {ENOUGH}':>16}   (median, least to most)")
    for mixture in mixtures(options.data, options.cache):
        for asked_by in ("filter", "chance"):
            courses = [course(mixture, seed, by_filter=asked_by == "filter") for seed in range(options.rounds)]
            reached = [one.reached(SHARES[mixture.name]) or MOST + 1 for one in courses]
            right = [one.shares[ENOUGH] for one in courses]
            until = f"{SHARES[mixture.name]:.0%}: {shown(statistics.median(reached))}"
            print(
                f"{mixture.name:<10}{asked_by:<10}{until:>16}  {statistics.median(right):>16.1%}   "
                f"({shown(min(reached))} to {shown(max(reached))}; {min(right):.1%} to {max(right):.1%})"
            )
            figures |= {
                f"{mixture.name}_{asked_by}_decisions": statistics.median(reached),
                f"{mixture.name}_{asked_by}_right_after_{ENOUGH}": round(statistics.median(right), 4),
                f"{mixture.name}_{asked_by}_least_right_after_{ENOUGH}": round(min(right), 4),
            }
    value = figures[f"houses_filter_least_right_after_{ENOUGH}"]
    print(json.dumps({"value": value, **figures, "seconds": round(time.perf_counter() - started, 1)}))


def course(mixture: Mixture, seed: int, *, by_filter: bool) -> Course:
    """Decide on one picture after the other as they are asked for, and see after each ten how the rest is sorted."""
    rng = random.Random(f"{mixture.name} {seed}")
    digests = [Sha256(f"{rng.getrandbits(256):064x}") for _ in mixture.kept]
    truth = dict(zip(digests, mixture.kept.tolist(), strict=True))
    space = Space.of(dict(zip(digests, mixture.features, strict=True)))
    asked: Sequence[Sha256] = sorted(digests)
    known: dict[Sha256, bool] = {}
    shares = {}
    while len(known) < MOST:
        fresh = [sha256 for sha256 in asked if sha256 not in known][: min(EVERY, missing(known) or EVERY)]
        known |= {sha256: truth[sha256] for sha256 in fresh}
        shares[len(known)] = 0.0
        if missing(known):
            continue
        topic = learn(space, known)
        rest = [sha256 for sha256 in digests if sha256 not in known]
        shares[len(known)] = float(np.mean([(topic.probabilities[sha256] > 0.5) == truth[sha256] for sha256 in rest]))
        if by_filter:
            asked = order(topic, space, rest, seed=len(known))
        if len(known) < ENOUGH < len(known) + EVERY:  # so that there is a figure after just as many
            known |= {
                sha256: truth[sha256] for sha256 in [one for one in asked if one not in known][: ENOUGH - len(known)]
            }
            topic = learn(space, known)
            rest = [sha256 for sha256 in rest if sha256 not in known]
            right = [(topic.probabilities[sha256] > 0.5) == truth[sha256] for sha256 in rest]
            shares[ENOUGH] = float(np.mean(right))
    return Course(shares)


def shown(decisions: float) -> str:
    """The number, unless it wasn't reached."""
    return f"over {MOST}" if decisions > MOST else f"{decisions:.0f}"


def mixtures(data: Path, cache: Path | None) -> list[Mixture]:
    """Describe the pictures, or take what was described before."""
    return [_mixture(name, data, cache) for name in SHARES]


def _mixture(name: str, data: Path, cache: Path | None) -> Mixture:
    kept_at = cache and cache / f"{name}-{VERSION.replace(' ', '-')}.npz"
    if kept_at and kept_at.is_file():
        found = np.load(kept_at)
        return Mixture(name, found["features"], found["kept"])
    good, bad = _pictures(name, data)
    features = describe(np.stack([prepared(image) for image in [*good, *bad]]))
    kept = np.arange(len(features)) < len(good)
    if kept_at:
        kept_at.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept_at, features=features, kept=kept)
    return Mixture(name, features, kept)


def _pictures(name: str, data: Path) -> tuple[list[Image.Image], list[Image.Image]]:
    match name:
        case "houses":
            return _opened(data / "houses" / "frontal"), _opened(data / "houses" / "interior")
        case "drawings":
            rng = random.Random("crops")
            paintings = rng.sample(_files(data / "monet"), 60) + rng.sample(_files(data / "vangogh"), 90)
            return _opened(data / "clipart_buildings"), [_cropped(path, rng) for path in paintings]
        case _:
            styles = [("photographic", "fantastic")[number % 2] for number in range(150)]
            return (
                [paint_house(number, style=style).image for number, style in enumerate(styles)],  # type: ignore[arg-type]
                [paint_row(10_000 + number, style=style).image for number, style in enumerate(styles)],  # type: ignore[arg-type]
            )


def _cropped(path: Path, rng: random.Random) -> Image.Image:
    image = decode(path.read_bytes())
    side = round(min(image.size) * rng.uniform(0.5, 1))
    left, top = rng.randint(0, image.width - side), rng.randint(0, image.height - side)
    return image.crop((left, top, left + side, top + side))


def _opened(folder: Path) -> list[Image.Image]:
    return [decode(path.read_bytes(), at_least_px=SIDE_PX) for path in _files(folder)]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in (".jpg", ".png"))


if __name__ == "__main__":
    main()
