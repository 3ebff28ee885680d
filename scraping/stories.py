"""What stands beside pictures: Hugging Face's `metadata.jsonl` and `.csv`, WebDataset's KEY.json and KEY.txt.

All of it is a stranger's: sizes are bounded, values of the wrong type are passed over, and what remains is text.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from housegan.catalog import Sighting
from scraping.facts import mapping, number, text, web_address

SOURCE = "import"
METADATA = {"metadata.jsonl", "metadata.csv"}
LABELS = "dataset.json"
"""What StyleGAN's zips hold beside their pictures: classes, which tell nothing here."""
MAX_METADATA_BYTES = 100_000_000
_MAX_SIDECAR_BYTES = 1_000_000
_MAX_LINE = 100_000
_SIDECARS = {".json", ".txt", ".cls"}
_COUNTED = re.compile(r"(?:img)?\d+")
"""Shards and StyleGAN's zips count their pictures: that is no title."""
_COLUMNS = {
    "title": ("title", "caption", "text"),
    "author": ("author", "creator", "artist"),
    "licence": ("licence", "license"),
    "licence_url": ("licence_url", "license_url"),
    "page_url": ("page_url", "foreign_landing_url", "page"),
}
"""Where each fact is looked for; the first that holds something wins."""

Facts = Mapping[str, Any]


def is_sidecar(path: PurePosixPath) -> bool:
    """Whether a file tells about the picture of the same name."""
    return path.suffix.lower() in _SIDECARS


def sidecar_facts(sidecars: Mapping[str, bytes]) -> Facts | None:
    """Read what KEY.json and KEY.txt, by their suffixes, tell; None where there is neither."""
    told = {}
    if data := sidecars.get(".txt"):
        told["text"] = data[:_MAX_LINE].decode(errors="replace")
    if (data := sidecars.get(".json")) and len(data) <= _MAX_SIDECAR_BYTES:
        told |= _object(data)
    return told or None


def table(path: PurePosixPath, data: bytes) -> Iterator[tuple[PurePosixPath, Facts]]:
    """Yield what a metadata.jsonl or metadata.csv tells about each picture, its path beside it; bad rows tell nothing.

    A table without a `file_name` is not one of Hugging Face's and yields nothing.
    """
    for row in _csv_rows(data) if path.suffix == ".csv" else _json_rows(data):
        name = row.get("file_name")
        if isinstance(name, str) and name and "\0" not in name:
            yield path.parent / name.replace("\\", "/"), _short(row)


def sighting(name: PurePosixPath, facts: Facts | None) -> Sighting:
    """Say where a picture comes from: its address where something tells it, else its name here."""
    name = PurePosixPath(str(name).encode(errors="backslashreplace").decode())  # file names may be no UTF-8
    title = name.stem.replace("_", " ")
    if facts is None:
        return Sighting(SOURCE, str(name), title=title)
    told = {
        fact: next((found for column in columns if (found := text(facts.get(column)))), "")
        for fact, columns in _COLUMNS.items()
    }
    told |= {fact: web_address(told[fact]) for fact in ("licence_url", "page_url")}
    told["title"] = told["title"] or ("" if _COUNTED.fullmatch(title) else title)
    return Sighting(SOURCE, web_address(facts.get("url")) or str(name), score=number(facts.get("score")), **told)


def _json_rows(data: bytes) -> Iterator[Facts]:
    for line in io.BytesIO(data):
        yield _object(line) if len(line) <= _MAX_LINE else {}


def _csv_rows(data: bytes) -> Iterator[Facts]:
    lines = (line[:_MAX_LINE] for line in io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", errors="replace", newline=""))
    rows = csv.reader(lines)
    columns: list[str] | None = None
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            continue
        if columns is None:
            columns = [column.strip().lower() for column in row]
        else:
            yield dict(zip(columns, row, strict=False))


def _object(data: bytes) -> dict[str, Any]:
    try:
        return {str(key).strip().lower(): value for key, value in mapping(json.loads(data)).items()}
    except (ValueError, RecursionError):
        return {}


def _short(row: Facts) -> Facts:
    """Keep of a table's row what `sighting` looks for: a million rows may be in memory at once."""
    wanted = {"url", "score"}.union(*_COLUMNS.values())
    return {key: value for key, value in row.items() if key in wanted and isinstance(value, str | int | float)}
