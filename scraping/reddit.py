"""Reddit by its Data API, with the user's own client: pages of listings and searches to posts, each once.

An ask is a page of a listing. Without a token at hand its request is the one for a token, and the reply to that says
that the page is to be asked for at once; so the token lives in memory alone, and asks survive it.
"""

import base64
import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from urllib.parse import parse_qsl, urlencode, urlsplit

from housegan import __version__
from housegan.config import RedditConfig
from housegan.errors import HouseganError
from scraping.backoff import Backoff, header_number, will_pass
from scraping.facts import array, mapping, number, text
from scraping.posts import fullname, objection, origin, pictures
from scraping.source import Ask, Found, Later, Reply, Skip, Wait

TERMS = (
    "Reddit's Data API terms forbid training models on posts without the permission of those who made them: "
    "collect only what you may use, and run `housegan purge --gone` when posts are deleted."
)
MAX_PAGES = 40
"""Of a listing; reddit ends them at about ten, of a hundred posts each."""
_RANGED = {"top", "controversial"}
_EARLY_S = 60
"""A token is renewed so long before its end."""
_FEW_REQUESTS = 10
"""With fewer left, requests are spread over the rest of the window."""


class RedditSource:
    """New, hot, rising, controversial and top posts of subreddits, and searches within them."""

    name = "reddit"
    obeys_robots = False

    def __init__(self, config: RedditConfig) -> None:
        self.config = config
        client_id = config.client_id or os.environ.get("HOUSEGAN_REDDIT_CLIENT_ID", "")
        secret = os.environ.get("HOUSEGAN_REDDIT_CLIENT_SECRET", "")
        username = config.username or os.environ.get("HOUSEGAN_REDDIT_USERNAME", "")
        if not (client_id and secret and username):
            raise HouseganError(
                "Reddit is asked with a client of your own: have one approved at https://www.reddit.com/prefs/apps and "
                "set HOUSEGAN_REDDIT_CLIENT_ID, HOUSEGAN_REDDIT_CLIENT_SECRET and HOUSEGAN_REDDIT_USERNAME; its terms "
                "forbid training on posts without the permission of those who made them."
            )
        if not all(part.isascii() and part.isprintable() for part in (client_id, secret, username)):
            raise HouseganError("Reddit's client id, secret and user name are letters, digits and signs: check them.")
        self._credentials = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self._agent = f"{platform.system().lower() or 'python'}:housegan:v{__version__} (by /u/{username})"
        self._token, self._token_ends = "", 0.0
        self._backoff = Backoff()
        self._renewed: set[str] = set()
        self._seen: set[str] = set()

    def begin(self) -> Iterable[Found]:
        """Ask for the first page of every listing and search."""
        ranged = [listing for listing in self.config.listings if listing in _RANGED]
        for subreddit in self.config.subreddits:
            for listing in self.config.listings:
                if listing not in _RANGED:
                    yield self._page(f"/r/{subreddit}/{listing}")
            for listing, within in product(ranged, self.config.ranges):
                yield self._page(f"/r/{subreddit}/{listing}", t=within)
            for words in self.config.searches:
                search = {"q": words, "restrict_sr": "1", "include_over_18": "on" if self.config.nsfw else "off"}
                yield self._page(f"/r/{subreddit}/search", **search, sort="new", t="all")
                for within in self.config.ranges:
                    yield self._page(f"/r/{subreddit}/search", **search, sort="top", t=within)

    def request(self, ask: Ask) -> tuple[str, str, Mapping[str, str], bytes]:
        """Return the request for a page, or for a token where none is at hand."""
        headers = {"User-Agent": self._agent, "Accept": "application/json"}
        if self._token and time.monotonic() < self._token_ends:
            return "GET", ask.url, headers | {"Authorization": f"bearer {self._token}"}, b""
        headers |= {
            "Authorization": f"Basic {self._credentials}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return "POST", self.config.token_url, headers, b"grant_type=client_credentials"

    def read(self, reply: Reply) -> Iterable[Found]:
        """Yield a page's pictures and the next page, or what to do about a refusal."""
        if urlsplit(reply.url).path == urlsplit(self.config.token_url).path:
            yield self._read_token(reply)
        elif reply.status == 401:
            yield self._renew(reply)
        elif will_pass(reply):
            yield self._backoff.again(reply, f"reddit answers {reply.status}")
        elif reply.status == 200 and reply.json() is None:
            yield self._backoff.again(reply, "reddit answers with no JSON")
        else:
            self._backoff.forget(reply)
            self._renewed.discard(reply.ask.key)
            yield from self._read_page(reply)

    def pause_s(self, reply: Reply) -> float:
        """Seconds until the window of requests ends where it is used up, and a share of them where it nearly is."""
        left = header_number(reply.headers.get("x-ratelimit-remaining"))
        reset_s = header_number(reply.headers.get("x-ratelimit-reset"))
        if left is None or reset_s is None or left >= _FEW_REQUESTS:
            return 0.0
        return min(600.0, max(0.0, reset_s) / max(1.0, left))

    def _read_token(self, reply: Reply) -> Wait | Later:
        answer = mapping(reply.json())
        token = answer.get("access_token")
        if reply.status == 200 and isinstance(token, str) and token.isascii() and token.isprintable() and token:
            self._backoff.forget(reply)
            lasts_s = number(answer.get("expires_in")) or 3_600
            self._token, self._token_ends = token, time.monotonic() + max(2 * _EARLY_S, lasts_s) - _EARLY_S
            return Wait(0, "token received")
        if will_pass(reply):
            return self._backoff.again(reply, f"reddit's token endpoint answers {reply.status}")
        what = text(answer.get("error"), limit=40) or str(reply.status)
        return Later(f"reddit refuses the client ({what}): check its id and secret", whole_source=True)

    def _renew(self, reply: Reply) -> Wait | Later:
        self._token = ""
        if reply.ask.key in self._renewed:
            return Later("reddit refuses its own new token", whole_source=True)
        self._renewed.add(reply.ask.key)
        return Wait(0, "token renewed")

    def _read_page(self, reply: Reply) -> Iterator[Found]:
        answer = mapping(reply.json())
        if reply.status != 200:
            why = text(answer.get("reason"), limit=40)
            if reply.status == 403 and not why:
                yield Later("reddit answers 403", whole_source=True)
            else:
                yield Skip(f"subreddit {why}" if why else f"page answers {reply.status}")
            return
        listing = mapping(answer.get("data"))
        children = listing.get("children")
        if answer.get("kind") != "Listing" or not isinstance(children, list):
            yield Skip("unreadable page")
            return
        for child in map(mapping, array(children)):
            yield from self._read_post(mapping(child.get("data")))
        yield from self._next_page(reply.ask, fullname({"name": listing.get("after")}))

    def _read_post(self, post: Mapping[str, object]) -> Iterator[Found]:
        name, shown = fullname(post), origin(post)
        if not name:
            yield Skip("not a post")
            return
        if name in self._seen or fullname(shown) in self._seen:
            return
        self._seen.add(name)
        if why := objection(post, self.config):
            yield Skip(why)
            return
        self._seen.add(fullname(shown))
        yield from pictures(shown, link_previews=self.config.link_previews)

    def _next_page(self, ask: Ask, after: str) -> Iterator[Ask]:
        parts = urlsplit(ask.url)
        query = dict(parse_qsl(parts.query))
        page = (number(ask.about.get("page")) or 1) + 1
        if after and after != query.get("after") and page <= MAX_PAGES:
            yield Ask(parts._replace(query=urlencode(query | {"after": after})).geturl(), {"page": int(page)})

    def _page(self, path: str, **query: str) -> Ask:
        return Ask(f"{self.config.api_url.rstrip('/')}{path}?{urlencode({'limit': 100, 'raw_json': 1} | query)}")
