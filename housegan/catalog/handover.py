"""Addresses that something else fetches: given away, and claimed when its pictures come back by `import`."""

import json
from collections.abc import Iterator

from housegan.catalog.database import writing
from housegan.catalog.rows import Sha256, Sighting
from housegan.catalog.store import MAX_ROWS_A_COMMIT, Catalog, insert_finds, now_utc


def waiting_media(catalog: Catalog) -> Iterator[tuple[str, Sighting]]:
    """Yield address and story of each picture that scraping has found and not fetched, in the order of finding."""
    for _, urls, sighting in _waiting(catalog):
        yield urls[0], sighting


def claim_imported(catalog: Catalog, *, source: str) -> int:
    """Take what `source` has brought for what scraping was still to fetch.

    Each such picture gets a sighting more, with what the scraped source knew of it, and is not fetched again. Returns
    how many addresses were claimed.
    """
    claimed = 0
    batch: list[tuple[int, Sha256, Sighting]] = []
    for row_id, urls, sighting in _waiting(catalog):
        marks = ",".join("?" * len(urls))
        found = catalog._db.execute(
            f"SELECT sha256 FROM sightings WHERE source = ? AND media_url IN ({marks}) LIMIT 1", (source, *urls)
        ).fetchone()
        if found:
            batch.append((row_id, found[0], sighting))
            claimed += 1
        if len(batch) == MAX_ROWS_A_COMMIT // 2:
            _claim(catalog, batch)
            batch.clear()
    _claim(catalog, batch)
    return claimed


def _waiting(catalog: Catalog) -> Iterator[tuple[int, list[str], Sighting]]:
    """Read the waiting media by pages of rows, so that writing between them does no harm."""
    last = 0
    while rows := catalog._db.execute(
        """SELECT id, key, payload FROM frontier
        WHERE kind = 'media' AND state IN ('waiting', 'later') AND id > ? ORDER BY id LIMIT 1000""",
        (last,),
    ).fetchall():
        for row_id, key, payload in rows:
            told = json.loads(payload)
            yield row_id, list(dict.fromkeys([*told["urls"], key])), Sighting(**told["sighting"])
        last = rows[-1][0]


def _claim(catalog: Catalog, batch: list[tuple[int, Sha256, Sighting]]) -> None:
    if not batch:
        return
    with writing(catalog._db):
        insert_finds(catalog._db, [(sha256, 0, None, sighting) for _, sha256, sighting in batch])
        catalog._db.executemany(
            "UPDATE frontier SET state = 'done', reason = 'imported', payload = '', at = ? WHERE id = ?",
            [(now_utc(), row_id) for row_id, _, _ in batch],
        )
