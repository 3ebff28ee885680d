"""`demo`: the whole way in a few minutes."""

from pathlib import Path
from typing import Annotated

import typer

from housegan.cli.arguments import say


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(demo)


def demo(
    to: Annotated[Path, typer.Option(help="Folder to work in; it is made.")] = Path("housegan-demo"),
    minutes: Annotated[float, typer.Option(min=0.01, help="Minutes of training.")] = 2.2,
    houses: Annotated[int, typer.Option(min=20, help="Houses of the larger set; the small one has two fifths.")] = 400,
) -> None:
    """See all of it on painted houses: scrape, curate, train in two stages, a grid, a plot, a film.

    Example: `housegan demo --to ~/housegan-demo`

    No network, no account, no GPU; under four minutes on two cores.
    """
    from housegan.demo.demo import run_demo

    run_demo(to, minutes=minutes, houses=houses, say=say)
    out = sorted((to / "runs").glob("*/out"))[-1]
    grid = next(iter(sorted(out.glob("samples-*/grid.png"))))
    say(f"""
What the generator drew, uncurated: {grid}
How it learned:                     {out / "progress.mp4"}
Losses and scores:                  {out / "metrics.png"}

With your own pictures, in a folder of your own:
  housegan import castles PATH_TO_A_FOLDER_OR_ZIP
  housegan curate castles
  housegan train --data castles --size 64 --minutes 60
A larger related set makes it better: import and curate it too, then
  housegan train --pretrain houses --finetune castles""")
