import csv
import json
import sys
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from housegan.config import UrlsConfig
from housegan.errors import HouseganError
from scraping.source import Ask, Found, Media, Reply, Skip
from scraping.urls import MAX_LINE, UrlsSource

A, B, C = (f"https://example.org/{name}.jpg" for name in "abc")


@pytest.fixture(autouse=True)
def folder(workdir: Path) -> Path:
    return workdir


def written(name: str, text: str | bytes) -> str:
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def table(name: str, columns: dict[str, list[Any]], **more: Any) -> str:
    parquet.write_table(pyarrow.table(columns), name, **more)
    return name


def stream(*files: str, **config: Any) -> Iterator[Found]:
    return UrlsSource(UrlsConfig(files=files, **config)).begin()


def addresses(*files: str, **config: Any) -> list[str]:
    found = list(stream(*files, **config))
    return [one.key if isinstance(one, Media) else one.reason for one in found if isinstance(one, Media | Skip)]


# Kinds of lists


def test_a_text_has_one_address_a_line() -> None:
    assert addresses(written("list.txt", f"\ufeff{A}\r\n\n# a note\n  {B}  \n{C}")) == [A, B, C]


def test_a_csv_with_columns_tells_each_picture_s_story() -> None:
    columns = ["Title", "URL", "author", "licence", "licence_url", "page_url", "score", "other"]
    with Path("list.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(columns)
        rows.writerow(
            ["A, \"quoted\"\nhouse", A, "Ada", "CC BY 4.0", "https://cc.org/by", "https://example.org/1", "5", "x"]
        )  # fmt: skip
        rows.writerow(["", B, "", "", "javascript:alert(1)", "not an address", "", ""])
    first, second = stream("list.csv")
    assert isinstance(first, Media)
    assert isinstance(second, Media)
    story = first.sighting
    assert (first.urls, story.source, story.title, story.author) == ((A,), "urls", 'A, "quoted" house', "Ada")
    assert (story.licence, story.licence_url) == ("CC BY 4.0", "https://cc.org/by")
    assert story.page_url == "https://example.org/1"
    assert (second.sighting.licence_url, second.sighting.page_url, second.sighting.title) == ("", "", "")


def test_a_tsv_is_split_at_tabs() -> None:
    assert addresses(written("list.tsv", f"url\tcaption\n{A}\tone, two\n{B}\tthree\n")) == [A, B]


def test_json_lines_are_objects() -> None:
    lines = [{"url": A, "title": "A house", "score": 3.5}, {"url": B, "creator": "Ada"}]
    first, second = stream(written("list.jsonl", "\n".join(map(json.dumps, lines))))
    assert isinstance(first, Media)
    assert isinstance(second, Media)
    assert (first.sighting.title, first.sighting.score) == ("A house", 3.5)
    assert second.sighting.author == "Ada"


def test_a_parquet_of_img2dataset_s_layout_is_read() -> None:
    (media,) = stream(table("list.parquet", {"url": [A], "caption": ["A house"], "license": ["CC0"], "width": [5]}))
    assert isinstance(media, Media)
    assert (media.key, media.sighting.title, media.sighting.licence) == (A, "A house", "CC0")


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_the_column_may_have_another_name_in_any_case(suffix: str) -> None:
    name = f"list.{suffix}"
    match suffix:
        case "csv":
            written(name, f"TEXT,Image_URL\nA house,{A}\n")
        case "jsonl":
            written(name, json.dumps({"Image_URL": A, "TEXT": "A house"}))
        case "parquet":
            table(name, {"Image_URL": [A], "TEXT": ["A house"]})
    (media,) = stream(name, url_column="image_url")
    assert isinstance(media, Media)
    assert (media.key, media.sighting.title) == (A, "A house")


def test_several_lists_come_one_after_the_other() -> None:
    assert addresses(written("a.txt", A), table("b.parquet", {"url": [B]}), written("c.csv", f"url\n{C}")) == [A, B, C]


def test_nothing_is_asked() -> None:
    source = UrlsSource(UrlsConfig())
    assert list(source.begin()) == []
    answer = Reply(Ask(A), A, 200, {}, b"")
    assert (list(source.read(answer)), source.pause_s(answer), source.request(Ask(A))) == ([], 0, ("GET", A, {}, b""))


# Mistakes that end the command, before anything is fetched


def test_a_list_that_is_not_there_is_named() -> None:
    with pytest.raises(HouseganError, match=r"There is no list of addresses away\.csv"):
        stream("away.csv")


@pytest.mark.parametrize("name", ["list.xlsx", "list"])
def test_a_kind_that_is_not_read_is_answered_with_those_that_are(name: str) -> None:
    with pytest.raises(HouseganError, match=r"give one of \.csv, .*\.parquet, \.tsv, \.txt"):
        stream(written(name, A))


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet"])
def test_a_column_that_is_missing_is_answered_with_those_that_are_there(suffix: str) -> None:
    name = f"list.{suffix}"
    if suffix == "parquet":
        table(name, {"link": [A], "text": ["x"]})
    else:
        written(name, {"csv": "link,text\n", "tsv": "link\ttext\n"}[suffix])
    with pytest.raises(HouseganError, match=r"no column 'url' \(it has link, text\).*scrape\.urls\.url_column"):
        stream(name)


def test_an_empty_csv_has_no_column() -> None:
    with pytest.raises(HouseganError, match=r"no column 'url' \(it has none\)"):
        stream(written("list.csv", ""))


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"url\nx"])
def test_a_parquet_that_is_none_is_one_sentence(data: bytes) -> None:
    with pytest.raises(HouseganError, match=r"list\.parquet can't be read as Parquet") as refusal:
        stream(written("list.parquet", data))
    assert "\n" not in str(refusal.value)


