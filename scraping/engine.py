"""The scrape itself: one loop that takes addresses from the frontier, asks or fetches each, and writes down what came.

Everything that must survive is in the catalog; what is here may be lost at any moment.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from housegan.catalog import Catalog
from housegan.catalog.frontier import Address, Frontier, Kind, Waiting
from housegan.config import IntakeConfig, ScrapeConfig
from housegan.errors import HouseganError, UnreadablePictureError
from housegan.pictures import PictureFacts, inspect
from housegan.workers import Workers
from scraping.courtesy import RefusedError
from scraping.fetch import FailedError, fetch, fetch_picture, raise_if_busy
from scraping.intake import Find
from scraping.safety import host_of
from scraping.source import Ask, Found, Later, Media, Reply, Skip, Source, Wait
from scraping.tally import Tally

if TYPE_CHECKING:
    from scrapy.core.engine import ExecutionEngine

MAX_UNDER_WAY = 32
MAX_TRIES_A_RUN = 3
MAX_TRIES = 9
"""After three runs of three tries an address is given up."""
MAX_WAITS = 50
"""How often one ask may be told to wait; sources give up long before."""
MAX_FAILURES_IN_A_ROW = 5
"""Of one host, before the rest of it is left to another run."""
MAX_FAILURES = 60
"""In a row, of all hosts: then it is our network."""
MAX_PAUSE_S = 900
"""A run doesn't wait longer than this when nothing else is to be done."""
STOCK = 200
"""Media that wait of one source, beyond those that the target needs, before it is asked for more."""
_BATCH = 500


