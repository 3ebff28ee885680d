"""`plot`: a run's figures."""

from pathlib import Path
from typing import Annotated

import typer

from housegan.cli.arguments import OptionalRun, say


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(plot)


def plot(
    run: OptionalRun = None,
    to: Annotated[Path | None, typer.Option(help="PNG to write; left out, metrics.png in the run's out/.")] = None,
) -> None:
    """Plot losses and the discriminator's scores.

    Example: `housegan plot 7`
    """
    from housegan.explore.plot import plot_metrics
    from housegan.run.folder import find_run

    found = find_run(run)
    target = to or found.out("metrics.png")
    plot_metrics(found, target)
    say(f"{target}. Next: housegan video {found.number}")
