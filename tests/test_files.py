"""Files written whole, and locks."""

from pathlib import Path

import pytest

from housegan.errors import HouseganError
from housegan.files import alone, being_written, write_whole


def test_a_file_is_written_whole_or_not_at_all(workdir: Path) -> None:
    path = Path("x.bin")
    write_whole(path, b"old")
    with pytest.raises(OSError, match=r"File too large|No space"):
        write_beyond_the_limit(path)
    assert path.read_bytes() == b"old"
    assert list(Path().iterdir()) == [path], "nothing half written is left"


def write_beyond_the_limit(path: Path) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    try:
        write_whole(path, b"new" * 1_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_block_that_fails_leaves_what_was_there(workdir: Path) -> None:
    path = Path("x.txt")
    write_whole(path, b"old")
    with pytest.raises(ValueError, match="half way"):
        fail_half_way(path)
    assert path.read_bytes() == b"old"
    assert list(Path().iterdir()) == [path]


def fail_half_way(path: Path) -> None:
    with being_written(path) as temporary:
        temporary.write_text("new")
        raise ValueError("half way")


def test_a_lock_that_is_held_is_one_sentence_and_is_free_afterwards(workdir: Path) -> None:
    second = alone(Path("lock"), if_taken="Wait.")
    with alone(Path("lock"), if_taken="Wait."), pytest.raises(HouseganError, match=r"^Wait\.$"), second:
        pass
    with alone(Path("lock"), if_taken="Wait."):
        pass
