"""Pictures that the person has already: a folder, or a zip, however deeply nested.

An archive is a stranger's: nothing is extracted by name, members are read one by one into memory, and an archive that
tries something is refused whole before any of it is read.
"""

import lzma
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from housegan.catalog import Sighting
from housegan.errors import HouseganError, UnreadablePictureError
from scraping.intake import Find

SOURCE = "import"
MAX_MEMBERS = 2_000_000
MAX_RATIO = 200
"""Bytes out for bytes in; deflate's own limit is 1,032, pictures stay under 2, plain text and flat PNG under 100."""
MAX_DEPTH = 3
"""Archives in archives."""
_SPOOL_BYTES = 50_000_000
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError, OverflowError,
    RuntimeError,
)  # fmt: skip
"""What `zipfile` raises on damaged archives; RuntimeError is NotImplementedError and RecursionError too."""
_NOT_PICTURES = {".ds_store", "thumbs.db", "desktop.ini"}


def finds_in(path: Path, *, max_file_mb: float) -> Iterator[Find]:
    """Yield every file under a folder or in a zip, in the order of their names; zips inside are opened too."""
    max_bytes = int(max_file_mb * 1e6)
    if path.is_dir():
        yield from _in_folder(path, max_bytes)
    elif not path.exists():
        raise HouseganError(f"There is no {path}: give a folder of pictures or a zip.")
    elif zipfile.is_zipfile(path):
        try:
            with path.open("rb") as file:
                yield from _in_zip(file, PurePosixPath(path.name), max_bytes, depth=1, packed_bytes=_length(file))
        except UnreadablePictureError as refusal:
            raise HouseganError(f"Nothing of {path} was imported, {refusal}.") from None
    else:
        raise HouseganError(f"{path} is neither a folder nor a whole zip: give one of them.")


def count_in(path: Path) -> int | None:
    """Count the files under a folder, for a progress bar; None where only reading would tell."""
    return sum(1 for _ in _files(path)) if path.is_dir() else None


def _in_folder(folder: Path, max_bytes: int) -> Iterator[Find]:
    for path in sorted(_files(folder)):
        name = PurePosixPath(folder.name, path.relative_to(folder).as_posix())
        if path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):
            with path.open("rb") as file:
                yield from _or_refusal(name, _in_zip(file, name, max_bytes, depth=1, packed_bytes=_length(file)))
            continue
        yield _find(name, _read(path, max_bytes))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not _is_clutter(PurePosixPath(path.name)))


def _read(path: Path, max_bytes: int) -> bytes | UnreadablePictureError:
    try:
        if path.stat().st_size > max_bytes:
            return UnreadablePictureError(f"larger than {max_bytes / 1e6:g} MB")
        return path.read_bytes()
    except OSError as error:
        return UnreadablePictureError(f"can't be read: {error.strerror}")


def _in_zip(file: IO[bytes], name: PurePosixPath, max_bytes: int, *, depth: int, packed_bytes: int) -> Iterator[Find]:
    """Yield what is in an archive, or raise UnreadablePictureError before anything.

    `packed_bytes` is the archive's share of the outermost one's length, so that ratios don't multiply with depth.
    """
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGED as error:
        raise UnreadablePictureError(f"damaged zip: {error}") from None
    with archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if complaint := _complaint(members, packed_bytes=packed_bytes, depth=depth):
            raise UnreadablePictureError(f"zip refused whole: {complaint}")
        length = _length(file)
        for member in sorted(members, key=lambda member: member.filename):
            inner = PurePosixPath(member.filename)
            if _is_clutter(inner):
                continue
            if inner.suffix.lower() == ".zip":
                share = min(packed_bytes, packed_bytes * member.compress_size // length)
                yield from _or_refusal(
                    name / inner,
                    _in_inner_zip(archive, member, name / inner, max_bytes, depth=depth + 1, packed_bytes=share),
                )
                continue
            yield _find(name / inner, _read_member(archive, member, max_bytes))


def _in_inner_zip(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    name: PurePosixPath,
    max_bytes: int,
    *,
    depth: int,
    packed_bytes: int,
) -> Iterator[Find]:
    with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as spool:
        try:
            with archive.open(member) as packed:
                shutil.copyfileobj(packed, spool, 1 << 20)
        except _DAMAGED as error:
            if isinstance(error, OSError) and error.errno:
                raise  # the spool's disk, not the archive
            raise UnreadablePictureError(f"damaged in the zip: {error}") from None
        yield from _in_zip(spool, name, max_bytes, depth=depth, packed_bytes=packed_bytes)


def _or_refusal(name: PurePosixPath, finds: Iterator[Find]) -> Iterator[Find]:
    """One bad archive among others is one refusal; the rest is imported."""
    try:
        yield from finds
    except UnreadablePictureError as refusal:
        yield _find(name, refusal)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_bytes: int) -> bytes | UnreadablePictureError:
    if member.file_size > max_bytes:
        return UnreadablePictureError(f"larger than {max_bytes / 1e6:g} MB")
    try:
        with archive.open(member) as file:
            data = file.read(max_bytes + 1)  # what the header says may be a lie
    except _DAMAGED as error:
        return UnreadablePictureError(f"damaged in the zip: {error}")
    return data if len(data) <= max_bytes else UnreadablePictureError(f"larger than {max_bytes / 1e6:g} MB")


def _complaint(members: list[zipfile.ZipInfo], *, packed_bytes: int, depth: int) -> str | None:
    """Say what is hostile about an archive by its directory alone; None where nothing is."""
    if depth > MAX_DEPTH:
        return f"archives nested more than {MAX_DEPTH} deep"
    if len(members) > MAX_MEMBERS:
        return f"{len(members):,} files are more than {MAX_MEMBERS:,}"
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or path.as_posix()[1:2] == ":":
            return f"the name {member.filename!r} leads outside"
        if stat.S_ISLNK(member.external_attr >> 16):
            return f"{member.filename!r} is a symbolic link"
        if member.flag_bits & 0x1:
            return f"{member.filename!r} is encrypted: unpack it yourself and import the folder"
    if sum(member.file_size for member in members) > MAX_RATIO * packed_bytes:
        return f"it would unpack to more than {MAX_RATIO} times its size"
    ends = 0
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.header_offset < ends:
            return "its files overlap"
        ends = member.header_offset + member.compress_size
    return None


def _length(file: IO[bytes]) -> int:
    here = file.tell()
    length = file.seek(0, 2)
    file.seek(here)
    return length


def _is_clutter(path: PurePosixPath) -> bool:
    return "__MACOSX" in path.parts or path.name.startswith("._") or path.name.lower() in _NOT_PICTURES


def _find(name: PurePosixPath, data: bytes | UnreadablePictureError) -> Find:
    name = PurePosixPath(str(name).encode(errors="backslashreplace").decode())  # file names may be no UTF-8
    return Find(str(name), data, Sighting(SOURCE, str(name), title=name.stem.replace("_", " ")))
