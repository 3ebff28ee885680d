"""What all opinions come to, kept at hand: for a page that asks about fifty thousand pictures several times a second.

The views of the catalog work it out anew for every question, which takes the better part of a second. Here it is
worked out once, into a table in the memory of one connection, and again only for those pictures of which there is news.
"""

import json
from collections.abc import Collection, Mapping

from housegan.catalog.rows import Pair, Sha256, crop_of
from housegan.catalog.shown import FILTER, ID_DIGITS, Counts, Order, Selection, Show, Shown
from housegan.catalog.store import Catalog

_CONDITIONS: dict[Show, str] = {
    "all": "TRUE",
    "kept": "verdict = 'keep'",
    "rejected": "verdict = 'reject'",
    "doubtful": "doubtful",
    "unjudged": "verdict = 'keep' AND by IS NOT 'person'",
    "filtered": f"verdict = 'reject' AND step = '{FILTER}'",
}
_ORDERS: dict[Order, str] = {
    "digest": "sha256",
    "uncertain": "by IS 'person', place IS NULL, place, probability IS NULL, abs(probability - 0.5), sha256",
    "title": "title = '', folded(title), sha256",
}

_TABLE = """
    CREATE TEMP TABLE shelf (
        sha256 TEXT PRIMARY KEY, format TEXT, width INTEGER, height INTEGER,
        title TEXT, author TEXT, licence TEXT, source TEXT, page_url TEXT, words TEXT, sources TEXT,
        verdict TEXT, by TEXT, step TEXT, reason TEXT, machine_verdict TEXT, machine_step TEXT, machine_reason TEXT,
        hand_left INTEGER, hand_top INTEGER, hand_side INTEGER,
        eye_left INTEGER, eye_top INTEGER, eye_side INTEGER, confidence REAL, seen INTEGER,
        probability REAL, place INTEGER,
        kind TEXT AS (CASE WHEN verdict = 'keep' THEN '' WHEN reason = '' THEN 'rejected by a person'
            WHEN instr(reason, ':') THEN substr(reason, 1, instr(reason, ':') - 1) ELSE reason END),
        doubtful INTEGER AS (verdict = 'keep' AND by IS NOT 'person' AND hand_side IS NULL AND eye_side IS NOT NULL
            AND confidence IS NOT NULL AND confidence < {min_crop_confidence})
    ) WITHOUT ROWID
"""
# The last word of each voice on each picture, by the ids of rows: the rules of the views `verdicts` and `crops`.
_FILL = """
    WITH voices AS (
        SELECT sha256,
            (SELECT id FROM sightings WHERE sha256 = images.sha256 ORDER BY author = '', id LIMIT 1) AS story,
            (SELECT group_concat(title || ' ' || author, ' ') FROM sightings WHERE sha256 = images.sha256) AS words,
            (SELECT json_group_array(source) FROM sightings WHERE sha256 = images.sha256) AS sources,
            (SELECT max(id) FROM decisions WHERE sha256 = images.sha256 AND by = 'person'
                AND coalesce(verdict, crop_side) IS NOT NULL) AS seen,
            (SELECT max(id) FROM decisions WHERE sha256 = images.sha256 AND by = 'person'
                AND verdict IS NOT NULL) AS person,
            (SELECT min(id) FROM (SELECT max(id) AS id, verdict FROM decisions WHERE sha256 = images.sha256
                AND by = 'machine' AND verdict IS NOT NULL GROUP BY step) WHERE verdict = 'reject') AS machine,
            (SELECT max(id) FROM decisions WHERE sha256 = images.sha256 AND by = 'person'
                AND crop_side IS NOT NULL) AS person_crop,
            (SELECT max(id) FROM decisions WHERE sha256 = images.sha256 AND by = 'machine'
                AND crop_side IS NOT NULL) AS machine_crop
        FROM images WHERE {which}
    )
    INSERT OR REPLACE INTO temp.shelf
    SELECT voices.sha256, format, width, height,
        coalesce(told.title, ''), coalesce(told.author, ''), coalesce(told.licence, ''), coalesce(told.source, ''),
        coalesce(told.page_url, ''), coalesce(folded(words), ''), sources,
        coalesce(person.verdict, machine.verdict, 'keep'),
        CASE WHEN person.id THEN 'person' WHEN machine.id THEN 'machine' END,
        coalesce(person.step, machine.step, ''), coalesce(person.reason, machine.reason, ''),
        coalesce(machine.verdict, 'keep'), coalesce(machine.step, ''), coalesce(machine.reason, ''),
        hand.crop_left, hand.crop_top, hand.crop_side,
        eye.crop_left, eye.crop_top, eye.crop_side, eye.confidence, coalesce(seen, 0),
        (SELECT probability FROM temp.ratings WHERE ratings.sha256 = voices.sha256),
        (SELECT place FROM temp.ratings WHERE ratings.sha256 = voices.sha256)
    FROM voices JOIN images USING (sha256)
    LEFT JOIN sightings AS told ON told.id = story
    LEFT JOIN decisions AS person ON person.id = voices.person AND person.verdict != 'withdrawn'
    LEFT JOIN decisions AS machine ON machine.id = voices.machine
    LEFT JOIN decisions AS hand ON hand.id = person_crop AND hand.crop_side > 0
    LEFT JOIN decisions AS eye ON eye.id = machine_crop AND eye.crop_side > 0
"""
_SHOWN = """sha256, format, width, height, title, author, licence, source, page_url, verdict, by, step, reason,
    machine_verdict, machine_step, machine_reason, seen, doubtful, probability, confidence,
    hand_left, hand_top, hand_side, eye_left, eye_top, eye_side"""


