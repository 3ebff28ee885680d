"""Sound for a film that is there already: its pictures are copied as they are, the sound is encoded beside them."""

from collections.abc import Iterator
from fractions import Fraction
from heapq import merge
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet

from housegan.files import being_written
from housegan.media import opened

RATE = 44_100
BITS_A_SECOND = 192_000


def write_with_sound(path: Path, film: Path, sound: Path) -> None:
    """Write the film of `film` with the sound of `sound`, AAC in MP4, cut off where the pictures end.

    The file appears whole, or not at all.
    """
    with (
        being_written(path) as temporary,
        av.open(film) as pictures,
        sound.open("rb") as heard_of,
        opened(heard_of) as music,
        av.open(temporary, "w", format="mp4", options={"movflags": "+faststart"}) as container,
    ):
        source = pictures.streams.video[0]
        copied = container.add_stream_from_template(source)
        encoded = container.add_stream("aac", rate=RATE)
        encoded.layout, encoded.format, encoded.bit_rate = "stereo", "fltp", BITS_A_SECOND
        lasting = float((source.duration or 0) * (source.time_base or 0))
        heard = _encoded(encoded, _frames(music, samples=round(lasting * RATE)))
        for packet in _interleaved(pictures.demux(source), heard):
            if packet.stream is source:
                packet.stream = copied
            container.mux(packet)


def _encoded(stream: AudioStream, frames: Iterator[AudioFrame]) -> Iterator["Packet[Any]"]:
    for frame in frames:
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _frames(music: InputContainer, *, samples: int) -> Iterator[AudioFrame]:
    """Decode the first so many samples, counted from 0 whatever times the file gives them."""
    resampler = AudioResampler(format="fltp", layout="stereo", rate=RATE)
    done = 0
    for decoded in chain(music.decode(music.streams.audio[0]), [None]):  # None: what the resampler still holds
        if decoded:
            decoded.pts = None
        for piece in resampler.resample(decoded):
            part = piece.to_ndarray()[:, : samples - done]
            if not part.size:
                return
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(part, np.float32), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE, done, Fraction(1, RATE)
            done += part.shape[1]
            yield frame


def _interleaved(first: Iterator["Packet[Any]"], second: Iterator["Packet[Any]"]) -> Iterator["Packet[Any]"]:
    """Put packets in the order of their times, as players want to read them."""
    return merge((packet for packet in first if packet.dts is not None), second, key=_time)


def _time(packet: "Packet[Any]") -> Fraction:
    return (packet.dts or 0) * packet.time_base
