"""PNGs that are written a few rows of pixels at a time, in memory that doesn't grow with them: Pillow needs them whole.

RGB of 8 bits. Each row takes the filter whose values are the smallest in sum, as section 12.8 of the PNG specification
(W3C 2003) advises; the same pixels are always the same bytes.
"""

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COMPRESSION = 4
CHUNK_BYTES = 1 << 16

Row = NDArray[np.uint8]
Rows = NDArray[np.uint8]


@contextmanager
def scanlines(
    file: IO[bytes], *, width: int, height: int, facts: Mapping[str, str] | None = None
) -> Iterator[Callable[[Rows], None]]:  # fmt: skip
    """Give a function that takes the next rows, n × width × 3; all `height` of them are to be given in the block.

    `facts` are text that goes along with the file: up to 79 letters of Latin-1 as a key, anything as its value.
    """
    file.write(SIGNATURE)
    _write_chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    for key, value in (facts or {}).items():
        _write_chunk(file, b"iTXt", key.encode("latin-1") + b"\0\0\0\0\0" + value.encode())
    squeeze, waiting = zlib.compressobj(COMPRESSION, strategy=zlib.Z_FILTERED), bytearray()
    above, missing = np.zeros(width * 3, np.uint8), height

    def add(rows: Rows) -> None:
        nonlocal above, missing
        if rows.shape[1:] != (width, 3) or len(rows) > missing:
            raise ValueError(f"rows of {rows.shape} don't fit into what is left, {missing} × {width} × 3")
        for row in rows.reshape(len(rows), width * 3):
            waiting.extend(squeeze.compress(filtered(row, above)))
            above, missing = row, missing - 1
            if len(waiting) >= CHUNK_BYTES:
                _write_chunk(file, b"IDAT", waiting)
                waiting.clear()

    yield add
    if missing:
        raise ValueError(f"{missing} rows are missing")
    _write_chunk(file, b"IDAT", bytes(waiting) + squeeze.flush())
    _write_chunk(file, b"IEND", b"")


def filtered(row: Row, above: Row) -> bytes:
    """Put a row of RGB as differences, after the number of the filter that made them: of none, left, above, Paeth."""
    left, diagonal = np.zeros_like(row), np.zeros_like(row)
    left[3:], diagonal[3:] = row[:-3], above[:-3]
    ways = {0: row, 1: row - left, 2: row - above, 4: row - _paeth(left, above, diagonal)}
    # a byte counts as the signed number that it is modulo 256
    number = min(ways, key=lambda way: np.abs(ways[way].view(np.int8).astype(np.int16)).sum())
    return bytes([number]) + ways[number].tobytes()


def _paeth(left: Row, above: Row, diagonal: Row) -> Row:
    """Whichever of the three neighbours is nearest to left + above − diagonal (section 9.4)."""
    a, b, c = left.astype(np.int16), above.astype(np.int16), diagonal.astype(np.int16)
    to_left, to_above, to_diagonal = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
    first = (to_left <= to_above) & (to_left <= to_diagonal)
    return np.where(first, left, np.where(to_above <= to_diagonal, above, diagonal))


def _write_chunk(file: IO[bytes], kind: bytes, data: bytes | bytearray) -> None:
    file.write(struct.pack(">I", len(data)) + kind)
    file.write(data)
    file.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))
