"""A list for img2dataset, and its shards back: nothing is fetched that came in by them."""

import csv
import subprocess
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from pyarrow import parquet

from housegan.catalog import Catalog, Sighting
from housegan.catalog.frontier import Address, Frontier
from housegan.errors import HouseganError
from scraping.exports import COLUMNS, export_urls
from scraping.source import Media
from tests.scraping.test_stories import downloaded, shard

Housegan = Callable[..., subprocess.CompletedProcess[str]]


def media(number: int, *, author: str = "Ada") -> Media:
    url = f"https://x.org/{number}.jpg"
    story = Sighting(
        "reddit", url, post=f"t3_{number}", page_url=f"https://x.org/{number}", title=f"House {number}",
        author=author, licence="CC0", licence_url="https://creativecommons.org/publicdomain/zero/1.0/",
    )  # fmt: skip
    return Media((f"{url}?full",) if number == 1 else (url,), story)


def find(catalog: Catalog, numbers: range) -> None:
    found = (Address("media", one.key, "x.org", one.to_json()) for one in map(media, numbers))
    Frontier(catalog, ["reddit"]).add("reddit", found)


def test_parquet_and_csv_hold_what_waits(catalog: Catalog) -> None:
    find(catalog, range(3))
    assert export_urls(catalog, Path("list.parquet")) == 3
    assert export_urls(catalog, Path("list.csv")) == 3
    rows = parquet.read_table("list.parquet").to_pylist()
    assert tuple(rows[0]) == COLUMNS
    assert rows[0] == {
        "url": "https://x.org/0.jpg", "title": "House 0", "author": "Ada", "licence": "CC0",
        "licence_url": "https://creativecommons.org/publicdomain/zero/1.0/", "page_url": "https://x.org/0",
        "source": "reddit",
    }  # fmt: skip
    assert rows[1]["url"] == "https://x.org/1.jpg?full"
    with Path("list.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == rows
    assert sorted(path.name for path in Path().iterdir()) == ["data", "list.csv", "list.parquet"]


def test_an_empty_list_or_a_strange_name_is_one_sentence(catalog: Catalog) -> None:
    with pytest.raises(HouseganError, match="knows no address that isn't fetched already"):
        export_urls(catalog, Path("list.csv"))
    with pytest.raises(HouseganError, match=r"end it with \.parquet or \.csv"):
        export_urls(catalog, Path("list.json"))
    with pytest.raises(HouseganError, match="There is no folder nowhere"):
        export_urls(catalog, Path("nowhere/list.csv"))
    assert [path.name for path in Path().iterdir()] == ["data"]


def test_a_list_of_any_length_takes_the_same_memory(catalog: Catalog) -> None:
    peaks = []
    for count in (5_000, 25_000):
        find(catalog, range(count))
        tracemalloc.start()
        assert export_urls(catalog, Path("list.csv")) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_what_came_back_in_shards_is_not_fetched_again_and_keeps_its_story(
    catalog: Catalog, quick_housegan: Housegan, picture: Callable[..., bytes]
) -> None:
    find(catalog, range(4))
    export_urls(catalog, Path("list.parquet"))
    rows = parquet.read_table("list.parquet").to_pylist()[:3]
    Path("shards").mkdir()
    samples = {
        f"{number:09}": (picture(number), downloaded(f"{number:09}", row["url"], row["title"]))
        for number, row in enumerate(rows)
    }
    Path("shards/00000.tar").write_bytes(shard(samples))
    done = quick_housegan("import", "houses", "shards/")
    assert done.returncode == 0, done.stderr
    assert "3 new pictures" in done.stdout
    assert "3 of them were on the list of what scraping had still to fetch" in done.stdout

    frontier = Frontier(catalog, ["reddit"])
    assert {(outcome.state, outcome.count) for outcome in frontier.outcomes()} == {("done", 3), ("waiting", 1)}
    assert frontier.passed() == 3
    stories = {story.post: story for story in catalog.stories().values()}
    assert stories["t3_1"] == media(1).sighting
    find(catalog, range(4))
    assert frontier.next_row("x.org", [("reddit", "media")], but=[]).key == "https://x.org/3.jpg"  # type: ignore[union-attr]
    again = quick_housegan("import", "houses", "shards/")
    assert "0 new pictures, 3 known already" in again.stdout
    assert "still to fetch" not in again.stdout