class Shelf:
    """Answers about all pictures of a catalog, which nobody else may use from another thread."""

    def __init__(self, catalog: Catalog, *, min_crop_confidence: float) -> None:
        self._catalog = catalog
        self._db = catalog._db
        self._last = self._last_sighting = self._last_pair = 0
        self._open_pairs: list[Pair] = []
        self._db.create_function("folded", 1, str.casefold, deterministic=True)
        self._db.execute("PRAGMA temp_store = MEMORY")
        self._db.execute(
            "CREATE TEMP TABLE ratings (sha256 TEXT PRIMARY KEY, probability REAL, place INTEGER) WITHOUT ROWID"
        )
        self._db.execute(_TABLE.format(min_crop_confidence=float(min_crop_confidence)))
        self._fill_anew()

    @property
    def last(self) -> int:
        """The last decision that has been taken in."""
        return self._last

    def catch_up(self) -> None:
        """Take in what was added since: pictures, sightings and decisions, whoever recorded them."""
        self._db.execute("BEGIN")
        try:
            last, last_sighting = self._last_rows()
            if last < self._last or last_sighting < self._last_sighting:  # a purge took the latest
                self._fill("TRUE", afresh=True)
            elif (last, last_sighting) != (self._last, self._last_sighting):
                self._fill(
                    """sha256 IN (SELECT sha256 FROM decisions WHERE id > ?
                    UNION SELECT sha256 FROM sightings WHERE id > ?)""",
                    self._last,
                    self._last_sighting,
                )
            self._last, self._last_sighting = last, last_sighting
        finally:
            self._db.execute("COMMIT")

    def refresh(self) -> None:
        """Catch up, and let go of what was purged."""
        self.catch_up()
        count = "SELECT (SELECT count(*) FROM temp.shelf), (SELECT count(*) FROM images)"
        here, there = self._db.execute(count).fetchone()
        if here != there:
            self._fill_anew()

    def rate(self, probabilities: Mapping[Sha256, float], places: Mapping[Sha256, int]) -> None:
        """Say of these pictures how probable it is that they belong to the set; the others keep their rating.

        `places` is when to ask about those that nobody has judged; others come after them, the doubtful first.
        """
        rows = [(sha256, probability, places.get(sha256)) for sha256, probability in probabilities.items()]
        self._db.execute("BEGIN")
        try:
            self._db.executemany("INSERT OR REPLACE INTO temp.ratings VALUES (?, ?, ?)", rows)
            self._db.executemany(
                "UPDATE temp.shelf SET probability = ?2, place = ?3 WHERE sha256 = ?1",
                rows,
            )
        finally:
            self._db.execute("COMMIT")

    def shown(self, ids: Collection[str]) -> list[Shown]:
        """The pictures of these ids, or whole digests, in that order; what isn't there is left out."""
        rows = self._db.execute(
            f"""SELECT {_SHOWN} FROM json_each(?) AS wanted
            JOIN temp.shelf ON sha256 >= wanted.value AND sha256 < wanted.value || 'g' ORDER BY wanted.key""",
            (json.dumps(list(ids)),),
        ).fetchall()
        return [
            Shown(*[*row[:17], bool(row[17]), *row[18:20], crop_of(*row[20:23]), crop_of(*row[23:])])  # as in _SHOWN
            for row in rows
        ]

    def find(self, wanted: Selection) -> list[str]:
        """Ids of the pictures that are selected."""
        conditions, values = [_CONDITIONS[wanted.show]], []
        equal = (("step = ?", wanted.step), ("kind = ?", wanted.kind))
        for condition, value in (*equal, ("instr(sources, ?)", wanted.source and json.dumps(wanted.source))):
            if value:
                conditions.append(condition)
                values.append(value)
        for word in wanted.q.casefold().split():
            conditions.append("instr(words, ?)")
            values.append(word)
        rows = self._db.execute(
            f"""SELECT substr(sha256, 1, {ID_DIGITS}) FROM temp.shelf WHERE {" AND ".join(conditions)}
            ORDER BY {_ORDERS[wanted.order]}""",
            values,
        )
        return [id_ for (id_,) in rows]

    def counts(self) -> Counts:
        """Count everything once."""
        found, kept, judged, open_, doubtful, filtered = self._db.execute(
            f"""SELECT count(*), count(*) FILTER (WHERE verdict = 'keep'), count(*) FILTER (WHERE by = 'person'),
            count(*) FILTER (WHERE {_CONDITIONS["unjudged"]}), count(*) FILTER (WHERE doubtful),
            count(*) FILTER (WHERE verdict = 'reject' AND step = ?)
            FROM temp.shelf""",
            (FILTER,),
        ).fetchone()
        rejected = self._db.execute(
            "SELECT kind, count(*) FROM temp.shelf WHERE verdict = 'reject' GROUP BY kind ORDER BY 2 DESC, 1"
        ).fetchall()
        steps = self._db.execute("SELECT DISTINCT step FROM temp.shelf WHERE step != '' ORDER BY 1").fetchall()
        sources = self._db.execute("SELECT DISTINCT source FROM sightings ORDER BY 1").fetchall()
        return Counts(
            found, kept, judged, open_, doubtful, dict(rejected),
            tuple(step for (step,) in steps), tuple(source for (source,) in sources), filtered,
        )  # fmt: skip

    def changed_since(self, row: int, *, at_most: int) -> tuple[list[Sha256], int]:
        """Pictures of which persons said something after that decision, and the last decision looked at."""
        rows = self._db.execute(
            "SELECT id, sha256 FROM decisions WHERE id > ? AND id <= ? AND by = 'person' ORDER BY id", (row, self._last)
        )
        changed: dict[Sha256, int] = {}
        for row_id, sha256 in rows:
            if len(changed) == at_most and sha256 not in changed:
                return list(changed), row_id - 1
            changed[sha256] = row_id
        return list(changed), self._last

    def open_pairs(self) -> list[Pair]:
        """The pairs of kept pictures of which a machine can't tell whether they are the same, and no person has."""
        (last,) = self._db.execute("SELECT coalesce(max(id), 0) FROM pairs").fetchone()
        if last != self._last_pair:
            rows = self._db.execute(
                "SELECT first, second, distance, by, version, config, reason FROM last_pairs WHERE same IS NULL"
            )
            self._open_pairs = [Pair(first, second, None, *rest) for first, second, *rest in rows]
            self._last_pair = last
        digests = {digest for pair in self._open_pairs for digest in (pair.first, pair.second)}
        kept = self._db.execute(
            "SELECT sha256 FROM json_each(?) JOIN temp.shelf ON sha256 = value WHERE verdict = 'keep'",
            (json.dumps(sorted(digests)),),
        )
        inside = {sha256 for (sha256,) in kept}
        return [pair for pair in self._open_pairs if pair.first in inside and pair.second in inside]

    def _fill_anew(self) -> None:
        self._db.execute("BEGIN")
        try:
            self._last, self._last_sighting = self._last_rows()
            self._last_pair = -1
            self._fill("TRUE", afresh=True)
        finally:
            self._db.execute("COMMIT")

    def _fill(self, which: str, *values: int, afresh: bool = False) -> None:
        if afresh:
            self._db.execute("DELETE FROM temp.shelf")
        self._db.execute(_FILL.format(which=which), values)

    def _last_rows(self) -> tuple[int, int]:
        last, sighting = self._db.execute(
            "SELECT (SELECT coalesce(max(id), 0) FROM decisions), (SELECT coalesce(max(id), 0) FROM sightings)"
        ).fetchone()
        return last, sighting
