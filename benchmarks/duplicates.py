"""How well copies are found: planted edits of real pictures among photographs that look alike.

Four edits of each of 300 house fronts, of ten kinds in turn, a bridge in twelve edits and in its eight rotations and
mirrorings, and 3,000 landscape photographs. The truth is known by construction; the copies that the sets hold of
themselves were found by looking at the 64 nearest of the 85 pairs of them within 84 of 256 bits, and at a list of the
rest. The steps are those of `housegan curate`,
on a catalog that is thrown away. Beside it the 64-bit pHashes of imagehash and of imagededup, both at a distance of 10.

An edit is merged when it and its picture end as one, asked when a person would be shown the two, else missed. Precision
is counted on pairs that are called the same, and on pictures that are rejected for another.
"""

import argparse
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from housegan.catalog import Catalog, Sha256, Sighting
from housegan.config import CurateConfig, IntakeConfig
from housegan.pictures import inspect

SAME_IN_THE_SETS = (
    ("009_bedroom", "021_bedroom"), ("009_bathroom", "021_bathroom"), ("011", "030"), ("012", "032"), ("059", "072"),
    ("199", "214"), ("292", "293"), ("16a666edff", "b76490cea4"), ("78969b7789", "9ebcfa05af"),
    ("34fe687882", "4df98eeceb"), ("3c048f020d", "6ff926036b"), ("5e80458f0d", "74f3bf7113"),
    ("611ce907ee", "ad24506f8b"), ("1444ac5586", "edba7f0a70"),
)  # fmt: skip
"""Pairs of files that show the same. 06058e6cb0 and e15ebb6b26, a sunset in two frames, do not."""

Names = tuple[str, str]


def main() -> None:
    """Plant, curate, compare, print tables, and the main figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared/data")
    parser.add_argument("--fronts", type=int, default=300, help="house fronts of which edits are made")
    parser.add_argument("--edits", type=int, default=4, help="edits of each front, of ten kinds in turn")
    parser.add_argument("--photos", type=int, default=3_000, help="photographs among which they are hidden")
    parser.add_argument("--imagededup-python", help="an interpreter that has imagededup")
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"{options.data} is not here: --data names the folder with houses/, photos/ and duplicates/")
    with tempfile.TemporaryDirectory() as folder:
        truth = planted(Path(folder), options.data, options.fronts, options.edits, options.photos)
        ours, figures = curated(Path(folder), truth)
        rivals = [by_imagehash(truth)]
        if options.imagededup_python:
            rivals.append(by_imagededup(options.imagededup_python, truth))
        else:
            print("imagededup is left out: name an interpreter that has it with --imagededup-python")
    print_tables(truth, ours, rivals)
    print(json.dumps(figures | {f"{rival.name}_precision": round(precision(rival, truth), 4) for rival in rivals}))


# What is planted


def jpeg(image: Image.Image, quality: int = 75) -> bytes:
    """Encode at the quality of most of the originals."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def resized(image: Image.Image, factor: float) -> Image.Image:
    """Scale both sides."""
    return image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.BICUBIC)


def cropped(image: Image.Image, share: float) -> Image.Image:
    """Cut a share of the side off each side."""
    x, y = round(image.width * share), round(image.height * share)
    return image.crop((x, y, image.width - x, image.height - y))


def watermarked(image: Image.Image) -> Image.Image:
    """Write half-transparent words across the middle."""
    layer = Image.new("RGBA", image.size)
    ImageDraw.Draw(layer).text(
        (image.width / 2, image.height / 2), "© pictures.example", fill=(255, 255, 255, 150), anchor="mm",
        font=ImageFont.load_default(0.1 * image.height),
    )  # fmt: skip
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


