"""Catalogs of rows without files: digests that can be told apart, and opinions drawn at random."""

import hashlib
import random
from collections.abc import Sequence

from housegan.catalog import NO_CROP, Catalog, Crop, Decision, Pair, Sha256, Sighting
from housegan.pictures import PictureFacts


def digest(number: int) -> Sha256:
    """The digest of a picture that there isn't."""
    return Sha256(hashlib.sha256(str(number).encode()).hexdigest())


def fill(catalog: Catalog, count: int) -> list[Sha256]:
    """Add so many pictures of 800 × 600, as intake does."""
    digests = [digest(number) for number in range(count)]
    facts = PictureFacts("JPEG", 800, 600, animated=False)
    for start in range(0, count, 1000):
        catalog.add(
            (
                sha256,
                50_000,
                facts,
                Sighting("reddit", f"https://x.org/{sha256}", title=f"House {sha256[:6]}", author="Ada"),
            )
            for sha256 in digests[start : start + 1000]
        )
    return digests


def fill_quickly(catalog: Catalog, count: int) -> None:
    """Add so many pictures, each judged by two machine steps and one in ten by a person, in a second or two."""
    catalog._db.executescript(
        f"""BEGIN;
        CREATE TEMP TABLE drawn AS
            WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count - 1})
            SELECT n, printf('%08x%056x', n * {2**32 // count}, n) AS sha256 FROM numbers;
        INSERT INTO images SELECT sha256, 'JPEG', 800, 600, 50000, 0, '' FROM drawn;
        INSERT INTO sightings
            (sha256, source, media_url, post, page_url, title, author, licence, licence_url, created, fetched)
            SELECT sha256, 'reddit', 'https://x.org/' || n, '', '', 'House ' || n, 'Ada', '', '', '', '' FROM drawn;
        INSERT INTO decisions (sha256, step, version, config, verdict, reason, by, at)
            SELECT sha256, 'quality', 1, 'c', 'reject', 'too small: 3 px', 'machine', '' FROM drawn WHERE n % 7 = 0;
        INSERT INTO decisions (sha256, step, version, config, verdict, reason, by, at)
            SELECT sha256, 'quality', 1, 'c', 'keep', '', 'machine', '' FROM drawn WHERE n % 7 > 0;
        INSERT INTO decisions
            (sha256, step, version, config, crop_left, crop_top, crop_side, reason, by, at, confidence)
            SELECT sha256, 'crop', 1, 'c', n % 200, 0, 600, '', 'machine', '', n % 100 / 100.0 FROM drawn;
        INSERT INTO decisions (sha256, step, version, config, verdict, reason, by, at)
            SELECT sha256, 'review', 1, 'w:' || (n + 1), 'reject', 'off topic', 'person', ''
            FROM drawn WHERE n % 10 = 1;
        INSERT INTO pairs (first, second, same, distance, by, version, config, reason, at)
            SELECT one.sha256, two.sha256, NULL, 40, 'machine', 1, 'c', '', ''
            FROM drawn AS one JOIN drawn AS two ON two.n = one.n + 1 WHERE one.n % 10 = 3;
        DROP TABLE drawn;
        COMMIT;"""
    )


def opinions(digests: Sequence[Sha256], seed: int, *, persons: float = 0.4) -> list[Decision]:
    """Draw an opinion about each, by some step or by a person."""
    rng = random.Random(seed)
    return [
        Decision(
            sha256, rng.choice(["quality", "duplicates", "crop"]) if by == "machine" else "review", 1,
            "c" if by == "machine" else f"w{rng.randrange(3)}:{seed}",
            rng.choice(["keep", "reject", None] + ["withdrawn"] * (by == "person")),  # type: ignore[arg-type]
            rng.choice([None, Crop(rng.randrange(200), 0, 600)] + [NO_CROP] * (by == "person")),
            rng.choice(["", "too small: 3 px", "off topic"]), by=by,  # type: ignore[arg-type]
            confidence=rng.choice([None, rng.random()]) if by == "machine" else None,
        )
        for sha256 in digests
        for by in [rng.choices(["person", "machine"], [persons, 1 - persons])[0]]
    ]  # fmt: skip


def pairs(digests: Sequence[Sha256], count: int) -> list[Pair]:
    """So many pairs that a machine can't tell apart, by no thresholds at all."""
    both = (sorted((digests[2 * number], digests[2 * number + 1])) for number in range(count))
    return [Pair(first, second, None, number, reason="40 bits differ") for number, (first, second) in enumerate(both)]
