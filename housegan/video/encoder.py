"""The one place that writes video: MP4, WebM, WebP and GIF, each in memory that doesn't grow with its length.

(WebP's and MP4's tables of frames do: some bytes a frame.)
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream
from numpy.typing import NDArray

from housegan.errors import HouseganError

Rate = int | Fraction
"""Frames a second."""


@dataclass(frozen=True, slots=True)
class Format:
    """How films of one suffix are made."""

    muxer: str
    codec: str
    pixels: str
    options: Mapping[str, str]
    muxing: Mapping[str, str] = field(default_factory=dict)
    matrix: Colorspace = Colorspace.ITU709
    rates: tuple[Rate, ...] = ()
    """The rates that it can have, the usual one first; empty where any does."""
    most_px: int | None = None
    """Longest side that is sensible; None where any is."""


H264_CRF, H264_PRESET = 18, "veryfast"
AV1_CRF, AV1_PRESET = 30, 10
WEBP_QUALITY = 80
FPS = 30
FORMATS = {
    ".mp4": Format(
        "mp4", "libx264", "yuv420p", {"crf": str(H264_CRF), "preset": H264_PRESET}, {"movflags": "+faststart"}
    ),
    ".webm": Format(
        "webm", "libsvtav1", "yuv420p", {"crf": str(AV1_CRF), "preset": str(AV1_PRESET), "svtav1-params": "lp=2"}
    ),
    ".webp": Format(
        "webp",
        "libwebp",
        "yuv420p",
        {"quality": str(WEBP_QUALITY), "compression_level": "2"},
        {"loop": "0"},
        Colorspace.ITU601,  # the only one that a WebP has
    ),
    ".gif": Format("gif", "gif", "pal8", {}, {"loop": "0"}, rates=(25, 20, Fraction(25, 2)), most_px=480),
}

Frames = Iterable[NDArray[np.uint8]]
Draw = Callable[[], Frames]
"""Draws the same frames anew each time it is called."""


def format_of(path: Path) -> Format:
    """The format that a film's name asks for; raises HouseganError where there is none."""
    if found := FORMATS.get(path.suffix.lower()):
        return found
    raise HouseganError(f"{path} must end in {', '.join([*FORMATS][:-1])} or {[*FORMATS][-1]}.")


def rate_of(path: Path, wanted: float | None = None) -> Rate:
    """Frames a second of a film of that name: as wanted where the format can, else its usual ones."""
    rates = format_of(path).rates
    if wanted is None:
        return rates[0] if rates else FPS
    rate = Fraction(wanted).limit_denominator(1001)
    if rates and rate not in rates:
        raise HouseganError(
            f"A {path.suffix.lower()} counts hundredths of a second: "
            f"take {', '.join(f'{float(rate):g}' for rate in rates)} frames a second, not {wanted:g}."
        )
    return int(rate) if rate.denominator == 1 else rate


def encode(path: Path, draw: Draw, *, suffix: str, fps: Rate) -> int:
    """Write the frames that `draw` gives, each h × w × 3, in the format of `suffix`; return how many there were.

    Odd sides get one more line. A GIF is drawn twice, the first time for its palette. Raises HouseganError where there
    is no frame, or the format hasn't that rate.
    """
    iterator = iter(draw())
    first = next(iterator, None)
    if first is None:
        raise HouseganError("A film needs one frame at least.")
    pictures = chain([first], iterator)
    kind = format_of(Path(f"film{suffix}"))
    rate_of(Path(f"film{suffix}"), float(fps))
    os.environ.setdefault("SVT_LOG", "1")  # else AV1's encoder prints its settings
    with av.open(path, "w", format=kind.muxer, options=dict(kind.muxing)) as container:
        stream = cast(VideoStream, container.add_stream(kind.codec, rate=fps, options=dict(kind.options)))
        stream.height, stream.width = (side + side % 2 for side in first.shape[:2])
        stream.pix_fmt = kind.pixels
        stream.time_base = 1 / Fraction(fps)
        if kind.pixels == "yuv420p":
            context = stream.codec_context
            context.color_range, context.colorspace = ColorRange.MPEG, kind.matrix
            context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        count = 0
        for frame in _painted(pictures, _palette(draw())) if kind.pixels == "pal8" else _mixed(pictures, kind.matrix):
            frame.pts, frame.time_base = count, 1 / Fraction(fps)
            container.mux(stream.encode(frame))
            count += 1
        container.mux(stream.encode(None))
    return count


def _mixed(frames: Frames, matrix: Colorspace) -> Iterator[VideoFrame]:
    """Luma, and chroma at half the size."""
    for picture in frames:
        yield _rgb(picture).reformat(format="yuv420p", dst_colorspace=matrix, dst_color_range=ColorRange.MPEG)


def _palette(frames: Frames) -> VideoFrame:
    """256 colours for the whole film; of its frames only the counts of colours are kept in memory."""
    graph = Graph()
    chosen = graph.add("palettegen", "reserve_transparent=0")
    chosen.link_to(graph.add("buffersink"))
    source = None
    for picture in frames:
        frame = _rgb(picture)
        if source is None:
            source = _source(graph, frame)
            source.link_to(chosen)
            graph.configure()
        source.push(frame)
    graph.push(None)
    return graph.vpull()


def _painted(frames: Frames, palette: VideoFrame) -> Iterator[VideoFrame]:
    """Give each pixel a colour of the palette, by an ordered dither, which stands still from frame to frame."""
    graph = Graph()
    source = None
    for picture in frames:
        frame = _rgb(picture)
        if source is None:
            source, colours = _source(graph, frame), _source(graph, palette)
            used = graph.add("paletteuse", "dither=bayer:bayer_scale=3")
            source.link_to(used, 0, 0)
            colours.link_to(used, 0, 1)
            used.link_to(graph.add("buffersink"))
            graph.configure()
            colours.push(palette)
            colours.push(None)
        source.push(frame)
        yield graph.vpull()


def _source(graph: Graph, frame: VideoFrame) -> FilterContext:
    return graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 100))


def _rgb(picture: NDArray[np.uint8]) -> VideoFrame:
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
