import hashlib
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from housegan.catalog import Catalog
from tests.scraping.conftest import gallery, held, write_config
from tests.scraping.site import Site

Housegan = Callable[..., subprocess.CompletedProcess[str]]


def test_a_gallery_arrives_with_its_stories_and_a_second_run_fetches_no_picture(
    workdir: Path, housegan: Housegan, forty: dict[str, bytes]
) -> None:
    with Site(gallery(forty)) as site:
        write_config(site)
        done = housegan("scrape", "houses")
        assert (done.returncode, done.stderr) == (0, "")
        assert "40 pictures of 40 found" in done.stdout
        assert done.stdout.splitlines()[-2:] == [
            "The set 'houses' has 40 scraped pictures, 960 fewer than wanted.",
            "Next: housegan curate houses",
        ]
        assert held() == {f"media/{name}": hashlib.sha256(data).hexdigest() for name, data in forty.items()}
        assert set(site.counts.values()) == {1}

        with Catalog(Path("data/houses")) as catalog:
            story = catalog.stories()[catalog.pictures()[0].sha256]
        name = story.media_url.rpartition("/")[2]
        assert story.source == f"gallery:{site.host}/gallery/0"
        assert (story.title, story.author, story.licence) == (f"House {name}", "Ada", "CC BY 4.0")
        assert story.licence_url == f"{site.url}/licence"
        assert re.fullmatch(rf"{site.url}/gallery/\d", story.page_url)

        site.forget()
        again = housegan("scrape", "houses")
        assert (again.returncode, again.stdout) == (0, done.stdout)
        assert not site.counts

        refreshed = housegan("scrape", "houses", "--refresh")
        assert refreshed.returncode == 0
        assert set(site.counts) == {"/robots.txt", *(f"/gallery/{number}" for number in range(4))}


def test_addresses_are_handed_over_without_a_picture_fetched_and_the_scrape_can_still_go_on(
    workdir: Path, housegan: Housegan, forty: dict[str, bytes]
) -> None:
    with Site(gallery(forty)) as site:
        write_config(site)
        done = housegan("scrape", "houses", "--export-urls", "list.csv")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[0] == "40 addresses: list.csv"
        assert not any(path.startswith("/media/") for path in site.counts)
        rows = Path("list.csv").read_text().splitlines()
        assert len(rows) == 41
        assert rows[0].startswith("url,title,author,licence")

        site.forget()
        assert "40 pictures of 40 found" in housegan("scrape", "houses").stdout
        assert not any(path.startswith("/gallery/") for path in site.counts), "pages are not asked twice"
