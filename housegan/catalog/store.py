"""The catalog itself: what other stages ask of it and tell it. All SQL but the schema is here."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from housegan.catalog.database import FAULTS, connect, explained, writing
from housegan.catalog.rows import (
    PICTURE_COLUMNS,
    Decision,
    Pair,
    Picture,
    Resolved,
    Sha256,
    Sighting,
    Verdict,
    crop_of,
    picture_of,
)
from housegan.errors import HouseganError
from housegan.files import write_whole
from housegan.pictures import SUFFIXES, PictureFacts
from housegan.places import data_folder

MAX_ROWS_A_COMMIT = 1_000

Row = TypeVar("Row")


class Catalog:
    """An open catalog. Use it as a context manager; several processes may have one open at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "originals").mkdir(parents=True, exist_ok=True)
        self._db = connect(folder / "catalog.sqlite")

    @classmethod
    def existing(cls, name: str) -> Self:
        """Open the catalog of the set `name`, which must be there."""
        folder = data_folder(name)
        if not (folder / "catalog.sqlite").is_file():
            raise HouseganError(
                f"The set {name!r} has no pictures yet. "
                f"Run `housegan scrape {name}` or `housegan import {name} FOLDER` first."
            )
        return cls(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, FAULTS):
            raise explained(error, self.folder / "catalog.sqlite") from None

    def original(self, sha256: Sha256, format_name: str) -> Path:
        """The file that holds a picture's bytes as they came."""
        return self.folder / "originals" / sha256[:2] / f"{sha256}{SUFFIXES[format_name]}"

    def keep_bytes(self, sha256: Sha256, format_name: str, data: bytes) -> None:
        """Write a picture's bytes under its name: whole on disk, or not at all."""
        path = self.original(sha256, format_name)
        path.parent.mkdir(exist_ok=True)
        write_whole(path, data)

    def knows(self, sha256: Sha256) -> bool:
        """Whether the picture is in the catalog and its bytes are where they belong."""
        row = self._db.execute("SELECT format FROM images WHERE sha256 = ?", (sha256,)).fetchone()
        return row is not None and self.original(sha256, row[0]).is_file()

    def add(self, finds: Iterable[tuple[Sha256, int, PictureFacts | None, Sighting]]) -> int:
        """Record finds (digest, number of bytes, facts, sighting) in one commit; their bytes are kept already.

        Facts are None for a picture that the catalog knows: then only the sighting is new. Returns how many pictures
        are new.
        """
        with writing(self._db):
            return insert_finds(self._db, finds)

    def record(self, decisions: Iterable[Decision]) -> None:
        """Append opinions. A person's is on disk, not only in the system's cache, when this returns."""
        for batch in _batches(decisions):
            with writing(self._db, by_person=any(decision.by == "person" for decision in batch)):
                insert_decisions(self._db, batch)

    def record_pairs(self, pairs: Iterable[Pair]) -> None:
        """Append opinions about pairs. A person's is on disk when this returns."""
        for batch in _batches(pairs):
            with writing(self._db, by_person=any(pair.by == "person" for pair in batch)):
                insert_pairs(self._db, batch)

    def pictures(self) -> list[Picture]:
        """All pictures, in the order of their digests."""
        rows = self._db.execute(f"SELECT {PICTURE_COLUMNS} FROM images ORDER BY sha256")
        return [picture_of(row) for row in rows]

    def opinions(self, step: str) -> dict[Sha256, Decision]:
        """The last opinion of one machine step about each picture, in the order in which they were recorded."""
        rows = self._db.execute(
            """SELECT sha256, step, version, config, verdict, crop_left, crop_top, crop_side, reason, confidence
            FROM decisions
            WHERE id IN (SELECT max(id) FROM decisions WHERE step = ? AND by = 'machine' GROUP BY sha256)
            ORDER BY id""",
            (step,),
        )
        return {
            sha256: Decision(
                sha256, step, version, config, verdict, crop_of(left, top, side), reason, confidence=confidence
            )
            for sha256, step, version, config, verdict, left, top, side, reason, confidence in rows
        }

    def person_verdicts(self) -> dict[Sha256, Verdict]:
        """The last verdicts of persons that they have not withdrawn."""
        return {sha256: verdict for sha256, (verdict, _) in self.person_words().items()}

    def person_words(self) -> dict[Sha256, tuple[Verdict, str]]:
        """The last verdicts of persons that they have not withdrawn, with their reasons."""
        rows = self._db.execute(
            "SELECT sha256, verdict, reason FROM last_verdicts WHERE by = 'person' AND verdict != 'withdrawn'"
        )
        return {sha256: (verdict, reason) for sha256, verdict, reason in rows}

    def extra_sightings(self) -> int:
        """How many times the bytes of a known picture were found again elsewhere."""
        row = self._db.execute("SELECT (SELECT count(*) FROM sightings) - (SELECT count(*) FROM images)").fetchone()
        return int(row[0])

    def pairs(self) -> list[Pair]:
        """What is thought of each pair now: the person's last word, else the machine's."""
        rows = self._db.execute(
            "SELECT first, second, same, distance, by, version, config, reason FROM last_pairs ORDER BY first, second"
        )
        return [Pair(first, second, None if same is None else bool(same), *rest) for first, second, same, *rest in rows]

    def resolved(self) -> Iterator[Resolved]:
        """Every picture with what all opinions about it come to, in the order of digests."""
        rows = self._db.execute(
            f"""SELECT {PICTURE_COLUMNS}, verdict, step, reason, crop_left, crop_top, crop_side, by, confidence
            FROM images JOIN verdicts USING (sha256) LEFT JOIN crops USING (sha256) ORDER BY sha256"""
        )
        for *facts, verdict, step, reason, left, top, side, by, confidence in rows:
            yield Resolved(picture_of(facts), verdict, step, reason, crop_of(left, top, side), by, confidence)

    def stories(self) -> Mapping[Sha256, Sighting]:
        """For each picture the first sighting that says most: one with an author before one without."""
        rows = self._db.execute(
            """SELECT sha256, source, media_url, post, page_url, title, author, licence, licence_url, score, created
            FROM sightings ORDER BY author = '', id"""
        )
        return {row[0]: Sighting(*row[1:]) for row in reversed(rows.fetchall())}


