"""JSON Lines files of a run: appended one by one, read while others write."""

import errno
import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from housegan.files import write_whole


def append_line(path: Path, values: dict[str, Any]) -> None:
    """Append one JSON line and flush it to the disk; what a full disk or a power cut left of one is taken away."""
    line = json.dumps(values).encode() + b"\n"
    with path.open("ab+", buffering=0) as file:
        whole, length = _length_of_whole_lines(file)
        try:
            if whole != length:
                file.truncate(whole)
            if file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(whole)
            raise


def _length_of_whole_lines(file: IO[bytes]) -> tuple[int, int]:
    """Bytes up to the end of the last line that has one, and in all: other processes may append meanwhile."""
    length = end = file.seek(0, os.SEEK_END)
    while end:
        start = max(end - 4096, 0)
        file.seek(start)
        if (last := file.read(end - start).rfind(b"\n")) >= 0:
            return start + last + 1, length
        end = start
    return 0, length


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read a JSON Lines file; a last line that is being written is left out, a missing file has none."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def forget_after(path: Path, images: int) -> None:
    """Drop the lines of a JSON Lines file that tell of a time after `images`, whole or not at all."""
    if path.is_file():
        kept = [json.dumps(line) + "\n" for line in read_lines(path) if line["images"] <= images]
        write_whole(path, "".join(kept).encode())
