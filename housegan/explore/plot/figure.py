"""The figure: panels under one another over one clock, stages marked, the same bytes for the same numbers."""

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import matplotlib
import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from housegan.errors import HouseganError
from housegan.explore.plot.curves import Clock, Curves
from housegan.explore.plot.panels import PANELS, Panel, key
from housegan.explore.plot.strokes import RUN_COLOURS, Pen

MOST_RUNS = len(RUN_COLOURS)
LONGEST_NAME = 44
WIDTH_INCHES, DPI = 11, 110
CLOCKS: dict[Clock, str] = {"images": "thousand images shown", "hours": "hours of training"}
SUFFIXES = (".png", ".svg")
NEAR = 0.07
"""Share of the width within which a stage isn't named a second time."""

_INK = "#2c2a27"
_STAND_IN = "#fe0b57"
"""Of words and axes in an SVG that goes into a page, where they take the page's own colour."""
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


def suffix_checked(path: Path) -> Path:
    """Return the path where it is one that a figure can be written to; else raise HouseganError."""
    if path.suffix.lower() not in SUFFIXES:
        raise HouseganError(f"--to {path} must end in .png or .svg.")
    return path


def written(every: Sequence[Curves], *, by: Clock, smooth: float, suffix: str) -> bytes:
    """Draw runs as PNG or SVG: the same bytes for the same numbers, whatever the person's matplotlibrc says."""
    with _settings():
        return _saved(drawn(every, by=by, smooth=smooth, ink=_INK), suffix, paper="white")


def inline_svg(every: Sequence[Curves], *, by: Clock, smooth: float) -> str:
    """Draw runs as an SVG element for a page: transparent, its words in the page's colour."""
    with _settings():
        whole = _saved(drawn(every, by=by, smooth=smooth, ink=_STAND_IN), ".svg", paper="none").decode()
    element = whole[whole.index("<svg") :].replace(_STAND_IN, "currentColor")
    return re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", element))


def drawn(every: Sequence[Curves], *, by: Clock, smooth: float, ink: str) -> Figure:
    """Draw one run, or up to six beside one another; panels of which no run has anything are left out.

    `smooth` is the share of a run's ticks that a line averages over; raw values stand pale behind it.
    """
    panels = [panel for panel in PANELS if any(panel.needs(curves) for curves in every)]
    heights = [panel.height for panel in panels]
    rows = -(-len(every) // 2) if len(every) > 1 else 1
    figure = Figure(figsize=(WIDTH_INCHES, sum(heights) + 0.6 + 0.25 * rows), layout="constrained")
    grid = figure.subplots(len(panels), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights})
    pens = (
        [Pen(place, ink, band=0.16 / len(every)) for place in range(len(every))] if len(every) > 1 else [Pen(None, ink)]
    )
    for axes, panel in zip(grid[:, 0], panels, strict=True):
        _fill(axes, panel, list(zip(every, pens, strict=True)), smooth)
        _dress(axes, panel, pens[0])
    grid[-1, 0].set_xlabel(CLOCKS[by], color=ink)
    _name_stages(grid[0, 0], every, pens)
    _name_runs(figure, every, pens)
    return figure


def _fill(axes: Axes, panel: Panel, runs: Sequence[tuple[Curves, Pen]], smooth: float) -> None:
    for curves, pen in runs:
        if panel.needs(curves):
            panel.draw(axes, curves, pen, smooth)
        for beginning in curves.beginnings[1:]:
            colour = pen.ink if pen.place is None else RUN_COLOURS[pen.place]
            axes.axvline(beginning.at, color=colour, linewidth=0.9, linestyle=(0, (1, 2)), zorder=0.5)


def _dress(axes: Axes, panel: Panel, pen: Pen) -> None:
    axes.set_ylabel(panel.label, color=pen.ink)
    if panel.limits:
        axes.set_ylim(panel.limits)
    if samples := key(panel, pen):
        axes.legend(handles=samples, loc="best", frameon=False, fontsize=9, labelcolor=pen.ink, ncols=len(samples))
    axes.set_facecolor("none")
    axes.margins(x=0.015)
    axes.grid(color=pen.ink, alpha=0.13, linewidth=0.7)
    axes.tick_params(colors=pen.ink)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["bottom", "left"]].set_color(pen.ink)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))


def _name_stages(axes: Axes, every: Sequence[Curves], pens: Sequence[Pen]) -> None:
    """Name each stage where it begins, once where several runs' begin at about the same place."""
    low, high = axes.get_xlim()
    named: list[tuple[str, float]] = []
    for curves, pen in zip(every, pens, strict=True):
        for beginning in curves.beginnings if len(curves.beginnings) > 1 else ():
            place = max((beginning.at - low) / (high - low), -NEAR)  # a young run's first tick is late
            if any(abs(place - other) < NEAR for _, other in named):
                continue
            named.append((beginning.stage, place))
            axes.annotate(shown(beginning.stage), (place, 1.02), xycoords="axes fraction", fontsize=9, color=pen.ink)


def _name_runs(figure: Figure, every: Sequence[Curves], pens: Sequence[Pen]) -> None:
    if len(every) == 1:
        figure.suptitle(shown(every[0].name), color=pens[0].ink, x=0.01, ha="left", fontsize=12)
        return
    samples = [Line2D([], [], color=pen.colour("KID"), linewidth=4, label="run") for pen in pens]
    legend = figure.legend(handles=samples, loc="outside upper left", ncols=2, frameon=False, labelcolor=pens[0].ink,
                           fontsize=10.5, columnspacing=3)  # fmt: skip
    for text, curves in zip(legend.get_texts(), every, strict=True):
        text.set_text(shown(curves.name))  # as a label, a name that begins with _ would be left out


def shown(name: str) -> str:
    """A stranger's words as one short line: the middle of a long one is left out."""
    line = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in name)
    half = LONGEST_NAME // 2
    return line if len(line) <= LONGEST_NAME else f"{line[:half]}…{line[1 - half :]}"


@contextmanager
def _settings() -> Iterator[None]:
    """Draw by our settings alone; a folder's name is no mathematics, whatever it holds."""
    ours = {
        "text.parse_math": False, "svg.fonttype": "none", "svg.hashsalt": "housegan", "axes.unicode_minus": True,
        "path.simplify_threshold": 0.2,
    }  # fmt: skip
    with matplotlib.style.context(["default", ours]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # it draws a box instead
        yield


def _saved(figure: Figure, suffix: str, *, paper: str) -> bytes:
    buffer = io.BytesIO()
    if suffix.lower() == ".svg":
        figure.savefig(buffer, format="svg", metadata=_NO_METADATA, facecolor=paper)
    else:
        figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": "housegan"}, facecolor=paper)
    return buffer.getvalue()
