"""Processes that decode strangers' files within limits of time and memory.

A file that hangs, crashes or swallows memory costs its worker, never the command.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from housegan.errors import UnreadablePictureError

PRELOADED = ("housegan.pictures", "scipy.fftpack")
"""Loaded once for all workers, not again by each; imagehash loads scipy at its first hash."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_limited(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    time_limit_s: float,
    memory_limit_mb: int,
    workers: int | None = None,
) -> Iterator[tuple[Item, Result | UnreadablePictureError]]:
    """Call `function` on each item in worker processes and yield (item, result) in the items' order.

    `function` must be importable. Where it raises UnreadablePictureError, or breaks a limit, that error is the result.
    At most four items a worker are under way, so that the items may be a stream without end.
    """
    workers = workers or os.cpu_count() or 1
    context = multiprocessing.get_context("forkserver" if hasattr(os, "fork") else "spawn")
    if context.get_start_method() == "forkserver":
        module = getattr(function, "func", function).__module__  # a partial's is its function's
        context.set_forkserver_preload([*PRELOADED, module])
    pool = ProcessPool(workers, initializer=_limited, initargs=[memory_limit_mb], context=context)
    under_way: deque[tuple[Item, ProcessFuture[Any]]] = deque()
    try:
        for item in items:
            under_way.append((item, pool.schedule(function, args=[item], timeout=time_limit_s)))
            if len(under_way) >= 4 * workers:
                first, future = under_way.popleft()
                yield first, _outcome(future, time_limit_s=time_limit_s)
        while under_way:
            first, future = under_way.popleft()
            yield first, _outcome(future, time_limit_s=time_limit_s)
    finally:
        pool.stop()
        pool.join()


def _outcome(future: ProcessFuture[Any], *, time_limit_s: float) -> Any:
    try:
        return future.result()
    except UnreadablePictureError as error:
        return error
    except FutureTimeoutError:
        return UnreadablePictureError(f"took longer than {time_limit_s:g} seconds to decode")
    except MemoryError:
        return UnreadablePictureError("needs too much memory")
    except ProcessExpired as error:
        return UnreadablePictureError(f"the decoder crashed (exit {error.exitcode})")


def _limited(memory_limit_mb: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the command's to handle
    threading.Thread(target=_end_with_the_command, daemon=True).start()
    with suppress(ImportError, ValueError, OSError):  # where the system knows no such limit
        import resource

        limit = memory_limit_mb * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _end_with_the_command() -> None:
    """Leave no process behind when the command is killed, however busy the decoder is."""
    if command := multiprocessing.parent_process():
        command.join()
        os._exit(1)
