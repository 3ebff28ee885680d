"""The tables and views of a catalog, as the scripts that brought each version to the next."""

MIGRATIONS = (
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
    """
    -- What a scrape has to ask and to fetch, and what became of it. What is done with keeps its key alone.
    CREATE TABLE frontier (
        id INTEGER PRIMARY KEY, source TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('ask', 'media')),
        key TEXT NOT NULL, host TEXT NOT NULL, payload TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'later', 'done', 'refused')),
        reason TEXT NOT NULL DEFAULT '', tries INTEGER NOT NULL DEFAULT 0, not_before REAL NOT NULL DEFAULT 0,
        at TEXT NOT NULL, UNIQUE (source, kind, key)
    ) STRICT;
    CREATE INDEX frontier_waiting ON frontier (host, source, kind, id) WHERE state = 'waiting';
    """,
    """
    -- What was measured of a picture's bytes, and with which version: it can be taken again, so nothing is appended.
    CREATE TABLE measures (
        sha256 TEXT NOT NULL REFERENCES images, name TEXT NOT NULL, version TEXT NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY (sha256, name)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE images DROP COLUMN phash;
    ALTER TABLE images DROP COLUMN phash_version;
    ALTER TABLE images DROP COLUMN contrast;

    -- How sure a machine is, 0 to 1. A crop of side 0 takes the earlier ones back.
    ALTER TABLE decisions ADD COLUMN confidence REAL;
    DROP VIEW crops;
    DROP VIEW last_crops;
    CREATE VIEW last_crops AS
        SELECT max(id) AS id, sha256, by, crop_left, crop_top, crop_side, confidence FROM decisions
        WHERE crop_side IS NOT NULL GROUP BY sha256, by;
    CREATE VIEW crops AS  -- max(by) is the person's row where there is one: p comes after m
        SELECT max(by) AS by, sha256, crop_left, crop_top, crop_side, confidence FROM last_crops
        WHERE crop_side > 0 GROUP BY sha256;

    -- A pair may be undecided (same is NULL): then a person is asked. A person's NULL takes their word back.
    DROP VIEW last_pairs;
    ALTER TABLE pairs RENAME TO pairs_before;
    CREATE TABLE pairs (
        id INTEGER PRIMARY KEY, first TEXT NOT NULL REFERENCES images, second TEXT NOT NULL REFERENCES images,
        same INTEGER, distance INTEGER NOT NULL, by TEXT NOT NULL CHECK (by IN ('machine', 'person')),
        version INTEGER NOT NULL, config TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL, CHECK (first < second)
    ) STRICT;
    INSERT INTO pairs SELECT id, first, second, same, distance, by, 0, '', '', at FROM pairs_before;
    DROP TABLE pairs_before;
    CREATE INDEX pairs_both ON pairs (first, second, by, id);
    -- What a person did at once carries one token, by which it is undone.
    CREATE INDEX pairs_action ON pairs (config) WHERE by = 'person';
    CREATE INDEX decisions_action ON decisions (config) WHERE by = 'person';
    CREATE VIEW last_pairs AS  -- as above: 'person' is the greater, and columns beside a max() are those of its row
        SELECT max(by) AS by, first, second, same, distance, version, config, reason FROM (
            SELECT max(id), first, second, same, distance, by, version, config, reason FROM pairs
            GROUP BY first, second, by)
        WHERE by = 'machine' OR same IS NOT NULL GROUP BY first, second;
    """,
)
