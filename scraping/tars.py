"""A stranger's tar, compressed or not: read forwards in constant memory, and never extracted by name.

Links, devices and sparse files are refused each for itself; a name that leads outside, or more out of it than its size
can hold, refuses the tar whole. A tar that is cut off gives what stands before the cut.
"""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Any

from housegan.errors import UnreadablePictureError
from scraping.members import MAX_MEMBERS, MAX_RATIO, SPOOL_BYTES, Member, is_clutter, leads_outside, length, too_large

_HEADER_BYTES = 1 << 20
"""What one file's headers may take: tarfile would hold an extended header of any size in memory."""
_XZ_MEMORY = 256 << 20
"""Bytes; `xz -9` needs 65 million, a hostile header may ask for four thousand million."""
_CHUNK = 1 << 20
_DAMAGED = (
    tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError, OverflowError,
    RuntimeError, LookupError, AttributeError, TypeError,
)  # fmt: skip
"""What `tarfile` raises on damaged archives, one way or another."""


class Tar:
    """The files in a tar, in its own order. `packed_bytes` is the archive's share of the outermost one's length."""

    def __init__(self, file: IO[bytes], *, packed_bytes: int) -> None:
        self.file, self.packed_bytes = file, packed_bytes
        self._unpacked = length(file)
        """Bytes that it holds; known better after the first reading."""

    def members(self) -> Iterator[Member]:
        """Yield every file but clutter; the tar itself, unreadable, at the place where it is cut off or damaged."""
        self.file.seek(0)
        forwards = _Forwards(_decompressed(self.file), most=MAX_RATIO * self.packed_bytes + tarfile.RECORDSIZE)
        count = 0
        try:
            for info in _headers(forwards):
                count += 1
                if count > MAX_MEMBERS:
                    raise UnreadablePictureError(f"tar refused whole: more than {MAX_MEMBERS:,} files")
                if leads_outside(info.name):
                    raise UnreadablePictureError(f"tar refused whole: the name {info.name!r} leads outside")
                path = PurePosixPath(info.name)
                if not info.isdir() and not is_clutter(path):
                    share = min(self.packed_bytes, self.packed_bytes * max(info.size, 0) // max(self._unpacked, 1))
                    yield Member(path, partial(_read, forwards, info), partial(_opened, forwards, info), share)
        except _DamagedError as damage:
            if count == 0:
                raise UnreadablePictureError(f"damaged tar: {damage}") from None
            refusal = UnreadablePictureError("cut off or damaged in the middle, what follows is missing")
            yield Member(PurePosixPath(), lambda _: refusal, partial(_opened, forwards, tarfile.TarInfo()), 0)
        self._unpacked = max(self._unpacked, forwards.position)


class _DamagedError(Exception):
    """From here on the tar can't be read."""


class _Forwards(io.RawIOBase):
    """A stream that goes forwards alone and gives no more than it is allowed; for `tarfile` it can be searched."""

    def __init__(self, stream: Any, *, most: int) -> None:
        self.stream, self.most = stream, most
        self.position = 0
        self.allowed = 0
        self.last = b""

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence != 0 or offset < self.position:  # a negative size would lead round in circles
            raise tarfile.ReadError("a size that can't be")
        if isinstance(self.stream, _Plain):
            self._advance(offset - self.position)
            self.stream.file.seek(offset)
        while self.position < offset:
            chunk = self.stream.read(min(_CHUNK, offset - self.position))
            if not chunk:
                break
            self._advance(len(chunk))
        return self.position

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self.allowed:
            raise tarfile.ReadError("headers that are too long")
        self.allowed -= size
        parts = []
        while size > 0 and (part := self.stream.read(min(size, _CHUNK))):
            parts.append(part)
            size -= len(part)
            self._advance(len(part))
        self.last = b"".join(parts)
        return self.last

    def _advance(self, count: int) -> None:
        self.position += count
        if self.position > self.most and not isinstance(self.stream, _Plain):
            raise UnreadablePictureError(f"tar refused whole: it would unpack to more than {MAX_RATIO} times its size")


class _Plain:
    """A tar that isn't compressed: skipping costs nothing, and nothing grows."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.read = file.read


class _Xz:
    """Like `lzma.LZMAFile`, with a limit to the memory that a stranger's header can ask for."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self._decompressor = file, lzma.LZMADecompressor(memlimit=_XZ_MEMORY)

    def read(self, size: int) -> bytes:
        while not self._decompressor.eof:
            packed = self.file.read(_CHUNK) if self._decompressor.needs_input else b""
            if self._decompressor.needs_input and not packed:
                raise EOFError("the xz stream is cut off")
            if data := self._decompressor.decompress(packed, size):
                return data
        return b""


def is_tar(file: IO[bytes]) -> bool:
    """Whether a file begins as a tar does."""
    try:
        next(_headers(_Forwards(_decompressed(file), most=_CHUNK)), None)
    except (_DamagedError, UnreadablePictureError):
        return False
    return True


def _decompressed(file: IO[bytes]) -> Any:
    magic = file.read(6)
    file.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file, mode="rb")
    if magic.startswith(b"BZh"):
        return bz2.BZ2File(file)
    return _Xz(file) if magic == b"\xfd7zXZ\0" else _Plain(file)


def _headers(forwards: _Forwards) -> Iterator[tarfile.TarInfo]:
    """Yield each member's header; the stream stands before its bytes then."""
    try:
        forwards.allowed = _HEADER_BYTES
        archive = tarfile.TarFile(fileobj=forwards, encoding="utf-8")
        while True:
            forwards.allowed = _HEADER_BYTES
            if (info := archive.next()) is None:
                break
            archive.members.clear()  # type: ignore[attr-defined]  # it would keep every header
            yield info
    except UnreadablePictureError:
        raise
    except _DAMAGED as error:
        raise _DamagedError(" ".join(str(error).split())[:120] or type(error).__name__) from None
    if forwards.last != bytes(tarfile.BLOCKSIZE):  # tarfile takes any nonsense behind the first member for the end
        raise _DamagedError("its end is missing")


def _read(forwards: _Forwards, info: tarfile.TarInfo, max_bytes: int) -> bytes | UnreadablePictureError:
    if what := _no_file(info):
        return UnreadablePictureError(what)
    if info.size > max_bytes:
        return too_large(max_bytes)
    try:
        forwards.allowed = info.size
        data = forwards.read(info.size)
    except _DAMAGED as error:
        return UnreadablePictureError(f"damaged in the tar: {error}")
    return data if len(data) == info.size else UnreadablePictureError("cut off in the tar")


@contextmanager
def _opened(forwards: _Forwards, info: tarfile.TarInfo) -> Iterator[IO[bytes]]:
    if what := _no_file(info):
        raise UnreadablePictureError(what)
    with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as spool:
        forwards.allowed = left = info.size
        while left > 0:
            try:
                chunk = forwards.read(min(left, _CHUNK))
            except _DAMAGED as error:
                raise UnreadablePictureError(f"damaged in the tar: {error}") from None
            if not chunk:
                raise UnreadablePictureError("cut off in the tar")
            spool.write(chunk)
            left -= len(chunk)
        spool.seek(0)
        yield spool


def _no_file(info: tarfile.TarInfo) -> str | None:
    if info.issym() or info.islnk():
        return "a link, not a file"
    if info.issparse():
        return "a sparse file, which is not taken"
    return None if info.isreg() and info.size >= 0 else "a device or another oddity, not a file"
