"""Lists of addresses that the person has: text, CSV, TSV, JSON Lines or Parquet, read as a stream.

Columns beside the addresses say what is known: img2dataset's layout, `url` and `caption`, among others.
"""

import csv
import importlib.util
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO, Any

from housegan.catalog import Sighting
from housegan.config import UrlsConfig
from housegan.errors import HouseganError
from scraping.facts import number, text, web_address
from scraping.source import Ask, Found, Media, Reply, Skip

MAX_LINE = 100_000
"""Characters; longer lines are passed over without being held in memory."""
_ROWS_A_BATCH = 1_000
_COLUMNS = {
    "title": ("title", "caption", "text", "alt"),
    "author": ("author", "creator", "artist"),
    "licence": ("licence", "license"),
    "licence_url": ("licence_url", "license_url"),
    "page_url": ("page_url", "foreign_landing_url", "page"),
}
"""Columns where each fact is looked for, the first that holds something wins."""
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
Row = Mapping[str, Any] | Skip


class UrlsSource:
    """Every address in the config's files; nothing is asked, the lists are all there is."""

    name = "urls"
    obeys_robots = True

    def __init__(self, config: UrlsConfig) -> None:
        self.column = config.url_column.lower()
        self.paths = [Path(file) for file in config.files]
        for path in self.paths:
            self._check(path)

    def begin(self) -> Iterator[Found]:
        """Yield what the files list, one row at a time, in constant memory; bad rows are passed over."""
        for path in self.paths:
            for row in self._reader(path)(path):
                yield row if isinstance(row, Skip) else self._found(row)

    def request(self, ask: Ask) -> tuple[str, str, Mapping[str, str], bytes]:
        """Return a plain request; there are no asks."""
        return "GET", ask.url, {}, b""

    def read(self, reply: Reply) -> Iterable[Found]:
        """Return nothing: there are no asks."""
        return ()

    def pause_s(self, reply: Reply) -> float:
        """Return 0: many hosts, no limits known."""
        return 0.0

    def _check(self, path: Path) -> None:
        """Raise before anything is fetched where a file can't be read at all, or lacks the column."""
        if not path.is_file():
            raise HouseganError(f"There is no list of addresses {path}: paths are relative to the working folder.")
        if path.suffix.lower() in _DELIMITERS:
            with _opened(path) as file:
                columns = next(_table(file, path), [])
        elif path.suffix.lower() == ".parquet":
            columns = _parquet_columns(path)
        else:
            self._reader(path)
            return
        if self.column not in {column.strip().lower() for column in columns}:
            shown = text(", ".join(columns), limit=200) or "none"
            raise HouseganError(
                f"{path} has no column {self.column!r} (it has {shown}): name it with `--set scrape.urls.url_column=…`."
            )

    def _reader(self, path: Path) -> Callable[[Path], Iterator[Row]]:
        readers: dict[str, Callable[[Path], Iterator[Row]]] = {
            ".txt": partial(_text_rows, column=self.column),
            ".csv": _table_rows,
            ".tsv": _table_rows,
            ".jsonl": _json_rows,
            ".ndjson": _json_rows,
            ".parquet": partial(_parquet_rows, column=self.column),
        }
        if (suffix := path.suffix.lower()) not in readers:
            raise HouseganError(f"{path} is of no kind we read: give one of {', '.join(sorted(readers))}.")
        return readers[suffix]

    def _found(self, row: Mapping[str, Any]) -> Media | Skip:
        values = {str(key).strip().lower(): value for key, value in row.items()}
        given = values.get(self.column)
        url = web_address(given)
        if not url:
            return Skip("no web address" if given else "no address")
        facts = {
            fact: next((found for name in names if (found := text(values.get(name)))), "")
            for fact, names in _COLUMNS.items()
        }
        facts |= {name: web_address(facts[name]) for name in ("licence_url", "page_url")}
        return Media((url,), Sighting("urls", url, score=number(values.get("score")), **facts))


def _opened(path: Path) -> IO[str]:
    return path.open(encoding="utf-8-sig", errors="replace", newline="")


def _lines(file: IO[str]) -> Iterator[str | Skip]:
    """Yield lines with their ends; of one that is too long only that it was."""
    while line := file.readline(MAX_LINE):
        if len(line) < MAX_LINE or line.endswith("\n"):
            yield line
            continue
        while (rest := file.readline(MAX_LINE)) and not rest.endswith("\n"):
            pass
        yield Skip("line too long")


def _text_rows(path: Path, *, column: str) -> Iterator[Row]:
    with _opened(path) as file:
        for line in _lines(file):
            if isinstance(line, Skip):
                yield line
            elif (address := line.strip()) and not address.startswith("#"):
                yield {column: address}


def _json_rows(path: Path) -> Iterator[Row]:
    with _opened(path) as file:
        for line in _lines(file):
            if isinstance(line, Skip):
                yield line
            elif line.strip():
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError):
                    row = None
                yield row if isinstance(row, dict) else Skip("line is no JSON object")


def _table(file: IO[str], path: Path) -> Iterator[list[str]]:
    """Yield a table's rows; one that can't be read is empty."""
    lines = (line if isinstance(line, str) else "\n" for line in _lines(file))
    rows = csv.reader(lines, delimiter=_DELIMITERS[path.suffix.lower()])
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield []


def _table_rows(path: Path) -> Iterator[Row]:
    with _opened(path) as file:
        rows = _table(file, path)
        columns = next(rows, [])
        for row in rows:
            yield dict(zip(columns, row, strict=False)) if row else Skip("unreadable line")


def _parquet_columns(path: Path) -> list[str]:
    if importlib.util.find_spec("pyarrow") is None:
        raise HouseganError(f"{path} needs a package more to be read: `pip install 'housegan[parquet]'`.")
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            return [str(name) for name in file.schema_arrow.names]
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise HouseganError(f"{path} can't be read as Parquet: {text(str(error), limit=150)}.") from None


def _parquet_rows(path: Path, *, column: str) -> Iterator[Row]:
    import pyarrow
    from pyarrow import parquet

    wanted = {column, "score"}.union(*_COLUMNS.values())
    try:
        with parquet.ParquetFile(path, memory_map=True) as file:
            columns = [name for name in file.schema_arrow.names if name.lower() in wanted]
            for batch in file.iter_batches(_ROWS_A_BATCH, columns=columns, use_threads=False):
                yield from batch.to_pylist()
    except (pyarrow.ArrowException, OSError, ValueError):
        yield Skip("rest of a damaged Parquet file")
