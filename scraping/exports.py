"""The addresses that scraping has found and not fetched, as a list for something larger, such as img2dataset."""

import csv
import importlib.util
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from housegan.catalog import Catalog
from housegan.catalog.handover import waiting_media
from housegan.errors import HouseganError
from housegan.files import being_written

COLUMNS = ("url", "title", "author", "licence", "licence_url", "page_url", "source")
_ROWS_A_BATCH = 1_000
Row = dict[str, str]


def export_urls(catalog: Catalog, path: Path) -> int:
    """Write the addresses as Parquet or CSV, by the file's suffix, in constant memory; returns how many.

    The list appears whole or not at all. Raises HouseganError where nothing waits, and for other suffixes.
    """
    if path.suffix.lower() not in {".parquet", ".csv"}:
        raise HouseganError(f"{path} is no name for a list of addresses: end it with .parquet or .csv.")
    if not path.parent.is_dir():
        raise HouseganError(f"There is no folder {path.parent} to write {path.name} into: make it first.")
    rows = _rows(catalog)
    with being_written(path) as temporary:
        count = _write_csv(temporary, rows) if path.suffix.lower() == ".csv" else _write_parquet(temporary, rows)
        if not count:
            raise HouseganError(
                f"The set {catalog.folder.name!r} knows no address that isn't fetched already: {path} was not written."
            )
    return count


def _rows(catalog: Catalog) -> Iterator[Row]:
    for url, story in waiting_media(catalog):
        yield {
            "url": url, "title": story.title, "author": story.author, "licence": story.licence,
            "licence_url": story.licence_url, "page_url": story.page_url, "source": story.source,
        }  # fmt: skip


def _write_csv(path: Path, rows: Iterator[Row]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def _write_parquet(path: Path, rows: Iterator[Row]) -> int:
    if importlib.util.find_spec("pyarrow") is None:
        raise HouseganError(
            "Parquet needs a package more: `pip install 'housegan[parquet]'`, or give a name that ends with .csv."
        )
    import pyarrow
    from pyarrow import parquet

    schema = pyarrow.schema([(column, pyarrow.string()) for column in COLUMNS])
    count = 0
    with parquet.ParquetWriter(path, schema) as writer:
        while batch := list(islice(rows, _ROWS_A_BATCH)):
            writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))
            count += len(batch)
    return count
