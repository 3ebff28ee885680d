"""A stranger's zip: judged by its directory before anything is read, and never extracted by name."""

import lzma
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import PurePosixPath
from typing import IO

from housegan.errors import UnreadablePictureError
from scraping.members import MAX_MEMBERS, MAX_RATIO, SPOOL_BYTES, Member, is_clutter, leads_outside, length, too_large

_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError, OverflowError,
    RuntimeError,
)  # fmt: skip
"""What `zipfile` raises on damaged archives; RuntimeError is NotImplementedError and RecursionError too."""


class Zip:
    """The files in a zip, in the order of their names. Raises UnreadablePictureError where it is damaged or hostile.

    `packed_bytes` is the archive's share of the outermost one's length.
    """

    def __init__(self, file: IO[bytes], *, packed_bytes: int) -> None:
        self.packed_bytes = packed_bytes
        try:
            self._archive = zipfile.ZipFile(file)
        except _DAMAGED as error:
            raise UnreadablePictureError(f"damaged zip: {error}") from None
        self._length = length(file)
        self._entries = [entry for entry in self._archive.infolist() if entry.filename and not entry.is_dir()]
        if complaint := _complaint(self._entries, packed_bytes=packed_bytes):
            raise UnreadablePictureError(f"zip refused whole: {complaint}")

    def members(self) -> Iterator[Member]:
        """Yield every file but clutter."""
        for entry in sorted(self._entries, key=lambda entry: entry.filename):
            path = PurePosixPath(entry.filename)
            if not is_clutter(path):
                share = min(self.packed_bytes, self.packed_bytes * entry.compress_size // self._length)
                yield Member(path, partial(_read, self._archive, entry), partial(_opened, self._archive, entry), share)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, max_bytes: int) -> bytes | UnreadablePictureError:
    if entry.file_size > max_bytes:
        return too_large(max_bytes)
    try:
        with archive.open(entry) as file:
            data = file.read(max_bytes + 1)  # what the header says may be a lie
    except _DAMAGED as error:
        return UnreadablePictureError(f"damaged in the zip: {error}")
    return data if len(data) <= max_bytes else too_large(max_bytes)


@contextmanager
def _opened(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as spool:
        try:
            with archive.open(entry) as packed:
                shutil.copyfileobj(packed, spool, 1 << 20)
        except _DAMAGED as error:
            if isinstance(error, OSError) and error.errno:
                raise  # the spool's disk, not the archive
            raise UnreadablePictureError(f"damaged in the zip: {error}") from None
        spool.seek(0)
        yield spool


def _complaint(entries: list[zipfile.ZipInfo], *, packed_bytes: int) -> str | None:
    """Say what is hostile about an archive by its directory alone; None where nothing is."""
    if len(entries) > MAX_MEMBERS:
        return f"{len(entries):,} files are more than {MAX_MEMBERS:,}"
    for entry in entries:
        if leads_outside(entry.filename):
            return f"the name {entry.filename!r} leads outside"
        if stat.S_ISLNK(entry.external_attr >> 16):
            return f"{entry.filename!r} is a symbolic link"
        if entry.flag_bits & 0x1:
            return f"{entry.filename!r} is encrypted: unpack it yourself and import the folder"
    if sum(entry.file_size for entry in entries) > MAX_RATIO * packed_bytes:
        return f"it would unpack to more than {MAX_RATIO} times its size"
    ends = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < ends:
            return "its files overlap"
        ends = entry.header_offset + entry.compress_size
    return None
