"""Wikimedia Commons by its API: categories with their subcategories, and searches, to freely licensed files."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from housegan import __version__
from housegan.catalog import Sighting
from housegan.config import WikimediaConfig
from housegan.errors import HouseganError
from scraping.backoff import Backoff, will_pass
from scraping.facts import array, mapping, number, pixels, plain_text, text, web_address
from scraping.source import Ask, Found, Later, Media, Reply, Skip

MIMES = {"image/jpeg", "image/png", "image/webp", "image/gif"}
PAGE_SIZE = 50
MAX_LAG_S = 5
"""Requests are refused while the databases lag more: scripts make room for people."""
_FILE, _CATEGORY = 6, 14
"""Namespaces."""
_FACTS = "ObjectName|Artist|LicenseShortName|LicenseUrl"
_PASSING = ("maxlag", "ratelimited", "readonly", "internal_api_error", "search-backend", "cirrussearch-backend")
"""Beginnings of error codes that end by themselves."""
_MAX_CONTINUE = 2_000


class WikimediaSource:
    """Files of categories, to a depth, and of searches."""

    name = "wikimedia"
    obeys_robots = False

    def __init__(self, config: WikimediaConfig, *, contact: str | None) -> None:
        self.config = config
        contact = (contact or "").strip()
        if not (contact and contact.isascii() and contact.isprintable() and not set(contact) & set("()")):
            raise HouseganError(
                "Wikimedia asks for a way to reach you: give an e-mail or web address of yours as "
                "`--set scrape.contact=…` or in HOUSEGAN_CONTACT."
            )
        self._agent = f"housegan/{__version__} ({contact})"
        self._backoff = Backoff()
        self._seen: set[str] = set()
        self._entered: dict[str, int] = {}

    def begin(self) -> Iterable[Found]:
        """Ask for the first page of every category and search."""
        for category in self.config.categories:
            yield from self._enter(category, self.config.depth)
        for words in self.config.searches:
            yield self._ask({"search": words})

    def request(self, ask: Ask) -> tuple[str, str, Mapping[str, str], bytes]:
        """Return the request for a page, with the contact."""
        return "GET", ask.url, {"User-Agent": self._agent, "Accept": "application/json"}, b""

    def read(self, reply: Reply) -> Iterable[Found]:
        """Yield a page's files, its subcategories and its continuation, or what to do about a refusal."""
        answer = mapping(reply.json())
        code = text(mapping(answer.get("error")).get("code"), limit=60)
        if will_pass(reply) or code.startswith(_PASSING):
            yield self._backoff.again(reply, f"wikimedia answers {code or reply.status}")
        elif reply.status in {401, 403}:
            yield Later(f"wikimedia answers {reply.status}: is the contact a true one?", whole_source=True)
        elif reply.status == 200 and reply.json() is None:
            yield self._backoff.again(reply, "wikimedia answers with no JSON")
        else:
            self._backoff.forget(reply)
            if reply.status == 200 and not code:
                yield from self._read_page(reply.ask, answer)
            else:
                yield Skip(f"page answers {code or reply.status}")

    def pause_s(self, reply: Reply) -> float:
        """Return 0: Wikimedia tells no quota; it wants calls one after the other and Retry-After obeyed."""
        return 0.0

    def _read_page(self, ask: Ask, answer: Mapping[str, Any]) -> Iterator[Found]:
        query = answer.get("query", {})  # absent where nothing was found
        pages = mapping(query).get("pages", [])
        entries = list(pages.values()) if isinstance(pages, dict) else array(pages)
        if not isinstance(query, dict) or not isinstance(pages, dict | list):
            yield Skip("unreadable page")
            return
        whole = "batchcomplete" in answer and "continue" not in ask.about
        if whole and not entries and ask.about.get("depth", self.config.depth) == self.config.depth:
            yield Skip(f"nothing found for {text(ask.about.get('search') or ask.about.get('category'), limit=60)}")
        for entry in map(mapping, entries):
            if entry.get("ns") == _CATEGORY:
                depth = number(ask.about.get("depth")) or 0
                name = text(entry.get("title")).partition(":")[2]
                if depth >= 1 and name:
                    yield from self._enter(name, int(depth) - 1)
            else:
                yield from self._read_file(entry, whole=whole)
        following = _continuation(answer.get("continue"))
        if following and following != ask.about.get("continue"):
            yield self._ask({**ask.about, "continue": following})

    def _read_file(self, entry: Mapping[str, Any], *, whole: bool) -> Iterator[Media | Skip]:
        """Yield a file once. In a batch that comes in parts, facts may come with another part."""
        info = mapping(next(iter(array(entry.get("imageinfo"))), None))
        url = web_address(info.get("url"))
        if not info:
            if whole or "missing" in entry:
                yield Skip("no file")
        elif url and url in self._seen:
            return
        elif why := self._objection(info, url):
            yield Skip(why)
        else:
            yield Media(self._urls(info, url), _sighting(entry, info, url))
        if url:
            self._seen.add(url)

    def _objection(self, info: Mapping[str, Any], url: str) -> str:
        if not url:
            return "no address"
        mime = text(info.get("mime")).lower()
        if mime not in MIMES:
            return "not JPEG, PNG, WebP or GIF"
        sides = pixels(info.get("width")), pixels(info.get("height"))
        return "too small" if all(sides) and min(sides) < self.config.min_side_px else ""

    def _urls(self, info: Mapping[str, Any], url: str) -> tuple[str, ...]:
        """The preview of a wide file first, unless it is too low, as a panorama's; then the file."""
        preview = web_address(info.get("thumburl"))
        height = pixels(info.get("thumbheight")) or self.config.min_side_px
        wide = pixels(info.get("width")) > self.config.width_px
        return (preview, url) if preview and wide and height >= self.config.min_side_px else (url,)

    def _enter(self, category: str, depth: int) -> Iterator[Ask]:
        """Ask for a category unless that was done to this depth; categories may hold each other."""
        category = category.removeprefix("Category:").replace("_", " ")
        if self._entered.get(category, -1) < depth:
            self._entered[category] = depth
            yield self._ask({"category": category, "depth": depth})

    def _ask(self, about: Mapping[str, Any]) -> Ask:
        """Build the request anew from what is asked, so that a continuation replaces the one before."""
        if "category" in about:
            generator = {
                "generator": "categorymembers",
                "gcmtitle": f"Category:{about['category']}",
                "gcmtype": "file|subcat" if about.get("depth") else "file",
                "gcmlimit": PAGE_SIZE,
            }
        else:
            words = str(about["search"])
            generator = {
                "generator": "search",
                "gsrsearch": words if "filetype:" in words else f"{words} filetype:bitmap",
                "gsrnamespace": _FILE,
                "gsrlimit": PAGE_SIZE,
            }
        query = {
            "action": "query",
            "format": "json",
            "formatversion": 2,
            "maxlag": MAX_LAG_S,
            "prop": "imageinfo",
            "iiprop": "url|size|mime|sha1|user|extmetadata",
            "iiextmetadatafilter": _FACTS,
            "iiextmetadatalanguage": "en",
            "iiurlwidth": self.config.width_px,
        }
        return Ask(f"{self.config.api_url}?{urlencode(query | generator | about.get('continue', {}))}", about)


def _continuation(value: object) -> dict[str, str]:
    """What the next request adds to the first one; nothing at the end, or where it can't be read."""
    following = mapping(value)
    good = all(isinstance(part, str | int) for part in following.values())
    parts = {str(key): str(part) for key, part in following.items()} if good else {}
    return parts if sum(map(len, parts.values())) < _MAX_CONTINUE else {}


def _sighting(entry: Mapping[str, Any], info: Mapping[str, Any], url: str) -> Sighting:
    facts = {key: mapping(fact).get("value") for key, fact in mapping(info.get("extmetadata")).items()}
    title = text(entry.get("title"))
    return Sighting(
        "wikimedia",
        url,
        post=title,
        page_url=web_address(info.get("descriptionurl")),
        title=plain_text(facts.get("ObjectName")) or title.partition(":")[2].rpartition(".")[0],
        author=plain_text(facts.get("Artist")) or text(info.get("user")),
        licence=plain_text(facts.get("LicenseShortName")),
        licence_url=web_address(facts.get("LicenseUrl")),
    )
