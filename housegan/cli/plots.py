"""`plot`, `compare` and `timeline`: how runs went, in figures, side by side, and over time."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from housegan.cli.arguments import At, OptionalRun, say
from housegan.errors import WrongUsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from housegan.run.folder import Run


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (plot, compare, timeline):
        app.command()(command)


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
    say(f"{target}. Next: housegan video {found[0].called}")


def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN RUN...", help="Runs' numbers, names or folders.")],
    at: At = "last",
    count: Annotated[int, typer.Option(min=1, max=64, help="How many seeds.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="The first seed; the next ones follow.")] = 0,
    by: Annotated[Literal["images", "hours"], typer.Option(help="What runs along the curves.")] = "images",
    to: Annotated[Path | None, typer.Option(help="HTML file to write; left out, one in out/.")] = None,
) -> None:
    """Write one page with the same seeds drawn by several runs, their numbers, curves and recipes side by side.

    Example: `housegan compare 7 8 9 --at best`

    The page is one file that loads nothing: it can be sent to somebody.
    """
    from housegan.explore.compare import gathered, page
    from housegan.files import write_whole
    from housegan.progress import Progress
    from housegan.run.snapshots import snapshot_at

    found = _found(runs)
    if len(found) < 2:
        raise WrongUsageError(f"One run alone has nothing beside it: name two, as in housegan compare {runs[0]} RUN.")
    target = to or _out(found, "compare.html")
    if target.suffix.lower() not in (".html", ".htm"):
        raise WrongUsageError(f"--to {target} must end in .html.")
    chosen = [(run, snapshot_at(run, at)) for run in found]
    seeds = range(seed, seed + count)
    with Progress(
        "drawing", total=count * len(found), unit="pictures", if_stopped="Stopped; no page was written."
    ) as bar:
        sides = [gathered(run, snapshot, seeds, counted=bar.counted, by=by) for run, snapshot in chosen]
        text = page(sides, seeds=seeds, at=at, by=by).encode("utf-8", "replace")
    write_whole(target, text)
    say(f"{len(found)} runs, {count:,} seeds, {len(text) / 1e6:.1f} MB: {target}")
    say(f"Next: housegan timeline {found[0].called}")


def timeline(
    run: OptionalRun = None,
    count: Annotated[int, typer.Option(min=1, max=64, help="How many seeds are drawn.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="The first seed; the next ones follow.")] = 0,
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Port of the page.")] = 8767,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Don't open the page here: its address is said.")
    ] = False,
) -> None:
    """Scrub through a run's generators on a page, on the same latents, with KID beneath; mark your favourite.

    Example: `housegan timeline 7`

    It works while training goes on. Every command takes what was marked last as `--at favourite`.
    """
    from housegan.explore.timeline import timeline as timeline_page
    from housegan.run.folder import find_run

    found = find_run(run)
    timeline_page(found, seeds=range(seed, seed + count), port=port, open_browser=not no_browser, say=say)


def _found(names: "Sequence[str] | None") -> "list[Run]":
    """The runs that are named, each once; the newest where none is."""
    from housegan.explore.plot import MOST_RUNS
    from housegan.run.folder import find_run

    found = [find_run(name) for name in names] if names else [find_run(None)]
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
