"""What the JPEG format leaves in a picture: how strongly it was compressed, and what a damaged file lacks."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

STANDARD = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
"""The luminance table of ITU-T T.81, annex K.1, which encoders scale by their quality."""

MID_GREY = (96, 160)
"""Nothing decodes to 128; a profile may move that a little."""
NEUTRAL = 4


def jpeg_quality(data: bytes) -> int | None:
    """Read the quality, 1 to 100 on the scale of the IJG's encoder, from the quantisation tables; None for no JPEG.

    That whose scaled standard table has the sum nearest to the table's; nothing is decoded.
    """
    table = _luminance_table(data)
    if table is None:
        return None
    return 1 + int(np.abs(_SUMS - table.sum()).argmin())


def filled(pixels: Pixels) -> float:
    """Measure how much of a picture, uint8 H × W × 3, is the grey that a decoder put where the file had nothing.

    The share, 0 to 1, of the height at the foot that is exactly one mid-grey; or at whichever side the foot has come to
    by the file's orientation. Where another side has the same grey it is a frame.
    """
    views = (pixels[::-1], pixels, pixels.transpose(1, 0, 2), pixels.transpose(1, 0, 2)[::-1])
    shares = sorted((_grey_lines(view) / len(view) for view in views), reverse=True)
    return shares[0] if shares[1] == 0 or shares[0] == 1 else 0.0


def _grey_lines(view: Pixels) -> int:
    colour = view[0, 0]
    mid = MID_GREY[0] <= colour.min() and colour.max() <= MID_GREY[1] and np.ptp(colour) <= NEUTRAL
    if not mid or (view[0] != colour).any():
        return 0
    other = (view != colour).any(axis=(1, 2))
    return int(other.argmax()) if other.any() else len(view)


def _sums() -> NDArray[np.int64]:
    """Of the standard table scaled to each quality from 1 to 100, as the IJG's encoder does it."""
    sums = []
    for quality in range(1, 101):
        percent = 5000 // quality if quality < 50 else 200 - 2 * quality
        sums.append(int(((np.array(STANDARD) * percent + 50) // 100).clip(1, 255).sum()))
    return np.array(sums)


_SUMS = _sums()


def _luminance_table(data: bytes) -> NDArray[np.uint16] | None:
    """The first quantisation table, in whatever order: walk the segments (T.81, B.1) as far as they go."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 4 <= len(data) and data[at] == 0xFF:
        if data[at + 1] == 0xFF:  # a fill byte
            at += 1
            continue
        kind, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if kind == 0xDB and body:
            wide = body[0] >> 4
            values = np.frombuffer(body[1 : 1 + 64 * (1 + wide)], ">u2" if wide else np.uint8)
            return values.astype(np.uint16) if len(values) == 64 else None
        if kind == 0xDA or length < 2:  # the scan: what follows is entropy-coded
            return None
        at += 2 + length
    return None
