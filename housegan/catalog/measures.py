"""What was measured of pictures' bytes, kept so that it is measured once."""

from collections.abc import Iterable

from housegan.catalog.database import writing
from housegan.catalog.rows import Sha256
from housegan.catalog.store import Catalog


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
