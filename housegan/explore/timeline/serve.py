"""Serve the page of a run until Ctrl-C."""

from collections.abc import Callable, Sequence

from housegan.errors import HouseganError
from housegan.explore.timeline.app import Timeline
from housegan.explore.timeline.drawing import Drawing
from housegan.run.folder import Run
from housegan.run.snapshots import snapshots
from housegan.web.server import serve


def timeline(run: Run, *, seeds: Sequence[int], port: int, open_browser: bool, say: Callable[[str], None]) -> None:
    """Let a person look through a run's generators on a page. Raises HouseganError where there are none yet."""
    if not snapshots(run):
        raise HouseganError(f"{run.path} has no generator yet: let it train a little longer.")
    with Drawing(seeds) as drawing:
        serve(Timeline(run, drawing).app(), port=port, open_browser=open_browser, say=say)
