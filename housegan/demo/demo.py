"""The main job on paintings of our own: no network, no account, no GPU, a few minutes."""

import hashlib
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from housegan.catalog import Catalog
from housegan.demo.gallery import SET, serving
from housegan.demo.planted import Planted, plant
from housegan.errors import HouseganError, StoppedError

RELATED, SMALL = "suburb", "fairytale"
"""The larger related set, photographs of a sort, and the small one to learn."""

COPIES = ("exact_copy", "resized_copy", "recompressed_copy")
SPOILT = ("broken", "tiny", "flat")


def commands(minutes: float) -> list[str]:
    """The way from pictures to a film, as a person would type it, with so many minutes of training."""
    return [
        f"scrape {RELATED}",
        f"scrape {SMALL}",
        f"curate {RELATED}",
        f"curate {SMALL}",
        f"train --pretrain {RELATED} --finetune {SMALL} --recipe quick --minutes {minutes:g}",
        "sample --count 36",
        "plot",
        "video",
    ]


def run_demo(folder: Path, *, minutes: float, houses: int, say: Callable[[str], None]) -> None:
    """Paint both sets into `folder`, show them on a site of our own and run `commands`, each as a process of its own.

    Run again it goes on where it stopped, since every command does.
    """
    started = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    planted = {}
    for seed, (name, style, count) in enumerate(
        ((RELATED, "photographic", houses), (SMALL, "fantastic", houses * 2 // 5))
    ):
        say(f"Painting {count} houses for the set {name!r}, and among them copies, rooms and broken files …")
        planted[name] = plant(folder / "paintings" / name, style=style, count=count, seed=seed)  # type: ignore[arg-type]
    with serving(folder / "paintings", planted) as host:
        for name, pictures in planted.items():
            _write_set(folder / "configs" / "sets" / f"{name}.yaml", name, host, target=len(pictures))
        for command in commands(minutes):
            say(f"\n$ housegan {command}")
            _run(command, folder)
            if command.startswith("curate"):
                say(verdict(folder, command.split()[1], planted[command.split()[1]]))
    say(f"\nThat took {(time.monotonic() - started) / 60:.1f} minutes.")


def _run(command: str, folder: Path) -> None:
    code = subprocess.call([sys.executable, "-m", "housegan", *shlex.split(command)], cwd=folder)
    if code == StoppedError.exit_code:
        raise StoppedError("Stopped. To go on, run the same demo again.")
    if code:
        raise HouseganError(f"`housegan {command}` ended with exit code {code}: its own sentence stands above.")


def _write_set(path: Path, name: str, host: str, *, target: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SET.format(title=f"The painter's {name}", target=target, host=host, name=name), encoding="utf-8")


def verdict(folder: Path, name: str, planted: Iterable[Planted]) -> str:
    """Compare what curation found with what was planted."""
    with Catalog(folder / "data" / name) as catalog:
        kept = {resolved.picture.sha256 for resolved in catalog.resolved() if resolved.verdict == "keep"}
    total, found = Counter[str](), Counter[str]()
    originals = {picture.name: _digest(folder, name, picture) for picture in planted}
    for picture in planted:
        digest = originals[picture.name]
        if picture.kind in COPIES:
            total["copies"] += 1  # one of the two was to go, whichever
            pair = {digest, originals[picture.original or ""]}
            found["copies"] += len(pair & kept) <= 1
        elif picture.kind in SPOILT:
            total["spoilt files"] += 1
            found["spoilt files"] += digest not in kept
    return (
        "Of what was planted, curation found "
        + ", ".join(f"{found[kind]} of {total[kind]} {kind}" for kind in total)
        + "."
    )


def _digest(folder: Path, name: str, picture: Planted) -> str:
    return hashlib.sha256((folder / "paintings" / name / picture.name).read_bytes()).hexdigest()
