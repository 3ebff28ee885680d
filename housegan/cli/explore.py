"""`sample`, `again` and `favourite`: pictures from a run."""

from pathlib import Path
from typing import Annotated

import typer

from housegan.cli.arguments import At, OptionalRun, say


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (sample, again, favourite):
        app.command()(command)


def sample(
    run: OptionalRun = None,
    at: At = "last",
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many pictures.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="The first picture's seed; the next ones follow.")] = 0,
    to: Annotated[Path | None, typer.Option(help="Folder to write to; left out, one in the run's out/.")] = None,
) -> None:
    """Draw a grid and single pictures from seeds.

    Example: `housegan sample 7 --at epoch:30 --count 64 --seed 100`

    Each PNG says which run, generator and seed it comes from: `housegan again PICTURE.png` draws it anew.
    """
    import numpy as np

    from housegan.explore.samples import Origin, drawn
    from housegan.files import write_whole
    from housegan.progress import Progress
    from housegan.run.folder import find_run
    from housegan.run.snapshots import snapshot_at
    from housegan.sheets import png, tiled

    found = find_run(run)
    snapshot = snapshot_at(found, at)
    seeds = range(seed, seed + count)
    folder = to or found.out(f"samples-{snapshot.images}-seeds-{seed}-{seeds[-1]}")
    folder.mkdir(parents=True, exist_ok=True)
    generator = snapshot.generator()
    pictures = []
    with Progress(
        "drawing", total=count, unit="pictures", if_stopped=f"Stopped; what was drawn is in {folder}."
    ) as bar:
        for number, picture in zip(seeds, bar.counted(drawn(generator, seeds)), strict=True):
            facts = Origin(found.name, snapshot.images, (number,)).facts()
            write_whole(folder / f"seed-{number:05d}.png", png(picture, facts))
            pictures.append(picture)
    grid = png(tiled(np.stack(pictures)), Origin(found.name, snapshot.images, tuple(seeds)).facts())
    write_whole(folder / "grid.png", grid)
    say(f"{count:,} pictures by {found.name} at {snapshot.images:,} images, uncurated: {folder / 'grid.png'}")
    say(f"One of them anew: housegan again {folder / f'seed-{seed:05d}.png'}. The film: housegan video {found.number}")


def again(
    picture: Annotated[Path, typer.Argument(help="A PNG that `housegan sample` made.")],
    to: Annotated[Path | None, typer.Option(help="File to write; left out, NAME-again.png beside it.")] = None,
) -> None:
    """Draw a picture, or a whole grid, anew from what its PNG says.

    Example: `housegan again runs/00007-socal-imaginary/out/samples-400000-seeds-0-15/seed-00003.png`
    """
    import numpy as np

    from housegan.explore.samples import drawn, origin_of, snapshot_of
    from housegan.files import write_whole
    from housegan.sheets import png, tiled

    origin = origin_of(picture)
    run, snapshot = snapshot_of(origin)
    pictures = np.stack(list(drawn(snapshot.generator(), origin.seeds)))
    target = to or picture.with_name(f"{picture.stem}-again.png")
    write_whole(target, png(tiled(pictures), origin.facts()))
    say(f"Drawn anew by {run.name} at {snapshot.images:,} images: {target}. More: housegan sample {run.number}")


def favourite(
    run: OptionalRun = None,
    at: At = "last",
    name: Annotated[str, typer.Option(help="A name for it, for your own memory.")] = "",
) -> None:
    """Remember a generator as the run's favourite: `--at favourite` finds it again, and it is never let go for room.

    Example: `housegan favourite 7 --at epoch:4350 --name "the blue towers"`
    """
    from housegan.run.folder import append_line, find_run
    from housegan.run.snapshots import snapshot_at

    found = find_run(run)
    snapshot = snapshot_at(found, at)
    append_line(found.path / "notes.jsonl", {"kind": "favourite", "images": snapshot.images, "name": name})
    say(f"Favourite of {found.name}: {snapshot.images:,} images. Next: housegan sample {found.number} --at favourite")
