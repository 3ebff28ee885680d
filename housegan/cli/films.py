"""`video`: films of a run."""

from pathlib import Path
from typing import Annotated

import typer

from housegan.cli.arguments import OptionalRun, say
from housegan.errors import HouseganError


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(video)


def video(
    run: OptionalRun = None,
    seconds: Annotated[float | None, typer.Option(min=1, help="Length; left out, at most 75 seconds.")] = None,
    to: Annotated[Path | None, typer.Option(help="File to write; left out, progress.mp4 in the run's out/.")] = None,
) -> None:
    """Make the film of a run's progress.

    Example: `housegan video 7 --seconds 30`

    At most two keyframes a second, crossfaded in linear light, so that it doesn't flash. H.264 in MP4.
    """
    from housegan.progress import Progress
    from housegan.run.folder import find_run
    from housegan.video.encoder import write_mp4
    from housegan.video.film import FPS, frame_count, frames, keyframes, thinned

    found = find_run(run)
    chosen, lasting = thinned(keyframes(found), seconds)
    target = to or found.out("progress.mp4")
    if target.suffix.lower() != ".mp4":
        raise HouseganError(f"--to {target} must end in .mp4.")
    total = frame_count(lasting)
    with Progress("filming", total=total, unit="frames", if_stopped="Stopped; no film was written.") as bar:
        count = write_mp4(target, bar.counted(frames(chosen, seconds=lasting)), fps=FPS)
    say(f"{len(chosen)} keyframes, {count / FPS:.1f} seconds, {target.stat().st_size / 1e6:.1f} MB: {target}")
    say(f"Next: housegan sample {found.number}, housegan plot {found.number}")
