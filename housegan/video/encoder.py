"""The one place that writes video: H.264 in MP4, yuv420p, BT.709, ready to play from its first bytes."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from numpy.typing import NDArray

from housegan.files import being_written

CRF = 18
PRESET = "veryfast"


def write_mp4(path: Path, frames: Iterable[NDArray[np.uint8]], *, fps: int) -> int:
    """Encode frames, each h × w × 3 with even sides, and return how many there were.

    The film appears under its name whole, or not at all.
    """
    count = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    iterator = iter(frames)
    first = next(iterator)
    with (
        being_written(path) as temporary,
        av.open(temporary, "w", format="mp4", options={"movflags": "+faststart"}) as container,
    ):
        stream = container.add_stream("libx264", rate=fps, options={"crf": str(CRF), "preset": PRESET})
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, fps)
        context = stream.codec_context
        context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        for picture in chain([first], iterator):
            container.mux(stream.encode(_frame(picture)))
            count += 1
        container.mux(stream.encode(None))
    return count


def _frame(picture: NDArray[np.uint8]) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
