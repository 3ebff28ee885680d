"""Processes that decode strangers' files within limits of time and memory.

A file that hangs, crashes or swallows memory costs its worker, never the command.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from housegan.errors import UnreadablePictureError

PRELOADED = ("housegan.pictures",)
"""Loaded once for all workers, not again by each; so is the module of the function that they call."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers(Generic[Item, Result]):
    """A few processes that call `function`, which must be importable, on one item each. Use it as a context manager."""

    def __init__(
        self,
        function: Callable[[Item], Result],
        *,
        time_limit_s: float,
        memory_limit_mb: int,
        workers: int | None = None,
    ) -> None:
        self.function, self.time_limit_s = function, time_limit_s
        self.workers = workers or os.cpu_count() or 1
        context = multiprocessing.get_context("forkserver" if hasattr(os, "fork") else "spawn")
        if context.get_start_method() == "forkserver":
            module = getattr(function, "func", function).__module__  # a partial's is its function's
            context.set_forkserver_preload([*PRELOADED, module])
        self._pool = ProcessPool(self.workers, initializer=_limited, initargs=[memory_limit_mb], context=context)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.stop()
        self._pool.join()

    def submit(self, item: Item) -> "Future[Result | UnreadablePictureError]":
        """Call `function` on the item when a process is free.

        Where it raises UnreadablePictureError, or breaks a limit, that error is the result.
        """
        outcome: Future[Result | UnreadablePictureError] = Future()

        def settle(done: Future[Any]) -> None:
            if not outcome.set_running_or_notify_cancel():
                return
            try:
                outcome.set_result(_outcome(done, time_limit_s=self.time_limit_s))
            except BaseException as error:
                outcome.set_exception(error)

        self._pool.schedule(self.function, args=[item], timeout=self.time_limit_s).add_done_callback(settle)
        return outcome


def map_limited(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    time_limit_s: float,
    memory_limit_mb: int,
    workers: int | None = None,
) -> Iterator[tuple[Item, Result | UnreadablePictureError]]:
    """Call `function` on each item in `Workers` and yield (item, result) in the items' order.

    At most four items a worker are under way, so that the items may be a stream without end.
    """
    under_way: deque[tuple[Item, Future[Result | UnreadablePictureError]]] = deque()
    with Workers(function, time_limit_s=time_limit_s, memory_limit_mb=memory_limit_mb, workers=workers) as processes:
        for item in items:
            under_way.append((item, processes.submit(item)))
            if len(under_way) >= 4 * processes.workers:
                first, future = under_way.popleft()
                yield first, future.result()
        while under_way:
            first, future = under_way.popleft()
            yield first, future.result()


def _outcome(future: Future[Any], *, time_limit_s: float) -> Any:
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
