"""Progress of long work: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

from housegan.errors import StoppedError
from housegan.terminal import plain

Item = TypeVar("Item")

PLAIN_LINE_EVERY_S = 10.0


class Progress:
    """Count pieces of work. Ctrl-C inside the block becomes StoppedError with `if_stopped`.

    Counts go to standard error, so that a command's results can be piped.
    """

    def __init__(self, title: str, *, total: int | None, unit: str, if_stopped: str) -> None:
        self.title, self.total, self.unit, self.if_stopped = title, total, unit, if_stopped
        self.done = 0
        self._started = self._last_line = time.monotonic()
        self._bar = None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as RichProgress
            from rich.table import Column

            note = Column(ratio=1, no_wrap=True, overflow="ellipsis")  # what gives way on a narrow terminal
            self._bar = RichProgress(
                TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn(), TextColumn(unit),
                TimeRemainingColumn(), TextColumn("{task.fields[note]}", markup=False, table_column=note),
                console=Console(stderr=True), expand=True,
            )  # fmt: skip
            self._task = self._bar.add_task(title, total=total, note="")

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()
        if isinstance(error, KeyboardInterrupt):
            raise StoppedError(self.if_stopped) from None

    def advance(self, count: int = 1, *, note: str = "") -> None:
        """Count `count` more pieces; `note` stands behind the numbers."""
        self.done += count
        if self._bar:
            self._bar.update(self._task, advance=count, note=note)
        elif time.monotonic() - self._last_line >= PLAIN_LINE_EVERY_S:
            self._last_line = time.monotonic()
            print(self._plain_line(note), file=sys.stderr, flush=True)  # noqa: T201

    def counted(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items, each counted when the next one is asked for."""
        for item in items:
            yield item
            self.advance()

    def say(self, line: str) -> None:
        """Print a line that stays."""
        line = plain(line)
        if self._bar:
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            print(line, file=sys.stderr, flush=True)  # noqa: T201

    def _plain_line(self, note: str) -> str:
        of_total = f" of {self.total:,}" if self.total else ""
        rate = self.done / (time.monotonic() - self._started)
        return f"{self.title}: {self.done:,}{of_total} {self.unit}, {rate:,.0f} a second{', ' + note if note else ''}"
