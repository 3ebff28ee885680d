"""What a scrape still has to ask and to fetch, on disk beside what it has found.

Whatever is done with an address is one transaction with what came of it. So a kill at any moment loses nothing, what
was answered is not asked again, and memory holds a few rows however many there are.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

from housegan.catalog.database import writing
from housegan.catalog.rows import Sha256, Sighting
from housegan.catalog.store import Catalog, insert_finds, now_utc
from housegan.pictures import PictureFacts

Kind = Literal["ask", "media"]

LOCK = ".scrape.lock"
"""Beside the catalog, held by the one command that works through the frontier or takes things out of it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Something to ask or to fetch, as a source named it."""

    kind: Kind
    key: str
    host: str
    payload: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row whose turn it is."""

    id: int
    source: str
    kind: Kind
    key: str
    host: str
    payload: str
    tries: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many addresses of a source came to the same, over all runs, and one of them."""

    source: str
    kind: Kind
    state: Literal["waiting", "later", "done", "refused"]
    reason: str
    count: int
    example: str


class Frontier:
    """The addresses of the sources that this run asks; those of others are left alone."""

    def __init__(self, catalog: Catalog, sources: Sequence[str]) -> None:
        self._db, self.sources = catalog._db, tuple(sources)
        asked = self._db.execute("SELECT DISTINCT source FROM frontier").fetchall()
        self._scraped = tuple({*self.sources, *(source for (source,) in asked)})
        """All sources that were ever scraped: the target counts what each of them has brought."""

    def reopen(self) -> None:
        """Begin a run: what was put off until later is waiting again."""
        with self._writing():
            self._db.execute("UPDATE frontier SET state = 'waiting' WHERE state = 'later'")

    def refresh(self) -> None:
        """Have all that was asked asked again; media are not fetched again."""
        with self._writing():
            self._db.execute(
                f"""UPDATE frontier SET state = 'waiting', reason = '', tries = 0, not_before = 0
                WHERE kind = 'ask' AND source IN {_marks(self.sources)}""",
                self.sources,
            )

    def add(self, source: str, addresses: Iterable[Address]) -> int:
        """Remember addresses, each once; returns how many media are new."""
        with self._writing():
            return self._insert(source, addresses)

    def answered(self, row: Waiting, addresses: Iterable[Address], *, wait_until: float | None = None) -> int:
        """Remember what an answer named; the ask is done, or waits for its next try where it was told to."""
        with self._writing():
            added = self._insert(row.source, addresses)
            if wait_until is None:
                self._finish(row, "done", "")
            else:
                self._put_off(row, "waiting", "told to wait", wait_until)
        return added

    def kept(self, row: Waiting, sha256: Sha256, size: int, facts: PictureFacts | None, sighting: Sighting) -> bool:
        """Record a picture whose bytes are kept; returns whether it is one more that passed."""
        with self._writing():
            known = self._db.execute(
                f"SELECT 1 FROM sightings WHERE sha256 = ? AND source IN {_marks(self._scraped)}",
                (sha256, *self._scraped),
            ).fetchone()
            insert_finds(self._db, [(sha256, size, facts, sighting)])
            self._finish(row, "done", "seen before" if known else "")
        return known is None

    def refuse(self, row: Waiting, reason: str) -> None:
        """Be done with an address that gave nothing."""
        with self._writing():
            self._finish(row, "refused", reason)

    def put_off(self, row: Waiting, reason: str, *, until: float | None) -> None:
        """Count a try that failed; the next is at `until` (seconds since the epoch), or in another run."""
        with self._writing():
            self._put_off(row, "waiting" if until else "later", reason, until or 0)

    def put_off_host(self, host: str, reason: str) -> None:
        """Leave everything of a host to another run."""
        with self._writing():
            self._db.execute(
                "UPDATE frontier SET state = 'later', reason = ?, at = ? WHERE state = 'waiting' AND host = ?",
                (reason, now_utc(), host),
            )

    def next_host(self, after: str) -> str | None:
        """The first host behind `after`, by the alphabet, of which something waits."""
        row = self._db.execute(
            "SELECT min(host) FROM frontier WHERE state = 'waiting' AND host > ?", (after,)
        ).fetchone()
        host: str | None = row[0]
        return host

    def next_row(self, host: str, pairs: Iterable[tuple[str, Kind]], *, but: Sequence[int]) -> Waiting | None:
        """The oldest row of a host among these (source, kind), but not one of those ids."""
        marks = ",".join("?" * len(but))
        rows = [
            self._db.execute(
                f"""SELECT id, source, kind, key, host, payload, tries FROM frontier
                WHERE state = 'waiting' AND host = ? AND source = ? AND kind = ? AND id NOT IN ({marks})
                ORDER BY id LIMIT 1""",
                (host, source, kind, *but),
            ).fetchone()
            for source, kind in pairs
        ]
        return Waiting(*min(filter(None, rows))) if any(rows) else None

    def pauses(self, now: float) -> dict[str, float]:
        """Until when hosts wanted to be left alone, in seconds since the epoch."""
        return dict(
            self._db.execute(
                "SELECT host, max(not_before) FROM frontier WHERE state = 'waiting' AND not_before > ? GROUP BY host",
                (now,),
            ).fetchall()
        )

    def passed(self) -> int:
        """How many pictures scraping has brought, over all runs."""
        row = self._db.execute(
            f"SELECT count(DISTINCT sha256) FROM sightings WHERE source IN {_marks(self._scraped)}", self._scraped
        ).fetchone()
        return int(row[0])

    def passed_by_source(self) -> dict[str, int]:
        """How many pictures each source has brought; one that two have brought counts for both."""
        rows = self._db.execute("SELECT source, count(DISTINCT sha256) FROM sightings GROUP BY source")
        return {source: count for source, count in rows if source in self.sources}

    def outcomes(self) -> list[Outcome]:
        """What became of all addresses so far, the most frequent first."""
        rows = self._db.execute(
            """SELECT source, kind, state, CASE state WHEN 'waiting' THEN '' ELSE reason END AS why,
            count(*) AS many, min(key) FROM frontier GROUP BY source, kind, state, why
            ORDER BY many DESC, source, why"""
        )
        return [Outcome(*row) for row in rows if row[0] in self.sources]

    def _writing(self) -> AbstractContextManager[None]:
        return writing(self._db)

    def _insert(self, source: str, addresses: Iterable[Address]) -> int:
        """Insert what is new; media that the source has brought before are done already."""
        now = now_utc()
        added = 0
        for address in addresses:
            brought = (
                address.kind == "media"
                and self._db.execute(
                    "SELECT 1 FROM sightings WHERE source = ? AND media_url = ?", (source, address.key)
                ).fetchone()
            )
            new = self._db.execute(
                """INSERT OR IGNORE INTO frontier (source, kind, key, host, payload, state, reason, at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                (source, address.kind, address.key, address.host)
                + (("", "done", "seen before", now) if brought else (address.payload, "waiting", "", now)),
            ).rowcount
            added += new if address.kind == "media" and not brought else 0
        return added

    def _finish(self, row: Waiting, state: Literal["done", "refused"], reason: str) -> None:
        """An ask keeps its payload, to be asked again by `refresh`; of media only the address is kept."""
        self._db.execute(
            "UPDATE frontier SET state = ?, reason = ?, payload = ?, at = ? WHERE id = ?",
            (state, reason, row.payload if row.kind == "ask" else "", now_utc(), row.id),
        )

    def _put_off(self, row: Waiting, state: Literal["waiting", "later"], reason: str, until: float) -> None:
        self._db.execute(
            "UPDATE frontier SET state = ?, reason = ?, tries = ?, not_before = ?, at = ? WHERE id = ?",
            (state, reason, row.tries + 1, until, now_utc(), row.id),
        )


def _marks(values: Sequence[str]) -> str:
    return f"({','.join('?' * len(values))})"
