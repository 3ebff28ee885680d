"""Text in a picture, found offline: captions, watermarks, signatures."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from curation.glyphs import MIN_HEIGHT_PX, Floats, Glyphs, glyphs_of, grouped, stroke_px
from housegan.errors import HouseganError

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]

WORKING_PX = 640
"""Longer side at which text is looked for; smaller pictures are enlarged by at most MAX_ENLARGED."""
MAX_ENLARGED = 2.0
WEIGHTS: Mapping[str, tuple[float, float]] = {
    "log glyphs": (2.393, 0),
    "log height": (-2.924, 0),
    "log contrast": (4.911, 0),
    "slope": (-4.28, 0),
    "feet off the line": (-6.407, 0),
    "grey spread": (-0.102, 0),
    "contrast spread": (7.112, 0),
    "fill": (4.578, -6.663),
    "aspect": (8.394, -6.275),
    "stroke": (-11.488, 0),
    "stroke spread": (-2.979, 0),
    "gap": (1.118, 0),
    "height spread": (0, -11.611),
}
"""A logistic regression: weight of each feature of a line and of its square.

Fitted to lines planted in photographs and paintings with Pillow's font in many sizes, tones and places, against what
else is grouped into lines there: windows, fences, foliage, grain.
"""
BIAS = -16.649
MIN_SCORE, MIN_SCORE_INSIDE = 1.3, 3.0
"""Log odds from which a line is text: far above even, since a crop is moved for it, and more so away from the upper and
lower RIM of the picture, where railings and shutters are common and captions rare."""
RIM = 0.2
"""As a share of the height."""
SPARE = 0.2
"""A line's box is larger than its glyphs' on every side by this share of their height: accents, commas, glow."""


def text_boxes(pixels: Pixels) -> list[Box]:
    """Find lines of text in a picture, uint8 H × W × 3: left, top, right, bottom in its px, from top to bottom.

    Maximally stable regions of the luminance (Matas et al. 2002), as large and dense as glyphs, that stand on one line
    beside others of their size and tone, with an even stroke as letters have it (Epshtein et al. 2010).
    """
    height, width = pixels.shape[:2]
    scale = min(MAX_ENLARGED, WORKING_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if min(size) < 4 * MIN_HEIGHT_PX:
        return []
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    glyphs, regions = glyphs_of(np.asarray(grey, np.uint8))
    found = []
    for members in grouped(glyphs):
        line = glyphs.of(members)
        middle = float((line.boxes[:, 1] + line.boxes[:, 3]).mean()) / (2 * size[1])
        needed = MIN_SCORE if min(middle, 1 - middle) < RIM else MIN_SCORE_INSIDE
        if line_score(features(line, np.array([stroke_px(regions[index]) for index in line.region]))) >= needed:
            left, top, right, bottom = _whole(line, glyphs) / scale
            found.append(
                (max(0, int(left)), max(0, int(top)), min(width, int(right) + 1), min(height, int(bottom) + 1))
            )
    return sorted(set(found), key=lambda box: (box[1], box[0]))


def rapidocr_boxes(pixels: Pixels) -> list[Box]:
    """Find lines of text as `text_boxes` does, with the network that RapidOCR brings along: slower, sees more.

    Raises HouseganError where RapidOCR is not installed.
    """
    found = _rapidocr()(pixels[:, :, ::-1], use_det=True, use_cls=False, use_rec=False)
    corners = found.boxes if hasattr(found, "boxes") else found[0]  # rapidocr, rapidocr_onnxruntime
    if corners is None:
        return []
    height, width = pixels.shape[:2]
    corners = np.asarray(corners, np.float64)
    low, high = np.floor(corners.min(axis=1)).clip(0), np.ceil(corners.max(axis=1)).clip(max=(width, height))
    boxes = [(int(left), int(top), int(right), int(bottom)) for left, top, right, bottom in np.hstack([low, high])]
    return sorted(boxes, key=lambda box: (box[1], box[0]))


@cache
def _rapidocr() -> Callable[..., Any]:
    for name in ("rapidocr_onnxruntime", "rapidocr"):
        with suppress(ImportError):
            return cast(Callable[..., Any], import_module(name).RapidOCR())
    raise HouseganError("RapidOCR is to find text, but is not installed. Run `pip install rapidocr-onnxruntime`.")


def features(line: Glyphs, stroke: Floats) -> dict[str, float]:
    """Describe a line by what tells text from windows and fences; lengths are in heights of its glyphs."""
    line, stroke = line.of(order := np.argsort(line.boxes[:, 0], kind="stable")), stroke[order]
    tall, wide, contrast = line.height, line.width, np.abs(line.contrast)
    size, middle = float(np.median(tall)), (line.boxes[:, 0] + line.boxes[:, 2]) / 2
    x, feet = middle - middle.mean(), line.boxes[:, 3] - line.boxes[:, 3].mean()
    slope = float((x * feet).sum() / (x * x).sum())
    return {
        "log glyphs": np.log(len(tall)),
        "log height": np.log(size),
        "log contrast": np.log(np.median(contrast)),
        "slope": abs(slope),
        "feet off the line": np.median(np.abs(feet - slope * x)) / size,
        "grey spread": line.grey.std(),
        "contrast spread": contrast.std() / contrast.mean(),
        "fill": np.median(line.area / (tall * wide)),
        "aspect": np.median(wide / tall),
        "stroke": np.median(stroke) / size,
        "stroke spread": stroke.std() / stroke.mean(),
        "gap": np.median(line.boxes[1:, 0] - line.boxes[:-1, 2]) / size,
        "height spread": tall.std() / tall.mean(),
    }


def line_score(line: Mapping[str, float]) -> float:
    """Log odds that a line with these features is text."""
    return BIAS + sum(weight * line[name] + bend * line[name] ** 2 for name, (weight, bend) in WEIGHTS.items())


def _whole(line: Glyphs, glyphs: Glyphs) -> Floats:
    """The box of a line and of what goes on at its ends in another tone or size: left, top, right, bottom."""
    size, boxes = float(np.median(line.height)), glyphs.boxes
    box = np.concatenate([line.boxes[:, :2].min(axis=0), line.boxes[:, 2:].max(axis=0)])
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    alike = ((glyphs.contrast > 0) == (line.contrast[0] > 0)) & (np.abs(glyphs.grey - np.median(line.grey)) < 60)
    alike &= (glyphs.height > 0.4 * size) & (glyphs.height < 1.6 * size) & (middle > box[1]) & (middle < box[3])
    while True:
        near = boxes[alike & (boxes[:, 0] < box[2] + 1.5 * size) & (boxes[:, 2] > box[0] - 1.5 * size)]
        wider = np.array([min(box[0], near[:, 0].min()), box[1], max(box[2], near[:, 2].max()), box[3]])
        if np.array_equal(wider, box):
            return box + SPARE * size * np.array([-1, -1, 1, 1])
        box = wider
