"""A run's figures as the page draws them: losses, scores, KID, pictures a second."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from housegan.live.thinning import band, parts
from housegan.run.metrics import Judged, stage_ends

MOST_POINTS = 400
"""Points of a curve: more than a screen shows apart."""
Line = Mapping[str, Any]


def curves(
    ticks: Sequence[Line], judged: Sequence[Judged], timing: Sequence[Line], notes: Sequence[Line]
) -> dict[str, Any]:
    """All that is drawn, over images shown; `ends` are the stages' ends, `lowered` where the rates were halved."""
    cut = parts(len(ticks), MOST_POINTS)
    cut_timing = parts(len(timing), MOST_POINTS)
    speed = _column(timing, "images_per_second")
    return {
        "images": [ticks[part][-1]["images"] for part in cut],
        "loss_d": _plain(ticks, "loss_d", cut),
        "loss_g": _plain(ticks, "loss_g", cut),
        "score_real": _spread(ticks, "score_real", cut),
        "score_fake": _spread(ticks, "score_fake", cut),
        "speed_images": [timing[part][-1]["images"] for part in cut_timing],
        "speed": band(speed, speed, speed, cut_timing),
        "kid": [
            {"images": one.images, "kid": one.kid_lite0, "error": one.kid_lite0_error, "real": one.kid_lite0_real}
            for one in judged
            if math.isfinite(one.kid_lite0 + one.kid_lite0_error + one.kid_lite0_real)
        ],
        "ends": stage_ends(ticks),
        "lowered": [note["images"] for note in notes if note.get("kind") == "lowered"],
    }


def _plain(ticks: Sequence[Line], name: str, cut: Sequence[slice]) -> dict[str, Any]:
    values = _column(ticks, name)
    return band(values, values, values, cut)


def _spread(ticks: Sequence[Line], name: str, cut: Sequence[slice]) -> dict[str, Any]:
    """A mean and its standard deviation to both sides."""
    means, deviations = _column(ticks, name), _column(ticks, f"{name}_std")
    pairs = list(zip(means, deviations, strict=True))
    return band(means, [mean - std for mean, std in pairs], [mean + std for mean, std in pairs], cut)


def _column(lines: Sequence[Line], name: str) -> list[float]:
    return [float(line.get(name, math.nan)) for line in lines]
