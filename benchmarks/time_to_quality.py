"""KID against seconds: contenders train for the same time on the same pictures, and their snapshots are judged after.

A contender is `NAME: RECIPE [KEY=VALUE …]`, trained by `housegan train`; the recipe `original` is `classic` in the
original's own step (benchmarks/train_step.py), beside which `classic` is the same mathematics in our step. Each
contender and seed has a folder under --folder, where training goes on if it was interrupted (the original's step begins
anew): give the same command again. Snapshots are judged at the full size against all pictures of the small set, 500
samples each, after training, so that judging costs nobody time. --data NAME or --pretrain A --finetune B name curated
sets of the working folder; houses, photos, monet and vangogh are made from the shared pictures where they are missing.
Four hours by default.

The last line has `value`: the last KID of the last contender as a share of the first one's, mean over seeds.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from statistics import mean, stdev
from time import monotonic
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.train_step import Original  # noqa: E402
from housegan.config import load_recipe  # noqa: E402
from housegan.curated import current_set, reduced  # noqa: E402
from housegan.dataset import TrainingSet, held_out_of, training_pictures  # noqa: E402
from housegan.explore.walks import drawn_along  # noqa: E402
from housegan.features import described, network  # noqa: E402
from housegan.judge.kid import kid, kid_of_real  # noqa: E402
from housegan.judge.neighbourhoods import beside_real  # noqa: E402
from housegan.places import data_folder  # noqa: E402
from housegan.randomness import generator_for  # noqa: E402
from housegan.run.folder import Run  # noqa: E402
from housegan.run.lines import append_line, read_lines  # noqa: E402
from housegan.run.snapshots import Moment, Snapshot, save_snapshot, snapshots  # noqa: E402
from housegan.sheets import png, tiled  # noqa: E402
from housegan.train.prepare import parsed_budget  # noqa: E402

CONTENDERS = ("original: original", "classic: classic", "default: default")
MOST = 500
"""Samples, and real pictures at most."""
SHOWN = 24
"""Pictures of the grid that is written beside each run."""


@dataclass(frozen=True, slots=True)
class Try:
    """One contender with one seed."""

    name: str
    recipe: str
    changes: tuple[str, ...]
    seed: int
    folder: Path

    @property
    def run(self) -> Run:
        """Its run folder."""
        return Run(next(iter(sorted((self.folder / "runs").glob("0*")))))


@dataclass(frozen=True, slots=True)
class Score:
    """A snapshot, judged."""

    seconds: float
    images: int
    kid: float
    error: float
    precision: float
    recall: float
    coverage: float


def main() -> None:
    """Train what is not trained yet, judge what is not judged yet, and print the table."""
    options = _options()
    if options.original_here:
        train_original(options)
        return
    sets = [name for name in (options.pretrain, options.finetune or options.data) if name]
    for name in sets:
        _made(name)
    tries = list(_tries(options))
    processors: SimpleQueue[str | None] = SimpleQueue()
    for number in range(options.side_by_side):
        processors.put(str(number) if options.side_by_side > 1 else None)
    with ThreadPoolExecutor(options.side_by_side) as pool:
        list(pool.map(lambda one: _trained(one, options, sets, processors), tries))
    torch.set_num_threads(os.cpu_count() or 1)
    real = _real(sets[-1], options.size)
    beside = kid_of_real(real, seed=0)
    scores = {one: list(_scored(one, real, options.points)) for one in tries}
    print(f"{' then '.join(sets)}, {options.size}², {options.minutes} minutes, {options.threads} threads")
    print(f"real beside real {beside.value:.3f} ± {beside.error:.3f}")
    print(f"{'contender':<28}{'seed':>5}{'minutes':>9}{'images':>10}{'KID':>8}{'±':>6}{'precision':>11}{'recall':>8}")
    for one, judged in scores.items():
        for score in judged if options.curves else judged[-1:]:
            print(
                f"{one.name:<28}{one.seed:>5}{score.seconds / 60:>9.1f}{score.images:>10,}{score.kid:>8.2f}"
                f"{score.error:>6.2f}{score.precision:>11.2f}{score.recall:>8.2f}"
            )
    names = list(dict.fromkeys(one.name for one in tries))
    last = {name: [scores[one][-1].kid for one in tries if one.name == name] for name in names}
    for name, values in last.items():
        print(f"{name:<28}{mean(values):>8.2f} ± {stdev(values) if len(values) > 1 else float('nan'):.2f}")
    value = mean(last[names[-1]]) / mean(last[names[0]])
    print(json.dumps({"value": round(value, 3), "kid": {name: round(mean(last[name]), 3) for name in names}}))


def train_original(options: argparse.Namespace) -> None:
    """Train the original's recipe in the original's step, writing what a run writes for those who judge it.

    It can't go on where it was interrupted, and begins anew.
    """
    recipe = load_recipe("classic", options.changes)
    stage, size, seed = recipe.finetune, recipe.model.size, options.seeds[0]
    run = Run(Path("runs/00001-original"))
    shutil.rmtree(run.path, ignore_errors=True)
    (run.path / "generators").mkdir(parents=True)
    torch.manual_seed(seed)
    original = Original(recipe)
    packs = [current_set(name, at_least=size) for name in (options.pretrain, options.finetune or options.data) if name]
    minutes = [budget.minutes or 0 for budget in parsed_budget(options.minutes, clock="minutes", stages=len(packs))]
    held_out = held_out_of(packs)
    parts = [torch.from_numpy(training_pictures(pack, size=size, held_out=held_out)) for pack in packs]
    started, images, last = monotonic(), 0, 0.0
    for number in range(len(minutes)):
        shown = parts if number + 1 < len(minutes) else parts[-1:]
        data = TrainingSet(shown, seed=seed, stage=str(number), flip=stage.flip)
        until = sum(minutes[: number + 1]) * 60
        while (passed := monotonic() - started) < until:
            noise = generator_for(seed, "step", images)
            z = torch.randn(2, stage.batch, recipe.model.z, generator=noise)
            original.step(data.batch(images, stage.batch), z, torch.rand(3, stage.batch, 7, generator=noise))
            images += stage.batch
            append_line(run.path / "timing.jsonl", {"images": images, "seconds": round(passed, 3)})
            if passed > last * 1.3 + 20:
                last = passed
                _keep(run, original, images)
    _keep(run, original, images)
    (run.path / "finished").touch()


def _keep(run: Run, original: Original, images: int) -> None:
    save_snapshot(run, original.generator, Moment(stage="finetune", images=images, epoch=0))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="houses", help="the only set")
    parser.add_argument("--pretrain", help="the larger set")
    parser.add_argument("--finetune", help="the small set")
    parser.add_argument("--size", type=int, default=256, help="side in px at which all are judged")
    parser.add_argument("--minutes", default="40", help="of training, as in 40 or 20+20 for two stages")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument(
        "--side-by-side", type=int, default=1, help="trainings at a time, each on a processor of its own"
    )
    parser.add_argument("--contender", action="append", dest="contenders", help=f"default: {', '.join(CONTENDERS)}")
    parser.add_argument(
        "--folder", type=Path, default=Path("runs/time-to-quality"), help="where runs and scores are kept"
    )
    parser.add_argument("--points", type=int, default=8, help="snapshots of each run that are judged")
    parser.add_argument("--curves", action="store_true", help="print all points, not only the last")
    parser.add_argument("--original-here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--changes", nargs="*", default=[], help=argparse.SUPPRESS)
    return parser.parse_args()


def _tries(options: argparse.Namespace) -> Iterator[Try]:
    for seed in options.seeds:
        for text in options.contenders or CONTENDERS:
            name, _, words = text.partition(":")
            recipe, *changes = shlex.split(words)
            folder = (options.folder / f"{name.strip().replace(' ', '-')}-{seed}").resolve()
            yield Try(name.strip(), recipe, tuple(changes), seed, folder)


def _made(name: str) -> None:
    """Import and curate a set of the shared pictures, if it is one of them and not here yet."""
    pictures = ROOT.parent / "shared" / "data" / ("houses/frontal" if name == "houses" else name)
    if not (data_folder(name) / "curated" / "current.json").is_file() and pictures.is_dir():
        for words in (["import", name, str(pictures)], ["curate", name]):
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            subprocess.run([sys.executable, "-m", "housegan", *words], env=environment, check=True)


def _trained(one: Try, options: argparse.Namespace, sets: Sequence[str], processors: SimpleQueue[str | None]) -> None:
    """Train in a folder of its own, or go on there; a finished run is left as it is."""
    one.folder.mkdir(parents=True, exist_ok=True)
    data = one.folder / "data"
    if not data.exists():
        data.symlink_to(Path("data").resolve())
    if list((one.folder / "runs").glob("*/finished")):
        return
    stages = ["--pretrain", sets[0], "--finetune", sets[1]] if len(sets) > 1 else ["--data", sets[0]]
    if one.recipe == "original":
        words = [str(Path(__file__).resolve()), "--original-here", *stages, "--minutes", options.minutes]
        words += ["--seeds", str(one.seed), "--changes", *one.changes]
    else:
        words = ["-m", "housegan", "train", *stages, "--recipe", one.recipe, "--minutes", options.minutes]
        changes = ("watch.judge_samples=0", "watch.tick_images=250", "watch.snapshot_growth=0.15", *one.changes)
        words += ["--seed", str(one.seed), *(word for change in changes for word in ("--set", change))]
    processor = processors.get()
    pinned = ["taskset", "-c", processor] if processor else []
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": str(options.threads)}
    try:
        with (one.folder / "log.txt").open("ab") as log:
            command = [*pinned, sys.executable, *words]
            subprocess.run(command, cwd=one.folder, env=environment, stdout=log, stderr=log, check=True)
    finally:
        processors.put(processor)


def _real(name: str, size: int) -> NDArray[np.float32]:
    """Features of all pictures of a set, those held out too: nobody is trained on KID."""
    pictures = reduced(current_set(name, at_least=size).images(), size)
    chosen = np.random.default_rng(0).permutation(len(pictures))[:MOST]
    return described(pictures[np.sort(chosen)], by=network())


def _scored(one: Try, real: NDArray[np.float32], points: int) -> Iterator[Score]:
    """Judge snapshots at about equal ratios of time, and write a grid of the last."""
    path = one.folder / "scores.jsonl"
    known = {line["images"]: line for line in read_lines(path)}
    for snapshot, seconds in _spread(one.run, points):
        if snapshot.images not in known:
            values = _judged(snapshot, real)
            known[snapshot.images] = {"seconds": seconds, "images": snapshot.images, **values}
            append_line(path, known[snapshot.images])
        yield Score(**known[snapshot.images])
    grid = one.folder / "grid.png"
    if not grid.exists():
        grid.write_bytes(png(tiled(_drawn(snapshot, SHOWN), columns=6)))


def _spread(run: Run, points: int) -> list[tuple[Snapshot, float]]:
    """About so many snapshots with their seconds, the last among them."""
    timing = read_lines(run.path / "timing.jsonl")
    images, seconds = ([line[key] for line in timing] for key in ("images", "seconds"))
    every = [(snapshot, float(np.interp(snapshot.images, images, seconds))) for snapshot in snapshots(run)]
    end = every[-1][1]
    wanted = [end / 1.4**step for step in range(points)]
    places = {min(range(len(every)), key=lambda place: abs(every[place][1] - moment)) for moment in wanted}
    return [every[place] for place in sorted(places)]


def _judged(snapshot: Snapshot, real: NDArray[np.float32]) -> dict[str, Any]:
    generated = described(_drawn(snapshot, MOST), by=network())
    found, near = kid(real, generated, seed=0), beside_real(real, generated, seed=0).generated
    return {
        "kid": round(found.value, 4), "error": round(found.error, 4), "precision": round(near.precision, 3),
        "recall": round(near.recall, 3), "coverage": round(near.coverage, 3),
    }  # fmt: skip


def _drawn(snapshot: Snapshot, count: int) -> NDArray[np.uint8]:
    generator = snapshot.generator()
    z = torch.randn(count, generator.config.z, generator=generator_for(0, "time to quality"))
    return np.stack(list(drawn_along(generator, z)))


if __name__ == "__main__":
    main()
