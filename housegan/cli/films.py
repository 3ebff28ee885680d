"""`video` and `flashes`: films of a run, and whether a film flashes."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from housegan.cli.arguments import OptionalRun, say
from housegan.errors import WrongUsageError

if TYPE_CHECKING:
    from housegan.run.folder import Run
    from housegan.video.film import Cell
    from housegan.video.keyframes import Keyframe
    from housegan.video.safe import Film


class Schedule(StrEnum):
    """Which grids a film shows."""

    THINNED = "thinned"
    ORIGINAL = "original"


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(video)
    app.command()(flashes)


def video(
    run: OptionalRun = None,
    seconds: Annotated[float | None, typer.Option(min=1, max=36_000, help="Length; at most 75 if left out.")] = None,
    schedule: Annotated[
        Schedule, typer.Option(help="thinned: denser early; original: all of the first 30 epochs, then each fifth.")
    ] = Schedule.THINNED,
    picture: Annotated[
        int | None, typer.Option(min=1, help="Show this picture of the grid alone, counted from 1.")
    ] = None,
    strips: Annotated[str, typer.Option(help="Curves beside it: losses, scores, kid, with commas between.")] = "",
    fps: Annotated[
        float | None, typer.Option(min=1, max=120, help="Frames a second; a GIF has 25, 20 or 12.5.")
    ] = None,
    allow_flashes: Annotated[
        bool, typer.Option("--allow-flashes", help="Write it even if it still flashes when smoothed.")
    ] = False,
    to: Annotated[
        Path | None, typer.Option(help=".mp4, .webm, .webp or .gif; left out, progress.mp4 in the run's out/.")
    ] = None,
) -> None:
    """Make the film of a run's progress.

    Example: `housegan video 7 --seconds 30 --strips losses,scores`

    Keyframes are crossfaded in linear light, at most two a second, so that it doesn't flash; the written file is
    measured by WCAG 2.3.1, and the measurement stands beside it in .flashes.json. It is no certificate.
    """
    from dataclasses import replace
    from itertools import pairwise

    from housegan.progress import Progress
    from housegan.run.folder import find_run
    from housegan.video.encoder import format_of, rate_of
    from housegan.video.film import Film
    from housegan.video.keyframes import keyframes
    from housegan.video.safe import write_safely
    from housegan.video.strips import chosen_strips, panel
    from housegan.video.timeline import timeline

    found = find_run(run)
    target = to or found.out("progress.mp4")
    rate = rate_of(target, fps)
    chosen, lasting, titles = _chosen(found, keyframes(found), schedule, seconds)
    stops = timeline(chosen, seconds=lasting, titles=titles)
    cell = _cell(found, picture) if picture else None
    names = [name.strip() for name in strips.split(",") if name.strip()]
    film = Film(stops, rate, cell, most_px=format_of(target).most_px)
    if names:
        begins = [before.images for before, after in pairwise(chosen) if before.stage != after.stage]
        film = replace(film, strips=panel(chosen_strips(found, names), film.height, begins=begins))
    total = None if target.suffix.lower() in (".gif", ".webp") else 2 * len(film)  # those are played twice and more
    stopped = "Stopped; no film was written."
    with Progress("filming and measuring", total=total, unit="frames", if_stopped=stopped) as bar:
        written = write_safely(target, film.frames, fps=rate, allow_flashes=allow_flashes, progress=bar)
    say(f"{len(chosen)} keyframes, {_length(len(film) / float(rate))}, {target.stat().st_size / 1e6:.1f} MB: {target}")
    say(_measured(written))
    say(f"Next: housegan sample {found.called}, housegan plot {found.called}")


def _chosen(
    run: "Run", found: "list[Keyframe]", schedule: Schedule, seconds: float | None
) -> "tuple[list[Keyframe], float, dict[str, str]]":
    """Choose keyframes; the film's length and titles."""
    from housegan.video.keyframes import original_schedule, thinned
    from housegan.video.timeline import (
        LONGEST_S,
        SHORTEST_WITH_TITLES_S,
        most_keyframes,
        natural_seconds,
        stage_changes,
    )

    changes = stage_changes(found)
    lasting = seconds or min(LONGEST_S, natural_seconds(len(found), 0))
    titled = changes if lasting >= SHORTEST_WITH_TITLES_S else 0
    titles = _titles(run) if titled else {}
    if schedule is Schedule.THINNED:
        chosen = thinned(found, most_keyframes(seconds or LONGEST_S, titled))
    else:
        chosen = original_schedule(found)
        natural = natural_seconds(len(chosen), titled)
        say(f"The original's schedule is {len(chosen)} keyframes: {_length(natural)} at two a second.")
    return chosen, seconds or natural_seconds(len(chosen), titled), titles


def _titles(run: "Run") -> dict[str, str]:
    config = run.config()
    return {"pretrain": f"Pretraining on {config.pretrain.name}" if config.pretrain else "Pretraining",
            "finetune": f"Fine-tuning on {config.finetune.name}"}  # fmt: skip


def _cell(run: "Run", number: int) -> "Cell":
    from housegan.video.film import Cell

    recipe = run.config().recipe
    if number > recipe.watch.grid**2:
        raise WrongUsageError(f"--picture {number} is not there: the grids of {run.name} have {recipe.watch.grid**2}.")
    return Cell(number, recipe.model.size, recipe.watch.grid)


def _length(seconds: float) -> str:
    return f"{seconds:.1f} seconds" if seconds < 120 else f"{seconds / 60:.1f} minutes"


def _measured(film: "Film") -> str:
    smoothed = ", smoothed until it did not fail" if film.smoothed else ""
    return (
        f"Flashes: {film.verdict}{smoothed} (at most {film.report.transitions} of 6 changes in a second over a quarter "
        "of the picture; a measurement, no certificate)"
    )


def flashes(
    file: Annotated[Path, typer.Argument(help="A video: MP4, WebM, GIF, WebP and others.")],
    json: Annotated[bool, typer.Option("--json", help="Print the whole measurement as JSON.")] = False,
) -> None:
    """Judge whether a video flashes, by the thresholds of WCAG 2.3.1.

    Example: `housegan flashes film.mp4`

    Prints pass, warn, extended or fail. `warn`: four changes or more within a second, over a quarter of the picture.
    `extended`: four to six in four of five seconds. `fail`: more than six, which are three flashes. GIF and WebP are
    judged as they play, again and again. It is a measurement, no certificate.
    """
    from housegan.progress import Progress
    from housegan.video.decoder import frames_of, played
    from housegan.video.flashes import judge
    from housegan.video.safe import as_json

    with Progress("measuring", total=frames_of(file), unit="frames", if_stopped="Stopped; nothing was judged.") as bar:
        report = judge(bar.counted(played(file)))
    say(as_json(report) if json else report.verdict)
    if not json and report.transitions:
        typer.echo(
            f"At worst {report.transitions} changes of {report.kind} in the second from {report.worst_second:.2f} s on "
            f"over {report.area:.0%} of a third-by-third window or of the frame.",
            err=True,
        )
