"""A folder of the person's own, however deeply nested."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from housegan.errors import UnreadablePictureError
from scraping.members import Member, is_clutter, too_large


class Folder:
    """All files under a folder, in the order of their names."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def members(self) -> Iterator[Member]:
        """Yield every file but clutter and what img2dataset notes about its shards."""
        for path in sorted(files_under(self.path)):
            inner = PurePosixPath(path.relative_to(self.path).as_posix())
            yield Member(inner, partial(_read, path), partial(_opened, path), _size(path))


def files_under(folder: Path) -> Iterator[Path]:
    """Yield what may be a picture, an archive or tell about them; in no order."""
    for path in folder.rglob("*"):
        if path.is_file() and not is_clutter(PurePosixPath(path.name)) and not _notes_of_a_shard(path):
            yield path


def _notes_of_a_shard(path: Path) -> bool:
    """Whether it is 00000.parquet or 00000_stats.json beside 00000.tar, or beside the folder 00000."""
    if path.suffix == ".parquet":
        shard = path.with_suffix("")
    elif path.name.endswith("_stats.json"):
        shard = path.with_name(path.name.removesuffix("_stats.json"))
    else:
        return False
    return shard.name != "" and (shard.is_dir() or shard.with_name(f"{shard.name}.tar").is_file())


def _read(path: Path, max_bytes: int) -> bytes | UnreadablePictureError:
    try:
        if path.stat().st_size > max_bytes:
            return too_large(max_bytes)
        return path.read_bytes()
    except OSError as error:
        return UnreadablePictureError(f"can't be read: {error.strerror}")


def _opened(path: Path) -> AbstractContextManager[IO[bytes]]:
    try:
        return path.open("rb")
    except OSError as error:
        raise UnreadablePictureError(f"can't be read: {error.strerror}") from None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
