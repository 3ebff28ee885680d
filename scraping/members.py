"""What folders and archives have in common: members, read one by one in their order, and names that lead nowhere."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Protocol

from housegan.errors import UnreadablePictureError

MAX_MEMBERS = 2_000_000
MAX_RATIO = 200
"""Bytes out for bytes in; deflate's own limit is 1,032, pictures stay under 2, plain text and flat PNG under 100."""
MAX_DEPTH = 3
"""Archives in archives."""
SPOOL_BYTES = 50_000_000
"""Larger archives in archives wait on the disk while they are read."""

_NOT_PICTURES = {".ds_store", "thumbs.db", "desktop.ini"}
_TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a folder or an archive. Read or open it before the next one is asked for."""

    path: PurePosixPath
    """Within the folder or archive."""
    read: Callable[[int], bytes | UnreadablePictureError]
    """All its bytes, if they are no more than so many."""
    opened: Callable[[], AbstractContextManager[IO[bytes]]]
    """The same as a file that can be searched, whatever its size; raises UnreadablePictureError."""
    packed_bytes: int
    """Its share of the outermost archive's length, so that ratios don't multiply with depth."""


class Container(Protocol):
    """A folder or an archive."""

    def members(self) -> Iterator[Member]:
        """Yield all files in their order, as often as it is called, and raise UnreadablePictureError at a hostile one.

        Whoever has gone through it once without that error may read the members the second time.
        """


def archive_kind(name: str) -> str | None:
    """`zip` or `tar` where a file's name says so."""
    name = name.lower()
    if name.endswith(".zip"):
        return "zip"
    return "tar" if name.endswith(_TARS) else None


def is_clutter(path: PurePosixPath) -> bool:
    """Whether a file is one that systems leave behind."""
    return "__MACOSX" in path.parts or path.name.startswith("._") or path.name.lower() in _NOT_PICTURES


def leads_outside(name: str) -> bool:
    """Whether a member's name points out of the folder that it would be unpacked to."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or path.as_posix()[1:2] == ":"


def too_large(max_bytes: int) -> UnreadablePictureError:
    """Build the refusal of a file over the limit."""
    return UnreadablePictureError(f"larger than {max_bytes / 1e6:g} MB")


def length(file: IO[bytes]) -> int:
    """Bytes in a file, whose place in it is kept."""
    here = file.tell()
    size = file.seek(0, 2)
    file.seek(here)
    return size
