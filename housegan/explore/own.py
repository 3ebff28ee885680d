"""Pictures of the person's own, decoded within limits as any stranger's file."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from housegan.config import IntakeConfig
from housegan.errors import HouseganError, UnreadablePictureError
from housegan.pictures import decode
from housegan.workers import map_limited


def squares(files: Sequence[Path], *, size: int) -> Iterator[NDArray[np.uint8]]:
    """Read the largest square in the middle of each picture, at `size` px: size × size × 3.

    Raises HouseganError at the first file that is no picture we take.
    """
    limits = IntakeConfig()
    read = partial(_square, size=size, limits=limits)
    results = map_limited(
        read, files, time_limit_s=limits.time_limit_s, memory_limit_mb=limits.memory_limit_mb, workers=1
    )
    for path, square in results:
        if isinstance(square, UnreadablePictureError):
            raise HouseganError(f"{path} can't be compared: {square}.")
        yield square


def _square(path: Path, *, size: int, limits: IntakeConfig) -> NDArray[np.uint8]:
    try:
        if path.stat().st_size > limits.max_file_mb * 1e6:
            raise UnreadablePictureError(f"it has more than {limits.max_file_mb:g} MB")
        data = path.read_bytes()
    except OSError as error:
        raise UnreadablePictureError(f"it can't be read ({error.strerror})") from None
    image = decode(data, at_least_px=size, max_megapixels=limits.max_megapixels)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    return np.asarray(image.resize((size, size), Image.Resampling.BOX, box=box))
