"""Videos read frame by frame, whoever made them."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from numpy.typing import NDArray
from PIL import Image

from housegan.errors import HouseganError
from housegan.media import opened
from housegan.video.flashes import Shown

MOST_PIXELS = 8192 * 4320
HD_LINES = 720
"""From so many lines on a video that doesn't name its colours is taken for BT.709, as players do."""
LOOPED_S = 6.0
"""For how long an animation that repeats itself is played at least, and twice."""


def played(path: Path) -> Iterator[Shown]:
    """Read a video's frames with their times; a GIF or a WebP is played again, since its end flows into its beginning.

    Raises HouseganError where the file is missing, broken, no video, or larger than 8192 × 4320.
    """
    if not path.is_file():
        raise HouseganError(f"There is no file {path}: give a video, such as the film in a run's out/.")
    kind = _kind(path)
    once = _webp if kind == "webp" else _decoded
    start_s = 0.0
    for plays in count(1):
        end_s, frames = 0.0, 0
        for shown in once(path):
            end_s = shown.start_s + shown.lasts_s
            frames += 1
            yield Shown(start_s + shown.start_s, shown.lasts_s, shown.picture)
        start_s += end_s
        if kind == "video" or frames == 1 or end_s <= 0 or (plays > 1 and start_s >= LOOPED_S):
            return


def frames_of(path: Path) -> int | None:
    """About how many frames `played` will give, as the file itself says; None where it doesn't, or plays again."""
    try:
        with path.open("rb") as file, opened(file) as container:
            stream = container.streams.video[0]
            length_s = float((container.duration or 0) / av.time_base)
            found = stream.frames or int(length_s * float(stream.average_rate or 0))
            return found if found and _kind(path) == "video" else None
    except (av.FFmpegError, OSError, ValueError, IndexError):
        return None


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        return "webp"
    return "gif" if head[:4] == b"GIF8" else "video"


def _decoded(path: Path) -> Iterator[Shown]:
    """Read through FFmpeg."""
    start_s = 0.0
    frames = 0
    try:
        with path.open("rb") as file, opened(file) as container:
            stream = next(iter(container.streams.video), None)
            if stream is None:
                raise HouseganError(f"{path} holds no pictures: give a video.")
            _check_size(path, stream.codec_context.width, stream.codec_context.height)
            stream.thread_type = "AUTO"
            each_s = float(1 / stream.average_rate) if stream.average_rate else 0.04
            first_s: float | None = None
            for frame in container.decode(stream):
                _check_size(path, frame.width, frame.height)
                time_s = start_s + each_s * bool(frames) if frame.time is None else frame.time
                first_s = time_s if first_s is None else first_s
                start_s = max(start_s, time_s - first_s)
                lasts_s = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else each_s
                yield Shown(start_s, lasts_s, _rgb(frame))
                frames += 1
    except (av.FFmpegError, OSError, ValueError) as error:  # PyAV lets some of the file's own through
        where = f"breaks off after {start_s:.1f} seconds" if frames else "is no video that we can read"
        raise HouseganError(
            f"{path} {where} ({getattr(error, 'strerror', error)}): export it again from where it comes from."
        ) from None
    if not frames:
        raise HouseganError(f"{path} holds no pictures: give a video.")


def _rgb(frame: VideoFrame) -> NDArray[np.uint8]:
    """Convert to sRGB, h × w × 3, by the colours that the frame names."""
    unnamed = frame.colorspace == 2 and frame.height >= HD_LINES
    converted = frame.reformat(format="rgb24", src_colorspace=Colorspace.ITU709 if unnamed else None)
    return cast(NDArray[np.uint8], converted.to_ndarray())


def _webp(path: Path) -> Iterator[Shown]:
    """Read through Pillow, since FFmpeg takes WebP's stills alone."""
    try:
        with Image.open(path, formats=("WEBP",)) as file:
            _check_size(path, *file.size)
            start_s = 0.0
            for number in range(getattr(file, "n_frames", 1)):
                file.seek(number)
                picture = np.asarray(file.convert("RGB"))
                lasts_s = float(file.info.get("duration", 0)) / 1000
                yield Shown(start_s, lasts_s, picture)
                start_s += lasts_s
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise HouseganError(f"{path} is no WebP that we can read ({error}): export it again.") from None


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise HouseganError(f"{path} is {width} × {height} px, larger than 8192 × 4320: scale it down first.")
