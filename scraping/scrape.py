"""One scrape from beginning to end: lock the set, build the sources, run the crawl, and say what it came to."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from housegan.catalog import Catalog
from housegan.catalog.frontier import LOCK, Frontier
from housegan.config import SetConfig
from housegan.errors import HouseganError, StoppedError
from housegan.files import alone
from scraping.courtesy import nobody_asks
from scraping.display import Display, closing_lines
from scraping.engine import Scrape
from scraping.exports import export_urls
from scraping.safety import Guard, host_of
from scraping.settings import crawl_settings
from scraping.source import Media
from scraping.sources import build, first_asked
from scraping.spider import run

if TYPE_CHECKING:
    from scrapy.core.engine import ExecutionEngine


@dataclass(frozen=True)
class Result:
    """What a scrape came to, over all runs."""

    passed: int
    limit: int
    lines: list[str]
    """What each source yielded, and why not more."""


def scrape(
    folder: Path,
    name: str,
    config: SetConfig,
    *,
    limit: int | None = None,
    refresh: bool = False,
    would_fetch: Callable[[Media], None] | None = None,
    export_to: Path | None = None,
) -> Result:
    """Collect what the config of the set `name` asks for into `folder`, until the limit or the end.

    With `export_to` no picture is fetched: the addresses found are written there, for something larger to fetch.
    With `would_fetch` nothing is fetched but pages, and nothing written: it hears of each picture instead. Ctrl-C
    raises StoppedError.
    """
    contact = config.scrape.contact or os.environ.get("HOUSEGAN_CONTACT") or None
    settings = crawl_settings(config.scrape, contact=contact)
    guard = Guard(config.scrape.allow_private_hosts)
    if public := [url for url in first_asked(config.scrape) if contact is None and not guard.named(url)]:
        raise HouseganError(nobody_asks(host_of(public[0])))
    missing: list[str] = []
    sources = build(config.scrape, contact=contact, on_missing=missing.append)
    if not sources:
        raise HouseganError(
            " ".join(missing)
            or f"configs/sets/{name}.yaml names nothing to scrape: see docs/scraping.md, or bring pictures that you "
            f"have with `housegan import {name} FOLDER`."
        )
    with _catalog(folder, dry=would_fetch is not None) as catalog:
        if refresh:
            Frontier(catalog, [source.name for source in sources]).refresh()
        work = Scrape(
            catalog, sources, config.scrape, config.intake, limit=limit or config.scrape.target,
            say=lambda line: display.say(line), would_fetch=would_fetch, addresses_only=export_to is not None,
        )  # fmt: skip
        interrupted = False

        def interrupt() -> None:
            nonlocal interrupted
            interrupted = True
            work.stop()

        with Display(name, work) as display:
            for sentence in missing:
                display.say(sentence)
            if work.passed < work.limit:
                run(settings, guard, lambda engine: _shown(work, display, engine), has_contact=contact is not None,
                    on_interrupt=interrupt)  # fmt: skip
        if interrupted:
            raise StoppedError(
                f"Stopped with {work.passed:,} of {work.limit:,} pictures; they are kept. To go on: "
                f"housegan scrape {name}"
            )
        if export_to:
            return Result(work.passed, work.limit, [f"{export_urls(catalog, export_to):,} addresses: {export_to}"])
        lines = list(closing_lines(work.frontier.outcomes(), work.frontier.passed_by_source(), work.tallies))
    return Result(work.passed, work.limit, lines)


async def _shown(work: Scrape, display: Display, engine: "ExecutionEngine") -> None:
    async def look() -> None:
        while True:
            display.update()
            await asyncio.sleep(0.5)

    looking = asyncio.create_task(look())
    try:
        await work.run(engine)
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


@contextmanager
def _catalog(folder: Path, *, dry: bool) -> Iterator[Catalog]:
    """The set's catalog, for one scrape at a time; for a dry run a copy that is thrown away."""
    if dry:
        with tempfile.TemporaryDirectory() as scratch:
            for part in ("catalog.sqlite", "catalog.sqlite-wal"):
                if (folder / part).is_file():
                    shutil.copyfile(folder / part, Path(scratch) / part)
            with Catalog(Path(scratch)) as catalog:
                yield catalog
        return
    folder.mkdir(parents=True, exist_ok=True)
    taken = f"{folder} is being scraped by another command: wait for it, or end it."
    with alone(folder / LOCK, if_taken=taken), Catalog(folder) as catalog:
        yield catalog
