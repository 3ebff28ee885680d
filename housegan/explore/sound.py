"""Music as it is looked at for beats: decoded by PyAV from whatever holds sound, as one channel."""

from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler

from housegan.errors import HouseganError
from housegan.explore.beats import RATE, Sound
from housegan.media import opened

LONGEST_S = 1800.0
"""Longer music is taken in part only, and where one says how much."""


def mono(path: Path, *, seconds: float | None = None) -> Sound:
    """Read the sound of a file at `RATE`, or its first seconds; raises HouseganError where it can't be read."""
    most = int((seconds or LONGEST_S) * RATE)
    parts: list[Sound] = []
    count = 0
    try:
        with path.open("rb") as file, opened(file) as container:
            if not container.streams.audio:
                raise HouseganError(f"{path} has no sound: give --beats a piece of music.")
            resampler = AudioResampler(format="flt", layout="mono", rate=RATE)
            for frame in chain(container.decode(container.streams.audio[0]), [None]):  # None: what it still holds
                for piece in resampler.resample(frame):
                    parts.append(piece.to_ndarray()[0])
                    count += len(parts[-1])
                if count > most:
                    break
    except FileNotFoundError:
        raise HouseganError(f"There is no {path}: give --beats a piece of music.") from None
    except (av.FFmpegError, OSError, ValueError):
        raise HouseganError(f"{path} can't be read as sound: give --beats a WAV, MP3, FLAC, OGG or M4A file.") from None
    sound = np.concatenate(parts) if parts else np.empty(0, np.float32)
    if len(sound) > most and seconds is None:
        raise HouseganError(f"{path} is longer than {LONGEST_S / 60:.0f} minutes: say with --seconds how much to take.")
    return sound[:most]
