"""What a source is: it reads replies and yields facts; it never downloads anything itself.

The engine asks what a source wants asked, remembers in the catalog what was asked and answered, fetches the media, and
keeps to every limit. So a source is a few pure functions, tested with recorded replies.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, Self

from housegan.catalog import Sighting


@dataclass(frozen=True, slots=True)
class Ask:
    """A page or API address to read. Two asks of one source with the same key are one."""

    url: str
    about: Mapping[str, Any] = field(default_factory=dict)
    """What the source wants to remember until the reply, as JSON: which search, how deep, which window."""

    @property
    def key(self) -> str:
        """What makes it the same ask."""
        return json.dumps([self.url, self.about], sort_keys=True)


@dataclass(frozen=True, slots=True)
class Media:
    """A picture to fetch: its address, others to try when that is gone, and what is known of it."""

    urls: tuple[str, ...]
    sighting: Sighting

    @property
    def key(self) -> str:
        """What makes it the same picture to fetch: its address."""
        return self.sighting.media_url

    def to_json(self) -> str:
        """Write it down for the catalog."""
        return json.dumps({"urls": self.urls, "sighting": asdict(self.sighting)})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        values = json.loads(text)
        return cls(tuple(values["urls"]), Sighting(**values["sighting"]))


@dataclass(frozen=True, slots=True)
class Skip:
    """Something that was found and passed over, with a reason of few words, for the count."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """The source's host wants a pause: the same ask is sent again after so many seconds; nothing is lost.

    `request` is called anew then, and may answer with something else: Reddit's asks fetch a token first, so a reply may
    be to `request`'s url and not to the ask's. Wait(0, …) is no pause. Sources say Later after some tries.
    """

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """The ask can't be answered in this run: it stays open for the next one, which begins with it; nothing is lost."""

    reason: str
    whole_source: bool = False
    """Nothing more is to be asked of this source in this run: a day's quota is used up, or the client was refused."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for an ask, whatever its status. Header names are in lower case."""

    ask: Ask
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


Found = Ask | Media | Skip | Wait | Later


class Source(Protocol):
    """One site."""

    name: str
    """Stands in every sighting, as in `reddit`."""
    obeys_robots: bool
    """Whether `robots.txt` speaks about its asks. Not for an API, whose own terms and limits hold: Commons closes /w/
    to crawlers and offers /w/api.php to programs. Media are asked for like any page, robots obeyed."""

    def begin(self) -> Iterable[Found]:
        """What to ask first; or media at once, where a list is all there is. May be a stream without end."""

    def request(self, ask: Ask) -> tuple[str, str, Mapping[str, str], bytes]:
        """Method, url, headers and body of the request for an ask; secrets come in here and are never written down."""

    def read(self, reply: Reply) -> Iterable[Found]:
        """What a reply tells: further asks, media, what was skipped, or that the same should be asked later."""

    def pause_s(self, reply: Reply) -> float:
        """Seconds that this source's limits ask for before the next request to the same host; 0 where none do."""
