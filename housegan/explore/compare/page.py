"""The page as HTML: one file without scripts, nothing loaded from anywhere, every stranger's word escaped."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from markupsafe import Markup

from housegan import __version__
from housegan.explore.compare.differences import comparable, differing, numbers, of_latents
from housegan.explore.compare.gathering import Side
from housegan.explore.plot import Clock, inline_svg
from housegan.explore.plot.strokes import RUN_COLOURS
from housegan.web.pages import environment, webp_address

SMOOTH = 0.03


def page(sides: Sequence[Side], *, seeds: Sequence[int], at: str, by: Clock) -> str:
    """Render the page of two to six runs."""
    differences, same = differing(sides)
    curves = inline_svg([side.curves for side in sides], by=by, smooth=SMOOTH)
    return environment(Path(__file__).parent).get_template("page.html.j2").render(
        sides=sides, at=at, colours=RUN_COLOURS, latents=of_latents(sides),
        rows=[(seed, [webp_address(side.pictures[row]) for side in sides]) for row, seed in enumerate(seeds)],
        numbers=numbers(sides), comparable=comparable(sides), judged=any(side.judged for side in sides),
        differences=differences, same=same, curves=Markup(curves),  # noqa: S704 matplotlib escapes what it writes
        version=__version__, when=datetime.now(UTC).astimezone(),
    )  # fmt: skip