class Scrape:
    """One run over all sources. `stop()` ends it in order."""

    def __init__(
        self,
        catalog: Catalog,
        sources: Sequence[Source],
        config: ScrapeConfig,
        intake: IntakeConfig,
        *,
        limit: int,
        say: Callable[[str], None],
        would_fetch: Callable[[Media], None] | None = None,
        addresses_only: bool = False,
    ) -> None:
        self.addresses_only = addresses_only
        self.catalog, self.config, self.intake, self.limit = catalog, config, intake, limit
        self.say, self.would_fetch = say, would_fetch
        self.sources = {source.name: source for source in sources}
        self.frontier = Frontier(catalog, list(self.sources))
        self.frontier.reopen()
        self.passed = self.frontier.passed()
        self.tallies = {name: Tally() for name in self.sources}
        for name, count in self.frontier.passed_by_source().items():
            self.tallies[name].kept = count
        for outcome in self.frontier.outcomes():
            if outcome.kind == "media" and outcome.state == "waiting":
                self.tallies[outcome.source].waiting = outcome.count
        self.free_at = self.frontier.pauses(time.time())
        """Until when hosts are left alone, in seconds since the epoch."""
        self.stopping = False
        self._streams = {name: iter(source.begin()) for name, source in self.sources.items()}
        self._asked_enough: set[str] = set()
        self._loading: Counter[str] = Counter()
        self._under_way: dict[int, tuple[Waiting, asyncio.Task[None]]] = {}
        self._failures: Counter[str] = Counter()
        self._failures_in_a_row = 0
        self._last_host = ""
        self._news = asyncio.Event()

    def stop(self) -> None:
        """Begin nothing more, and drop what is under way: it is asked again another time."""
        self.stopping = True
        self._news.set()

    async def run(self, engine: "ExecutionEngine") -> None:
        """Go on until the limit is reached, or nothing is left that can be asked now."""
        self._engine = engine
        look = partial(inspect, max_megapixels=self.intake.max_megapixels)
        with Workers(
            look, time_limit_s=self.intake.time_limit_s, memory_limit_mb=self.intake.memory_limit_mb
        ) as self._workers:
            try:
                while not self.stopping and self.passed < self.limit:
                    self._news.clear()
                    self._refill()
                    self._begin_what_may()
                    if not self._under_way and self._nothing_comes():
                        break
                    await self._something_new()
            finally:
                tasks = [task for _, task in self._under_way.values()]
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    # What is done next

    def _refill(self) -> None:
        """Take from the sources' lists what they begin with, no more than is needed soon."""
        for name, stream in list(self._streams.items()):
            while self.tallies[name].waiting < (self.limit if self.addresses_only else STOCK):
                try:
                    batch = list(islice(stream, _BATCH))
                except HouseganError as error:
                    self.say(str(error))
                    batch = []
                self._count_found(name, self.frontier.add(name, self._addresses(name, batch)))
                if len(batch) < _BATCH:
                    del self._streams[name]
                    break

    def _begin_what_may(self) -> None:
        """Begin with one address after another, as long as a host is free and something may be asked of it."""
        now = time.time()
        first = None
        from_the_top = not self._last_host
        while len(self._under_way) < MAX_UNDER_WAY:
            host = self.frontier.next_host(self._last_host)
            if host is None and not from_the_top:
                from_the_top = True  # of the alphabet
                self._last_host = ""
                continue
            if host is None or host == first:
                return
            first = first or host
            self._last_host = host
            if self.free_at.get(host, 0) > now:
                continue
            while self._loading[host] < self.config.requests_a_host and len(self._under_way) < MAX_UNDER_WAY:
                row = self.frontier.next_row(host, self._wanted(), but=list(self._under_way))
                if row is None:
                    break
                self._begin(row)

    def _wanted(self) -> Iterator[tuple[str, Kind]]:
        fetching = sum(row.kind == "media" for row, _ in self._under_way.values())
        needed = self.limit - self.passed
        for name, tally in self.tallies.items():
            if fetching < needed and not self.addresses_only:
                yield name, "media"
            if tally.waiting < STOCK + needed and name not in self._asked_enough:
                yield name, "ask"

    def _begin(self, row: Waiting) -> None:
        self._loading[row.host] += 1
        task = asyncio.create_task(self._ask(row) if row.kind == "ask" else self._media(row))
        self._under_way[row.id] = row, task
        task.add_done_callback(lambda _: self._news.set())

    def _nothing_comes(self) -> bool:
        """Whether there is nothing that could be asked before long; says until when hosts want to be left alone."""
        later = [at for at in self.free_at.values() if at > time.time()]
        if self.frontier.next_host("") is None:
            return True
        if later and min(later) - time.time() <= MAX_PAUSE_S:
            return False
        if later:
            at = time.strftime("%Y-%m-%d %H:%M", time.localtime(min(later)))
            self.say(f"The hosts that are left want to be asked no more before {at}.")
        return True

    async def _something_new(self) -> None:
        """Wait until a task has ended or a host is free again, and hear what tasks have raised."""
        now = time.time()
        self.free_at = {host: at for host, at in self.free_at.items() if at > now}
        wait_s = min([1.0, *(at - now for at in self.free_at.values())])
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), timeout=max(wait_s, 0.01))
        for number, (_, task) in list(self._under_way.items()):
            if task.done():
                del self._under_way[number]
                task.result()

    def _loaded(self, host: str) -> None:
        """Let another request to the host begin, while what came is looked at."""
        self._loading[host] -= 1
        if not self._loading[host]:
            del self._loading[host]
        self._news.set()

    # What is done with one address

    async def _ask(self, row: Waiting) -> None:
        source = self.sources[row.source]
        values = json.loads(row.payload)
        ask = Ask(values["url"], values["about"])
        try:
            method, url, headers, body = source.request(ask)
            answer = await fetch(
                self._engine, url, max_mb=self.config.page_limit_mb, method=method, headers=headers, body=body,
                obey_robots=source.obeys_robots,
            )  # fmt: skip
            if source.obeys_robots:  # an interface's own source knows better what its refusals mean
                raise_if_busy(answer)
        except RefusedError as refusal:
            self._refuse(row, str(refusal))
        except FailedError as failure:
            self._failed(row, failure)
        else:
            self._reached(row.host)
            self._read(row, source, Reply(ask, answer.url, answer.status, answer.headers, answer.body))
        finally:
            self._loaded(row.host)

    def _read(self, row: Waiting, source: Source, reply: Reply) -> None:
        try:
            found = list(source.read(reply))
            pause_s = source.pause_s(reply)
        except HouseganError:
            raise
        except Exception as error:  # a stranger's answer may have any shape
            self._refuse(row, f"an answer that can't be read ({type(error).__name__})")
            return
        waits = [one for one in found if isinstance(one, Wait)]
        laters = [one for one in found if isinstance(one, Later)]
        addresses = list(self._addresses(row.source, found))
        pause_s = max([pause_s, *(wait.seconds for wait in waits)])
        if pause_s > 0:
            self.free_at[row.host] = time.time() + pause_s
        if laters or row.tries >= MAX_WAITS:
            self._count_found(row.source, self.frontier.add(row.source, addresses))
            self.frontier.put_off(row, laters[0].reason if laters else "told to wait too often", until=None)
        elif not found and reply.status >= 400:
            self._refuse(row, f"status {reply.status}")
        else:
            until = time.time() + waits[0].seconds if waits else None
            self._count_found(row.source, self.frontier.answered(row, addresses, wait_until=until))
        for later in laters:
            if later.whole_source and row.source not in self._asked_enough:
                self._asked_enough.add(row.source)
                self.say(f"{row.source}: {later.reason}; it is asked no more in this run.")

    async def _media(self, row: Waiting) -> None:
        media = Media.from_json(row.payload)
        if self.would_fetch:
            self.would_fetch(media)
            self.passed += 1
            self.tallies[row.source].waiting -= 1
            self.frontier.refuse(row, "a dry run")
            self._loaded(row.host)
            return
        try:
            data = await self._first_picture(row, media)
        except RefusedError as refusal:
            self._refuse(row, str(refusal))
        except FailedError as failure:
            self._failed(row, failure)
        else:
            self._keep(row, *data, media)

    async def _first_picture(self, row: Waiting, media: Media) -> tuple[Find, PictureFacts | None]:
        """Fetch from the first address that gives a picture, or raise what was wrong with the first of all."""
        first: RefusedError | None = None
        loading = True
        try:
            for url in media.urls or (media.sighting.media_url,):
                try:
                    data = await fetch_picture(self._engine, url, max_mb=self.intake.max_file_mb)
                    self._reached(row.host)
                    if loading:
                        loading = False
                        self._loaded(row.host)
                    find = Find(url, data, media.sighting)
                    return find, await self._facts(find, data)
                except RefusedError as refusal:
                    first = first or refusal
        finally:
            if loading:
                self._loaded(row.host)
        assert first
        raise first

    async def _facts(self, find: Find, data: bytes) -> PictureFacts | None:
        """Look at the bytes in a worker and keep them; None where the catalog has them."""
        if self.catalog.knows(find.sha256):
            return None
        facts = await asyncio.wrap_future(self._workers.submit(data))
        if isinstance(facts, UnreadablePictureError):
            raise RefusedError(str(facts).partition(":")[0])
        await asyncio.to_thread(self.catalog.keep_bytes, find.sha256, facts.format, data)
        return facts

    def _keep(self, row: Waiting, find: Find, facts: PictureFacts | None, media: Media) -> None:
        assert isinstance(find.data, bytes)
        tally = self.tallies[row.source]
        tally.waiting -= 1
        if self.frontier.kept(row, find.sha256, len(find.data), facts, media.sighting):
            self.passed += 1
            tally.kept += 1
        else:
            tally.seen += 1

    # What went wrong

    def _refuse(self, row: Waiting, reason: str) -> None:
        self.frontier.refuse(row, reason)
        self.tallies[row.source].refused[reason] += 1
        if row.kind == "media":
            self.tallies[row.source].waiting -= 1

    def _failed(self, row: Waiting, failure: FailedError) -> None:
        """Try again after a pause, in another run, or never."""
        tries = row.tries + 1
        self._failures_in_a_row += 1
        self._failures[row.host] += 1
        pause_s = failure.pause_s
        if pause_s is None:
            pause_s = max(self.config.delay_s, 0.05) * 4 ** ((tries - 1) % MAX_TRIES_A_RUN)
        self.free_at[row.host] = time.time() + pause_s
        if tries >= MAX_TRIES or (failure.for_good and tries >= MAX_TRIES_A_RUN):
            self._refuse(row, failure.reason)
        elif tries % MAX_TRIES_A_RUN == 0:
            self.frontier.put_off(row, failure.reason, until=None)
            self.tallies[row.source].refused[f"{failure.reason}, tried again next time"] += 1
        else:
            self.frontier.put_off(row, failure.reason, until=time.time() + pause_s)
        if failure.reached:
            self._reached(row.host)
        if self._failures[row.host] >= MAX_FAILURES_IN_A_ROW:
            self.frontier.put_off_host(row.host, failure.reason)
            self.say(
                f"{row.host}: {failure.reason} {MAX_FAILURES_IN_A_ROW} times in a row; the rest waits for next time."
            )
            self._reached(row.host)
        if self._failures_in_a_row >= MAX_FAILURES:
            self.say("Nothing can be reached any more: is the network up?")
            self.stop()

    def _reached(self, host: str) -> None:
        self._failures.pop(host, None)
        self._failures_in_a_row = 0

    # What sources find

    def _addresses(self, name: str, found: Iterable[Found]) -> Iterator[Address]:
        for one in found:
            if isinstance(one, Ask):
                payload = json.dumps({"url": one.url, "about": one.about})
                yield Address("ask", one.key, host_of(one.url), payload)
            elif isinstance(one, Media):
                yield Address("media", one.key, host_of((*one.urls, one.key)[0]), one.to_json())
            elif isinstance(one, Skip):
                self.tallies[name].skipped[one.reason] += 1

    def _count_found(self, name: str, media: int) -> None:
        self.tallies[name].found += media
        self.tallies[name].waiting += media
