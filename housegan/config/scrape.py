"""`scrape:` of a set's YAML: where its pictures come from, and how politely they are asked for."""

from typing import Annotated, Literal

from pydantic import Field, HttpUrl, NonNegativeInt, PositiveFloat, PositiveInt, StringConstraints

from housegan.config.reading import Part

RedditListing = Literal["new", "hot", "rising", "top", "controversial"]
TimeRange = Literal["hour", "day", "week", "month", "year", "all"]
Licence = Literal["by", "by-sa", "by-nc", "by-nc-sa", "by-nd", "by-nc-nd", "cc0", "pdm"]
Subreddit = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{2,50}$")]
Account = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{2,50}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
ApiUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$")]


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
    """Selects the picture's title."""
    author: str | None = None
    """Selects the name of who made it."""
    licence: str | None = None
    """Selects the licence's name."""
    licence_url: str | None = None
    """Selects the licence's address."""


class RedditConfig(Part):
    """The Data API, with the user's own client: HOUSEGAN_REDDIT_CLIENT_ID, _CLIENT_SECRET and _USERNAME."""

    subreddits: tuple[Subreddit, ...] = ()
    """Names without r/, 2 to 50 letters, digits and _."""
    searches: tuple[Words, ...] = ()
    """Words, or flair:"…", searched for within each subreddit; up to 200 characters each."""
    listings: tuple[RedditListing, ...] = ("new", "hot", "rising", "top", "controversial")
    """Listings of each subreddit that are read, up to about 1,000 posts each."""
    ranges: tuple[TimeRange, ...] = ("all", "year", "month")
    """Time ranges of top, controversial and searches."""
    client_id: str | None = None
    """Of the user's own client; HOUSEGAN_REDDIT_CLIENT_ID where it is null. Its secret comes from the environment."""
    username: Account | None = None
    """Of the account that the client belongs to, for the User-Agent; HOUSEGAN_REDDIT_USERNAME where it is null."""
    min_score: int = 0
    """Posts with a lower score are passed over."""
    nsfw: bool = False
    """Whether posts marked as not safe for work are taken."""
    spoilers: bool = False
    """Whether posts marked as spoilers are taken."""
    stickies: bool = False
    """Whether announcements pinned to the top are taken."""
    link_previews: bool = False
    """Whether reddit's own preview is taken where a post links to a page elsewhere, as to an artist's portfolio."""
    api_url: ApiUrl = "https://oauth.reddit.com"
    """Where listings are asked for."""
    token_url: ApiUrl = "https://www.reddit.com/api/v1/access_token"  # noqa: S105 an address, no secret
    """Where the client asks for its token."""


class OpenverseConfig(Part):
    """Openverse's catalog of openly licensed pictures; HOUSEGAN_OPENVERSE_TOKEN raises its limits."""

    searches: tuple[Words, ...] = ()
    """Words searched for; the first 240 pictures of each are to be had. Up to 200 characters each."""
    licences: Annotated[tuple[Licence, ...], Field(min_length=1)] = (
        "by", "by-sa", "by-nc", "by-nc-sa", "cc0", "pdm",
    )  # fmt: skip
    """A generator's pictures may be adaptations, which ND licences don't allow: they are left out unless named."""
    min_side_px: NonNegativeInt = 256
    """Pictures with a shorter side than this, in px, are passed over; 0 takes all."""
    api_url: ApiUrl = "https://api.openverse.org/v1/images/"
    """Where searches are sent."""


class WikimediaConfig(Part):
    """Wikimedia Commons."""

    categories: tuple[Words, ...] = ()
    """Names without Category:, up to 200 characters each."""
    depth: Annotated[int, Field(ge=0, le=5)] = 1
    """Levels of subcategories to enter, 0 to 5."""
    searches: tuple[Words, ...] = ()
    """Words searched for among files, up to 200 characters each."""
    width_px: Annotated[int, Field(ge=256, le=4096)] = 1280
    """Wider files are asked for as previews of this width, in px, 256 to 4,096. Commons keeps 330, 500, 960, 1,280,
    1,920 and 3,840 ready and may refuse others."""
    min_side_px: NonNegativeInt = 256
    """Pictures with a shorter side than this, in px, are passed over; 0 takes all."""
    api_url: ApiUrl = "https://commons.wikimedia.org/w/api.php"
    """Where categories and searches are asked for."""


class UrlsConfig(Part):
    """Lists of addresses: text, CSV, TSV, JSON Lines or Parquet."""

    files: tuple[str, ...] = ()
    """Paths, relative to the working folder."""
    url_column: Annotated[str, Field(min_length=1)] = "url"
    """Name of the column or key that holds the addresses, in upper or lower case."""


class ScrapeConfig(Part):
    """All sources of a set, asked side by side."""

    target: PositiveInt = 1_000
    """Pictures wanted."""
    contact: str | None = None
    """An e-mail or web address of yours, which sites see in the User-Agent; HOUSEGAN_CONTACT where it is null."""
    delay_s: Annotated[float, Field(ge=0, le=600)] = 1.0
    """Seconds between two requests to one host; AutoThrottle lengthens it for slow hosts."""
    requests_a_host: Annotated[int, Field(ge=1, le=32)] = 1
    """Requests to one host at a time; more than one is for sites of your own."""
    allow_private_hosts: tuple[str, ...] = ()
    """Hosts, as host or host:port, that may be asked though their addresses are private, loopback or link-local."""
    page_limit_mb: PositiveFloat = 10
    """Largest page or API answer read."""
    download_limit_s: PositiveFloat = 60
    """Seconds that one request may take."""
    galleries: tuple[GalleryConfig, ...] = ()
    """Sites that are read page by page."""
    reddit: RedditConfig | None = None
    """Posts of subreddits; null asks for none."""
    openverse: OpenverseConfig | None = None
    """Openly licensed pictures by search; null asks for none."""
    wikimedia: WikimediaConfig | None = None
    """Wikimedia Commons by category and search; null asks for none."""
    urls: UrlsConfig | None = None
    """Lists of addresses of your own; null reads none."""
    kaggle: str | None = None
    """A Kaggle data set, as owner/name, for `housegan import NAME kaggle:`."""
