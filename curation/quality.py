"""Reject what no generator should learn from: pictures too small, blurred, dark, damaged or put together."""

from collections.abc import Iterable, Iterator, Mapping

from curation.looks import Look
from curation.opinions import fingerprint
from housegan.catalog import Decision, Picture, Sha256
from housegan.config import CurateConfig

NAME = "quality"
VERSION = 2
THRESHOLDS = {
    "min_side_px",
    "max_aspect",
    "min_contrast",
    "min_sharpness",
    "min_brightness",
    "max_brightness",
    "min_saturation",
    "max_collage",
    "max_filled",
    "max_border",
}


def decide(
    pictures: Iterable[Picture], looks: Mapping[Sha256, Look], unreadable: Mapping[Sha256, str], config: CurateConfig
) -> list[Decision]:
    """Judge each picture for itself, by its look, or by the reason why it can't be read any more."""
    went_by = fingerprint(config, THRESHOLDS)
    reasons = (
        (picture, f"unreadable: {unreadable[picture.sha256]}")
        if picture.sha256 in unreadable
        else (picture, complaint(picture, looks[picture.sha256], config))
        for picture in pictures
    )
    return [
        Decision(picture.sha256, NAME, VERSION, went_by, "reject" if reason else "keep", reason=reason)
        for picture, reason in reasons
    ]


def complaint(picture: Picture, look: Look, config: CurateConfig) -> str:
    """Say what is most wrong with a picture, as `kind: what is against what is asked`; empty where nothing is."""
    return next(_complaints(picture, look, config), "")


def is_flat(look: Look, config: CurateConfig) -> bool:
    """Whether there is too little in the picture for its hash to mean anything."""
    return look.contrast < config.min_contrast


def _complaints(picture: Picture, look: Look, config: CurateConfig) -> Iterator[str]:
    """In the order in which a person would say them: one that is damaged or flat has no other faults worth telling."""
    left, top, right, bottom = look.border
    width, height = picture.width - left - right, picture.height - top - bottom
    size = f"{width:,} × {height:,}" + (" inside its border" if any(look.border) else "")
    border = 1 - width * height / (picture.width * picture.height)
    aspect = max(width, height) / min(width, height)

    if look.filled > config.max_filled:
        yield f"foot missing: {look.filled:.1%} filled with one grey, more than {config.max_filled:.1%}"
    if border > config.max_border:
        yield f"mostly border: {border:.1%} of the area, more than {config.max_border:.1%}"
    if min(width, height) < config.min_side_px:
        yield f"too small: {size} is smaller than {config.min_side_px:,} px"
    if aspect > config.max_aspect:
        yield f"too narrow: {size} is {aspect:.2f} to 1, more than {config.max_aspect:g}"
    if look.brightness < config.min_brightness:
        yield f"too dark: brightness {look.brightness:.1f} under {config.min_brightness:g}"
    if look.brightness > config.max_brightness:
        yield f"too bright: brightness {look.brightness:.1f} over {config.max_brightness:g}"
    if is_flat(look, config):
        yield f"nearly flat: contrast {look.contrast:.1f} under {config.min_contrast:g}"
    if look.sharpness < config.min_sharpness:
        yield f"blurred: sharpness {look.sharpness:.3f} under {config.min_sharpness:g}"
    if look.saturation < config.min_saturation:
        yield f"grey: saturation {look.saturation:.3f} under {config.min_saturation:g}"
    if look.collage > config.max_collage:
        yield f"collage: seams {look.collage:.2f} over {config.max_collage:g}"
