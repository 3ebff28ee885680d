"""The catalog of one set: facts about each picture, where it was seen, and every opinion about it.

`data/NAME/catalog.sqlite` and `data/NAME/originals/ab/ab34….jpg`, the bytes as they came. Opinions are appended, never
changed; what is kept is a view over them. All SQL of the project is in this module.
"""

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, NewType, Self, TypeVar

from housegan.errors import HouseganError
from housegan.pictures import PHASH_VERSION, SUFFIXES, PictureFacts
from housegan.places import data_folder

Sha256 = NewType("Sha256", str)
Row = TypeVar("Row")
By = Literal["machine", "person"]
Verdict = Literal["keep", "reject", "withdrawn"]

BUSY_TIMEOUT_S = 30
MAX_ROWS_A_COMMIT = 1_000

_FAULTS = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError)
"""Errors that are ours: the file is whole, and nobody should be told to move it away."""

_NETWORK_FILESYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "fuse.sshfs", "virtiofs", "ceph", "lustre"}


@dataclass(frozen=True, slots=True)
class Picture:
    """One row of `images`."""

    sha256: Sha256
    format: str
    width: int
    height: int
    bytes: int
    animated: bool
    phash: str
    contrast: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a picture was found; several an image. `fetched` is UTC in ISO 8601."""

    source: str
    media_url: str
    post: str = ""
    page_url: str = ""
    title: str = ""
    author: str = ""
    licence: str = ""
    licence_url: str = ""
    score: float | None = None
    created: str = ""


@dataclass(frozen=True, slots=True)
class Crop:
    """A square of the upright original, in px."""

    left: int
    top: int
    side: int


@dataclass(frozen=True, slots=True)
class Decision:
    """An opinion about one picture: a verdict, a crop, or both."""

    sha256: Sha256
    step: str
    version: int
    config: str
    """Fingerprint of the thresholds that the step went by."""
    verdict: Verdict | None = None
    crop: Crop | None = None
    reason: str = ""
    by: By = "machine"


@dataclass(frozen=True, slots=True)
class Pair:
    """An opinion that two pictures show the same, or don't; `first` < `second`."""

    first: Sha256
    second: Sha256
    same: bool
    distance: int
    by: By = "machine"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What all opinions about a picture come to."""

    picture: Picture
    verdict: Literal["keep", "reject"]
    step: str
    """Whose verdict it is; empty where nobody objected."""
    reason: str
    crop: Crop | None


_MIGRATIONS = (
    """
    CREATE TABLE images (
        sha256 TEXT PRIMARY KEY, format TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
        bytes INTEGER NOT NULL, animated INTEGER NOT NULL, phash TEXT NOT NULL, phash_version TEXT NOT NULL,
        contrast REAL NOT NULL, added TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE sightings (
        id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL REFERENCES images, source TEXT NOT NULL, media_url TEXT NOT NULL,
        post TEXT NOT NULL, page_url TEXT NOT NULL, title TEXT NOT NULL, author TEXT NOT NULL, licence TEXT NOT NULL,
        licence_url TEXT NOT NULL, score REAL, created TEXT NOT NULL, fetched TEXT NOT NULL,
        UNIQUE (sha256, source, media_url)
    ) STRICT;
    CREATE INDEX sightings_media ON sightings (source, media_url);
    CREATE TABLE decisions (
        id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL REFERENCES images, step TEXT NOT NULL, version INTEGER NOT NULL,
        config TEXT NOT NULL, verdict TEXT CHECK (verdict IN ('keep', 'reject', 'withdrawn')),
        crop_left INTEGER, crop_top INTEGER, crop_side INTEGER, reason TEXT NOT NULL,
        by TEXT NOT NULL CHECK (by IN ('machine', 'person')), at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX decisions_image ON decisions (sha256, by, step, id);
    CREATE TABLE pairs (
        id INTEGER PRIMARY KEY, first TEXT NOT NULL REFERENCES images, second TEXT NOT NULL REFERENCES images,
        same INTEGER NOT NULL, distance INTEGER NOT NULL, by TEXT NOT NULL CHECK (by IN ('machine', 'person')),
        at TEXT NOT NULL, CHECK (first < second)
    ) STRICT;
    CREATE INDEX pairs_both ON pairs (first, second, id);

    -- The last word of each voice: every machine step has one, all persons together have one. Columns beside a max()
    -- are those of its row, which SQLite promises, and much faster than looking each id up again.
    CREATE VIEW last_verdicts AS
        SELECT max(id) AS id, sha256, by, step, verdict, reason FROM decisions WHERE verdict IS NOT NULL
        GROUP BY sha256, by, CASE by WHEN 'machine' THEN step END;
    CREATE VIEW last_crops AS
        SELECT max(id) AS id, sha256, by, crop_left, crop_top, crop_side FROM decisions WHERE crop_side IS NOT NULL
        GROUP BY sha256, by;
    -- A person's last word beats every machine's; among machines one rejection is enough, the earliest step's.
    CREATE VIEW verdicts AS
        SELECT images.sha256,
            coalesce(person.verdict, machine.verdict, 'keep') AS verdict,
            coalesce(person.step, machine.step, '') AS step,
            coalesce(person.reason, machine.reason, '') AS reason
        FROM images
        LEFT JOIN (SELECT * FROM last_verdicts WHERE by = 'person' AND verdict != 'withdrawn') AS person
            USING (sha256)
        LEFT JOIN (
            SELECT min(id), sha256, verdict, step, reason FROM last_verdicts
            WHERE by = 'machine' AND verdict = 'reject' GROUP BY sha256) AS machine USING (sha256);
    CREATE VIEW crops AS  -- max(by) is the person's row where there is one: p comes after m
        SELECT max(by), sha256, crop_left, crop_top, crop_side FROM last_crops GROUP BY sha256;
    CREATE VIEW last_pairs AS
        SELECT * FROM pairs AS mine WHERE id = coalesce(
            (SELECT max(id) FROM pairs WHERE first = mine.first AND second = mine.second AND by = 'person'),
            (SELECT max(id) FROM pairs WHERE first = mine.first AND second = mine.second));
    """,
)


class Catalog:
    """An open catalog. Use it as a context manager; several processes may have one open at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "originals").mkdir(parents=True, exist_ok=True)
        path = folder / "catalog.sqlite"
        try:
            self._db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        except sqlite3.DatabaseError as error:
            raise _sentence(error, path) from None
        try:
            self._set_journal_mode("DELETE" if _on_network(folder) else "WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._migrate()
        except BaseException as error:
            self._db.close()
            if isinstance(error, sqlite3.DatabaseError):
                raise _sentence(error, path) from None
            raise

    @classmethod
    def existing(cls, name: str) -> Self:
        """Open the catalog of the set `name`, which must be there."""
        folder = data_folder(name)
        if not (folder / "catalog.sqlite").is_file():
            raise HouseganError(
                f"The set {name!r} has no pictures yet. Run `housegan import {name} FOLDER` or "
                f"`housegan import {name} ARCHIVE.zip` first."
            )
        return cls(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, _FAULTS):
            raise _sentence(error, self.folder / "catalog.sqlite") from None

    def original(self, sha256: Sha256, format_name: str) -> Path:
        """The file that holds a picture's bytes as they came."""
        return self.folder / "originals" / sha256[:2] / f"{sha256}{SUFFIXES[format_name]}"

    def keep_bytes(self, sha256: Sha256, format_name: str, data: bytes) -> None:
        """Write a picture's bytes under its name: whole on disk, or not at all."""
        path = self.original(sha256, format_name)
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def knows(self, sha256: Sha256) -> bool:
        """Whether the picture is in the catalog and its bytes are where they belong."""
        row = self._db.execute("SELECT format FROM images WHERE sha256 = ?", (sha256,)).fetchone()
        return row is not None and self.original(sha256, row[0]).is_file()

    def add(self, finds: Iterable[tuple[Sha256, int, PictureFacts | None, Sighting]]) -> int:
        """Record finds (digest, number of bytes, facts, sighting) in one commit; their bytes are kept already.

        Facts are None for a picture that the catalog knows: then only the sighting is new. Returns how many pictures
        are new.
        """
        now = _now()
        added = 0
        with self._writing():
            for sha256, size, facts, sighting in finds:
                if facts is not None:
                    added += self._db.execute(
                        "INSERT OR IGNORE INTO images VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        (
                            sha256, facts.format, facts.width, facts.height, size, facts.animated,
                            facts.phash, PHASH_VERSION, facts.contrast, now,
                        ),
                    ).rowcount  # fmt: skip
                self._db.execute(
                    """INSERT OR IGNORE INTO sightings
                    (sha256, source, media_url, post, page_url, title, author, licence, licence_url, score, created,
                    fetched) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                    (sha256, *astuple(sighting), now),
                )
        return added

    def record(self, decisions: Iterable[Decision]) -> None:
        """Append opinions. A person's is on disk, not only in the system's cache, when this returns."""
        for batch in _batches(decisions):
            now = _now()
            with self._writing(by_person=any(decision.by == "person" for decision in batch)):
                self._db.executemany(
                    """INSERT INTO decisions
                    (sha256, step, version, config, verdict, crop_left, crop_top, crop_side, reason, by, at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                    [
                        (
                            d.sha256, d.step, d.version, d.config, d.verdict,
                            *(astuple(d.crop) if d.crop else (None, None, None)), d.reason, d.by, now,
                        )
                        for d in batch
                    ],
                )  # fmt: skip

    def record_pairs(self, pairs: Iterable[Pair]) -> None:
        """Append opinions about pairs. A person's is on disk when this returns."""
        for batch in _batches(pairs):
            now = _now()
            with self._writing(by_person=any(pair.by == "person" for pair in batch)):
                self._db.executemany(
                    "INSERT INTO pairs (first, second, same, distance, by, at) VALUES (?, ?, ?, ?, ?, ?)",
                    [(p.first, p.second, p.same, p.distance, p.by, now) for p in batch],
                )

    def pictures(self) -> list[Picture]:
        """All pictures, in the order of their digests."""
        rows = self._db.execute(f"SELECT {_PICTURE} FROM images ORDER BY sha256")
        return [_picture(row) for row in rows]

    def opinions(self, step: str) -> dict[Sha256, Decision]:
        """The last opinion of one machine step about each picture."""
        rows = self._db.execute(
            """SELECT sha256, step, version, config, verdict, crop_left, crop_top, crop_side, reason FROM decisions
            WHERE id IN (SELECT max(id) FROM decisions WHERE step = ? AND by = 'machine' GROUP BY sha256)""",
            (step,),
        )
        return {
            sha256: Decision(
                sha256, step, version, config, verdict, None if side is None else Crop(left, top, side), reason
            )
            for sha256, step, version, config, verdict, left, top, side, reason in rows
        }

    def person_verdicts(self) -> dict[Sha256, Verdict]:
        """The last word that persons have on pictures, where they have one."""
        rows = self._db.execute(
            "SELECT sha256, verdict FROM last_verdicts WHERE by = 'person' AND verdict != 'withdrawn'"
        )
        return dict(rows)

    def extra_sightings(self) -> int:
        """How many times the bytes of a known picture were found again elsewhere."""
        row = self._db.execute("SELECT (SELECT count(*) FROM sightings) - (SELECT count(*) FROM images)").fetchone()
        return int(row[0])

    def pairs(self) -> list[Pair]:
        """What is thought of each pair now: the person's last word, else the machine's."""
        rows = self._db.execute("SELECT first, second, same, distance, by FROM last_pairs ORDER BY first, second")
        return [Pair(first, second, bool(same), distance, by) for first, second, same, distance, by in rows]

    def resolved(self) -> Iterator[Resolved]:
        """Every picture with what all opinions about it come to, in the order of digests."""
        rows = self._db.execute(
            f"""SELECT {_PICTURE}, verdict, step, reason, crop_left, crop_top, crop_side
            FROM images JOIN verdicts USING (sha256) LEFT JOIN crops USING (sha256) ORDER BY sha256"""
        )
        for *facts, verdict, step, reason, left, top, side in rows:
            yield Resolved(_picture(facts), verdict, step, reason, None if side is None else Crop(left, top, side))

    def stories(self) -> Mapping[Sha256, Sighting]:
        """For each picture the first sighting that says most: one with an author before one without."""
        rows = self._db.execute(
            """SELECT sha256, source, media_url, post, page_url, title, author, licence, licence_url, score, created
            FROM sightings ORDER BY author = '', id"""
        )
        return {row[0]: Sighting(*row[1:]) for row in reversed(rows.fetchall())}

    @contextmanager
    def _writing(self, *, by_person: bool = False) -> Iterator[None]:
        self._db.execute(f"PRAGMA synchronous = {'FULL' if by_person else 'NORMAL'}")
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # a full disk has ended it already
                self._db.execute("ROLLBACK")
            raise

    def _set_journal_mode(self, mode: str) -> None:
        """Switch, waiting ourselves: here SQLite answers `locked` at once while another process opens the file."""
        deadline = time.monotonic() + BUSY_TIMEOUT_S
        while True:
            try:
                self._db.execute(f"PRAGMA journal_mode = {mode}")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def _migrate(self) -> None:
        version: int = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(_MIGRATIONS):
            raise HouseganError(f"{self.folder}/catalog.sqlite was written by a newer housegan: update this one.")
        for number, script in enumerate(_MIGRATIONS[version:], start=version + 1):
            try:
                self._db.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;")
            except sqlite3.OperationalError:
                self._db.rollback()
                if self._db.execute("PRAGMA user_version").fetchone()[0] < number:
                    raise  # else another process was quicker


_PICTURE = "images.sha256, format, width, height, bytes, animated, phash, contrast"


def _picture(row: Iterable[object]) -> Picture:
    sha256, format_name, width, height, size, animated, phash, contrast = row
    return Picture(sha256, format_name, width, height, size, bool(animated), phash, contrast)  # type: ignore[arg-type]


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == MAX_ROWS_A_COMMIT:
            yield batch
            batch = []
    if batch:
        yield batch


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _sentence(error: sqlite3.DatabaseError, path: Path) -> HouseganError:
    text = str(error)
    if "full" in text:
        return HouseganError(f"The disk is full ({path}): make room and run the same command again.")
    if "I/O" in text:
        return HouseganError(
            f"The disk refused to read or write {path}; it is full, over a quota or failing: make room or look at the "
            "disk, and run the same command again. What was saved is kept."
        )
    if "readonly" in text or "unable to open" in text:
        return HouseganError(f"No permission to write {path}: check who owns the folder, or work in another one.")
    if "locked" in text or "busy" in text:
        return HouseganError(
            f"{path} is in use by another command for over {BUSY_TIMEOUT_S} seconds: end that one first."
        )
    return HouseganError(f"{path} can't be used ({text}): move it away to begin anew; originals/ keeps the pictures.")


def _on_network(folder: Path) -> bool:
    """Whether the folder is on a network file system, by Linux's own list; elsewhere nobody is asked."""
    try:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    except OSError:
        return False
    here = folder.resolve()
    inside = [(mount[1], mount[2]) for mount in mounts if here.is_relative_to(mount[1].replace("\\040", " "))]
    return max(inside, key=lambda mount: len(mount[0]), default=("", ""))[1] in _NETWORK_FILESYSTEMS
