"""Thousands of ticks as a few hundred points, of which none hides an extreme."""

import math
from collections.abc import Sequence

Band = dict[str, list[float | None]]
"""`mid`, `low` and `high` of each point."""


def parts(count: int, most: int) -> list[slice]:
    """Cut `count` things into at most `most` parts in order, of equal length but for one."""
    pieces = min(count, most)
    return [slice(count * n // pieces, count * (n + 1) // pieces) for n in range(pieces)]


def band(middle: Sequence[float], low: Sequence[float], high: Sequence[float], cut: Sequence[slice]) -> Band:
    """The mean of the middle of each part, and its lowest and highest; what is no number is left out."""
    return {
        "mid": [_rounded(_mean(middle[part])) for part in cut],
        "low": [_rounded(min(filter(math.isfinite, low[part]), default=math.nan)) for part in cut],
        "high": [_rounded(max(filter(math.isfinite, high[part]), default=math.nan)) for part in cut],
    }


def _mean(values: Sequence[float]) -> float:
    finite = [value for value in values if math.isfinite(value)]
    return sum(finite) / len(finite) if finite else math.nan


def _rounded(value: float) -> float | None:
    """Five digits, as many as a screen has; JSON knows no NaN."""
    return float(f"{value:.5g}") if math.isfinite(value) else None
