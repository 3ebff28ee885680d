"""The perceptual hash of a picture and of its rotations and mirrorings."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fftpack  # and not scipy.fft: bits are to be those of imagehash

HASH_BITS = 256
HASH_SIZE = 16
SIDE_PX = 64
"""What a picture is reduced to before its cosine transform: four times HASH_SIZE."""

Luminance = NDArray[np.uint8]

TURNS: dict[str, Callable[[Luminance], Luminance]] = {
    "as it is": lambda grey: grey,
    "mirrored": lambda grey: grey[:, ::-1],
    "upside down": lambda grey: grey[::-1],
    "rotated by 180°": lambda grey: grey[::-1, ::-1],
    "mirrored along the diagonal": lambda grey: grey.T,
    "rotated by 90°": lambda grey: grey[::-1].T,
    "rotated by 270°": lambda grey: grey.T[::-1],
    "mirrored along the other diagonal": lambda grey: grey[::-1, ::-1].T,
}
"""What each variant does to a picture, rows from the top; rotations are clockwise."""

VARIANTS = tuple(TURNS)


def perceptual_hashes(image: Image.Image) -> tuple[str, ...]:
    """Hash an RGB picture and its seven other rotations and mirrorings, in the order of VARIANTS.

    256-bit pHash, bit for bit `imagehash.phash(..., hash_size=16)` of one 64 × 64 reduction of the luminance, which is
    turned in place of the picture: signs against their median of the lowest 16 × 16 cosine coefficients, row by row, as
    64 hexadecimal digits. The eight go through the transform at once, which takes half the time of eight calls. A
    border counts as part of the picture: cut it off before.
    """
    grey = np.asarray(image.convert("L").resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS))
    turned = np.stack([turn(grey) for turn in TURNS.values()])
    columns = fftpack.dct(turned, axis=1)[:, :HASH_SIZE]
    low = fftpack.dct(columns, axis=2)[:, :, :HASH_SIZE].reshape(len(turned), HASH_BITS)
    bits = low > np.median(low, axis=1, keepdims=True)
    return tuple(row.tobytes().hex() for row in np.packbits(bits, axis=1))
