"""Taking back what persons said: the last action of a window first, as far back as there is one.

An undo is more rows, which hold what persons say once the action is left out. Actions that were taken back count for
nothing any more, whoever asks.
"""

import sqlite3
from dataclasses import dataclass, replace

from housegan.catalog.database import writing
from housegan.catalog.persons import STEP, VERSION, Action
from housegan.catalog.rows import NO_CROP, Crop, Decision, Pair, Sha256
from housegan.catalog.store import Catalog, insert_decisions, insert_pairs

_LIVE = """by = 'person' AND config != :target AND config NOT GLOB 'undo *' AND NOT EXISTS (
    SELECT 1 FROM {table} AS undo WHERE {same} AND undo.by = 'person'
    AND substr(undo.config, 1, length(said.config) + 6) = 'undo ' || said.config || ' ')"""
_LIVE_DECISION = _LIVE.format(table="decisions", same="undo.sha256 = said.sha256")
_LIVE_PAIR = _LIVE.format(table="pairs", same="undo.first = said.first AND undo.second = said.second")


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What an undo was about; empty where there was nothing to take back."""

    pictures: tuple[Sha256, ...] = ()
    pairs: tuple[tuple[Sha256, Sha256], ...] = ()


def take_back(catalog: Catalog, action: Action) -> TakenBack:
    """Take back the last action of the window that isn't taken back yet, on disk when this returns.

    One more row for each of its pictures and pairs says what holds without it. Where another window has spoken since,
    that one's word stays. Done a second time with the same number it changes nothing.
    """
    db = catalog._db
    with writing(db, by_person=True):
        target, is_new = _to_take_back(db, action)
        if target is None:
            return TakenBack()
        rows = db.execute(
            """SELECT sha256, max(CASE WHEN verdict IS NOT NULL THEN id END),
            max(CASE WHEN crop_side IS NOT NULL THEN id END)
            FROM decisions WHERE by = 'person' AND config = ? GROUP BY sha256""",
            (target.token,),
        ).fetchall()
        pairs = db.execute(
            "SELECT first, second, distance FROM pairs WHERE by = 'person' AND config = ?", (target.token,)
        ).fetchall()
        if is_new:
            undo = f"undo {target.token} {action.number}"
            insert_decisions(db, [_without(db, target, undo, *row) for row in rows])
            insert_pairs(
                db,
                [
                    Pair(first, second, _pair_without(db, target, first, second), distance, "person", VERSION, undo)
                    for first, second, distance in pairs
                ],
            )
    return TakenBack(tuple(row[0] for row in rows), tuple((first, second) for first, second, _ in pairs))


def _to_take_back(db: sqlite3.Connection, action: Action) -> tuple[Action | None, bool]:
    """The action that an undo is about, and whether the undo is new."""
    done: set[int] = set()
    undone: dict[int, int] = {}  # the undo's number by its target's
    for table in ("decisions", "pairs"):
        for prefix in (f"{action.window}:", f"undo {action.window}:"):
            rows = db.execute(  # ; comes after : and so ends what begins with the prefix
                f"SELECT DISTINCT config FROM {table} WHERE by = 'person' AND config >= ? AND config < ?",
                (prefix, prefix[:-1] + ";"),
            )
            for (config,) in rows:
                target, _, number = config.removeprefix(prefix).partition(" ")
                if number:
                    undone[int(target)] = int(number)
                else:
                    done.add(int(target))
    for target, number in undone.items():
        if number == action.number:
            return Action(action.window, target), False
    number = max(done - undone.keys(), default=0)
    return (Action(action.window, number), True) if number else (None, False)


def _without(
    db: sqlite3.Connection, target: Action, undo: str, sha256: Sha256, verdict_id: int | None, crop_id: int | None
) -> Decision:
    """What a person says of a picture once `target` is taken back; nothing new where somebody has spoken since."""
    back = Decision(sha256, STEP, VERSION, undo, by="person")
    names = {"sha256": sha256, "target": target.token}
    if verdict_id is not None:
        row = db.execute(
            f"""SELECT id, verdict, reason FROM decisions AS said
            WHERE sha256 = :sha256 AND verdict IS NOT NULL AND {_LIVE_DECISION} ORDER BY id DESC LIMIT 1""",
            names,
        ).fetchone()
        if row is None:
            back = replace(back, verdict="withdrawn")
        elif row[0] < verdict_id:
            back = replace(back, verdict=row[1], reason=row[2])
    if crop_id is not None:
        row = db.execute(
            f"""SELECT id, crop_left, crop_top, crop_side FROM decisions AS said
            WHERE sha256 = :sha256 AND crop_side IS NOT NULL AND {_LIVE_DECISION} ORDER BY id DESC LIMIT 1""",
            names,
        ).fetchone()
        if row is None:
            back = replace(back, crop=NO_CROP)
        elif row[0] < crop_id:
            back = replace(back, crop=Crop(*row[1:]))
    return back


def _pair_without(db: sqlite3.Connection, target: Action, first: Sha256, second: Sha256) -> bool | None:
    row = db.execute(
        f"SELECT same FROM pairs AS said WHERE first = :first AND second = :second AND {_LIVE_PAIR} "
        "ORDER BY id DESC LIMIT 1",
        {"first": first, "second": second, "target": target.token},
    ).fetchone()
    return None if row is None or row[0] is None else bool(row[0])
