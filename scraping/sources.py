"""From a set's config to the sources that it names."""

from collections.abc import Callable, Iterator
from functools import partial

from housegan.config import ScrapeConfig
from housegan.errors import HouseganError
from scraping.gallery import GallerySource
from scraping.source import Source


def build(config: ScrapeConfig, *, contact: str | None, on_missing: Callable[[str], None]) -> list[Source]:
    """Build what the config names; a source that lacks something is left out and says so once."""
    sources: list[Source] = []
    for constructor in _constructors(config, contact):
        try:
            sources.append(constructor())
        except HouseganError as error:
            on_missing(str(error))
    names = [source.name for source in sources]
    if twice := {name for name in names if names.count(name) > 1}:
        raise HouseganError(f"scrape.galleries: two begin at the same address ({', '.join(sorted(twice))}).")
    return sources


def first_asked(config: ScrapeConfig) -> Iterator[str]:
    """The addresses that the config itself names."""
    for gallery in config.galleries:
        yield from map(str, gallery.start_urls)
    yield from (source.api_url for source in (config.reddit, config.openverse, config.wikimedia) if source)


def _constructors(config: ScrapeConfig, contact: str | None) -> Iterator[Callable[[], Source]]:
    for gallery in config.galleries:
        yield partial(GallerySource, gallery)
    if reddit := config.reddit:

        def build_reddit() -> Source:
            from scraping.reddit import RedditSource

            return RedditSource(reddit)

        yield build_reddit
    if openverse := config.openverse:

        def build_openverse() -> Source:
            from scraping.openverse import OpenverseSource

            return OpenverseSource(openverse)

        yield build_openverse
    if wikimedia := config.wikimedia:

        def build_wikimedia() -> Source:
            from scraping.wikimedia import WikimediaSource

            return WikimediaSource(wikimedia, contact=contact or "")

        yield build_wikimedia
    if urls := config.urls:

        def build_urls() -> Source:
            from scraping.urls import UrlsSource

            return UrlsSource(urls)

        yield build_urls
