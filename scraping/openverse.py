"""Openverse by its API, anonymous or with a token: searches to openly licensed pictures."""

import os
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlencode

from housegan.catalog import Sighting
from housegan.config import OpenverseConfig
from housegan.errors import HouseganError
from scraping.backoff import Backoff, header_number, will_pass
from scraping.facts import mapping, number, pixels, text, web_address
from scraping.licences import licence_address, licence_name
from scraping.source import Ask, Found, Later, Media, Reply, Skip

PAGE_SIZE = 20
"""The most that anonymous requests may ask for."""
MAX_DEPTH = 240
"""Results that can be reached for one search, token or not."""
_LIMIT = "x-ratelimit-limit-"
_AVAILABLE = "x-ratelimit-available-"
_WINDOWS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LONGEST_PAUSE_S = 3_600
"""A day's quota is not waited for: the refusal that comes when it is used up ends the source for this run."""
_THUMBNAILS = "thumbnail"


class OpenverseSource:
    """Searches of openly licensed pictures, each to the depth that Openverse allows."""

    name = "openverse"
    obeys_robots = False

    def __init__(self, config: OpenverseConfig) -> None:
        self.config = config
        self._token = os.environ.get("HOUSEGAN_OPENVERSE_TOKEN", "").strip()
        if not (self._token.isascii() and (self._token.isprintable())):
            raise HouseganError("HOUSEGAN_OPENVERSE_TOKEN holds signs that no token has: set it anew, or unset it.")
        self._backoff = Backoff()
        self._seen: set[str] = set()

    def begin(self) -> Iterable[Found]:
        """Ask for the first page of every search."""
        return (self._page(words, 1) for words in self.config.searches)

    def request(self, ask: Ask) -> tuple[str, str, Mapping[str, str], bytes]:
        """Return the request for a page, with the token where there is one."""
        headers = {"Accept": "application/json"}
        return "GET", ask.url, headers | ({"Authorization": f"Bearer {self._token}"} if self._token else {}), b""

    def read(self, reply: Reply) -> Iterable[Found]:
        """Yield a page's pictures and the next page, or what to do about a refusal."""
        if reply.status == 429 and self._is_spent(reply):
            yield Later("openverse's quota for today is used up", whole_source=True)
        elif will_pass(reply):
            yield self._backoff.again(reply, f"openverse answers {reply.status}")
        elif reply.status in {401, 403}:
            hint = "HOUSEGAN_OPENVERSE_TOKEN is wrong or has ended" if self._token else "it wants a token"
            yield Later(f"openverse answers {reply.status}: {hint}", whole_source=True)
        elif reply.status == 200 and reply.json() is None:
            yield self._backoff.again(reply, "openverse answers with no JSON")
        else:
            self._backoff.forget(reply)
            yield from self._read_page(reply)

    def pause_s(self, reply: Reply) -> float:
        """Seconds until a window of requests has room again, and a fair share of it once half of it is used."""
        return max((_pause_s(rate, left) for rate, left in _windows(reply)), default=0.0)

    def _is_spent(self, reply: Reply) -> bool:
        return any(left < 1 and rate[1] > _LONGEST_PAUSE_S for rate, left in _windows(reply))

    def _read_page(self, reply: Reply) -> Iterator[Found]:
        answer = mapping(reply.json())
        results = answer.get("results")
        if reply.status != 200 or not isinstance(results, list):
            yield Skip("unreadable page" if reply.status == 200 else f"page answers {reply.status}")
            return
        page, words = int(number(reply.ask.about.get("page")) or 1), text(reply.ask.about.get("search"))
        if not results and page == 1:
            yield Skip(f"nothing found for {words[:60]}")
        for result in map(mapping, results):
            yield from self._read_result(result)
        if results and page < (number(answer.get("page_count")) or 0) and page * PAGE_SIZE < MAX_DEPTH:
            yield self._page(words, page + 1)

    def _read_result(self, result: Mapping[str, object]) -> Iterator[Media | Skip]:
        url = web_address(result.get("url"))
        code = text(result.get("license"), limit=40).lower()
        sides = pixels(result.get("width")), pixels(result.get("height"))
        if url and url in self._seen:
            return
        self._seen.add(url)
        if not url:
            yield Skip("no address")
        elif code not in self.config.licences:
            yield Skip("licence not wanted")
        elif result.get("mature"):
            yield Skip("nsfw")
        elif all(sides) and min(sides) < self.config.min_side_px:
            yield Skip("too small")
        else:
            yield Media(_urls(url, web_address(result.get("thumbnail"))), _sighting(result, url, code))

    def _page(self, words: str, page: int) -> Ask:
        query = {
            "q": words,
            "license": ",".join(self.config.licences),
            "page_size": PAGE_SIZE,
            "page": page,
        }
        return Ask(f"{self.config.api_url}?{urlencode(query)}", {"search": words, "page": page})


def _urls(url: str, thumbnail: str) -> tuple[str, ...]:
    return (url, thumbnail) if thumbnail and thumbnail != url else (url,)


def _sighting(result: Mapping[str, object], url: str, code: str) -> Sighting:
    version = text(result.get("license_version"), limit=20)
    return Sighting(
        "openverse",
        url,
        post=text(result.get("id"), limit=60),
        page_url=web_address(result.get("foreign_landing_url")),
        title=text(result.get("title")),
        author=text(result.get("creator")),
        licence=licence_name(code, version),
        licence_url=web_address(result.get("license_url")) or licence_address(code, version),
    )


def _windows(reply: Reply) -> Iterator[tuple[tuple[float, float], float]]:
    """Yield requests and seconds of each limit that the headers tell, and the requests left.

    As in X-RateLimit-Limit-anon_burst: 20/min and X-RateLimit-Available-anon_burst: 19.
    """
    for header, rate in reply.headers.items():
        scope = header.removeprefix(_LIMIT)
        if scope == header or _THUMBNAILS in scope:
            continue
        requests, _, period = rate.strip().partition("/")
        limit, window_s = header_number(requests), _WINDOWS_S.get(period[:1].lower())
        left = header_number(reply.headers.get(f"{_AVAILABLE}{scope}"))
        if limit and limit > 0 and window_s and left is not None:
            yield (limit, window_s), left


def _pause_s(rate: tuple[float, float], left: float) -> float:
    limit, window_s = rate
    if window_s > _LONGEST_PAUSE_S:
        return 0.0
    if left < 1:
        return window_s
    return window_s / limit if left < limit / 2 else 0.0
