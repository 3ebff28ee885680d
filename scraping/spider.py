"""The glue to Scrapy: one spider that does nothing by itself, and a way to run it more than once a process.

Requests go through Scrapy's downloader alone (`engine.download_async`, as its own media pipelines do): its queues a
host, delays, AutoThrottle, redirects, compression and limits. Scheduler, duplicate filter and item pipelines stay
unused, because the frontier on disk is all of them: an address is there once, and is done with in one transaction with
what it brought. A MediaPipeline would keep requests in memory that the frontier has on disk, and try them by itself.
"""

import asyncio
import logging
import signal
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from scrapy import Spider
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.utils.reactor import install_reactor, is_reactor_installed

from scraping.safety import CheckedResolver, Guard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.core.engine import ExecutionEngine

Crawl = Callable[["ExecutionEngine"], Awaitable[None]]


class HouseganSpider(Spider):
    """Runs one function while Scrapy's engine is open."""

    name = "housegan"

    def __init__(self, *, guard: Guard, has_contact: bool, crawl: Crawl) -> None:
        super().__init__()
        self.guard, self.has_contact, self.crawl = guard, has_contact, crawl
        self.error: BaseException | None = None

    async def start(self) -> AsyncIterator[Any]:
        """Do all the work; what it raises is for who started it, not for Scrapy's log."""
        assert self.crawler.engine
        try:
            await self.crawl(self.crawler.engine)
        except Exception as error:
            self.error = error
        requests: list[Any] = []
        for request in requests:
            yield request


def run(
    settings: dict[str, Any], guard: Guard, crawl: Crawl, *, has_contact: bool, on_interrupt: Callable[[], None]
) -> None:
    """Call `crawl` with an open engine, and return when both have ended; Ctrl-C calls `on_interrupt`."""
    for name in ("scrapy", "twisted", "protego", "asyncio"):
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    loop = _loop(settings["TWISTED_REACTOR"])
    from twisted.internet import reactor

    runner = AsyncCrawlerRunner(settings)
    crawler = runner.create_crawler(HouseganSpider)
    resolver = reactor.nameResolver
    reactor.installNameResolver(CheckedResolver(resolver, guard))
    try:
        with _interrupted_by(on_interrupt, loop):
            loop.run_until_complete(runner.crawl(crawler, guard=guard, has_contact=has_contact, crawl=crawl))
    finally:
        reactor.installNameResolver(resolver)
        if reactor.threadpool:
            reactor._stopThreadPool()  # its threads would keep the process alive
    assert isinstance(crawler.spider, HouseganSpider)
    if crawler.spider.error:
        raise crawler.spider.error


def _loop(reactor_path: str) -> asyncio.AbstractEventLoop:
    """The one event loop of the process. Twisted's reactor can be run once, but its loop can be, again and again."""
    if not is_reactor_installed():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            install_reactor(reactor_path)
        from twisted.internet import reactor

        reactor.startRunning(installSignalHandlers=False)
    from twisted.internet import reactor

    loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop
    asyncio.set_event_loop(loop)
    return loop


@contextmanager
def _interrupted_by(on_interrupt: Callable[[], None], loop: asyncio.AbstractEventLoop) -> "Iterator[None]":
    """Have Ctrl-C and a polite kill end the work in order, the second one at once."""
    before: dict[signal.Signals, Any] = {}

    def interrupt(number: int, _: object) -> None:
        signal.signal(number, before[signal.Signals(number)])
        loop.call_soon_threadsafe(on_interrupt)

    with suppress(ValueError):  # not the main thread: nobody can interrupt us there
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
