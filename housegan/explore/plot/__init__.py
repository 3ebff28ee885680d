"""Runs' curves in one figure, as PNG or SVG: losses, scores, KID, precision and recall, pictures a second."""

from housegan.explore.plot.curves import Clock, Curves, curves
from housegan.explore.plot.figure import MOST_RUNS, drawn, inline_svg, suffix_checked, written

__all__ = ["MOST_RUNS", "Clock", "Curves", "curves", "drawn", "inline_svg", "suffix_checked", "written"]
