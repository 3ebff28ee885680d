"""`scrape:` of a set's YAML: where its pictures come from, and how politely they are asked for."""

from typing import Annotated, Literal

from pydantic import Field, HttpUrl, NonNegativeInt, PositiveFloat, PositiveInt

from housegan.config.reading import Part

RedditListing = Literal["new", "hot", "rising", "top", "controversial"]
TimeRange = Literal["hour", "day", "week", "month", "year", "all"]
Licence = Literal["by", "by-sa", "by-nc", "by-nc-sa", "by-nd", "by-nc-nd", "cc0", "pdm"]


class GalleryConfig(Part):
    """Any site, by CSS selectors, as in `a.next::attr(href)`; the parts of an item are looked for inside it."""

    start_urls: tuple[HttpUrl, ...]
    """Pages to begin with."""
    item: str
    """Selects each picture's element."""
    media: str = "img"
    """Selects, in the item, the `img` or `source` to take, or a link to the full-size file."""
    page: str | None = None
    """Selects, in the item, the link to a page of its own, where `media` and the facts are looked for then."""
    next_page: str | None = None
    """Selects the link to the next page of the gallery."""
    title: str | None = None
    author: str | None = None
    licence: str | None = None
    licence_url: str | None = None


class RedditConfig(Part):
    """The Data API, with the user's own client: HOUSEGAN_REDDIT_CLIENT_ID and HOUSEGAN_REDDIT_CLIENT_SECRET."""

    subreddits: tuple[str, ...] = ()
    """Names without r/."""
    searches: tuple[str, ...] = ()
    """Words, or flair:\"...\", searched for within each subreddit."""
    listings: tuple[RedditListing, ...] = ("new", "hot", "rising", "top", "controversial")
    ranges: tuple[TimeRange, ...] = ("all", "year", "month")
    """Of top, controversial and searches."""
    username: str | None = None
    """Of the account that the client belongs to, for the User-Agent; HOUSEGAN_REDDIT_USERNAME where it is null."""
    min_score: int = 0
    """Posts with a lower score are passed over."""
    api_url: str = "https://oauth.reddit.com"
    token_url: str = "https://www.reddit.com/api/v1/access_token"
    nsfw: bool = False
    spoilers: bool = False
    stickies: bool = False


class OpenverseConfig(Part):
    """Openverse's catalog of openly licensed pictures; HOUSEGAN_OPENVERSE_TOKEN raises its limits."""

    api_url: str = "https://api.openverse.org/v1/images/"
    searches: tuple[str, ...] = ()
    licences: tuple[Licence, ...] = ("by", "by-sa", "by-nc", "by-nc-sa", "cc0", "pdm")
    """A generator's pictures may be adaptations, which ND licences don't allow: they are left out unless named."""
    min_side_px: NonNegativeInt = 256


class WikimediaConfig(Part):
    """Wikimedia Commons."""

    api_url: str = "https://commons.wikimedia.org/w/api.php"
    categories: tuple[str, ...] = ()
    """Names without Category:."""
    depth: Annotated[int, Field(ge=0, le=5)] = 1
    """Levels of subcategories to enter."""
    searches: tuple[str, ...] = ()
    width_px: Annotated[int, Field(ge=256, le=4096)] = 1280
    """Wider files are asked for as previews of this width."""


class UrlsConfig(Part):
    """Lists of addresses: text, CSV, TSV, JSON Lines or Parquet."""

    files: tuple[str, ...] = ()
    """Paths, relative to the working folder."""
    url_column: str = "url"


class ScrapeConfig(Part):
    """All sources of a set, asked side by side."""

    target: PositiveInt = 1_000
    """Pictures wanted."""
    contact: str | None = None
    """An e-mail or web address of yours, which sites see in the User-Agent; HOUSEGAN_CONTACT where it is null."""
    delay_s: Annotated[float, Field(ge=0, le=600)] = 1.0
    """Seconds between two requests to one host; AutoThrottle lengthens it for slow hosts."""
    allow_private_hosts: tuple[str, ...] = ()
    """Hosts, as host or host:port, that may be asked though their addresses are private, loopback or link-local."""
    page_limit_mb: PositiveFloat = 10
    """Largest page or API answer read."""
    download_limit_s: PositiveFloat = 60
    """Seconds that one request may take."""
    galleries: tuple[GalleryConfig, ...] = ()
    reddit: RedditConfig | None = None
    openverse: OpenverseConfig | None = None
    wikimedia: WikimediaConfig | None = None
    urls: UrlsConfig | None = None
    kaggle: str | None = None
    """A Kaggle data set, as owner/name, for `housegan import NAME kaggle:`."""