def test_without_pyarrow_a_parquet_is_answered_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    name = table("list.parquet", {"url": [A]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(HouseganError, match=r"pip install 'housegan\[parquet\]'"):
        stream(name)


# Bad lines


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd", "ftp://example.org/a.jpg", "javascript:alert(1)", "data:image/png;base64,AA", "a.jpg",
        "https://", "http://[::1", "https://example.org:99999/a.jpg", "https://example.org/a b.jpg", "//\\evil",
        "https://example.org/" + "a" * 3_000, "https://example.org/\x07.jpg",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_passed_over(address: str) -> None:
    assert addresses(written("list.txt", f"{A}\n{address}\n{B}\n")) == [A, "no web address", B]


def test_an_address_without_a_scheme_is_completed() -> None:
    assert addresses(written("list.txt", "//example.org/a.jpg")) == [A]


def test_bad_lines_of_a_csv_are_passed_over() -> None:
    lines = ["url,title", A, ",no address", f"{B},a,b,c", "", '"unclosed', f"{C},\udcff"]
    text = "\n".join(lines[:5]) + "\n"
    assert addresses(written("list.csv", text)) == [A, "no address", B, "unreadable line"]
    assert addresses(written("list.csv", "\n".join(lines).encode(errors="surrogateescape")))[:4] == [
        A, "no address", B, "unreadable line",
    ]  # fmt: skip


def test_a_quote_that_is_never_closed_costs_its_field_and_not_the_rest_of_the_list() -> None:
    text = f'url\n{A}\n"' + "x\n" * 200_000 + f"{B}\n"
    found = Counter(addresses(written("list.csv", text)))
    assert found[A] == found[B] == 1
    assert found["unreadable line"] >= 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line is no JSON object"), ("[]", "line is no JSON object"), ("5", "line is no JSON object"),
        ("[" * 50_000, "line is no JSON object"), ("9" * 5_000, "line is no JSON object"), ("{}", "no address"),
        ('{"url": null}', "no address"), ('{"url": 5}', "no web address"), ('{"url": ["x"]}', "no web address"),
        ('{"url": "\\ud800"}', "no web address"),
    ],
    ids=lambda value: value[:20],
)  # fmt: skip
def test_bad_lines_of_json_are_passed_over(line: str, reason: str) -> None:
    good = json.dumps({"url": B, "title": {"a": 1}, "author": "\ud800", "score": "x"})
    name = written("list.jsonl", f"{line}\n{good}\n")
    assert addresses(name) == [reason, B]
    for one in stream(name):
        if isinstance(one, Media):
            one.to_json().encode()
            assert (one.sighting.title, one.sighting.author) == ("", "?")


@pytest.mark.parametrize("suffix", ["txt", "csv", "jsonl"])
def test_a_line_without_end_is_passed_over(suffix: str) -> None:
    head = "url\n" if suffix == "csv" else ""
    last = json.dumps({"url": B}) if suffix == "jsonl" else B
    found = addresses(written(f"list.{suffix}", f"{head}{'x' * (3 * MAX_LINE)}\n{last}\n"))
    assert found[-1] == B
    assert len(found) == 2


def test_bad_cells_of_a_parquet_are_passed_over() -> None:
    columns: dict[str, list[Any]] = {
        "url": [A, None, "", "x", B],
        "title": [None, "a", "b", "c", "\0d\u202e"],
        "score": [1, 2, 3, 4, None],
    }
    assert addresses(table("list.parquet", columns)) == [A, "no address", "no address", "no web address", B]
    nested = table("nested.parquet", {"url": [[A], None], "title": [{"a": 1}, {"a": 2}]})
    assert addresses(nested) == ["no web address", "no address"]


def test_a_parquet_that_is_damaged_inside_gives_what_can_be_read() -> None:
    rows = [f"https://example.org/{number}.jpg" for number in range(20_000)]
    data = bytearray(Path(table("list.parquet", {"url": rows}, row_group_size=5_000, compression="gzip")).read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2_000] = bytes(2_000)
    found = addresses(written("list.parquet", bytes(data)))
    assert found[-1] == "rest of a damaged Parquet file"
    assert found[:-1] == rows[: len(found) - 1]
    assert len(found) > 5_000


# Scale


@pytest.mark.parametrize("suffix", ["txt", "csv", "jsonl"])
def test_ten_thousand_addresses_take_no_more_memory_than_a_few(suffix: str) -> None:
    with Path(f"list.{suffix}").open("w") as file:
        print("url" if suffix == "csv" else "", file=file)
        for number in range(10_000):
            address = f"https://example.org/{number}.jpg"
            print(json.dumps({"url": address}) if suffix == "jsonl" else address, file=file)
    tracemalloc.start()
    count = sum(isinstance(one, Media) for one in stream(f"list.{suffix}"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 10_000
    assert peak < 1_000_000  # held as findings they would be five times that


def test_a_large_parquet_is_read_in_parts() -> None:
    rows = [f"https://example.org/{'x' * 200}/{number}.jpg" for number in range(40_000)]
    name = table("list.parquet", {"url": rows}, row_group_size=2_000, compression="none", use_dictionary=False)
    del rows
    before, peak, count = pyarrow.total_allocated_bytes(), 0, 0
    for count, _ in enumerate(stream(name), start=1):
        if count % 500 == 0:
            peak = max(peak, pyarrow.total_allocated_bytes() - before)
    assert count == 40_000
    assert peak < 3_000_000 < Path(name).stat().st_size
