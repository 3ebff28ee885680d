"""Losses and scores over a run, drawn from its metrics.jsonl."""

import io
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from numpy.typing import NDArray

from housegan.errors import HouseganError
from housegan.files import write_whole
from housegan.run.folder import Run
from housegan.run.metrics import ticks

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

REAL, FAKE, DISCRIMINATOR, GENERATOR = "#3b7a57", "#c2552d", "#4c5fa8", "#a8764c"
SMOOTHED_SHARE = 0.03
"""Of the run's ticks that a smoothed line averages over."""


def plot_metrics(run: Run, path: Path) -> None:
    """Draw losses above and the discriminator's scores below, raw values pale behind their means, as one PNG."""
    lines = ticks(run)
    if len(lines) < 2:
        raise HouseganError(f"{run.path} has {len(lines)} tick yet, a plot needs two: let it train a little longer.")
    images = np.array([line["images"] for line in lines]) / 1000
    figure, (losses, scores) = plt.subplots(2, 1, figsize=(11, 8), sharex=True, layout="constrained")
    figure.suptitle(run.name)
    for name, label, colour in (("loss_d", "discriminator", DISCRIMINATOR), ("loss_g", "generator", GENERATOR)):
        _line(losses, images, _column(lines, name), label, colour)
    losses.set_ylabel("loss")
    for kind, colour in (("real", REAL), ("fake", FAKE)):
        mean, spread = _column(lines, f"score_{kind}"), _column(lines, f"score_{kind}_std")
        _line(scores, images, mean, f"{kind}, ± one standard deviation", colour)
        scores.fill_between(images, mean - spread, mean + spread, color=colour, alpha=0.12, linewidth=0)
    scores.set(ylabel="score (1: real)", ylim=(0, 1), xlabel="thousand images shown")
    _mark_stages((losses, scores), lines)
    for axes in (losses, scores):
        axes.legend(loc="upper right", frameon=False)
        axes.grid(alpha=0.2)
        axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=110, format="png")
    plt.close(figure)
    write_whole(path, buffer.getvalue())


def _line(axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64], label: str, colour: str) -> None:
    axes.plot(x, y, color=colour, alpha=0.3, linewidth=1)
    axes.plot(x, _smoothed(y), color=colour, linewidth=1.8, label=label)


def _smoothed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over a centred window, narrower at both ends."""
    half = int(len(values) * SMOOTHED_SHARE / 2)
    sums = np.concatenate([[0.0], values.cumsum()])
    places = np.arange(len(values))
    reach = np.minimum(half, np.minimum(places, places[::-1]))
    smooth: NDArray[np.float64] = (sums[places + reach + 1] - sums[places - reach]) / (2 * reach + 1)
    return smooth


def _mark_stages(all_axes: tuple[Axes, ...], lines: list[dict[str, Any]]) -> None:
    stages = list(dict.fromkeys(line["stage"] for line in lines))
    for stage in stages:
        start = next(line for line in lines if line["stage"] == stage)
        begin = (start["images"] - start["stage_images"]) / 1000
        for axes in all_axes:
            axes.axvline(begin, color="black", linewidth=0.8, linestyle=":")
        all_axes[0].annotate(stage, (begin, 1.01), xycoords=("data", "axes fraction"), fontsize=9)


def _column(lines: list[dict[str, Any]], name: str) -> NDArray[np.float64]:
    return np.array([line[name] for line in lines], dtype=np.float64)
