"""What persons say, an action at a time: recorded whole or not at all, and never over another window's word.

The rows of an action hold its token `WINDOW:NUMBER` as their config; the rows that take it back hold
`undo WINDOW:TARGET NUMBER`. So actions are found again in the catalog whatever became of the server.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from housegan.catalog.database import writing
from housegan.catalog.rows import PICTURE_COLUMNS, Crop, Decision, Pair, Picture, Sha256, Verdict, picture_of
from housegan.catalog.store import Catalog, insert_decisions, insert_pairs

STEP = "review"
VERSION = 1

_BY_ANOTHER = "substr(config, 1, length(:own)) != :own AND substr(config, 1, length(:undo)) != :undo"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a person did in one window of a page; numbers of a window only grow."""

    window: str
    """Letters, digits, - and _."""
    number: int

    @property
    def token(self) -> str:
        """How the action's rows are known."""
        return f"{self.window}:{self.number}"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many pictures and pairs persons have said something about, by their last word."""

    kept: int
    rejected: int
    cropped: int
    pairs: int


def named(catalog: Catalog, beginnings: Collection[str]) -> list[Picture]:
    """The pictures whose digests begin with one of these; what isn't there is left out."""
    rows = catalog._db.execute(
        f"""SELECT {PICTURE_COLUMNS} FROM json_each(?) AS wanted
        JOIN images ON sha256 >= wanted.value AND sha256 < wanted.value || 'g' ORDER BY wanted.key""",
        (json.dumps(list(beginnings)),),
    )
    return [picture_of(row) for row in rows]


def word(
    action: Action, sha256: Sha256, *, verdict: Verdict | None = None, crop: Crop | None = None, reason: str = ""
) -> Decision:
    """A person's opinion about one picture, as part of an action."""
    return Decision(sha256, STEP, VERSION, action.token, verdict, crop, reason, by="person")


def say(catalog: Catalog, action: Action, words: Sequence[Decision], seen: Mapping[Sha256, int]) -> list[Sha256]:
    """Record all words of an action, on disk when this returns; a second time it changes nothing.

    `seen` is the last person's decision on each picture that the window knew of. Nothing is recorded where another
    window has said something newer: those pictures are returned.
    """
    db = catalog._db
    with writing(db, by_person=True):
        digests = [one.sha256 for one in words]
        if _is_recorded(db, action, digests):
            return []
        if newer := [sha256 for sha256 in digests if _said_by_another(db, action, sha256, seen[sha256])]:
            return newer
        insert_decisions(db, words)
    return []


def say_of_pair(catalog: Catalog, action: Action, pair: Pair, words: Sequence[Decision], *, seen: int) -> bool:
    """Record a person's word on a pair, and on pictures of it, as `say` does.

    False where another window has said something newer of the pair than the row `seen`: then nothing is recorded.
    """
    db = catalog._db
    ours = {"first": pair.first, "second": pair.second, "seen": seen, **_names(action)}
    with writing(db, by_person=True):
        rows = db.execute(
            """SELECT config FROM pairs WHERE first = :first AND second = :second AND by = 'person'
            AND (config = :token OR (id > :seen AND """
            + _BY_ANOTHER
            + "))",
            ours,
        ).fetchall()
        if (action.token,) in rows:
            return True
        if rows:
            return False
        insert_pairs(db, [replace(pair, by="person", version=VERSION, config=action.token)])
        insert_decisions(db, words)
    return True


def last_words(catalog: Catalog, pairs: Collection[tuple[Sha256, Sha256]]) -> list[tuple[int, bool | None]]:
    """Of each pair the last row that a person wrote, 0 without, and whether both are the same by what holds now."""
    told = []
    for first, second in pairs:
        (seen,) = catalog._db.execute(
            "SELECT coalesce(max(id), 0) FROM pairs WHERE first = ? AND second = ? AND by = 'person'", (first, second)
        ).fetchone()
        row = catalog._db.execute(
            """SELECT same FROM pairs WHERE first = ? AND second = ? AND (by = 'machine' OR id = ?)
            AND (by = 'machine' OR same IS NOT NULL) ORDER BY by DESC, id DESC LIMIT 1""",
            (first, second, seen),
        ).fetchone()
        told.append((seen, None if row is None or row[0] is None else bool(row[0])))
    return told


def known_distance(catalog: Catalog, first: Sha256, second: Sha256) -> int | None:
    """Bits that differ, as the last opinion of a pair says; None where nobody has one."""
    row = catalog._db.execute(
        "SELECT distance FROM pairs WHERE first = ? AND second = ? ORDER BY id DESC LIMIT 1", (first, second)
    ).fetchone()
    return row and int(row[0])


def last_rows(catalog: Catalog) -> tuple[int, int]:
    """The last rows of `decisions` and of `pairs`, from which on `said_since` counts."""
    decision, pair = catalog._db.execute(
        "SELECT (SELECT coalesce(max(id), 0) FROM decisions), (SELECT coalesce(max(id), 0) FROM pairs)"
    ).fetchone()
    return decision, pair


def said_since(catalog: Catalog, rows: tuple[int, int]) -> Tally:
    """Count what persons have said after those rows and not taken back."""
    counts = catalog._db.execute(
        """SELECT
        (SELECT count(*) FROM (SELECT max(id), verdict FROM decisions WHERE by = 'person' AND id > :decision
            AND verdict IS NOT NULL GROUP BY sha256) WHERE verdict = 'keep'),
        (SELECT count(*) FROM (SELECT max(id), verdict FROM decisions WHERE by = 'person' AND id > :decision
            AND verdict IS NOT NULL GROUP BY sha256) WHERE verdict = 'reject'),
        (SELECT count(*) FROM (SELECT max(id), crop_side FROM decisions WHERE by = 'person' AND id > :decision
            AND crop_side IS NOT NULL GROUP BY sha256) WHERE crop_side > 0),
        (SELECT count(*) FROM (SELECT max(id), same FROM pairs WHERE by = 'person' AND id > :pair
            GROUP BY first, second) WHERE same IS NOT NULL)""",
        {"decision": rows[0], "pair": rows[1]},
    ).fetchone()
    return Tally(*counts)


def _names(action: Action) -> dict[str, str]:
    return {"token": action.token, "own": f"{action.window}:", "undo": f"undo {action.window}:"}


def _is_recorded(db: sqlite3.Connection, action: Action, digests: Iterable[Sha256]) -> bool:
    return any(
        db.execute(
            "SELECT 1 FROM decisions WHERE sha256 = ? AND by = 'person' AND config = ?", (sha256, action.token)
        ).fetchone()
        for sha256 in digests
    )


def _said_by_another(db: sqlite3.Connection, action: Action, sha256: Sha256, seen: int) -> bool:
    row = db.execute(
        """SELECT 1 FROM decisions WHERE sha256 = :sha256 AND by = 'person' AND id > :seen
        AND coalesce(verdict, crop_side) IS NOT NULL AND """
        + _BY_ANOTHER,
        {"sha256": sha256, "seen": seen, **_names(action)},
    ).fetchone()
    return row is not None