EDITS: dict[str, Callable[[Image.Image], bytes]] = {
    "resized to 0.5": lambda image: jpeg(resized(image, 0.5)),
    "resized to 1.5": lambda image: jpeg(resized(image, 1.5)),
    "JPEG quality 30": lambda image: jpeg(image, 30),
    "brighter by 30 %": lambda image: jpeg(ImageEnhance.Brightness(image).enhance(1.3)),
    "darker by 30 %": lambda image: jpeg(ImageEnhance.Brightness(image).enhance(0.7)),
    "mirrored": lambda image: jpeg(ImageOps.mirror(image)),
    "rotated by 90°": lambda image: jpeg(image.transpose(Image.Transpose.ROTATE_270)),
    "2 % cropped off each side": lambda image: jpeg(cropped(image, 0.02)),
    "border of 6 %": lambda image: jpeg(ImageOps.expand(image, round(0.06 * min(image.size)), "white")),
    "watermark": lambda image: jpeg(watermarked(image)),
}


@dataclass
class Truth:
    """Files, which of them show the same, and which edit is of what."""

    files: dict[str, Path] = field(default_factory=dict)
    group: dict[str, str] = field(default_factory=dict)
    """For each file a name that all files which show the same have in common."""
    edits: list[tuple[str, str, str]] = field(default_factory=list)
    """(kind, name of the original, name of the edit)"""

    def same(self, pair: Names) -> bool:
        """Whether two files show the same."""
        return self.group[pair[0]] == self.group[pair[1]]


def planted(folder: Path, data: Path, fronts: int, edits: int, photos: int) -> Truth:
    """Write the edits into `folder`; the originals stay where they are."""
    truth = Truth()
    (folder / "edits").mkdir()
    twins = {second: first for first, second in SAME_IN_THE_SETS}

    def add(path: Path, group: str) -> None:
        truth.files[path.stem], truth.group[path.stem] = path, group

    originals = sorted((data / "houses/frontal").glob("*.jpg"))
    for path in [*originals, *sorted((data / "photos").glob("*.jpg"))[:photos]]:
        add(path, twins.get(path.stem, path.stem))
    for kind in ("bridge", "dihedral"):
        first, *others = sorted((data / "duplicates" / kind).glob("*.jpg"))
        for path in (first, *others):
            add(path, "bridge")  # the eight are of the same picture
        truth.edits += [(kind, first.stem, path.stem) for path in others]
    with ProcessPoolExecutor() as processes:
        jobs = [
            (path, folder / "edits", list(EDITS)[(number * edits + turn) % len(EDITS)])
            for number, path in enumerate(originals[:fronts])
            for turn in range(edits)
        ]
        for (original, _, kind), path in zip(jobs, processes.map(edited, jobs, chunksize=20), strict=True):
            add(path, truth.group[original.stem])
            truth.edits.append((kind, original.stem, path.stem))
    return truth


def edited(job: tuple[Path, Path, str]) -> Path:
    """Make one edit and write it."""
    original, folder, kind = job
    with Image.open(original) as image:
        path = folder / f"{original.stem}-{list(EDITS).index(kind)}.jpg"
        path.write_bytes(EDITS[kind](image.convert("RGB")))
    return path


# What finds them


@dataclass
class Found:
    """What a way of finding copies says; pairs of file names."""

    name: str
    pairs: set[Names]
    """Called the same."""
    merged: Callable[[Names], bool]
    asked: Callable[[Names], bool]
    seconds: float


