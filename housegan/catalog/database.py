"""Opening a catalog's file, writing to it in one transaction, and saying what is wrong with it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from housegan.catalog.schema import MIGRATIONS
from housegan.errors import HouseganError

BUSY_TIMEOUT_S = 30

FAULTS = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError)
"""Errors that are ours: the file is whole, and nobody should be told to move it away."""

_NETWORK_FILESYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "fuse.sshfs", "virtiofs", "ceph", "lustre"}


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, made and brought to the newest version where it isn't there yet."""
    try:
        db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    except sqlite3.DatabaseError as error:
        raise explained(error, path) from None
    try:
        _set_journal_mode(db, "DELETE" if _on_network(path.parent) else "WAL")
        db.execute("PRAGMA foreign_keys = ON")
        _migrate(db, path)
    except BaseException as error:
        db.close()
        if isinstance(error, sqlite3.DatabaseError):
            raise explained(error, path) from None
        raise
    return db


@contextmanager
def writing(db: sqlite3.Connection, *, by_person: bool = False) -> Iterator[None]:
    """One transaction, all or nothing; a person's is on disk when it ends, not only in the system's cache."""
    db.execute(f"PRAGMA synchronous = {'FULL' if by_person else 'NORMAL'}")
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # a full disk has ended it already
            db.execute("ROLLBACK")
        raise


def explained(error: sqlite3.DatabaseError, path: Path) -> HouseganError:
    """Turn what SQLite says into a sentence with what to do."""
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


def _set_journal_mode(db: sqlite3.Connection, mode: str) -> None:
    """Switch, waiting ourselves: here SQLite answers `locked` at once while another process opens the file."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            db.execute(f"PRAGMA journal_mode = {mode}")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    if _version(db) == len(MIGRATIONS):
        return
    with writing(db):  # the version is read again inside: another process may have been quicker
        for number, script in enumerate(MIGRATIONS[_version(db) :], start=_version(db) + 1):
            for statement in script.split(";\n"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {number}")
    if _version(db) > len(MIGRATIONS):
        raise HouseganError(f"{path} was written by a newer housegan: update this one.")


def _version(db: sqlite3.Connection) -> int:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version


def _on_network(folder: Path) -> bool:
    """Whether the folder is on a network file system, by Linux's own list; elsewhere nobody is asked."""
    try:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    except OSError:
        return False
    here = folder.resolve()
    inside = [(mount[1], mount[2]) for mount in mounts if here.is_relative_to(mount[1].replace("\\040", " "))]
    return max(inside, key=lambda mount: len(mount[0]), default=("", ""))[1] in _NETWORK_FILESYSTEMS
