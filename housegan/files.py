"""Files that readers see whole or not at all, and locks that the system frees when their process dies."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from housegan.errors import HouseganError


@contextmanager
def being_written(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path` to write to; flushed to the disk and renamed when the block ends well."""
    with replacing(path) as temporary:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """The same without flushing, for what can be made again: a power cut may leave it empty."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_native_id()}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, flush it to the disk and only then give it its name."""
    with being_written(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def alone(lock: Path, *, if_taken: str) -> Iterator[None]:
    """Hold a lock file, or raise HouseganError with `if_taken` where another process does."""
    held = FileLock(lock)
    try:
        held.acquire(timeout=0)
    except Timeout:
        raise HouseganError(if_taken) from None
    try:
        yield
    finally:
        held.release()
