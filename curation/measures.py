"""What the steps need to know of pictures' bytes: taken in worker processes, once for each picture and version."""

import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from housegan.catalog import Catalog, Picture, Sha256
from housegan.catalog.measures import keep_as_they_come, known
from housegan.config import IntakeConfig
from housegan.errors import UnreadablePictureError
from housegan.progress import Progress
from housegan.workers import map_limited

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Measure(Generic[Value]):
    """Something that can be measured: `take` gets a picture's row and its bytes, in another process."""

    name: str
    version: str
    """Changes when the same bytes would give another value."""
    kind: type[Value]
    """A dataclass of numbers, words and tuples, which is kept as JSON."""
    take: Callable[[Picture, bytes], Value]
    doing: str
    """What to say while it is being taken, as in `looking at`."""


@dataclass(frozen=True, slots=True)
class Measured(Generic[Value]):
    """Values by picture; and the originals that can't be read any more, with the reason."""

    values: dict[Sha256, Value]
    unreadable: dict[Sha256, str]


def measured(
    catalog: Catalog, measure: Measure[Value], pictures: Collection[Picture], limits: IntakeConfig
) -> Measured[Value]:
    """Take a measure of those pictures for which the catalog has none in this version, and return those of all.

    What is taken is kept every second: stopped, it goes on where it was.
    """
    adapter = TypeAdapter(measure.kind)
    wanted = {picture.sha256 for picture in pictures}
    values = {
        sha256: adapter.validate_json(value)
        for sha256, value in known(catalog, measure.name, measure.version).items()
        if sha256 in wanted
    }
    unreadable: dict[Sha256, str] = {}
    missing = [picture for picture in pictures if picture.sha256 not in values]

    def fresh() -> Iterator[tuple[Sha256, bytes]]:
        for picture, value in _taken(catalog, measure, missing, limits):
            if isinstance(value, UnreadablePictureError):
                unreadable[picture.sha256] = str(value)
            else:
                values[picture.sha256] = value
                yield picture.sha256, adapter.dump_json(value)

    keep_as_they_come(catalog, measure.name, measure.version, fresh())
    return Measured(values, unreadable)


def original_bytes(picture: Picture, path: Path) -> bytes:
    """Read an original; raises UnreadablePictureError where it is gone or not what came."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadablePictureError(f"it can't be read ({error.strerror})") from None
    if hashlib.sha256(data).hexdigest() != picture.sha256:
        raise UnreadablePictureError("its bytes are not those that came")
    return data


def _taken(
    catalog: Catalog, measure: Measure[Value], pictures: Collection[Picture], limits: IntakeConfig
) -> Iterator[tuple[Picture, Value | UnreadablePictureError]]:
    if not pictures:
        return
    name = catalog.folder.name
    again = f"Stopped; what was measured is kept. To go on: housegan curate {name}"
    items = [(picture, catalog.original(picture.sha256, picture.format)) for picture in pictures]
    with Progress(f"{measure.doing} {name}", total=len(items), unit="pictures", if_stopped=again) as progress:
        results = map_limited(
            partial(_taken_of, take=measure.take),
            items,
            time_limit_s=limits.time_limit_s,
            memory_limit_mb=limits.memory_limit_mb,
        )
        for (picture, _), value in progress.counted(results):
            yield picture, value


def _taken_of(item: tuple[Picture, Path], *, take: Callable[[Picture, bytes], Value]) -> Value:
    picture, path = item
    return take(picture, original_bytes(picture, path))