def insert_finds(db: sqlite3.Connection, finds: Iterable[tuple[Sha256, int, PictureFacts | None, Sighting]]) -> int:
    """Do what `Catalog.add` does, within a transaction of the caller's."""
    now = now_utc()
    added = 0
    for sha256, size, facts, sighting in finds:
        if facts is not None:
            added += db.execute(
                "INSERT OR IGNORE INTO images VALUES (?, ?, ?, ?, ?, ?, ?)",
                (sha256, facts.format, facts.width, facts.height, size, facts.animated, now),
            ).rowcount
        db.execute(
            """INSERT OR IGNORE INTO sightings
            (sha256, source, media_url, post, page_url, title, author, licence, licence_url, score, created,
            fetched) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (sha256, *astuple(sighting), now),
        )
    return added


def insert_decisions(db: sqlite3.Connection, decisions: Iterable[Decision]) -> None:
    """Do what `Catalog.record` does, within a transaction of the caller's."""
    now = now_utc()
    db.executemany(
        """INSERT INTO decisions
        (sha256, step, version, config, verdict, crop_left, crop_top, crop_side, reason, by, confidence, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            (
                d.sha256, d.step, d.version, d.config, d.verdict,
                *(astuple(d.crop) if d.crop else (None, None, None)), d.reason, d.by, d.confidence, now,
            )
            for d in decisions
        ],
    )  # fmt: skip


def insert_pairs(db: sqlite3.Connection, pairs: Iterable[Pair]) -> None:
    """Do what `Catalog.record_pairs` does, within a transaction of the caller's."""
    now = now_utc()
    db.executemany(
        """INSERT INTO pairs (first, second, same, distance, by, version, config, reason, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [(*astuple(pair), now) for pair in pairs],
    )


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows = iter(rows)
    while batch := list(islice(rows, MAX_ROWS_A_COMMIT)):
        yield batch


def now_utc() -> str:
    """The time, as the catalog writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
