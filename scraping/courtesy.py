"""Scrapy's downloader middlewares of ours: who may be asked, and what a site's robots.txt says about it."""

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from housegan.errors import HouseganError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from scraping.spider import HouseganSpider

AGENT = "housegan"
"""What robots.txt and X-Robots-Tag may call us."""
MAX_ROBOTS_BYTES = 512_000
MAX_HOSTS = 1_000
"""Hosts whose robots.txt is remembered; asked again beyond that."""
_UNWANTED = {"noai", "noimageai", "noindex", "none"}
_KEYED = {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}


class RefusedError(IgnoreRequest):
    """An address that is not to be asked, or whose answer is not taken; the message is the reason in a few words."""


class LaterError(IgnoreRequest):
    """An address that can't be asked now; the message is the reason in a few words."""


class Doorkeeper:
    """Lets only addresses through that may be asked; redirects pass here too."""

    def __init__(self, crawler: "Crawler") -> None:
        self.spider = cast("HouseganSpider", crawler.spider)

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Build it, as Scrapy does."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise RefusedError for what may not be asked, and HouseganError where nobody has said who asks."""
        if complaint := self.spider.guard.complaint(request.url):
            raise RefusedError(complaint)
        if not self.spider.has_contact and not self.spider.guard.named(request.url):
            raise HouseganError(nobody_asks(urlsplit(request.url).hostname or ""))

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Tell a name that leads into a private network apart from one that leads nowhere."""
        host = (urlsplit(request.url).hostname or "").lower()
        if isinstance(exception, CannotResolveHostError) and host in self.spider.guard.resolved_to_private:
            self.spider.guard.resolved_to_private.discard(host)
            raise RefusedError("private address")


class Robots:
    """Obey robots.txt as RFC 9309 says, and its Crawl-delay; rules of a few hosts are kept, the oldest go first."""

    def __init__(self, crawler: "Crawler") -> None:
        self.crawler = crawler
        self._rules: OrderedDict[str, asyncio.Task[Protego | None]] = OrderedDict()

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Build it, as Scrapy does."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise RefusedError where the site doesn't want to be asked, LaterError where it doesn't say."""
        if request.meta.get("dont_obey_robotstxt"):
            return
        parts = urlsplit(request.url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._rules:
            self._rules[site] = asyncio.create_task(self._fetched(site))
            if len(self._rules) > MAX_HOSTS:
                self._rules.popitem(last=False)
        rules = await asyncio.shield(self._rules[site])
        if rules is None:
            self._rules.pop(site, None)
            raise LaterError("robots.txt can't be read")
        if not rules.can_fetch(request.url, AGENT):
            raise RefusedError("robots.txt forbids it")
        self._slow_down(parts.hostname or "", rules.crawl_delay(AGENT))

    async def _fetched(self, site: str) -> Protego | None:
        """Fetch the rules of a site; None where it can't be asked: then nothing may be."""
        request = Request(
            f"{site}/robots.txt",
            callback=NO_CALLBACK,
            headers={"Accept": "text/plain"},
            meta={"dont_obey_robotstxt": True, "download_maxsize": MAX_ROBOTS_BYTES},
        )
        assert self.crawler.engine
        try:
            response = await self.crawler.engine.download_async(request)
        except (RefusedError, HouseganError):
            raise
        except Exception:
            return None
        if response.status >= 500 or response.status == 429:
            return None
        body = response.body if 200 <= response.status < 300 else b""  # no robots.txt forbids nothing
        return Protego.parse(body.decode("utf-8", errors="replace"))

    def _slow_down(self, host: str, delay_s: float | None) -> None:
        assert self.crawler.engine
        slot = self.crawler.engine.downloader.slots.get(host)
        if slot and delay_s:
            slot.delay = max(slot.delay, min(delay_s, 600))


def nobody_asks(host: str) -> str:
    """What is missing before a public host may be asked."""
    return (
        f"Sites want to know who asks: before {host} is asked anything give an e-mail or web address of yours with "
        "--set scrape.contact=me@example.org, in the set's YAML or as HOUSEGAN_CONTACT."
    )


def unwanted_use(header: str) -> str | None:
    """What an X-Robots-Tag forbids of that which we do; None where it forbids nothing."""
    agent = ""
    for word in header.lower().split(","):
        name, colon, rest = word.partition(":")
        if colon and name.strip() not in _KEYED:
            agent, word = name.strip(), rest
        if agent in ("", "*", AGENT) and word.strip() in _UNWANTED:
            return word.strip()
    return None
