"""What was measured of pictures' bytes, kept so that it is measured once."""

import time
from collections.abc import Iterable

from housegan.catalog.database import writing
from housegan.catalog.rows import Sha256
from housegan.catalog.store import Catalog

KEEP_EVERY_S = 1.0


def known(catalog: Catalog, name: str, version: str) -> dict[Sha256, bytes]:
    """All values of one measure in one version."""
    rows = catalog._db.execute("SELECT sha256, value FROM measures WHERE name = ? AND version = ?", (name, version))
    return dict(rows)


def keep(catalog: Catalog, name: str, version: str, values: Iterable[tuple[Sha256, bytes]]) -> None:
    """Record values in one commit, in place of those of any other version."""
    with writing(catalog._db):
        catalog._db.executemany(
            "INSERT OR REPLACE INTO measures VALUES (?, ?, ?, ?)",
            [(sha256, name, version, value) for sha256, value in values],
        )


def keep_as_they_come(catalog: Catalog, name: str, version: str, values: Iterable[tuple[Sha256, bytes]]) -> None:
    """Record values that take long to make, about every second: who is stopped loses no more than that."""
    batch: list[tuple[Sha256, bytes]] = []
    last_kept = time.monotonic()
    for value in values:
        batch.append(value)
        if time.monotonic() - last_kept > KEEP_EVERY_S:
            keep(catalog, name, version, batch)
            batch, last_kept = [], time.monotonic()
    keep(catalog, name, version, batch)
