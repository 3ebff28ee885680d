import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from housegan.errors import UnreadablePictureError
from housegan.workers import map_limited

PROC = Path("/proc")
needs_proc = pytest.mark.skipif(not PROC.is_dir(), reason="processes are looked up in /proc")


def misbehave(item: str) -> str:
    """Do to the worker what a stranger's file may do to it."""
    if item == "hang":
        time.sleep(60)
    if item == "exit":
        os._exit(3)
    if item == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "swallow":
        return str(len(bytearray(4_000_000_000)))
    if item == "refuse":
        raise UnreadablePictureError("not a picture")
    return item.upper()


def who_works(_: int) -> int:
    return os.getpid()


def break_down(_: int) -> None:
    raise ZeroDivisionError("a fault of ours")


def alive(pid: int) -> bool:
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def descendants(pid: int) -> set[int]:
    """All processes that `pid` started, and those that they started."""
    parents = {}
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def wait_until_gone(pids: set[int], *, limit_s: float) -> set[int]:
    """Return those that are still alive after a while."""
    deadline = time.monotonic() + limit_s
    while (left := {pid for pid in pids if alive(pid)}) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


@pytest.mark.parametrize("workers", [1, 2])
def test_each_misbehaving_item_is_one_refusal_and_the_others_go_on_in_order(workers: int) -> None:
    items = ["a", "hang", "b", "exit", "c", "crash", "d", "swallow", "e", "refuse", "f"]

    results = list(map_limited(misbehave, items, time_limit_s=1, memory_limit_mb=1_000, workers=workers))

    assert [item for item, _ in results] == items
    outcomes = dict(results)
    assert {item: outcomes[item] for item in "abcdef"} == {item: item.upper() for item in "abcdef"}
    reasons = {item: str(outcome) for item, outcome in results if isinstance(outcome, UnreadablePictureError)}
    assert reasons == {
        "hang": "took longer than 1 seconds to decode",
        "exit": "the decoder crashed (exit 3)",
        "crash": "the decoder crashed (exit -9)",
        "swallow": "needs too much memory",
        "refuse": "not a picture",
    }


def test_an_endless_stream_is_taken_four_items_a_worker_at_a_time() -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        for number in count():
            taken += 1
            yield str(number)

    stream = map_limited(misbehave, endless(), time_limit_s=20, memory_limit_mb=1_000, workers=2)
    for number in range(50):
        assert next(stream) == (str(number), str(number))
        assert taken <= number + 1 + 4 * 2
    stream.close()  # type: ignore[attr-defined]


def test_no_items_give_no_results() -> None:
    assert list(map_limited(misbehave, [], time_limit_s=1, memory_limit_mb=1_000)) == []


def test_a_fault_of_ours_is_not_taken_for_a_bad_picture() -> None:
    with pytest.raises(ZeroDivisionError, match="a fault of ours"):
        list(map_limited(break_down, [1], time_limit_s=20, memory_limit_mb=1_000, workers=1))


@needs_proc
def test_no_worker_is_left_when_the_reader_stops_early() -> None:
    stream = map_limited(who_works, count(), time_limit_s=20, memory_limit_mb=1_000, workers=2)
    pids = {pid for _, (_, pid) in zip(range(20), stream, strict=False) if isinstance(pid, int)}
    assert any(map(alive, pids))

    stream.close()  # type: ignore[attr-defined]

    assert wait_until_gone(pids, limit_s=5) == set()


@needs_proc
def test_no_worker_outlives_a_killed_command(tmp_path: Path) -> None:
    script = tmp_path / "slow.py"
    script.write_text(
        "import time\n"
        "from housegan.workers import map_limited\n"
        "if __name__ == '__main__':\n"
        "    items = [0, 0] + [60] * 9\n"
        "    for _ in map_limited(time.sleep, items, time_limit_s=99, memory_limit_mb=1_000, workers=2):\n"
        "        print('one done', flush=True)\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as command:
        assert command.stdout
        assert command.stdout.readline() + command.stdout.readline() == "one done\n" * 2
        started = descendants(command.pid)
        command.kill()

    left = wait_until_gone(started, limit_s=5)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert len(started) >= 2
    assert left == set()
