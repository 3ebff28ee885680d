"""Pictures that the person has already: a folder, a zip or a tar, however deeply nested, with what stands beside them.

An archive is a stranger's: nothing is extracted by name, members are read one by one into memory, and an archive that
tries something is refused whole before any of it is taken.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from housegan.errors import HouseganError, UnreadablePictureError
from scraping.folders import Folder, files_under
from scraping.intake import Find
from scraping.members import MAX_DEPTH, Container, Member, archive_kind, length
from scraping.stories import (
    LABELS,
    MAX_METADATA_BYTES,
    METADATA,
    Facts,
    is_sidecar,
    sidecar_facts,
    sighting,
    table,
)
from scraping.tars import Tar, is_tar
from scraping.zips import Zip

_MAX_SAME_NAME = 8
"""Files of one name and different suffixes that are held in memory together."""

Read = tuple[PurePosixPath, bytes | UnreadablePictureError]


def finds_in(path: Path, *, max_file_mb: float) -> Iterator[Find]:
    """Yield every file under a folder, or in a zip or tar; archives inside are opened too.

    What a metadata.jsonl or .csv, or a .json or .txt of the same name, tells about a picture goes into its sighting.
    """
    max_bytes = int(max_file_mb * 1e6)
    if path.is_dir():
        yield from _finds(Folder(path), PurePosixPath(path.name), max_bytes, depth=0)
        return
    if not path.exists():
        raise HouseganError(f"There is no {path}: give a folder of pictures or a zip.")
    with path.open("rb") as file:
        kind = _kind(path, file)
        try:
            yield from _archived(kind, file, PurePosixPath(path.name), max_bytes, depth=1, packed_bytes=length(file))
        except UnreadablePictureError as refusal:
            raise HouseganError(f"Nothing of {path} was imported, {refusal}.") from None


def count_in(path: Path) -> int | None:
    """Count the files under a folder, for a progress bar; None where only reading would tell."""
    if not path.is_dir():
        return None
    names = (PurePosixPath(path.name) for path in files_under(path))
    return sum(1 for name in names if not is_sidecar(name) and name.name not in METADATA)


def _kind(path: Path, file: IO[bytes]) -> str:
    """Whether a file is a zip or a tar: by its name first, since a tar may end with a zip, then by what it holds."""
    kind = archive_kind(path.name)
    if kind != "tar" and zipfile.is_zipfile(file):
        return "zip"
    file.seek(0)
    if kind != "zip" and is_tar(file):
        return "tar"
    raise HouseganError(f"{path} is neither a folder nor a whole zip or tar: give one of them.")


def _archived(
    kind: str, file: IO[bytes], name: PurePosixPath, max_bytes: int, *, depth: int, packed_bytes: int
) -> Iterator[Find]:
    if depth > MAX_DEPTH:
        raise UnreadablePictureError(f"{kind} refused whole: archives nested more than {MAX_DEPTH} deep")
    archive = Zip(file, packed_bytes=packed_bytes) if kind == "zip" else Tar(file, packed_bytes=packed_bytes)
    yield from _finds(archive, name, max_bytes, depth=depth)


def _finds(container: Container, name: PurePosixPath, max_bytes: int, *, depth: int) -> Iterator[Find]:
    """Go through the members twice: for what is hostile and for tables, then for the pictures."""
    told: dict[PurePosixPath, Facts] = {}
    tables: dict[PurePosixPath, UnreadablePictureError | None] = {}
    left = MAX_METADATA_BYTES
    for member in container.members():
        if member.path.name in METADATA:
            data = member.read(left)
            if isinstance(data, UnreadablePictureError):
                tables[member.path] = data
            elif rows := dict(table(member.path, data)):
                left -= len(data)
                told |= rows
                tables[member.path] = None
    same_name: list[Read] = []
    for member in container.members():
        if member.path in tables:
            if refusal := tables[member.path]:
                yield _find(name / member.path, refusal, None)
            continue
        if same_name and not _belongs(member.path, same_name):
            yield from _told(same_name, name, told)
            same_name = []
        if _is_archive(member, nested=depth > 0):
            yield from _nested(member, name / member.path, max_bytes, depth=depth + 1)
        else:
            same_name.append((member.path, member.read(max_bytes)))
    yield from _told(same_name, name, told)


def _is_archive(member: Member, *, nested: bool) -> bool:
    """Whether a file is to be opened; in a folder what only has the name of a zip is a file like others."""
    kind = archive_kind(member.path.name)
    if kind != "zip" or nested:
        return kind is not None
    try:
        with member.opened() as file:
            return zipfile.is_zipfile(file)
    except UnreadablePictureError:
        return False


def _nested(member: Member, name: PurePosixPath, max_bytes: int, *, depth: int) -> Iterator[Find]:
    """One bad archive among others is one refusal; the rest is imported."""
    kind = archive_kind(name.name)
    assert kind
    try:
        with member.opened() as file:
            yield from _archived(kind, file, name, max_bytes, depth=depth, packed_bytes=member.packed_bytes)
    except UnreadablePictureError as refusal:
        yield _find(name, refusal, None)


def _told(same_name: list[Read], name: PurePosixPath, told: dict[PurePosixPath, Facts]) -> Iterator[Find]:
    """Yield files of one name: what tells about a picture beside it is no file to look at by itself."""
    beside = {path.suffix.lower(): data for path, data in same_name if is_sidecar(path)}
    pictures = [(path, data) for path, data in same_name if not is_sidecar(path)]
    if not pictures:
        yield from (_find(name / path, data, None) for path, data in same_name if path.name != LABELS)
    facts = sidecar_facts({suffix: data for suffix, data in beside.items() if isinstance(data, bytes)})
    for path, data in pictures:
        known = told.get(path)
        yield _find(name / path, data, known if facts is None else {**facts, **(known or {})})


def _belongs(path: PurePosixPath, same_name: list[Read]) -> bool:
    first = same_name[0][0]
    return (path.parent, path.stem) == (first.parent, first.stem) and len(same_name) < _MAX_SAME_NAME


def _find(name: PurePosixPath, data: bytes | UnreadablePictureError, facts: Facts | None) -> Find:
    return Find(str(name).encode(errors="backslashreplace").decode(), data, sighting(name, facts))
