"""`neighbours`: samples beside the training pictures that are nearest to them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from housegan.cli.arguments import At, OptionalRun, say
from housegan.errors import HouseganError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from housegan.run.chosen import Chosen


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(neighbours)


def neighbours(
    run: OptionalRun = None,
    at: At = "last",
    count: Annotated[int, typer.Option(min=1, max=100, help="How many samples.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="The first sample's seed; the next ones follow.")] = 0,
    picture: Annotated[
        list[Path], typer.Option(help="Compare a picture of your own instead of samples; may be given again.")
    ] = [],
    to: Annotated[Path | None, typer.Option(help="Folder to write to; left out, one in the run's out/.")] = None,
) -> None:
    """Show samples with their five nearest training pictures, to see whether they are copies.

    Example: `housegan neighbours 7 --at best --count 12`

    Three rows each: by the difference of the pixels, by their correlation, and by what a network sees. Training
    pictures are compared mirrored, too. A sheet, and JSON with titles, authors, licences and links.
    """
    from housegan.explore.neighbour_sheet import write_neighbours
    from housegan.explore.neighbours import CAUTION
    from housegan.explore.neighbours import neighbours as nearest_of
    from housegan.progress import Progress
    from housegan.run.chosen import choose
    from housegan.run.learned import in_words, learned_from, sets_of, without

    chosen = choose(run, at)
    if chosen.run is None:
        raise HouseganError(f"{chosen.snapshot.path} doesn't say what it learned from: name a run.")
    config = chosen.run.config()
    parts, gone = learned_from(chosen.run, sets=sets_of(config, stage="pretrain"))
    notes = without(gone)
    if config.start:
        began = "/".join(Path(config.start.path).parts[-3:])
        notes.append(f"It began with the weights of {began}: what those learned from was not compared.")
    names, samples, about = _own(picture, chosen) if picture else _samples(chosen, count, seed)
    total, stopped = 2 * sum(len(part.rows) for part in parts), "Stopped; nothing was written."
    with Progress("comparing", total=total, unit="pictures", if_stopped=stopped) as bar:
        found = nearest_of(samples, parts, kept_in=chosen.out(""), bar=bar)
    folder = to or chosen.out(f"neighbours-{chosen.snapshot.images}-{about}")
    folder.mkdir(parents=True, exist_ok=True)
    compared = in_words(parts)
    title = f"{chosen.name} at {chosen.snapshot.images:,} images, beside {compared}."
    write_neighbours(folder, samples, names, found, title=title, notes=notes)
    for note in notes:
        say(note)
    say(f"{len(names)} beside {compared}: {folder / 'neighbours.png'}, with titles and links in neighbours.json there.")
    say(CAUTION)


def _samples(chosen: "Chosen", count: int, seed: int) -> "tuple[list[str], NDArray[np.uint8], str]":
    """Labels, pictures, and a part of a folder's name."""
    import numpy as np

    from housegan.explore.samples import drawn

    seeds = range(seed, seed + count)
    pictures = np.stack(list(drawn(chosen.generator, seeds)))
    return [f"seed {number}" for number in seeds], pictures, f"seeds-{seed}-{seeds[-1]}"


def _own(files: list[Path], chosen: "Chosen") -> "tuple[list[str], NDArray[np.uint8], str]":
    """The same of the person's own pictures: the square in the middle of each, at the generator's size."""
    import hashlib

    import numpy as np

    from housegan.explore.own import squares

    pictures = np.stack(list(squares(files, size=chosen.generator.config.size)))
    key = hashlib.sha256(pictures.tobytes()).hexdigest()[:8]
    return [path.name for path in files], pictures, f"pictures-{key}"
