"""What goes when people want their pictures back: who is meant, and how the catalog forgets them for good.

Of what is purged the address alone stays, so that scraping doesn't fetch it again.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from housegan.catalog.database import BUSY_TIMEOUT_S, writing
from housegan.catalog.rows import Sha256
from housegan.catalog.store import Catalog, now_utc
from housegan.errors import HouseganError

IMPORTED = "import"
"""The source of what people brought themselves: nothing to fetch."""
_PICTURES_A_COMMIT = 100
_GONE = ("status 404", "status 410")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a purge is about."""

    pictures: tuple[tuple[Sha256, str], ...] = ()
    """Digest and format of each."""
    addresses: tuple[int, ...] = ()
    """Rows of the frontier that were not fetched yet."""

    def __bool__(self) -> bool:
        return bool(self.pictures or self.addresses)


def by_author(catalog: Catalog, author: str) -> Chosen:
    """Everything that any sighting says this person made; capitals don't count, nor does u/ or @ before the name."""
    wanted = _person(author)
    rows = catalog._db.execute("SELECT DISTINCT author FROM sightings").fetchall()
    names = [name for (name,) in rows if name and _person(name) == wanted]
    found = (row for name in names for row in _seen(catalog, "author = ?", name))
    waiting = (row_id for row_id, story in _waiting(catalog) if _person(story.get("author", "")) == wanted)
    return Chosen(tuple(dict.fromkeys(found)), tuple(waiting) if wanted else ())


def by_post(catalog: Catalog, post: str) -> Chosen:
    """Everything of one post, by its id (reddit's with t3_ or without), its page's address or the picture's."""
    if not post.strip().strip("/"):
        return Chosen()  # no post is not everything without one
    names = (post, f"t3_{post}", post.rstrip("/"), f"{post.rstrip('/')}/")
    found = [row for name in dict.fromkeys(names) for row in _seen(catalog, "? IN (post, page_url, media_url)", name)]
    waiting = (
        row_id
        for row_id, story in _waiting(catalog)
        if not {story.get("post"), story.get("page_url"), story.get("media_url")}.isdisjoint(names)
    )
    return Chosen(tuple(dict.fromkeys(found)), tuple(waiting))


def by_digest(catalog: Catalog, digest: str) -> Chosen:
    """One picture, by its digest or the first eight digits of it or more."""
    rows = catalog._db.execute(
        "SELECT sha256, format FROM images WHERE substr(sha256, 1, ?) = ?", (len(digest), digest.lower())
    ).fetchall()
    if len(digest) < 8 or len(rows) > 1:
        raise HouseganError(f"--sha256 {digest} is not enough of a digest: give more of it, all 64 digits at best.")
    return Chosen(tuple((sha256, kind) for sha256, kind in rows))


def by_absence(catalog: Catalog) -> Chosen:
    """Everything whose address, or post's page, has answered 404 or 410 since, wherever in the net it was found."""
    gone = {
        json.loads(key)[0] if kind == "ask" else key
        for kind, key in catalog._db.execute(
            f"""SELECT kind, key FROM frontier
            WHERE state = 'gone' OR (state = 'refused' AND reason IN ({",".join("?" * len(_GONE))}))""",
            _GONE,
        )
    }
    there: dict[tuple[Sha256, str], bool] = {}
    for sha256, kind, post, media in catalog._db.execute(
        """SELECT sha256, format, post, media_url FROM sightings JOIN images USING (sha256)
        WHERE media_url LIKE 'http%' ORDER BY sightings.id"""
    ):
        there[sha256, kind] = there.get((sha256, kind), False) or gone.isdisjoint((post, media))
    return Chosen(tuple(picture for picture, remains in there.items() if not remains))


def forget(catalog: Catalog, chosen: Chosen) -> None:
    """Remove all rows of the pictures; done again after a kill it ends where it would have."""
    catalog._db.execute("PRAGMA secure_delete = ON")
    for start in range(0, len(chosen.pictures), _PICTURES_A_COMMIT):
        with writing(catalog._db, by_person=True):
            for sha256, _ in chosen.pictures[start : start + _PICTURES_A_COMMIT]:
                _forget_picture(catalog, sha256)
    for start in range(0, len(chosen.addresses), 10 * _PICTURES_A_COMMIT):
        with writing(catalog._db, by_person=True):
            catalog._db.executemany(
                "UPDATE frontier SET state = 'refused', reason = 'purged', payload = '', at = ? WHERE id = ?",
                [(now_utc(), row_id) for row_id in chosen.addresses[start : start + 10 * _PICTURES_A_COMMIT]],
            )


def sweep(catalog: Catalog) -> None:
    """Write the file anew, so that nothing of what was deleted lingers in it or in its journal."""
    catalog._db.execute("VACUUM")
    busy, _, _ = catalog._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise HouseganError(
            f"{catalog.folder / 'catalog.sqlite'} is in use by another command for over {BUSY_TIMEOUT_S} seconds: end "
            "that one and run the same again, so that nothing of what was deleted lingers in the file."
        )


def _forget_picture(catalog: Catalog, sha256: Sha256) -> None:
    db, now = catalog._db, now_utc()
    for source, address in db.execute("SELECT source, media_url FROM sightings WHERE sha256 = ?", (sha256,)).fetchall():
        if source != IMPORTED:
            db.execute(
                """INSERT INTO frontier (source, kind, key, host, payload, at) VALUES (?, 'media', ?, '', '', ?)
                ON CONFLICT DO NOTHING""",
                (source, address, now),
            )
        db.execute(
            """UPDATE frontier SET state = 'refused', reason = 'purged', payload = '', at = ?
            WHERE source IN (SELECT DISTINCT source FROM frontier) AND kind = 'media' AND key = ?""",
            (now, address),
        )
    db.execute("DELETE FROM pairs WHERE first = ? OR second = ?", (sha256, sha256))
    for table in ("measures", "decisions", "sightings", "images"):
        db.execute(f"DELETE FROM {table} WHERE sha256 = ?", (sha256,))


def _seen(catalog: Catalog, condition: str, *values: str) -> list[tuple[Sha256, str]]:
    rows: list[tuple[Sha256, str]] = catalog._db.execute(
        f"SELECT DISTINCT sha256, format FROM sightings JOIN images USING (sha256) WHERE {condition}", values
    ).fetchall()
    return rows


def _waiting(catalog: Catalog) -> Iterator[tuple[int, dict[str, str]]]:
    rows = catalog._db.execute("SELECT id, payload FROM frontier WHERE kind = 'media' AND payload != ''")
    for row_id, payload in rows:
        yield row_id, json.loads(payload)["sighting"]


def _person(name: str) -> str:
    return name.strip().casefold().removeprefix("/").removeprefix("u/").removeprefix("@")
