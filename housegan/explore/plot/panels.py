"""The panels of the figure: each draws one run's part of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from housegan.explore.plot.curves import Array, Curves, pieces, smoothed
from housegan.explore.plot.strokes import Pen

RAW_ALPHA = 0.35


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes and what is drawn on it."""

    label: str
    height: float
    """Beside the other panels'."""
    draw: Callable[[Axes, Curves, Pen, float], None]
    """Takes the share of ticks that a smoothed line averages over."""
    keys: Sequence[tuple[str, str]]
    """Kinds of curves and what they are called."""
    needs: Callable[[Curves], bool]
    limits: tuple[float, float] | None = None


def draw_losses(axes: Axes, curves: Curves, pen: Pen, smooth: float) -> None:
    """Both networks' losses."""
    for kind, name in (("discriminator", "loss_d"), ("generator", "loss_g")):
        _line(axes, curves, curves.columns[name], kind, pen, smooth)


def draw_scores(axes: Axes, curves: Curves, pen: Pen, smooth: float) -> None:
    """What the discriminator thinks of real and generated pictures: the mean, and a standard deviation around it."""
    for kind in ("real", "fake"):
        mean, spread = (curves.columns[name] for name in (f"score_{kind}", f"score_{kind}_std"))
        axes.fill_between(
            curves.places, mean - spread, mean + spread, color=pen.colour(kind), alpha=pen.band, linewidth=0
        )
        _line(axes, curves, mean, kind, pen, smooth)


def draw_kid(axes: Axes, curves: Curves, pen: Pen, smooth: float) -> None:
    """Every evaluation with its error, unsmoothed; dotted what real pictures get among themselves."""
    values, errors = curves.of_judged("kid_lite0"), curves.of_judged("kid_lite0_error")
    colour = pen.colour("KID")
    for piece in pieces([one.stage for one in curves.judged]):
        places = curves.judged_places[piece]
        axes.errorbar(places, values[piece], errors[piece], color=colour, linewidth=1.6, elinewidth=0.9, capsize=2,
                      marker="o", markersize=3)  # fmt: skip
        _level(axes, places, curves.of_judged("kid_lite0_real")[piece], colour)


def draw_precision_and_recall(axes: Axes, curves: Curves, pen: Pen, smooth: float) -> None:
    """How many pictures look real, how many of the real ones can be had; dotted what real pictures get."""
    for kind in ("precision", "recall"):
        values, real = curves.of_judged(kind), curves.of_judged(f"{kind}_real")
        for piece in pieces([one.stage for one in curves.judged]):
            places = curves.judged_places[piece]
            axes.plot(places, values[piece], color=pen.colour(kind), linestyle=pen.line(kind), linewidth=1.6,
                      marker="o", markersize=3)  # fmt: skip
            _level(axes, places, real[piece], pen.colour(kind))


def draw_rate(axes: Axes, curves: Curves, pen: Pen, smooth: float) -> None:
    """How fast it trained."""
    colour, labels = pen.colour("rate"), [""] * len(curves.rates)
    axes.plot(curves.rate_places, curves.rates, color=colour, alpha=RAW_ALPHA, linewidth=0.9)
    axes.plot(curves.rate_places, smoothed(curves.rates, labels, share=smooth), color=colour, linewidth=1.6)


def key(panel: Panel, pen: Pen) -> list[Line2D]:
    """What a panel's curves are, as samples of them with a label each."""
    return [
        Line2D([], [], label=label, linewidth=1.6, color=pen.key_colour(kind), linestyle=pen.line(kind))
        for kind, label in panel.keys
    ] + [
        Line2D([], [], label="real against real", linewidth=1.2, color=pen.ink, linestyle=":")
        for _ in panel.keys[:1]
        if panel.needs is _judged
    ]


def _line(axes: Axes, curves: Curves, values: Array, kind: str, pen: Pen, smooth: float) -> None:
    """Raw values pale behind their mean, which isn't drawn across stages."""
    colour, style = pen.colour(kind), pen.line(kind)
    axes.plot(curves.places, values, color=colour, alpha=RAW_ALPHA, linewidth=0.9)
    mean = smoothed(values, curves.stages, share=smooth)
    for piece in pieces(curves.stages):
        axes.plot(curves.places[piece], mean[piece], color=colour, linestyle=style, linewidth=1.7)


def _level(axes: Axes, places: Array, values: Array, colour: str) -> None:
    """What a perfect generator would get: dotted, a short dash where there is but one evaluation."""
    if len(places) == 1:
        axes.plot(places, values, color=colour, marker="_", markersize=12, markeredgewidth=1)
    axes.plot(places, values, color=colour, linewidth=1.2, linestyle=":")


def _always(_: Curves) -> bool:
    return True


def _judged(curves: Curves) -> bool:
    return bool(curves.judged)


def _timed(curves: Curves) -> bool:
    return bool(np.isfinite(curves.rates).any())


PANELS = (
    Panel("loss", 3, draw_losses, (("discriminator", "discriminator"), ("generator", "generator")), _always),
    Panel("score (1: real)", 2.6, draw_scores,
          (("real", "real pictures, ± a standard deviation"), ("fake", "generated ones")), _always, (0, 1)),
    Panel("KID", 2.6, draw_kid, (("KID", "KID, ± its standard error"),), _judged),
    Panel("precision, recall", 2.4, draw_precision_and_recall,
          (("precision", "precision"), ("recall", "recall")), _judged, (0, 1.02)),
    Panel("pictures a second", 1.6, draw_rate, (), _timed),
)  # fmt: skip
"""From top to bottom."""
