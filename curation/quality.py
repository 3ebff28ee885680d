"""Reject what no generator should learn from: pictures that are too small or nearly flat."""

from collections.abc import Iterable

from curation.opinions import fingerprint
from housegan.catalog import Decision, Picture
from housegan.config import CurateConfig

NAME = "quality"
VERSION = 1
THRESHOLDS = {"min_side_px", "min_contrast"}


def decide(pictures: Iterable[Picture], config: CurateConfig) -> list[Decision]:
    """Judge each picture for itself, by what the catalog knows of it."""
    went_by = fingerprint(config, THRESHOLDS)
    reasons = ((picture, complaint(picture, config)) for picture in pictures)
    return [
        Decision(picture.sha256, NAME, VERSION, went_by, "reject" if reason else "keep", reason=reason)
        for picture, reason in reasons
    ]


def complaint(picture: Picture, config: CurateConfig) -> str:
    """Say what is wrong with a picture; empty where nothing is."""
    if min(picture.width, picture.height) < config.min_side_px:
        return f"too small: {picture.width:,} × {picture.height:,} is smaller than {config.min_side_px:,} px"
    if is_flat(picture, config):
        return f"nearly flat: contrast {picture.contrast:.1f} under {config.min_contrast:g}"
    return ""


def is_flat(picture: Picture, config: CurateConfig) -> bool:
    """Whether there is too little in the picture for its hash to mean anything."""
    return picture.contrast < config.min_contrast