def curated(folder: Path, truth: Truth) -> tuple[Found, dict[str, object]]:
    """Run the steps of `housegan curate` that find duplicates, and measure what they come to."""
    # Not at the top: every worker process imports this file, and torch would count against its memory.
    from curation import duplicates
    from curation.comparison import judgements
    from curation.copies import COPY
    from curation.looks import LOOK
    from curation.measures import measured

    config, limits = CurateConfig(), IntakeConfig()
    named: defaultdict[Sha256, list[str]] = defaultdict(list)
    with Catalog(folder / "data/benchmark") as catalog:
        for name, path in truth.files.items():
            data = path.read_bytes()
            sha256 = Sha256(hashlib.sha256(data).hexdigest())
            facts = inspect(data)
            if sha256 not in named:
                catalog.keep_bytes(sha256, facts.format, data)
            catalog.add([(sha256, len(data), facts, Sighting("benchmark", name))])
            named[sha256].append(name)
        started = time.perf_counter()
        pictures = catalog.pictures()
        by_name = {picture.sha256: picture for picture in pictures}
        looks = measured(catalog, LOOK, pictures, limits).values
        times = {"looking": time.perf_counter()}
        near = duplicates.candidates(pictures, looks, config, out=())
        times["searching"] = time.perf_counter()
        doubtful = duplicates.doubtful(near, (), config)
        said = judgements(catalog, doubtful, by_name, limits)
        times["comparing"] = time.perf_counter()
        pairs = duplicates.together((), duplicates.opinions(near, said, (), config))
        members = duplicates.members(pairs, config, out=())
        copies = measured(catalog, COPY, [by_name[name] for name in members], limits).values
        times["measuring copies"] = time.perf_counter()
        decisions = duplicates.decide(pictures, looks, copies, config, out=(), chosen=(), pairs=pairs)
    kept = [decision.sha256 for decision in decisions if decision.verdict == "keep"]
    asked = duplicates.waiting(kept, pairs, config)
    step = started
    for name, end in times.items():
        print(f"{name:<18}{end - step:>8.1f} s")
        step = end
    print(f"{len(pictures):,} pictures, {len(near):,} near pairs, {len(doubtful):,} of them compared closely")

    keeper = {one: one for one in kept} | {
        d.sha256: next(one for one in kept if one.startswith(d.reason.split("same picture as ")[1][:8]))
        for d in decisions if d.verdict == "reject"
    }  # fmt: skip
    name_of = {sha256: names[0] for sha256, names in named.items()}
    sha256_of = {name: sha256 for sha256, names in named.items() for name in names}
    questions = {frozenset((pair.first, pair.second)) for pair in asked}

    def ends(pair: Names) -> frozenset[Sha256]:
        return frozenset(keeper[sha256_of[name]] for name in pair)

    found = Found(
        "housegan",
        {(name_of[pair.first], name_of[pair.second]) for pair in pairs if pair.same},
        merged=lambda pair: len(ends(pair)) == 1,
        asked=lambda pair: ends(pair) in questions,
        seconds=time.perf_counter() - started,
    )
    rejected = [(name_of[one], name_of[other]) for one, other in keeper.items() if one != other]
    wrong = [pair for pair in rejected if not truth.same(pair)]
    missed = [pair for pair in found.pairs if not truth.same(pair)]
    for pair in sorted({*wrong, *missed}):
        print("called the same but not:", *pair)
    split = Counter(judgement[0] for judgement in judgements.values())
    print(f"compared closely: {split[True]:,} the same, {split[False]:,} different, {split[None]:,} can't tell")
    print_winners(truth, keeper, sha256_of)
    reached = [pair for _, *pair in truth.edits if found.merged((pair[0], pair[1])) or found.asked((pair[0], pair[1]))]
    return found, {
        "value": round(len(reached) / len(truth.edits), 4),
        "precision": round(1 - len(wrong) / max(len(rejected), 1), 4),
        "pair_precision": round(precision(found, truth), 4),
        "recall": round(len(reached) / len(truth.edits), 4),
        "asked": round(len({name for question in questions for name in question}) / len(pictures), 4),
        "seconds": round(found.seconds, 1),
    }


def print_winners(truth: Truth, keeper: dict[Sha256, Sha256], sha256_of: dict[str, Sha256]) -> None:
    """Say which copies were kept in place of the original, of those that were merged with it."""
    won = Counter(
        kind for kind, original, edit in truth.edits
        if keeper[sha256_of[original]] == sha256_of[edit] != sha256_of[original]
    )  # fmt: skip
    print("kept in place of the original:", ", ".join(f"{kind} {count}" for kind, count in won.items()) or "none")


