"""What the tests of a scrape share: a gallery on loopback, its config, and what a set holds afterwards."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from housegan.catalog import Catalog
from housegan.errors import UnreadablePictureError
from scraping.intake import Find
from scraping.local import finds_in
from tests.scraping.site import Response, Route, Site, image

Picture = Callable[..., bytes]


# Values of the wrong type, for every place of an answer.
ODD: list[Any] = [
    None, True, -1, 10**400, 1e308, float("nan"), float("inf"), "", "x" * 100_000, "\ud800", "\0\u202e", [], [[]],
    {}, {"a": None}, [{}], ["https://x.org/a.png"],
]  # fmt: skip


def found(path: Path, *, max_file_mb: float = 25) -> list[Find]:
    return list(finds_in(path, max_file_mb=max_file_mb))


def pictures_in(finds: list[Find]) -> dict[str, bytes]:
    return {find.name: find.data for find in finds if isinstance(find.data, bytes)}


def refusals_in(finds: list[Find]) -> dict[str, str]:
    return {find.name: str(find.data) for find in finds if isinstance(find.data, UnreadablePictureError)}


def pages(names: Iterable[str], *, a_page: int = 10) -> dict[str, Route]:
    """A gallery of so many pages, with a title, an author and a licence at each picture."""
    names = list(names)
    routes: dict[str, Route] = {}
    for number, start in enumerate(range(0, len(names), a_page)):
        items = "".join(
            f'<figure><img src="/media/{name}"><figcaption>House {name}</figcaption><b> Ada\n</b>'
            f'<a rel="license" href="/licence">CC BY 4.0</a></figure>'
            for name in names[start : start + a_page]
        )
        more = f'<a class="next" href="/gallery/{number + 1}">more</a>' if start + a_page < len(names) else ""
        routes[f"/gallery/{number}"] = Response(f"<html><body>{items}{more}</body></html>")
    return routes


def gallery(media: Mapping[str, bytes | Route], *, a_page: int = 10) -> dict[str, Route]:
    """All routes of a gallery that shows these media."""
    served = {f"/media/{name}": image(one) if isinstance(one, bytes) else one for name, one in media.items()}
    return pages(media, a_page=a_page) | served


def write_config(site: Site, name: str = "houses", **more: Any) -> None:
    """Write `configs/sets/NAME.yaml` for the gallery of a site."""
    scrape = {
        "delay_s": 0,
        "allow_private_hosts": [site.host],
        "galleries": [
            {
                "start_urls": [f"{site.url}/gallery/0"], "item": "figure", "next_page": "a.next",
                "title": "figcaption", "author": "b", "licence": "a[rel=license]",
                "licence_url": "a[rel=license]::attr(href)",
            }
        ],
    }  # fmt: skip
    path = Path("configs") / "sets" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"scrape": scrape | more}))


def held(name: str = "houses") -> dict[str, str]:
    """What a set's catalog holds, each file's bytes checked: digest by the path it was found at."""
    with Catalog(Path("data") / name) as catalog:
        for one in catalog.pictures():
            data = catalog.original(one.sha256, one.format).read_bytes()
            assert (hashlib.sha256(data).hexdigest(), len(data)) == (one.sha256, one.bytes)
        rows = catalog._db.execute("SELECT media_url, sha256 FROM sightings").fetchall()
    return {url.partition("//")[2].partition("/")[2]: sha256 for url, sha256 in rows}


@pytest.fixture
def forty(picture: Picture) -> dict[str, bytes]:
    """Forty pictures by their names."""
    return {f"{number:02}.jpg": picture(number) for number in range(40)}
