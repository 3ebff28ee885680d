"""What a person sees of a scrape: a table that lives, on a terminal; a plain line now and then, elsewhere."""

import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from housegan.catalog.frontier import Outcome
from housegan.progress import PLAIN_LINE_EVERY_S

if TYPE_CHECKING:
    from rich.table import Table

    from scraping.tally import Tally

_COLUMNS = ("found", "kept", "seen before", "skipped", "refused", "waiting")
_REASONS = 3
"""Why files were refused: the most frequent reasons a source that the live table has room for."""


class Progressing(Protocol):
    """What is shown of a scrape."""

    passed: int
    limit: int

    @property
    def tallies(self) -> Mapping[str, "Tally"]:
        """What each source came to."""


class Display:
    """Show how far a scrape is, on standard error. Use it as a context manager, and call `update` now and then."""

    def __init__(self, name: str, scrape: Progressing) -> None:
        self.name, self.scrape = name, scrape
        self._started = self._last_line = time.monotonic()
        self._passed_before = scrape.passed
        self._live = None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), refresh_per_second=4, get_renderable=self._table)

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def update(self) -> None:
        """Print a plain line where ten seconds have gone by without one; the table looks for itself."""
        if not self._live and time.monotonic() - self._last_line >= PLAIN_LINE_EVERY_S:
            self._last_line = time.monotonic()
            print(self.line(), file=sys.stderr, flush=True)  # noqa: T201

    def say(self, line: str) -> None:
        """Print a line that stays; what a stranger wrote can't move the cursor."""
        line = printable(line)
        if self._live:
            self._live.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            print(line, file=sys.stderr, flush=True)  # noqa: T201

    def line(self) -> str:
        """Say in a line how far it is."""
        tallies = self.scrape.tallies.values()
        refused = sum(tally.refused.total() for tally in tallies)
        waiting = sum(tally.waiting for tally in tallies)
        return (
            f"scraping {self.name}: {self.scrape.passed:,} of {self.scrape.limit:,} pictures, {refused:,} refused, "
            f"{waiting:,} waiting{self._time_left()}"
        )

    def _time_left(self) -> str:
        now = self.scrape.passed - self._passed_before
        elapsed_s = time.monotonic() - self._started
        if now < 5 or elapsed_s < 2:
            return ""
        left_s = (self.scrape.limit - self.scrape.passed) * elapsed_s / now
        return f", about {duration(left_s)} left"

    def _table(self) -> "Table":
        from rich.table import Column, Table
        from rich.text import Text

        table = Table(
            Column("source", overflow="fold"),
            *(Column(what, justify="right") for what in _COLUMNS),
            Column("why", overflow="fold"),
            title=Text(self.line()), title_justify="left", box=None, padding=(0, 1),
        )  # fmt: skip
        for name, tally in self.scrape.tallies.items():
            why = (tally.refused + tally.skipped).most_common(_REASONS)
            table.add_row(
                Text(printable(name)),
                *(f"{count:,}" for count in (tally.found, tally.kept, tally.seen, tally.skipped.total(),
                                             tally.refused.total(), tally.waiting)),
                Text(printable("; ".join(f"{count:,} × {reason}" for reason, count in why))),
            )  # fmt: skip
        return table


def closing_lines(outcomes: list[Outcome], kept: Mapping[str, int], tallies: Mapping[str, "Tally"]) -> Iterator[str]:
    """Say what each source has yielded over all runs, and why the rest was not taken, with an example each."""
    for name, tally in tallies.items():
        mine = [outcome for outcome in outcomes if outcome.source == name]
        of_media: Counter[str] = Counter()
        for outcome in mine:
            if outcome.kind == "media":
                of_media[outcome.state] += outcome.count
        left = of_media["waiting"] + of_media["later"]
        yield (
            f"{printable(name):<24} {kept.get(name, 0):>7,} pictures of {of_media.total():,} found"
            f"{f', {left:,} not fetched yet' if left else ''}"
        )
        for outcome in mine:
            if outcome.state in ("refused", "later"):
                what = "pages" if outcome.kind == "ask" else "pictures"
                again = "; the next run tries again" if outcome.state == "later" else ""
                example = f" ({outcome.example[:100]})" if outcome.kind == "media" else ""
                yield printable(f"  {outcome.count:,} {what} not taken, {outcome.reason}{again}{example}")
        for reason, count in tally.skipped.most_common():
            yield printable(f"  {count:,} passed over: {reason}")


def printable(text: str) -> str:
    """Replace what could move the cursor or begin another line."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def duration(seconds: float) -> str:
    """Say a time to wait as people do."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
