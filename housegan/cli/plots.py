"""`plot`: a run's figures, or several runs'."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from housegan.cli.arguments import say
from housegan.errors import WrongUsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from housegan.run.folder import Run


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(plot)


def plot(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN]...", help="Runs' numbers, names or folders; left out, the newest."),
    ] = None,
    by: Annotated[Literal["images", "hours"], typer.Option(help="What runs along the figure.")] = "images",
    smooth: Annotated[
        float, typer.Option(min=0, max=0.5, help="Share of a run that a line averages over; 0 shows raw values alone.")
    ] = 0.03,
    to: Annotated[
        Path | None, typer.Option(help="PNG or SVG to write; left out, metrics.png in the run's out/, or one in out/.")
    ] = None,
) -> None:
    """Plot losses, scores, KID, precision, recall and pictures a second, of one run or of up to six in one figure.

    Example: `housegan plot 7 8 --by hours --to both.svg`
    """
    from housegan.explore.plot import curves, suffix_checked, written
    from housegan.files import write_whole

    found = _found(runs)
    target = suffix_checked(to) if to else _out(found, "metrics.png")
    every = [curves(run, by=by) for run in found]
    write_whole(target, written(every, by=by, smooth=smooth, suffix=target.suffix))
    if unjudged := [one.name for one in every if not one.judged]:
        say(f"Not evaluated yet, so without KID, precision and recall: {', '.join(unjudged)}.")
    say(f"{target}. Next: housegan video {found[0].word}")


def _found(names: "Sequence[str] | None") -> "list[Run]":
    """The runs that are named, each once; the newest where none is."""
    from housegan.explore.plot import MOST_RUNS
    from housegan.run.folder import find_run

    found = [find_run(name) for name in names or [None]]
    if len({run.path.resolve() for run in found}) < len(found):
        raise WrongUsageError("A run is named twice: name each once.")
    if len(found) > MOST_RUNS:
        raise WrongUsageError(f"{len(found)} runs can't be told apart in one figure: name up to {MOST_RUNS}.")
    return found


def _out(found: "Sequence[Run]", name: str) -> Path:
    """Where a file about these runs goes: into the only run's out/, or into out/ here with all their names."""
    if len(found) == 1:
        return found[0].out(name)
    folder = Path("out")
    folder.mkdir(exist_ok=True)
    return folder / f"{'-'.join((run.name.partition('-')[0].lstrip('0') or run.name)[:40] for run in found)}-{name}"
