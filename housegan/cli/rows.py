"""`interpolate`: rows of pictures between seeds."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from housegan.cli.arguments import At, Seeds, Source, Truncation, say
from housegan.cli.walks import evenness
from housegan.errors import HouseganError

if TYPE_CHECKING:
    from housegan.run.chosen import Chosen

NINE = 9
"""Points of a series, as in the classrooms report's figure."""
MOST_ROWS = 100


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(interpolate)


def interpolate(
    run: Source = None,
    at: At = "last",
    seeds: Seeds = None,
    seed: Annotated[int, typer.Option(min=0, help="Without --seeds: the first of nine; the next ones follow.")] = 0,
    steps: Annotated[int, typer.Option(min=1, max=100, help="Steps from seed to seed, a row each.")] = 8,
    straight: Annotated[bool, typer.Option("--straight", help="Straight lines instead of great circles.")] = False,
    truncation: Truncation = 1.0,
    to: Annotated[Path | None, typer.Option(help="PNG to write; left out, one in the run's out/.")] = None,
) -> None:
    """Draw rows of pictures between the points of a series, each row from one seed to the next.

    Example: `housegan interpolate 7 --seeds 1,5,9,12 --steps 10`

    The PNG says in its text which command draws it anew.
    """
    import numpy as np

    from housegan.explore import paths
    from housegan.explore.album import named
    from housegan.explore.tour import series
    from housegan.explore.walks import drawn_along, points_of
    from housegan.explore.wishes import seeds_in
    from housegan.files import write_whole
    from housegan.progress import Progress
    from housegan.run.chosen import choose
    from housegan.sheets import png, tiled

    chosen = choose(run, at)
    wanted = seeds_in(seeds) if seeds else tuple(range(seed, seed + NINE))
    if not 2 <= len(wanted) <= MOST_ROWS + 1:
        raise HouseganError(f"--seeds names {len(wanted)}: rows need two seeds at least, and {MOST_ROWS + 1} at most.")
    generator = chosen.generator
    between = paths.lerp if straight else paths.slerp
    points = points_of(generator, wanted, truncation=truncation)
    latents = paths.rows(points, steps, between).flatten(0, 1)
    words = {"steps": steps, "along": "lines" if straight else None, "truncation": truncation}
    target = to or chosen.out(named(chosen, "interpolation", wanted, words) + ".png")
    with Progress("drawing", total=len(latents), unit="pictures", if_stopped="Stopped; nothing was written.") as bar:
        pictures = np.stack(list(bar.counted(drawn_along(generator, latents))))
    facts = {
        "Comment": _anew(chosen, wanted, steps=steps, truncation=truncation, straight=straight),
        "Software": "housegan",
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, png(tiled(pictures, columns=steps + 1), facts))
    said = evenness(generator, series(generator, wanted, between, truncation=truncation))
    say(f"{len(wanted) - 1} rows of {steps + 1} pictures by {chosen.name}, uncurated: {target}")
    say(said)


def _anew(chosen: "Chosen", seeds: Sequence[int], *, steps: int, truncation: float, straight: bool) -> str:
    """The command that draws the same rows."""
    source = f"{chosen.name} --at images:{chosen.snapshot.images}" if chosen.run else f"{chosen.snapshot.path}"
    rest = f" --truncation {truncation:g}" * (truncation < 1) + " --straight" * straight
    return f"housegan interpolate {source} --seeds {','.join(map(str, seeds))} --steps {steps}{rest}"
