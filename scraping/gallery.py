"""Any site that shows pictures, by CSS selectors from the set's YAML."""

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urljoin, urlsplit

from cssselect import SelectorError
from parsel import Selector
from parsel.csstranslator import HTMLTranslator

from housegan.catalog import Sighting
from housegan.config import GalleryConfig
from housegan.errors import HouseganError
from scraping.source import Ask, Found, Media, Reply, Skip

_LAZY = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-hi-res-src", "data-full", "data-large")
_LAZY_SETS = ("srcset", "data-srcset", "data-lazy-srcset", "data-original-set")
_SIZE = re.compile(r"(?:^|\s)(\d{1,9}(?:\.\d{1,9})?)[wx](?:\s|$)")
"""A width in px, or a density."""
_NO_AI = {"noai", "noimageai"}


class GallerySource:
    """One gallery, named after the address that it begins at."""

    obeys_robots = True

    def __init__(self, config: GalleryConfig) -> None:
        self.config = config
        first = urlsplit(str(config.start_urls[0])) if config.start_urls else None
        self.name = f"gallery:{first.netloc}{first.path.rstrip('/')}" if first else "gallery"
        for field in ("item", "media", "page", "next_page", "title", "author", "licence", "licence_url"):
            _check(field, getattr(config, field))

    def begin(self) -> Iterable[Found]:
        """Ask for the start pages."""
        return [Ask(str(url)) for url in self.config.start_urls]

    def request(self, ask: Ask) -> tuple[str, str, Mapping[str, str], bytes]:
        """Ask for a page as a browser does."""
        return "GET", ask.url, {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"}, b""

    def pause_s(self, reply: Reply) -> float:
        """The engine's own delay is enough."""
        return 0

    def read(self, reply: Reply) -> Iterator[Found]:
        """Find the pictures of a page and the way to the next one."""
        if reply.status != 200:
            return
        page = Selector(text=reply.body.decode(_charset(reply), errors="replace"))
        base = _joined(reply.url, page.css("base::attr(href)").get(default="")) or reply.url
        forbidden = _NO_AI & {
            word.strip()
            for content in page.css("meta[name=robots i]::attr(content)").getall()
            for word in content.lower().split(",")
        }
        if forbidden:
            yield Skip(f"the page says {min(forbidden)}")
        elif reply.ask.about.get("item"):
            yield from self._media(page, base, reply.url)
        else:
            for item in page.css(self.config.item):
                yield from self._item(item, base, reply.url)
        if self.config.next_page and not reply.ask.about.get("item"):
            for link in page.css(self.config.next_page):
                if (url := _link(link, base)) and url != reply.url:
                    yield Ask(url)

    def _item(self, item: Selector, base: str, page_url: str) -> Iterator[Found]:
        if self.config.page is None:
            yield from self._media(item, base, page_url)
            return
        urls = dict.fromkeys(filter(None, (_link(link, base) for link in item.css(self.config.page))))
        yield from (Ask(url, {"item": True}) for url in urls) if urls else [Skip("no link to a page of its own")]

    def _media(self, part: Selector, base: str, page_url: str) -> Iterator[Found]:
        elements = part.css(self.config.media)
        if not elements and part.root.tag in ("img", "a", "picture"):
            elements = part.xpath(".")  # the item is the picture itself
        urls = list(dict.fromkeys(url for element in elements for url in candidates(element, base)))
        if not urls:
            yield Skip("no picture in the item")
            return
        yield Media(
            tuple(urls[:4]),
            Sighting(
                self.name, urls[0], post=page_url if self.config.page else urls[0], page_url=page_url,
                title=self._text(part, self.config.title) or _alt(elements),
                author=self._text(part, self.config.author),
                licence=self._text(part, self.config.licence),
                licence_url=_joined(base, self._text(part, self.config.licence_url)),
            ),
        )  # fmt: skip

    def _text(self, part: Selector, selector: str | None) -> str:
        """What a selector finds: an attribute, or all the text within, in one line."""
        if not selector:
            return ""
        found = part.css(selector)
        if not found:
            return ""
        text = found[0].get() if "::" in selector else str(found[0].xpath("string()").get())
        return " ".join(text.split())[:1_000]


def candidates(element: Selector, base: str) -> list[str]:
    """All addresses that an element has for its picture, the largest first."""
    if not hasattr(element.root, "tag"):  # the selector ended with ::attr(): the address itself
        return [url] if (url := _joined(base, element.get())) else []
    ranked: list[tuple[float, str]] = []
    for part in element.xpath("self::a | self::img | self::source | .//source | .//img | ancestor::picture//source"):
        attributes = part.attrib
        for name in _LAZY_SETS:
            ranked += [(size, url) for size, url in srcset(attributes.get(name, ""))]
        ranked += [(0.5, attributes[name]) for name in _LAZY if attributes.get(name)]
        if attributes.get("src"):
            ranked.append((0.25, attributes["src"]))
    links = [attributes["href"] for attributes in [element.attrib] if element.root.tag == "a" and "href" in attributes]
    ordered = links or [url for _, url in sorted(ranked, key=lambda one: -one[0])]
    return list(dict.fromkeys(filter(None, (_joined(base, url) for url in ordered))))


def srcset(text: str) -> list[tuple[float, str]]:
    """The addresses of a `srcset`, each with its width in px, or its density, or 1."""
    found = []
    rest = text[:10_000].lstrip(", \t\r\n\f")
    while rest:
        url, *others = rest.split(None, 1)
        rest = others[0] if others else ""
        size = None
        if not url.endswith(","):
            descriptors, _, rest = rest.partition(",")
            size = _SIZE.search(descriptors)
        found.append((float(size[1]) if size else 1.0, url.rstrip(",")))
        rest = rest.lstrip(", \t\r\n\f")
    return found


def _link(element: Selector, base: str) -> str:
    href = element.attrib.get("href", "") if hasattr(element.root, "tag") else element.get()
    return _joined(base, href)


def _joined(base: str, url: str) -> str:
    """The whole address without its fragment; empty for what is no web address, as data: and javascript: are."""
    if not url.strip():
        return ""
    try:
        whole = urljoin(base, url.strip())
    except ValueError:
        return ""
    return whole.partition("#")[0] if whole.startswith(("http://", "https://")) else ""


def _alt(elements: Iterable[Selector]) -> str:
    for element in elements:
        if text := " ".join(element.xpath("string(descendant-or-self::img/@alt)").get(default="").split()):
            return text[:1_000]
    return ""


def _charset(reply: Reply) -> str:
    from w3lib.encoding import html_to_unicode

    return html_to_unicode(reply.headers.get("content-type"), reply.body, default_encoding="utf-8")[0]


def _check(field: str, selector: str | None) -> None:
    try:
        HTMLTranslator().css_to_xpath(selector or "a")
    except (SelectorError, ValueError) as error:
        raise HouseganError(f"scrape.galleries: {field} {selector!r} is no CSS selector ({error}).") from None