def by_imagehash(truth: Truth) -> Found:
    """Hash by imagehash's pHash of 64 bits, as it comes, at a distance of 10."""
    started = time.perf_counter()
    with ProcessPoolExecutor() as processes:
        hashes = list(processes.map(small_hash, truth.files.values(), chunksize=50))
    words = np.array([int(str(one), 16) for one in hashes], np.uint64)
    names = list(truth.files)
    pairs = {
        (names[i], names[j])
        for i in range(len(words))
        for j in (np.flatnonzero(np.bitwise_count(words[i + 1 :] ^ words[i]) <= 10) + i + 1).tolist()
    }
    return by_pairs("imagehash", pairs, time.perf_counter() - started)


def small_hash(path: Path) -> str:
    """Hash as imagehash's README does."""
    with Image.open(path) as image:
        return str(imagehash.phash(image))


def by_imagededup(python: str, truth: Truth) -> Found:
    """Ask imagededup's PHash at its default distance of 10, in another interpreter."""
    program = """
import json, sys
from imagededup.methods import PHash
hasher = PHash(verbose=False)
files = json.load(sys.stdin)
hashes = {name: hasher.encode_image(image_file=path) for name, path in files.items()}
found = hasher.find_duplicates(encoding_map=hashes, max_distance_threshold=10)
print(json.dumps([[one, other] for one, others in found.items() for other in others if one < other]))
"""
    started = time.perf_counter()
    files = {name: str(path) for name, path in truth.files.items()}
    ended = subprocess.run(
        [python, "-c", program], input=json.dumps(files), capture_output=True, text=True, check=False
    )
    if ended.returncode:
        sys.exit(f"{python} could not run imagededup:\n{ended.stderr[-2000:]}")
    pairs = {(one, other) for one, other in json.loads(ended.stdout.splitlines()[-1])}
    return by_pairs("imagededup", pairs, time.perf_counter() - started)


def by_pairs(name: str, pairs: Iterable[Names], seconds: float) -> Found:
    """What a way says that knows pairs alone."""
    either = {frozenset(pair) for pair in pairs}
    return Found(
        name, set(pairs), merged=lambda pair: frozenset(pair) in either, asked=lambda _: False,
        seconds=seconds,
    )  # fmt: skip


def precision(found: Found, truth: Truth) -> float:
    """Share of the pairs called the same that are."""
    return sum(map(truth.same, found.pairs)) / max(len(found.pairs), 1)


def print_tables(truth: Truth, ours: Found, rivals: list[Found]) -> None:
    """What becomes of each edit; then each way's precision."""
    kinds = list(dict.fromkeys(kind for kind, _, _ in truth.edits))
    print(f"\n{'edit':<28}{'count':>6}{'merged':>9}{'asked':>8}{'missed':>8}", *(f"{r.name:>11}" for r in rivals))
    for kind in [*kinds, "all"]:
        pairs = [(original, edit) for one, original, edit in truth.edits if kind in (one, "all")]
        merged = sum(map(ours.merged, pairs))
        asked = sum(ours.asked(pair) and not ours.merged(pair) for pair in pairs)
        shares = (merged, asked, len(pairs) - merged - asked)
        print(
            f"{kind:<28}{len(pairs):>6,}{shares[0] / len(pairs):>9.1%}{shares[1] / len(pairs):>8.1%}"
            f"{shares[2] / len(pairs):>8.1%}",
            *(f"{sum(map(rival.merged, pairs)) / len(pairs):>11.1%}" for rival in rivals),
        )
    print(f"\n{'':<12}{'pairs':>9}{'wrong':>9}{'precision':>11}{'seconds':>9}")
    for found in (ours, *rivals):
        wrong = sum(not truth.same(pair) for pair in found.pairs)
        print(f"{found.name:<12}{len(found.pairs):>9,}{wrong:>9,}{precision(found, truth):>11.4f}{found.seconds:>9.1f}")


if __name__ == "__main__":
    main()
